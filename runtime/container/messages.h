// What a client and the monitor of a container say to each other: one packet per message on a
// SOCK_SEQPACKET pair. Either side may be gone at any time.

#ifndef COWBELL_RUNTIME_CONTAINER_MESSAGES_H_
#define COWBELL_RUNTIME_CONTAINER_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>

namespace cowbell {

enum class MessageKind : int32_t {
  kStarted,  // monitor: the program runs
  kFailed,   // monitor: value is the code of `run`, text says why
  kExited,   // monitor: value is the exit code; its last message
  kSignal,   // client: value is the signal for the container's init
  kResize,   // client: value is rows << 16 | columns
};

struct Message {
  MessageKind kind = MessageKind::kStarted;
  int32_t value = 0;
  std::string text;
};

// False: the other side is gone.
bool SendMessage(int socket_fd, const Message& message);
// Waits for one. Nothing: the other side is gone.
std::optional<Message> ReceiveMessage(int socket_fd);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_MESSAGES_H_

#include "runtime/container/messages.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace cowbell {
namespace {
constexpr size_t kMaxText = 32768;
struct Header {
  int32_t kind;
  int32_t value;
};
}  // namespace

bool SendMessage(int socket_fd, const Message& message) {
  const Header header = {static_cast<int32_t>(message.kind), message.value};
  std::string packet(reinterpret_cast<const char*>(&header), sizeof(header));
  packet.append(message.text, 0, kMaxText);
  ssize_t n = 0;
  do {
    n = send(socket_fd, packet.data(), packet.size(), MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(packet.size());
}

std::optional<Message> ReceiveMessage(int socket_fd) {
  std::array<char, sizeof(Header) + kMaxText> packet;
  ssize_t n = 0;
  do {
    n = recv(socket_fd, packet.data(), packet.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n < static_cast<ssize_t>(sizeof(Header))) return std::nullopt;
  Header header = {};
  memcpy(&header, packet.data(), sizeof(header));
  return Message{
      static_cast<MessageKind>(header.kind), header.value,
      std::string(packet.data() + sizeof(header), static_cast<size_t>(n) - sizeof(header))};
}

}  // namespace cowbell

// Pseudo terminals: the container's side made inside the container, the user's side made raw.

#ifndef COWBELL_RUNTIME_CONTAINER_TERMINAL_H_
#define COWBELL_RUNTIME_CONTAINER_TERMINAL_H_

#include <termios.h>

#include <cstdint>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

struct WindowSize {
  uint16_t rows = 0;
  uint16_t columns = 0;
};

// In the container: a terminal from its own /dev/pts becomes 0, 1, 2 and the controlling terminal
// of the calling session leader; with `console` also /dev/console. The master goes over the socket.
Status BecomeTerminalSession(int socket_fd, bool console);

// The other end of that socket. Errors: the child ended without sending one.
Result<UniqueFd> ReceiveTerminal(int socket_fd);

void ResizeTerminal(int master_fd, WindowSize size);
WindowSize TerminalSize(int fd);

// Makes a terminal raw and restores it when it dies. A descriptor that is no terminal is left
// alone.
class RawTerminal {
 public:
  explicit RawTerminal(int fd);
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal();

 private:
  int fd_ = -1;
  termios saved_ = {};
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_TERMINAL_H_

#include "runtime/container/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/base/file.h"

namespace cowbell {
namespace {

Status SendFd(int socket_fd, int fd) {
  char byte = 't';
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  if (sendmsg(socket_fd, &message, MSG_NOSIGNAL) != 1) {
    return Error::FromErrno(errno, "send the terminal");
  }
  return Ok();
}

}  // namespace

Status BecomeTerminalSession(int socket_fd, bool console) {
  const UniqueFd master = TRY(Open("/dev/pts/ptmx", O_RDWR | O_NOCTTY));
  int unlock = 0;
  if (ioctl(master.get(), TIOCSPTLCK, &unlock) != 0) return Error::FromErrno(errno, "TIOCSPTLCK");
  const UniqueFd slave(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave.valid()) return Error::FromErrno(errno, "TIOCGPTPEER");
  if (console) {
    const UniqueFd place = TRY(Open("/dev/console", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string source = "/proc/self/fd/" + std::to_string(slave.get());
    if (mount(source.c_str(), "/dev/console", nullptr, MS_BIND, nullptr) != 0) {
      return Error::FromErrno(errno, "mount on '/dev/console'");
    }
  }
  setsid();
  if (ioctl(slave.get(), TIOCSCTTY, 0) != 0) return Error::FromErrno(errno, "TIOCSCTTY");
  for (int fd = 0; fd <= 2; ++fd) {
    if (dup2(slave.get(), fd) < 0) return Error::FromErrno(errno, "dup2");
  }
  return SendFd(socket_fd, master.get());
}

Result<UniqueFd> ReceiveTerminal(int socket_fd) {
  char byte = 0;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t n = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
  const cmsghdr* header = n == 1 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr) return Error::FromErrno(EPIPE, "receive the terminal");
  int fd = -1;
  memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  return UniqueFd(fd);
}

void ResizeTerminal(int master_fd, WindowSize size) {
  winsize window = {};
  window.ws_row = size.rows;
  window.ws_col = size.columns;
  if (size.rows > 0 && size.columns > 0) (void)ioctl(master_fd, TIOCSWINSZ, &window);
}

WindowSize TerminalSize(int fd) {
  winsize window = {};
  if (ioctl(fd, TIOCGWINSZ, &window) != 0) return {};
  return {window.ws_row, window.ws_col};
}

RawTerminal::RawTerminal(int fd) {
  if (tcgetattr(fd, &saved_) != 0) return;
  fd_ = fd;
  termios raw = saved_;
  cfmakeraw(&raw);
  (void)tcsetattr(fd_, TCSADRAIN, &raw);
}

RawTerminal::~RawTerminal() {
  if (fd_ >= 0) (void)tcsetattr(fd_, TCSADRAIN, &saved_);
}

}  // namespace cowbell

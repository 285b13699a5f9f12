#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "runtime/container/messages.h"
#include "runtime/container/relay.h"
#include "runtime/container/start.h"
#include "runtime/container/terminal.h"

namespace cowbell {
namespace {

// Signals that speak about the client itself and are not passed on.
constexpr int kOwnSignals[] = {SIGCHLD, SIGPIPE, SIGURG, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT,
                               SIGSEGV, SIGBUS,  SIGILL, SIGFPE,  SIGTRAP, SIGABRT, SIGSYS};

UniqueFd CatchSignals(bool all) {
  sigset_t set;
  if (all) {
    sigfillset(&set);
    for (const int number : kOwnSignals)
      sigdelset(&set, number);
  } else {
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
  }
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

void SendSize(const StartedContainer& container) {
  const WindowSize size = TerminalSize(STDIN_FILENO);
  SendMessage(container.control.get(), {MessageKind::kResize, size.rows << 16 | size.columns, ""});
}

void ForwardSignals(const StartedContainer& container, int signal_fd) {
  signalfd_siginfo info = {};
  while (read(signal_fd, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
    if (info.ssi_signo == SIGWINCH) {
      if (container.tty) SendSize(container);
      continue;
    }
    SendMessage(container.control.get(),
                {MessageKind::kSignal, static_cast<int32_t>(info.ssi_signo), ""});
  }
}

}  // namespace

AttachEnd AttachToContainer(StartedContainer& container) {
  const UniqueFd signals = CatchSignals(container.sig_proxy);
  std::optional<RawTerminal> raw;
  if (container.tty && container.stdin_write.valid()) raw.emplace(STDIN_FILENO);
  if (container.tty) SendSize(container);
  ClientInput input(std::move(container.stdin_write), container.tty);
  AttachEnd end;
  end.code = 137;  // of a container whose monitor died without a word
  while (container.control.valid()) {
    std::array<pollfd, 5> poller = {pollfd{container.control.get(), POLLIN, 0},
                                    pollfd{container.stdout_read.get(), POLLIN, 0},
                                    pollfd{container.stderr_read.get(), POLLIN, 0},
                                    pollfd{signals.get(), POLLIN, 0}, input.Wanted()};
    if (poll(poller.data(), poller.size(), -1) < 0) continue;
    if (poller[1].revents != 0) (void)CopyOutput(container.stdout_read, STDOUT_FILENO);
    if (poller[2].revents != 0) (void)CopyOutput(container.stderr_read, STDERR_FILENO);
    if (poller[3].revents != 0) ForwardSignals(container, signals.get());
    if (poller[4].revents != 0 && input.Serve()) {
      end.detached = true;
      return end;
    }
    if (poller[0].revents == 0) continue;
    const std::optional<Message> message = ReceiveMessage(container.control.get());
    if (message.has_value() && message->kind == MessageKind::kExited) end.code = message->value;
    container.control.reset();
  }
  while (container.stdout_read.valid() &&
         CopyOutput(container.stdout_read, STDOUT_FILENO) == Copied::kSome) {
  }
  while (container.stderr_read.valid() &&
         CopyOutput(container.stderr_read, STDERR_FILENO) == Copied::kSome) {
  }
  while (waitpid(container.monitor, nullptr, 0) < 0 && errno == EINTR) {
  }
  return end;
}

}  // namespace cowbell

#include "runtime/container/relay.h"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/container/terminal.h"

namespace cowbell {
namespace {
constexpr size_t kChunk = 65536;
constexpr char kDetachKeys[] = "\x10\x11";  // ctrl-p ctrl-q

void SetNonBlocking(const UniqueFd& fd) {
  if (fd.valid()) (void)fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}
}  // namespace

ClientInput::ClientInput(UniqueFd target, bool detach_keys)
    : target_(std::move(target)), detach_keys_(detach_keys) {
  SetNonBlocking(target_);
}

pollfd ClientInput::Wanted() const {
  if (!target_.valid()) return {-1, 0, 0};
  if (!pending_.empty()) return {target_.get(), POLLOUT, 0};
  return {STDIN_FILENO, POLLIN, 0};
}

bool ClientInput::Serve() {
  if (pending_.empty() && !Read()) return false;
  if (detach_keys_ && pending_.find(kDetachKeys) != std::string::npos) return true;
  while (!pending_.empty()) {
    const ssize_t n = write(target_.get(), pending_.data(), pending_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return false;
    if (n < 0) {  // nobody listens any more
      target_.reset();
      pending_.clear();
      return false;
    }
    pending_.erase(0, static_cast<size_t>(n));
  }
  return false;
}

bool ClientInput::Read() {
  std::array<char, kChunk> buffer;
  const ssize_t n = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (n <= 0) {
    target_.reset();
    return false;
  }
  pending_ = held_ + std::string(buffer.data(), static_cast<size_t>(n));
  held_.clear();
  if (detach_keys_ && pending_.back() == kDetachKeys[0]) {  // perhaps the first half of the keys
    held_ = pending_.substr(pending_.size() - 1);
    pending_.pop_back();
  }
  return !pending_.empty();
}

Copied CopyOutput(UniqueFd& from, int to) {
  std::array<char, kChunk> buffer;
  ssize_t n = 0;
  do {
    n = read(from.get(), buffer.data(), buffer.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) return Copied::kNothing;
  if (n <= 0 || !WriteAll(to, {buffer.data(), static_cast<size_t>(n)}).has_value()) {
    from.reset();
    return Copied::kEnd;
  }
  return Copied::kSome;
}

void RelayUntilExit(RelayEnds ends) {
  SetNonBlocking(ends.from_out);
  SetNonBlocking(ends.from_err);
  UniqueFd resized;
  std::optional<RawTerminal> raw;
  const UniqueFd master(ends.tty ? fcntl(ends.from_out.get(), F_DUPFD_CLOEXEC, 3) : -1);
  if (ends.tty) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    resized.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    ResizeTerminal(master.get(), TerminalSize(STDIN_FILENO));
    if (ends.to_in.valid()) raw.emplace(STDIN_FILENO);
  }
  ClientInput input(std::move(ends.to_in), false);
  while (true) {
    std::array<pollfd, 5> poller = {
        pollfd{ends.process, POLLIN, 0}, pollfd{ends.from_out.get(), POLLIN, 0},
        pollfd{ends.from_err.get(), POLLIN, 0}, pollfd{resized.get(), POLLIN, 0}, input.Wanted()};
    if (poll(poller.data(), poller.size(), -1) < 0) continue;
    if (poller[1].revents != 0) (void)CopyOutput(ends.from_out, STDOUT_FILENO);
    if (poller[2].revents != 0) (void)CopyOutput(ends.from_err, STDERR_FILENO);
    if (poller[3].revents != 0) {
      signalfd_siginfo info = {};
      (void)!read(resized.get(), &info, sizeof(info));
      ResizeTerminal(master.get(), TerminalSize(STDIN_FILENO));
    }
    if (poller[4].revents != 0) (void)input.Serve();
    if (poller[0].revents != 0) break;
  }
  while (ends.from_out.valid() && CopyOutput(ends.from_out, STDOUT_FILENO) == Copied::kSome) {
  }
  while (ends.from_err.valid() && CopyOutput(ends.from_err, STDERR_FILENO) == Copied::kSome) {
  }
}

}  // namespace cowbell

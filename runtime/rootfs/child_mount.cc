#include "runtime/rootfs/child_mount.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cowbell {
namespace {

struct Reply {
  bool ok = false;
  int error = EIO;
  char text[1000] = "the child died";
};

void SendReply(int socket_fd, const Result<UniqueFd>& result) {
  Reply reply;
  reply.ok = result.has_value();
  iovec data = {&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (result.has_value()) {
    const int fd = result.value().get();
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  } else {
    reply.error = result.error().errno_value();
    const std::string& text = result.error().message();
    const size_t n = std::min(text.size(), sizeof(reply.text) - 1);
    memcpy(reply.text, text.data(), n);
    reply.text[n] = '\0';
  }
  (void)sendmsg(socket_fd, &message, MSG_NOSIGNAL);
}

Result<UniqueFd> ReceiveReply(int socket_fd) {
  Reply reply;
  iovec data = {&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t n = 0;
  do {
    n = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (n == static_cast<ssize_t>(sizeof(reply)) && reply.ok && header != nullptr) {
    int fd = -1;
    memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return UniqueFd(fd);
  }
  if (reply.error == 0) return Error::FromMessage(reply.text);
  return Error::FromErrno(reply.error, reply.text);
}

Result<UniqueFd> MountAndCopy(const std::string& target, const std::function<Status()>& body) {
  if (unshare(CLONE_NEWNS) != 0) return Error::FromErrno(errno, "unshare the mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return Error::FromErrno(errno, "make the mounts private");
  }
  TRY(body());
  UniqueFd tree(open_tree(AT_FDCWD, target.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.valid()) return Error::FromErrno(errno, "open_tree '" + target + "'");
  // A program that serves the mount lives in this namespace and ends with the last mount: only the
  // copy may be left.
  if (umount2(target.c_str(), MNT_DETACH) != 0) {
    return Error::FromErrno(errno, "unmount '" + target + "'");
  }
  return tree;
}

}  // namespace

Result<UniqueFd> DescriptorFromChild(const std::function<Result<UniqueFd>()>& body) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return Error::FromErrno(errno, "socketpair");
  }
  const UniqueFd ours(sockets[0]);
  UniqueFd theirs(sockets[1]);
  const pid_t child = fork();
  if (child < 0) return Error::FromErrno(errno, "fork");
  if (child == 0) {
    SendReply(theirs.get(), body());
    _exit(0);
  }
  theirs.reset();
  Result<UniqueFd> out = ReceiveReply(ours.get());
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return out;
}

Result<UniqueFd> MountFromChild(const std::string& target, const std::function<Status()>& body) {
  return DescriptorFromChild([&] { return MountAndCopy(target, body); });
}

}  // namespace cowbell

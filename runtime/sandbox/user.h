// Who a container's process is: `-u` and USER, looked up in the container's own /etc/passwd and
// /etc/group.

#ifndef COWBELL_RUNTIME_SANDBOX_USER_H_
#define COWBELL_RUNTIME_SANDBOX_USER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

struct UserIdentity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary
  std::string home = "/";
};

// `spec`: "", "name", "uid", with ":group" or ":gid". An unknown number is used with group 0; an
// unknown name is an error: "unable to find user nosuch: no matching entries in passwd file".
Result<UserIdentity> ResolveUser(const std::string& spec, const std::string& passwd,
                                 const std::string& group);

// The same with the files below `root_fd`; a missing file counts as empty.
Result<UserIdentity> ResolveUserInRoot(int root_fd, const std::string& spec);

// Takes the identity for the calling thread: groups, then group, then user.
Status BecomeUser(const UserIdentity& user);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_USER_H_

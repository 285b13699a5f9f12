// One entry of a directory tree, held by a descriptor that cannot be swapped for something else.
//
// Trees of running containers change while they are read, and whoever changes them may be hostile.
// So an entry is first opened with O_PATH | O_NOFOLLOW, which has no side effect on any type of
// file, then looked at, and only then reopened for reading through /proc/self/fd: what is read is
// what was looked at.

#ifndef COWBELL_RUNTIME_ROOTFS_ENTRY_H_
#define COWBELL_RUNTIME_ROOTFS_ENTRY_H_

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

struct Entry {
  UniqueFd fd;  // O_PATH
  struct stat st = {};

  bool IsDir() const { return S_ISDIR(st.st_mode); }
  bool IsRegular() const { return S_ISREG(st.st_mode); }
  bool IsSymlink() const { return S_ISLNK(st.st_mode); }
};

// Errors: ENOENT, ELOOP never (a link is opened itself).
Result<Entry> OpenEntry(int dir_fd, const std::string& name);
// Takes over an O_PATH descriptor.
Result<Entry> EntryOf(UniqueFd fd);

// Opens the entry itself with `flags` (O_RDONLY, …). REQUIRES: a regular file or a directory.
Result<UniqueFd> Reopen(const Entry& entry, int flags);

// The text of a symbolic link.
Result<std::string> LinkText(const Entry& entry);

// "/proc/self/fd/N": names the object behind any descriptor, a symbolic link too.
std::string FdPath(int fd);

// One attribute; nullopt when it is not there or the file system has none.
Result<std::optional<std::string>> GetXattr(int fd, const std::string& name);

// Attributes that belong to a file's content as users see it: user.* and security.capability.
Result<std::map<std::string, std::string>> UserXattrs(int fd);

// What an archive may carry of an object's attributes, sorted: all but those in which a union file
// system keeps its state and the labels of this host's security policy.
using Xattrs = std::vector<std::pair<std::string, std::string>>;
Result<Xattrs> ArchivedXattrs(int fd);

// A type in words: "directory", "device", "socket", ….
const char* TypeWord(mode_t mode);

// Deep trees hold two descriptors per level: the soft limit goes up to the hard one.
void RaiseFileLimit();

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_ENTRY_H_

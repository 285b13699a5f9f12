#include "runtime/rootfs/root_path.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <deque>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

// The walk so far: a path below the root without links.
class Walk {
 public:
  Walk(int root_fd, PathKind kind, const std::string& path) : root_fd_(root_fd), kind_(kind) {
    Prepend(path);
  }

  Result<UniqueFd> Run() {
    while (!todo_.empty()) {
      const std::string name = todo_.front();
      todo_.pop_front();
      if (name.empty() || name == ".") continue;
      if (name == "..") {
        if (!done_.empty()) done_.pop_back();
        continue;
      }
      TRY(Step(name));
    }
    return OpenInRoot(root_fd_, Here(), O_PATH | O_NOFOLLOW);
  }

 private:
  std::string Here() const { return "/" + Join(done_, "/"); }

  void Prepend(const std::string& path) {
    const std::vector<std::string> parts = Split(path, '/');
    todo_.insert(todo_.begin(), parts.begin(), parts.end());
  }

  bool Last() const {
    for (const std::string& name : todo_) {
      if (!name.empty() && name != ".") return false;
    }
    return true;
  }

  Status Step(const std::string& name) {
    const UniqueFd parent = TRY(OpenInRoot(root_fd_, Here(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
    struct stat st = {};
    if (fstatat(parent.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) return Error::FromErrno(errno, "stat '" + Here() + "/" + name + "'");
      TRY(Make(parent.get(), name));
    } else if (S_ISLNK(st.st_mode)) {
      return Follow(parent.get(), name);
    }
    done_.push_back(name);
    return Ok();
  }

  Status Make(int parent, const std::string& name) {
    const std::string what = "make '" + Here() + "/" + name + "'";
    if (kind_ == PathKind::kFile && Last()) {
      const UniqueFd file =
          TRY(OpenAt(parent, name, O_WRONLY | O_CREAT | O_EXCL, 0644).Within(what));
      if (fchmod(file.get(), 0644) != 0) return Error::FromErrno(errno, what);
      return Ok();
    }
    if (mkdirat(parent, name.c_str(), 0755) != 0) return Error::FromErrno(errno, what);
    // Whatever the caller's umask.
    if (fchmodat(parent, name.c_str(), 0755, 0) != 0) return Error::FromErrno(errno, what);
    return Ok();
  }

  Status Follow(int parent, const std::string& name) {
    // The links of /proc name objects, not paths: read as text they would lie.
    struct statfs fs = {};
    if (fstatfs(parent, &fs) != 0 || static_cast<long>(fs.f_type) == PROC_SUPER_MAGIC) {
      return Error::FromErrno(ELOOP, "'" + Here() + "/" + name + "' is a link of /proc");
    }
    char target[PATH_MAX];
    const ssize_t length = readlinkat(parent, name.c_str(), target, sizeof(target));
    if (length < 0) return Error::FromErrno(errno, "read link '" + Here() + "/" + name + "'");
    if (++links_ > 40) return Error::FromErrno(ELOOP, "'" + Here() + "/" + name + "'");
    const std::string text(target, static_cast<size_t>(length));
    if (!text.empty() && text[0] == '/') done_.clear();
    Prepend(text);
    return Ok();
  }

  int root_fd_;
  PathKind kind_;
  std::vector<std::string> done_;
  std::deque<std::string> todo_;
  int links_ = 0;
};

}  // namespace

Result<UniqueFd> MakeInRoot(int root_fd, const std::string& path, PathKind kind) {
  return Walk(root_fd, kind, path).Run();
}

}  // namespace cowbell

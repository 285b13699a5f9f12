#include "runtime/cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status CheckPath(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  struct stat st = {};
  int error = stat(directory.c_str(), &st) == 0 ? 0 : errno;
  if (error == 0 && !S_ISDIR(st.st_mode)) error = ENOTDIR;
  if (error != 0) {
    return Error::FromMessage("invalid output path: stat " + Sanitize(directory, 4096) + ": " +
                              GoErrnoText(error));
  }
  if (lstat(path.c_str(), &st) != 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) return Ok();
  return Error::FromMessage(S_ISDIR(st.st_mode)    ? "cannot write to a directory"
                            : S_ISFIFO(st.st_mode) ? "cannot write to a named pipe (FIFO)"
                            : S_ISCHR(st.st_mode)  ? "cannot write to a character device file"
                            : S_ISBLK(st.st_mode)  ? "cannot write to a block device file"
                                                   : "cannot write to a socket");
}

}  // namespace

Result<OutputFile> OutputFile::Create(const std::string& path) {
  OutputFile out;
  if (path.empty()) {
    if (isatty(STDOUT_FILENO) != 0) {
      return Error::FromMessage(
          "cowardly refusing to save to a terminal. Use the -o flag or redirect");
    }
    out.fd_.reset(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!out.fd_.valid()) return Error::FromErrno(errno, "standard output");
    return out;
  }
  TRY(CheckPath(path));
  std::string temporary = DirectoryOf(path) + "/.calf-XXXXXX";
  out.fd_.reset(mkostemp(temporary.data(), O_CLOEXEC));
  if (!out.fd_.valid()) {
    return Error::FromMessage("open " + Sanitize(path, 4096) + ": " + GoErrnoText(errno));
  }
  out.path_ = path;
  out.temporary_ = std::move(temporary);
  return out;
}

OutputFile::~OutputFile() {
  if (fd_.valid() && !temporary_.empty()) unlink(temporary_.c_str());
}

Status OutputFile::Write(std::string_view bytes) { return WriteAll(fd_.get(), bytes); }

Status OutputFile::Finish() {
  if (!temporary_.empty() && rename(temporary_.c_str(), path_.c_str()) != 0) {
    return Error::FromErrno(errno, "rename '" + temporary_ + "' to '" + path_ + "'");
  }
  fd_.reset();
  return Ok();
}

}  // namespace cowbell

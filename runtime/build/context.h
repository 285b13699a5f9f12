// The directory that COPY takes files from. Nothing outside of it is ever read: every path is
// resolved inside it, as if it were `/`.

#ifndef COWBELL_RUNTIME_BUILD_CONTEXT_H_
#define COWBELL_RUNTIME_BUILD_CONTEXT_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {

// True if the patterns of a .dockerignore exclude `path`: the last one that matches it or a
// directory above it decides.
bool IsIgnored(const std::vector<std::string>& patterns, const std::string& path);
// Comments and empty lines dropped, "/a/" and "./a" become "a". Errors: "!" alone.
Result<std::vector<std::string>> ParseIgnoreFile(std::string_view text);

// One file or directory that a COPY names.
struct ContextSource {
  std::string path;  // below the context, without "." and ".."; "" is the context itself
  Entry entry;       // links at the end of `path` followed
};

// A resource.
class BuildContext {
 public:
  // Reads .dockerignore and lists what is left. Errors: `unable to prepare context: path "x" not
  // found`; an invalid pattern.
  static Result<BuildContext> Open(const std::string& directory);

  // Sources for one argument of COPY, a pattern of Go's filepath.Match, sorted. Errors:
  // "COPY failed: forbidden path outside the build context: ../x ()", "COPY failed: file not found
  // in build context or excluded by .dockerignore: stat x: file does not exist", "COPY failed: no
  // source files were specified".
  Result<std::vector<ContextSource>> Find(const std::string& pattern) const;

  // True if .dockerignore leaves `path` out.
  bool IsLeftOut(const std::string& path) const {
    return included_.count(path) == 0 && IsIgnored(patterns_, path);
  }

  // The SHA-256 over names, types, modes and contents at and below a source; times do not count.
  Result<std::string> Hash(const ContextSource& source) const;

  // A file of the context, also one that .dockerignore names.
  Result<std::string> ReadWhole(const std::string& path, uint64_t max_bytes) const;

  // As a tar archive of the context would have; what "Sending build context" says.
  uint64_t archive_bytes() const { return archive_bytes_; }

 private:
  explicit BuildContext(UniqueFd root) : root_(std::move(root)) {}
  Status List(int dir_fd, const std::string& parent, int depth, bool* any);
  Result<ContextSource> OpenSource(const std::string& path) const;

  UniqueFd root_;
  std::vector<std::string> patterns_;  // of .dockerignore, cleaned
  std::set<std::string> included_;     // with their directories
  uint64_t archive_bytes_ = 1024;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_CONTEXT_H_

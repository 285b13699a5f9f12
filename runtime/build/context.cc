#include "runtime/build/context.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr int kMaxDepth = 1000;
constexpr uint64_t kMaxIgnoreBytes = 1 << 20;

std::string ChildPath(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + "/" + name;
}

// nullopt: it leaves the context.
std::optional<std::string> CleanPath(const std::string& path) {
  std::vector<std::string> out;
  for (std::string& part : Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      out.push_back(std::move(part));
      continue;
    }
    if (out.empty()) return std::nullopt;
    out.pop_back();
  }
  return Join(out, "/");
}

// Component by component; "**" stands for any number of them.
bool MatchParts(const std::vector<std::string>& pattern, size_t p,
                const std::vector<std::string>& path, size_t at) {
  if (p == pattern.size()) return at == path.size();
  if (pattern[p] == "**") {
    for (size_t skip = at; skip <= path.size(); ++skip) {
      if (MatchParts(pattern, p + 1, path, skip)) return true;
    }
    return false;
  }
  return at < path.size() && fnmatch(pattern[p].c_str(), path[at].c_str(), 0) == 0 &&
         MatchParts(pattern, p + 1, path, at + 1);
}

// The pattern names the path or a directory above it.
bool MatchesOrHolds(const std::string& pattern, const std::string& path) {
  const std::vector<std::string> pattern_parts = Split(pattern, '/');
  const std::vector<std::string> parts = Split(path, '/');
  for (size_t n = 1; n <= parts.size(); ++n) {
    const std::vector<std::string> head(parts.begin(), parts.begin() + static_cast<long>(n));
    if (MatchParts(pattern_parts, 0, head, 0)) return true;
  }
  return false;
}

bool HasWildcard(const std::string& text) {
  return text.find_first_of("*?[\\") != std::string::npos;
}

Error NotFound(const std::string& path) {
  return Error::FromMessage(
      "COPY failed: file not found in build context or excluded by .dockerignore: stat " +
      Sanitize(path, 300) + ": file does not exist");
}

}  // namespace

Result<std::vector<std::string>> ParseIgnoreFile(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string& line : Lines(text)) {
    std::string pattern(Trim(line));
    if (pattern.empty() || pattern[0] == '#') continue;
    const bool is_exception = pattern[0] == '!';
    if (is_exception) pattern = std::string(Trim(std::string_view(pattern).substr(1)));
    if (pattern.empty()) return Error::FromMessage("illegal exclusion pattern: \"!\"");
    const std::optional<std::string> clean = CleanPath(pattern);
    if (!clean || clean->empty()) continue;
    const size_t open = clean->find('[');
    if (open != std::string::npos && clean->find(']', open) == std::string::npos) {
      return Error::FromMessage("error checking context: syntax error in pattern");
    }
    out.push_back((is_exception ? "!" : "") + *clean);
  }
  return out;
}

bool IsIgnored(const std::vector<std::string>& patterns, const std::string& path) {
  bool ignored = false;
  for (const std::string& pattern : patterns) {
    const bool is_exception = pattern[0] == '!';
    if (is_exception != ignored) continue;
    if (MatchesOrHolds(pattern.substr(is_exception ? 1 : 0), path)) ignored = !is_exception;
  }
  return ignored;
}

Result<BuildContext> BuildContext::Open(const std::string& directory) {
  Result<UniqueFd> root = cowbell::Open(directory, O_RDONLY | O_DIRECTORY);
  if (!root.has_value()) {
    if (root.error().errno_value() != ENOENT) {
      return std::move(root).error().Within("unable to prepare context");
    }
    return Error::FromMessage("unable to prepare context: path \"" + Sanitize(directory, 300) +
                              "\" not found");
  }
  BuildContext context(std::move(root).value());
  const Result<std::string> ignore = context.ReadWhole(".dockerignore", kMaxIgnoreBytes);
  if (ignore.has_value()) context.patterns_ = TRY(ParseIgnoreFile(ignore.value()));
  context.included_.insert("");
  bool any = false;
  TRY(context.List(context.root_.get(), "", 0, &any).Within("read the build context"));
  return context;
}

Status BuildContext::List(int dir_fd, const std::string& parent, int depth, bool* any) {
  if (depth > kMaxDepth) return Error::FromErrno(ENAMETOOLONG, "directory '" + parent + "'");
  const std::vector<std::string> names = TRY(ListDirFd(dir_fd));
  for (const std::string& name : names) {
    const std::string path = ChildPath(parent, name);
    struct stat st = {};
    if (fstatat(dir_fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      return Error::FromErrno(errno, "stat '" + Sanitize(path, 300) + "'");
    }
    bool included = !IsIgnored(patterns_, path);
    if (S_ISDIR(st.st_mode)) {
      const UniqueFd child = TRY(OpenAt(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      // An exception may bring back what lies below.
      TRY(List(child.get(), path, depth + 1, &included));
    }
    if (!included) continue;
    *any = true;
    included_.insert(path);
    const uint64_t size = S_ISREG(st.st_mode) ? static_cast<uint64_t>(st.st_size) : 0;
    archive_bytes_ += 512 + (size + 511) / 512 * 512;
  }
  return Ok();
}

Result<ContextSource> BuildContext::OpenSource(const std::string& path) const {
  if (IsLeftOut(path)) return NotFound(path);
  Result<UniqueFd> fd = OpenInRoot(root_.get(), path.empty() ? "." : path, O_PATH);
  if (!fd.has_value()) {
    if (fd.error().errno_value() == ENOENT) return NotFound(path);
    return std::move(fd).error().Within("COPY failed");
  }
  ContextSource out{path, TRY(EntryOf(std::move(fd).value()))};
  return out;
}

Result<std::vector<ContextSource>> BuildContext::Find(const std::string& pattern) const {
  const std::optional<std::string> clean = CleanPath(pattern);
  if (!clean) {
    return Error::FromMessage(
        "COPY failed: forbidden path outside the build context: " + Sanitize(pattern, 300) + " ()");
  }
  std::vector<ContextSource> out;
  if (!HasWildcard(*clean)) {
    out.push_back(TRY(OpenSource(*clean)));
    return out;
  }
  for (const std::string& path : included_) {
    if (!path.empty() && fnmatch(clean->c_str(), path.c_str(), FNM_PATHNAME) == 0) {
      out.push_back(TRY(OpenSource(path)));
    }
  }
  if (out.empty()) return Error::FromMessage("COPY failed: no source files were specified");
  return out;
}

Result<std::string> BuildContext::Hash(const ContextSource& source) const {
  Sha256 hash;
  const auto add = [&](const std::string& name, const Entry& entry) -> Status {
    // Every part with its length: no two trees share a text.
    const std::string head = std::to_string(name.size()) + ":" + name + " " +
                             std::to_string(entry.st.st_mode) + " " +
                             std::to_string(entry.st.st_rdev) + "\n";
    hash.Update(head);
    if (entry.IsSymlink()) {
      const std::string text = TRY(LinkText(entry));
      hash.Update(std::to_string(text.size()) + ":" + text);
    } else if (entry.IsRegular()) {
      const UniqueFd fd = TRY(Reopen(entry, O_RDONLY));
      hash.Update(TRY(Sha256HexOfFd(fd.get())));
    }
    return Ok();
  };
  TRY(add("", source.entry));
  if (!source.entry.IsDir()) return hash.HexDigest();
  std::vector<std::string> pending = {""};
  const UniqueFd top = TRY(Reopen(source.entry, O_RDONLY | O_DIRECTORY));
  while (!pending.empty()) {
    const std::string below = std::move(pending.back());
    pending.pop_back();
    const UniqueFd dir = TRY(
        OpenInRoot(top.get(), below.empty() ? "." : below, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    const std::vector<std::string> names = TRY(ListDirFd(dir.get()));
    for (const std::string& name : names) {
      const std::string path = ChildPath(below, name);
      if (IsLeftOut(ChildPath(source.path, path))) continue;
      const Entry entry = TRY(OpenEntry(dir.get(), name));
      TRY(add(path, entry));
      if (entry.IsDir()) pending.push_back(path);
    }
  }
  return hash.HexDigest();
}

Result<std::string> BuildContext::ReadWhole(const std::string& path, uint64_t max_bytes) const {
  const UniqueFd fd = TRY(OpenInRoot(root_.get(), path, O_RDONLY | O_NONBLOCK));
  struct stat st = {};
  if (fstat(fd.get(), &st) != 0) return Error::FromErrno(errno, "stat '" + path + "'");
  if (!S_ISREG(st.st_mode)) return Error::FromMessage("'" + Sanitize(path, 300) + "' is no file");
  return ReadAll(fd.get(), max_bytes);
}

}  // namespace cowbell

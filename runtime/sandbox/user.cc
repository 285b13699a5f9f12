#include "runtime/sandbox/user.h"

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr int64_t kMaxId = 0x7fffffff;
constexpr uint64_t kMaxFile = uint64_t{16} << 20;

std::optional<int64_t> Number(const std::string& text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end || error != std::errc()) return std::nullopt;
  return value;
}

// The fields of the lines that have at least `count` of them.
std::vector<std::vector<std::string>> Entries(const std::string& text, size_t count) {
  std::vector<std::vector<std::string>> entries;
  for (const std::string& line : Lines(text)) {
    std::vector<std::string> fields = Split(line, ':');
    if (fields.size() >= count && line[0] != '#') entries.push_back(std::move(fields));
  }
  return entries;
}

Result<uid_t> Id(const std::string& name, const char* kind, const char* file) {
  const std::optional<int64_t> id = Number(name);
  if (!id.has_value()) {
    return Error::FromMessage("unable to find " + std::string(kind) + " " + Sanitize(name) +
                              ": no matching entries in " + file + " file");
  }
  if (*id < 0 || *id > kMaxId) {
    return Error::FromMessage("uids and gids must be in range 0-2147483647");
  }
  return static_cast<uid_t>(*id);
}

Result<std::string> ReadInRoot(int root_fd, const char* path) {
  // A hostile image may have put a pipe or a device there.
  const Result<UniqueFd> fd = OpenInRoot(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat st = {};
  if (!fd.has_value() || fstat(fd.value().get(), &st) != 0 || !S_ISREG(st.st_mode)) {
    return std::string();
  }
  return ReadAll(fd.value().get(), kMaxFile).Within(path);
}

}  // namespace

Result<UserIdentity> ResolveUser(const std::string& spec, const std::string& passwd,
                                 const std::string& group) {
  const size_t colon = spec.find(':');
  const std::string user_part = spec.substr(0, colon);
  const std::string group_part = colon == std::string::npos ? "" : spec.substr(colon + 1);
  const std::string wanted = user_part.empty() ? "0" : user_part;
  UserIdentity identity;
  std::string name;
  bool found = false;
  for (const auto& fields : Entries(passwd, 6)) {
    if (fields[0] != wanted && fields[2] != wanted) continue;
    identity.uid = TRY(Id(fields[2], "user", "passwd"));
    identity.gid = TRY(Id(fields[3], "group", "group"));
    if (!fields[5].empty()) identity.home = fields[5];
    name = fields[0];
    found = true;
    break;
  }
  if (!found) identity.uid = TRY(Id(wanted, "user", "passwd"));

  const auto groups = Entries(group, 4);
  if (!group_part.empty()) {
    const auto entry = std::find_if(groups.begin(), groups.end(), [&](const auto& fields) {
      return fields[0] == group_part || fields[2] == group_part;
    });
    const std::string id = entry == groups.end() ? group_part : (*entry)[2];
    identity.gid = TRY(Id(id, "group", "group"));
    return identity;
  }
  if (!found) return identity;
  for (const auto& fields : groups) {
    const std::vector<std::string> members = Split(fields[3], ',');
    if (std::find(members.begin(), members.end(), name) == members.end()) continue;
    identity.groups.push_back(TRY(Id(fields[2], "group", "group")));
  }
  return identity;
}

Result<UserIdentity> ResolveUserInRoot(int root_fd, const std::string& spec) {
  const std::string passwd = TRY(ReadInRoot(root_fd, "/etc/passwd"));
  const std::string group = TRY(ReadInRoot(root_fd, "/etc/group"));
  return ResolveUser(spec, passwd, group);
}

Status BecomeUser(const UserIdentity& user) {
  if (setgroups(user.groups.size(), user.groups.data()) != 0) {
    return Error::FromErrno(errno, "setgroups");
  }
  if (setresgid(user.gid, user.gid, user.gid) != 0) {
    return Error::FromErrno(errno, "setresgid " + std::to_string(user.gid));
  }
  if (setresuid(user.uid, user.uid, user.uid) != 0) {
    return Error::FromErrno(errno, "setresuid " + std::to_string(user.uid));
  }
  return Ok();
}

}  // namespace cowbell

#include "runtime/container/mounts.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/base/token.h"
#include "runtime/rootfs/mount_options.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

// Lexically: "/a//b/../c/" is "/a/c".
std::string CleanPath(const std::string& path) {
  std::vector<std::string> parts;
  for (const std::string& part : Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return "/" + Join(parts, "/");
}

Status CheckAbsolute(const std::string& target) {
  if (!target.empty() && target[0] == '/') return Ok();
  return Error::FromMessage("invalid mount path: '" + Sanitize(target) +
                            "' mount path must be absolute");
}

Status CheckTarget(const std::string& target) {
  if (target == "/") {
    return Error::FromMessage(
        "invalid volume specification: invalid mount config: invalid specification: destination "
        "can't be '/'");
  }
  if (target == "/proc" || target.rfind("/proc/", 0) == 0) {
    return Error::FromMessage("\"" + target + "\" cannot be mounted because it is inside /proc");
  }
  return Ok();
}

BindMount AnonymousVolume(const std::string& target) {
  BindMount mount;
  mount.volume = RandomHex(32);
  mount.anonymous = true;
  mount.target = CleanPath(target);
  return mount;
}

Result<std::string> AbsoluteSource(const std::string& path) {
  if (path[0] == '/') return CleanPath(path);
  char cwd[PATH_MAX];
  if (getcwd(cwd, sizeof(cwd)) == nullptr) return Error::FromErrno(errno, "getcwd");
  return CleanPath(std::string(cwd) + "/" + path);
}

Status SetModes(const std::string& modes, BindMount& mount) {
  for (const std::string& mode : Split(modes, ',')) {
    if (mode == "ro") {
      mount.read_only = true;
    } else if (mode == "nocopy" && !mount.volume.empty()) {
      mount.no_copy = true;
    } else if (mode != "rw" && mode != "z" && mode != "Z" && mode != "rprivate" &&
               mode != "private") {
      return Error::FromMessage("invalid mode: " + Sanitize(modes));
    }
  }
  return Ok();
}

// --mount in Docker's two refusals: of what must be there and of what must not.
Error BadMount(const MountWish& wish, const std::string& why) {
  return Error::FromMessage("invalid mount config for type \"" + Sanitize(wish.type) +
                            "\": " + why);
}

Result<BindMount> BindOf(const MountWish& wish) {
  if (wish.source.empty()) return BadMount(wish, "field Source must not be empty");
  if (wish.source[0] != '/') {
    return BadMount(
        wish, "invalid mount path: '" + Sanitize(wish.source) + "' mount path must be absolute");
  }
  if (access(wish.source.c_str(), F_OK) != 0) {
    return BadMount(wish, "bind source path does not exist: " + Sanitize(wish.source));
  }
  BindMount mount;
  mount.source = CleanPath(wish.source);
  return mount;
}

Result<BindMount> VolumeOf(const MountWish& wish) {
  if (wish.source.empty()) return AnonymousVolume(wish.target);
  TRY(CheckVolumeName(wish.source));
  BindMount mount;
  mount.volume = wish.source;
  return mount;
}

Result<bool> ParseBool(const std::string& text) {
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return Error::FromMessage("invalid value for a switch: " + text);
}

struct MountKey {
  const char* name;
  Status (*set)(MountWish& wish, const std::string& value);
};

Status SetSource(MountWish& wish, const std::string& value) {
  wish.source = value;
  return Ok();
}
Status SetTarget(MountWish& wish, const std::string& value) {
  wish.target = value;
  return Ok();
}
Status SetReadOnly(MountWish& wish, const std::string& value) {
  wish.read_only = TRY(ParseBool(value));
  return Ok();
}
Status AddTmpfsOption(MountWish& wish, const std::string& option) {
  wish.tmpfs_options += (wish.tmpfs_options.empty() ? "" : ",") + option;
  return Ok();
}

constexpr MountKey kMountKeys[] = {
    {"type",
     [](MountWish& wish, const std::string& value) {
       wish.type = value;
       return Ok();
     }},
    {"source", SetSource},
    {"src", SetSource},
    {"target", SetTarget},
    {"dst", SetTarget},
    {"destination", SetTarget},
    {"readonly", SetReadOnly},
    {"ro", SetReadOnly},
    {"volume-nocopy",
     [](MountWish& wish, const std::string& value) -> Status {
       wish.no_copy = TRY(ParseBool(value));
       return Ok();
     }},
    {"tmpfs-size", [](MountWish& wish,
                      const std::string& value) { return AddTmpfsOption(wish, "size=" + value); }},
    {"tmpfs-mode", [](MountWish& wish,
                      const std::string& value) { return AddTmpfsOption(wish, "mode=" + value); }},
    {"bind-propagation",
     [](MountWish&, const std::string& value) -> Status {
       if (value == "rprivate" || value == "private") return Ok();
       return Error::FromMessage("calf has only private mounts, not '" + value + "'");
     }},
};

// Keys that may stand without a value.
bool IsSwitch(const std::string& key) {
  return key == "readonly" || key == "ro" || key == "volume-nocopy";
}

class MountList {
 public:
  explicit MountList(ContainerConfig& config) : config_(config) {}

  Status Add(BindMount mount) {
    TRY(Take(mount.target));
    config_.binds.push_back(std::move(mount));
    return Ok();
  }

  Status AddTmpfs(const std::string& path, const std::string& options) {
    TRY(CheckAbsolute(path));
    const std::string target = CleanPath(path);
    TRY(Take(target));
    TRY(ParseTmpfsOptions(options, 01777));
    config_.tmpfs[target] = options;
    return Ok();
  }

  Status Add(const MountWish& wish) {
    if (const Status absolute = CheckAbsolute(wish.target); !absolute.has_value()) {
      return BadMount(wish, absolute.error().message());
    }
    if (wish.type == "tmpfs") {
      if (!wish.source.empty()) return BadMount(wish, "field Source must not be specified");
      return AddTmpfs(wish.target, wish.tmpfs_options + std::string(wish.read_only ? ",ro" : ""));
    }
    if (wish.type != "bind" && wish.type != "volume") return BadMount(wish, "mount type unknown");
    BindMount mount = TRY(wish.type == "bind" ? BindOf(wish) : VolumeOf(wish));
    mount.target = CleanPath(wish.target);
    mount.read_only = wish.read_only;
    mount.no_copy = wish.no_copy;
    mount.by_mount_flag = true;
    return Add(std::move(mount));
  }

  bool Has(const std::string& target) const { return targets_.count(target) > 0; }

 private:
  Status Take(const std::string& target) {
    TRY(CheckTarget(target));
    if (targets_.insert(target).second) return Ok();
    return Error::FromMessage("Duplicate mount point: " + target);
  }

  ContainerConfig& config_;
  std::set<std::string> targets_;
};

}  // namespace

Result<MountWish> ParseMount(const std::string& spec) {
  MountWish wish;
  for (const std::string& field : Split(spec, ',')) {
    const size_t equals = field.find('=');
    const std::string key = field.substr(0, equals);
    const auto known = std::find_if(std::begin(kMountKeys), std::end(kMountKeys),
                                    [&](const MountKey& k) { return k.name == key; });
    if (equals == std::string::npos && !IsSwitch(key)) {
      return Error::FromMessage("invalid field '" + field + "' must be a key=value pair");
    }
    if (known == std::end(kMountKeys)) {
      return Error::FromMessage("unexpected key '" + key + "' in '" + field + "'");
    }
    TRY(known->set(wish, equals == std::string::npos ? "true" : field.substr(equals + 1)));
  }
  if (wish.target.empty()) return Error::FromMessage("target is required");
  return wish;
}

Result<BindMount> ParseVolume(const std::string& spec) {
  if (spec.empty()) return Error::FromMessage("invalid empty volume spec");
  const std::vector<std::string> parts = Split(spec, ':');
  const std::string invalid = "invalid volume specification: '" + Sanitize(spec) + "'";
  if (parts.size() > 3) return Error::FromMessage(invalid);
  if (std::find(parts.begin(), parts.end(), "") != parts.end()) {
    return Error::FromMessage("invalid spec: " + Sanitize(spec) + ": empty section between colons");
  }
  const bool anonymous = parts.size() == 1;
  const std::string& target = anonymous ? parts[0] : parts[1];
  if (const Status absolute = CheckAbsolute(target); !absolute.has_value()) {
    return Error::FromMessage(invalid + ": invalid mount config for type \"" +
                              (anonymous ? "volume" : "bind") +
                              "\": " + absolute.error().message());
  }
  if (anonymous) return AnonymousVolume(target);
  BindMount mount;
  mount.target = CleanPath(target);
  if (parts[0][0] == '/' || parts[0][0] == '.' || parts[0][0] == '~') {
    mount.source = TRY(AbsoluteSource(parts[0]));
  } else {
    TRY(CheckVolumeName(parts[0]));
    mount.volume = parts[0];
  }
  if (parts.size() == 3) TRY(SetModes(parts[2], mount));
  return mount;
}

Status AddMounts(const MountOptionTexts& texts, ContainerConfig& config) {
  MountList list(config);
  config.volumes = texts.image;
  for (const std::string& spec : texts.volumes) {
    BindMount mount = TRY(ParseVolume(spec));
    if (mount.anonymous) config.volumes.push_back(mount.target);
    TRY(list.Add(std::move(mount)));
  }
  for (const MountWish& wish : texts.mounts)
    TRY(list.Add(wish));
  for (const std::string& spec : texts.tmpfs) {
    const size_t colon = spec.find(':');
    TRY(list.AddTmpfs(spec.substr(0, colon),
                      colon == std::string::npos ? "" : spec.substr(colon + 1)));
  }
  for (const std::string& path : texts.image) {
    if (!list.Has(CleanPath(path))) TRY(list.Add(AnonymousVolume(path)));
  }
  return Ok();
}

}  // namespace cowbell

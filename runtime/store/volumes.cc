#include "runtime/store/volumes.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

using Json = nlohmann::json;

constexpr char kData[] = "/_data";

std::string VolumesDir(const Store& store) { return store.root() + "/volumes"; }

bool IsGoodName(const std::string& name) {
  const auto good = [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-');
  };
  return !name.empty() && name.size() <= 255 &&
         std::isalnum(static_cast<unsigned char>(name[0])) != 0 &&
         std::all_of(name.begin(), name.end(), good);
}

Error NoSuchVolume(const std::string& name) {
  return Error::FromErrno(ENOENT, "get " + Sanitize(name) + ": no such volume");
}

std::string Encode(const VolumeRecord& volume) {
  const Json json = {{"name", volume.name},
                     {"created", volume.created},
                     {"labels", volume.labels},
                     {"anonymous", volume.anonymous}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<VolumeRecord> Decode(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    VolumeRecord volume;
    json.at("name").get_to(volume.name);
    json.at("created").get_to(volume.created);
    json.at("labels").get_to(volume.labels);
    json.at("anonymous").get_to(volume.anonymous);
    return volume;
  } catch (const Json::exception& e) {
    return Error::FromErrno(EINVAL, std::string("volume.json: ") + Sanitize(e.what()));
  }
}

Status FillStaging(const std::string& dir, const VolumeRecord& volume) {
  TRY(MakeDirs(dir, 0711));
  const std::string data = dir + kData;
  // Whatever the caller's umask.
  if (mkdir(data.c_str(), 0755) != 0 || chmod(data.c_str(), 0755) != 0) {
    return Error::FromErrno(errno, "make '" + data + "'");
  }
  return WriteFile(dir + "/volume.json", Encode(volume), 0600);
}

}  // namespace

Status CheckVolumeName(const std::string& name) {
  if (IsGoodName(name)) return Ok();
  const std::string shown = Sanitize(name);
  return Error::FromMessage(
      "create " + shown + ": \"" + shown +
      "\" includes invalid characters for a local volume name, only "
      "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
      "absolute path");
}

std::string VolumeDir(const Store& store, const std::string& name) {
  return VolumesDir(store) + "/" + name;
}

std::string VolumeData(const Store& store, const std::string& name) {
  return VolumeDir(store, name) + kData;
}

Result<FileLock> LockVolumes(const Store& store, FileLock::Mode mode) {
  return FileLock::Acquire(store.root() + "/volumes.lock", mode);
}

Status MakeVolume(const Store& store, const VolumeRecord& volume) {
  const std::string target = VolumeDir(store, volume.name);
  if (Exists(target)) return Ok();
  TRY(MakeDirs(VolumesDir(store), 0711));
  const std::string staging = TRY(StagingPath(store, "volume-" + RandomHex(8)));
  Status status = FillStaging(staging, volume);
  if (status.has_value() && rename(staging.c_str(), target.c_str()) != 0 && errno != ENOTEMPTY &&
      errno != EEXIST) {
    status = Error::FromErrno(errno, "rename '" + staging + "'");
  }
  (void)RemoveTree(staging).has_value();
  return std::move(status).Within("make volume '" + volume.name + "'");
}

Result<VolumeRecord> FindVolume(const Store& store, const std::string& name) {
  if (!IsGoodName(name) || !Exists(VolumeDir(store, name))) return NoSuchVolume(name);
  const std::string text = TRY(ReadFile(VolumeDir(store, name) + "/volume.json", 1 << 24));
  return Decode(text).Within("volume '" + name + "'");
}

Result<std::vector<VolumeRecord>> ListVolumes(const Store& store) {
  std::vector<VolumeRecord> volumes;
  if (!Exists(VolumesDir(store))) return volumes;
  const std::vector<std::string> names = TRY(ListDir(VolumesDir(store)));
  for (const std::string& name : names) {
    Result<VolumeRecord> volume = FindVolume(store, name);
    if (!volume.has_value() && !Exists(VolumeDir(store, name))) continue;  // removed meanwhile
    volumes.push_back(TRY(std::move(volume)));
  }
  return volumes;
}

Result<VolumeUsers> FindVolumeUsers(const Store& store) {
  VolumeUsers users;
  const std::vector<std::string> ids = TRY(ListDir(store.root() + "/containers"));
  for (const std::string& id : ids) {
    Result<ContainerConfig> config = ReadContainerConfig(store, id);
    if (!config.has_value() && !Exists(store.ContainerDir(id))) continue;
    const ContainerConfig known =
        TRY(std::move(config).Within("the record of container " + id + " is damaged"));
    for (const BindMount& bind : known.binds) {
      if (!bind.volume.empty()) users[bind.volume].push_back(id);
    }
  }
  return users;
}

Status RemoveVolume(const Store& store, const std::string& name, const VolumeUsers& users) {
  if (!IsGoodName(name) || !Exists(VolumeDir(store, name))) return NoSuchVolume(name);
  if (const auto used = users.find(name); used != users.end()) {
    return Error::FromMessage("remove " + name + ": volume is in use - [" +
                              Join(used->second, ", ") + "]");
  }
  const std::string gone = TRY(StagingPath(store, "volume-" + RandomHex(8)));
  if (rename(VolumeDir(store, name).c_str(), gone.c_str()) != 0) {
    return Error::FromErrno(errno, "rename '" + VolumeDir(store, name) + "'");
  }
  return RemoveTree(gone);
}

void RemoveAnonymousVolumes(const Store& store, const ContainerConfig& config) {
  const bool any = std::any_of(config.binds.begin(), config.binds.end(),
                               [](const BindMount& bind) { return bind.anonymous; });
  if (!any) return;
  const Result<FileLock> lock = LockVolumes(store, FileLock::Mode::kExclusive);
  const Result<VolumeUsers> users = FindVolumeUsers(store);
  if (!lock.has_value() || !users.has_value()) return;
  for (const BindMount& bind : config.binds) {
    if (bind.anonymous) (void)RemoveVolume(store, bind.volume, users.value()).has_value();
  }
}

}  // namespace cowbell

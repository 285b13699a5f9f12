#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/format.h"
#include "runtime/cli/inspect_document.h"
#include "runtime/cli/ps_row.h"
#include "runtime/rootfs/root.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

// Go's encoder: a list that was never set is null, one that was is [].
Json ListOrNull(const std::vector<std::string>& list) { return list.empty() ? Json() : Json(list); }

Json MapOf(const std::map<std::string, std::string>& map) {
  Json out = Json::object();
  for (const auto& [key, value] : map)
    out[key] = value;
  return out;
}

Json SetOrNull(const std::vector<std::string>& names) {
  Json out;
  for (const std::string& name : names)
    out[name] = Json::object();
  return out;
}

std::string TimeOrZero(const std::string& time) { return time.empty() ? kZeroTime : time; }

Json StateOf(const ContainerState& state) {
  return Json{
      {"Status", StateWord(state)},
      {"Running", state.state == RunState::kRunning},
      {"Paused", state.paused},
      {"Restarting", false},
      {"OOMKilled", state.oom_killed},
      {"Dead", false},
      {"Pid", state.pid},
      {"ExitCode", state.exit_code},
      {"Error", state.error},
      {"StartedAt", TimeOrZero(state.started_at)},
      {"FinishedAt", TimeOrZero(state.finished_at)},
  };
}

Json ConfigOf(const ContainerConfig& config) {
  Json out = {
      {"Hostname", config.hostname},
      {"Domainname", ""},
      {"User", config.user},
      {"Tty", config.tty},
      {"OpenStdin", config.open_stdin},
      {"Env", config.env},
      {"Cmd", ListOrNull(config.cmd)},
      {"Image", config.image_ref},
      {"Volumes", SetOrNull(config.volumes)},
      {"WorkingDir", config.working_dir},
      {"Entrypoint", ListOrNull(config.entrypoint)},
      {"Labels", MapOf(config.labels)},
  };
  if (!config.stop_signal.empty()) out["StopSignal"] = config.stop_signal;
  if (config.stop_timeout >= 0) out["StopTimeout"] = config.stop_timeout;
  return out;
}

const char* MountType(const BindMount& bind) { return bind.volume.empty() ? "bind" : "volume"; }

Json HostConfigOf(const ContainerConfig& config) {
  std::vector<std::string> binds;
  Json mounts;
  for (const BindMount& bind : config.binds) {
    const std::string& source = bind.volume.empty() ? bind.source : bind.volume;
    if (bind.by_mount_flag) {
      mounts.push_back(Json{{"Type", MountType(bind)},
                            {"Source", bind.anonymous ? "" : source},
                            {"Target", bind.target},
                            {"ReadOnly", bind.read_only}});
    } else if (!bind.anonymous) {
      binds.push_back(source + ":" + bind.target + (bind.read_only ? ":ro" : ""));
    }
  }
  return Json{
      {"Binds", ListOrNull(binds)},
      {"NetworkMode", config.network},
      {"RestartPolicy", {{"Name", "no"}, {"MaximumRetryCount", 0}}},
      {"AutoRemove", config.auto_remove},
      {"CapAdd", ListOrNull(config.cap_add)},
      {"CapDrop", ListOrNull(config.cap_drop)},
      {"Privileged", config.privileged},
      {"ReadonlyRootfs", config.read_only_root},
      {"SecurityOpt", ListOrNull(config.security_opt)},
      {"Mounts", std::move(mounts)},
      {"Tmpfs", config.tmpfs.empty() ? Json() : MapOf(config.tmpfs)},
      {"Init", config.init},
      {"MaskedPaths", config.privileged ? Json() : Json(MaskedPaths())},
      {"ReadonlyPaths", config.privileged ? Json() : Json(ReadonlyPaths())},
  };
}

Json MountsOf(const ContainerConfig& config) {
  Json out = Json::array();
  for (const BindMount& bind : config.binds) {
    out.push_back(Json{
        {"Type", MountType(bind)},
        {"Name", bind.volume},
        {"Source", bind.source},
        {"Destination", bind.target},
        {"Driver", bind.volume.empty() ? "" : "local"},
        {"Mode", bind.read_only ? "ro" : ""},
        {"RW", !bind.read_only},
        {"Propagation", bind.volume.empty() ? "rprivate" : ""},
    });
  }
  return out;
}

Json GraphDriverOf(const Store& store, const ContainerConfig& config) {
  if (store.storage().driver == StorageDriver::kVfs) return Json{{"Name", "vfs"}, {"Data", Json()}};
  return Json{
      {"Name", "overlay"},
      {"Data",
       {{"LowerDir", Join(ContainerLowerDirs(store, config), ":")},
        {"MergedDir", store.ContainerDir(config.id) + "/root"},
        {"UpperDir", UpperDir(store, config.id)},
        {"WorkDir", WorkDir(store, config.id)}}},
  };
}

}  // namespace

Result<Json> ContainerDocument(const Store& store, const ContainerRecord& record, bool with_size) {
  const ContainerConfig& config = record.config;
  const std::vector<std::string> words = CommandLine(config);
  Json args = Json::array();
  for (size_t i = 1; i < words.size(); ++i)
    args.push_back(words[i]);
  Json document = {
      {"Id", config.id},
      {"Created", config.created},
      {"Path", words.empty() ? "" : words[0]},
      {"Args", std::move(args)},
      {"State", StateOf(record.state)},
      {"Image", "sha256:" + config.image_id},
      {"LogPath", LogPath(store, config.id)},
      {"Name", "/" + config.name},
      {"RestartCount", 0},
      {"Driver", StorageDriverName(store.storage().driver)},
      {"Platform", "linux"},
      {"HostConfig", HostConfigOf(config)},
      {"GraphDriver", GraphDriverOf(store, config)},
      {"Mounts", MountsOf(config)},
      {"Config", ConfigOf(config)},
      {"NetworkSettings",
       {{"IPAddress", ""},
        {"Ports", Json::object()},
        {"Networks", {{config.network, {{"IPAddress", ""}, {"Gateway", ""}}}}}}},
  };
  if (with_size) {
    const ContainerSize size = TRY(SizeOf(store, config));
    document["SizeRw"] = size.rw;
    document["SizeRootFs"] = size.root_fs;
  }
  return document;
}

}  // namespace cowbell

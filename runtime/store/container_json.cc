#include "runtime/store/container_json.h"

#include <cerrno>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

using Json = nlohmann::json;

constexpr const char* kStateNames[] = {"created", "running", "exited"};

// Foreign bytes of a command line that are no UTF-8 would make the text unreadable: they are
// replaced (U+FFFD) in what is stored.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// The members of a config, named once for both directions.
template <typename Archive, typename Config>
void Members(Archive& ar, Config& c) {
  ar("id", c.id);
  ar("name", c.name);
  ar("created", c.created);
  ar("image_id", c.image_id);
  ar("image_ref", c.image_ref);
  ar("chain", c.chain);
  ar("entrypoint", c.entrypoint);
  ar("cmd", c.cmd);
  ar("env", c.env);
  ar("user", c.user);
  ar("working_dir", c.working_dir);
  ar("hostname", c.hostname);
  ar("labels", c.labels);
  ar("tty", c.tty);
  ar("open_stdin", c.open_stdin);
  ar("auto_remove", c.auto_remove);
  ar("init", c.init);
  ar("privileged", c.privileged);
  ar("read_only_root", c.read_only_root);
  ar("network", c.network);
  ar("stop_signal", c.stop_signal);
  ar("stop_timeout", c.stop_timeout);
  ar("cap_add", c.cap_add);
  ar("cap_drop", c.cap_drop);
  ar("security_opt", c.security_opt);
  ar("tmpfs", c.tmpfs);
  ar("volumes", c.volumes);
}

template <typename Archive, typename Mount>
requires std::is_same_v<std::remove_const_t<Mount>, BindMount>
void Members(Archive& ar, Mount& m) {
  ar("source", m.source);
  ar("target", m.target);
  ar("read_only", m.read_only);
  ar("volume", m.volume);
  ar("anonymous", m.anonymous);
  ar("no_copy", m.no_copy);
  ar("by_mount_flag", m.by_mount_flag);
}

struct Writer {
  Json json = Json::object();
  template <typename T>
  void operator()(const char* key, const T& value) {
    json[key] = value;
  }
};

struct Reader {
  const Json& json;
  template <typename T>
  void operator()(const char* key, T& value) {
    if (const auto it = json.find(key); it != json.end()) value = it->get<T>();
  }
};

template <typename T, typename Fill>
Result<T> Parse(const std::string& text, const char* what, Fill fill) {
  try {
    const Json json = Json::parse(text);
    if (!json.is_object()) return Error::FromErrno(EINVAL, std::string(what) + ": not an object");
    T value;
    fill(json, value);
    return value;
  } catch (const Json::exception& e) {
    return Error::FromErrno(EINVAL, std::string(what) + ": " + Sanitize(e.what()));
  }
}

}  // namespace

std::string ToJson(const ContainerConfig& config) {
  Writer writer;
  Members(writer, config);
  Json binds = Json::array();
  for (const BindMount& bind : config.binds) {
    Writer one;
    Members(one, bind);
    binds.push_back(std::move(one.json));
  }
  writer.json["binds"] = std::move(binds);
  return Dump(writer.json);
}

Result<ContainerConfig> ParseContainerConfig(const std::string& text) {
  return Parse<ContainerConfig>(text, "container.json", [](const Json& json, ContainerConfig& c) {
    Reader reader{json};
    Members(reader, c);
    for (const Json& bind : json.value("binds", Json::array())) {
      Reader one{bind};
      BindMount& mount = c.binds.emplace_back();
      Members(one, mount);
      // A mount without its ends is none.
      bind.at("source").get_to(mount.source);
      bind.at("target").get_to(mount.target);
    }
  });
}

std::string ToJson(const ContainerState& s) {
  return Dump({{"state", kStateNames[static_cast<size_t>(s.state)]},
               {"pid", s.pid},
               {"pid_start", s.pid_start},
               {"monitor_pid", s.monitor_pid},
               {"monitor_start", s.monitor_start},
               {"exit_code", s.exit_code},
               {"error", s.error},
               {"started_at", s.started_at},
               {"finished_at", s.finished_at},
               {"oom_killed", s.oom_killed}});
}

Result<ContainerState> ParseContainerState(const std::string& text) {
  return Parse<ContainerState>(text, "state.json", [](const Json& json, ContainerState& s) {
    const std::string name = json.at("state").get<std::string>();
    for (size_t i = 0; i < std::size(kStateNames); ++i) {
      if (name == kStateNames[i]) s.state = static_cast<RunState>(i);
    }
    Reader reader{json};
    reader("pid", s.pid);
    reader("pid_start", s.pid_start);
    reader("monitor_pid", s.monitor_pid);
    reader("monitor_start", s.monitor_start);
    reader("exit_code", s.exit_code);
    reader("error", s.error);
    reader("started_at", s.started_at);
    reader("finished_at", s.finished_at);
    reader("oom_killed", s.oom_killed);
  });
}

}  // namespace cowbell

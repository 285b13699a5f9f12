#include "runtime/container/create.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/container/mounts.h"
#include "runtime/container/process.h"
#include "runtime/container/signals.h"

namespace cowbell {
namespace {

constexpr char kDefaultPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool IsNameChar(char c, bool first) {
  const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alnum || (!first && (c == '_' || c == '.' || c == '-'));
}

// Two words and a part of the ID: readable, and never the name of another container.
std::string MadeUpName(const std::string& id) {
  constexpr const char* kLeft[] = {"amber",  "brave", "calm",  "dapper", "eager",  "fair",
                                   "gentle", "happy", "keen",  "lucky",  "mellow", "nimble",
                                   "proud",  "quiet", "sunny", "warm"};
  constexpr const char* kRight[] = {
      "aurochs",  "banteng", "bison",  "bongo", "buffalo",  "dexter", "eland", "gaur",
      "guernsey", "heifer",  "jersey", "kudu",  "longhorn", "ox",     "yak",   "zebu"};
  const size_t left = static_cast<size_t>(std::stoul(id.substr(0, 1), nullptr, 16));
  const size_t right = static_cast<size_t>(std::stoul(id.substr(1, 1), nullptr, 16));
  return std::string(kLeft[left]) + "_" + kRight[right] + "_" + id.substr(0, 12);
}

// A missing host directory is made, as Docker does for -v.
Status MakeSource(const std::string& source) {
  struct stat st = {};
  if (stat(source.c_str(), &st) == 0) return Ok();
  if (errno != ENOENT) return Error::FromErrno(errno, "bind source '" + source + "'");
  return MakeDirs(source, 0755).Within("make the bind source");
}

std::string VariableName(const std::string& entry) { return entry.substr(0, entry.find('=')); }

std::vector<std::string> MergedEnv(const std::vector<std::string>& image,
                                   const std::vector<std::string>& wishes) {
  std::vector<std::string> env;
  const auto put = [&](const std::string& entry) {
    const std::string name = VariableName(entry);
    const auto old = std::find_if(env.begin(), env.end(), [&](const std::string& other) {
      return VariableName(other) == name;
    });
    // A name without '=' takes the variable away.
    if (entry.find('=') == std::string::npos) {
      if (old != env.end()) env.erase(old);
    } else if (old != env.end()) {
      *old = entry;
    } else {
      env.push_back(entry);
    }
  };
  for (const std::string& entry : image)
    put(entry);
  const bool has_path = std::any_of(env.begin(), env.end(), [](const std::string& entry) {
    return VariableName(entry) == "PATH";
  });
  if (!has_path) env.insert(env.begin(), kDefaultPath);
  for (const std::string& entry : wishes)
    put(entry);
  return env;
}

Status SetCommand(const CreateOptions& options, const ImageConfig& image, ContainerConfig& config) {
  if (options.entrypoint.has_value()) {
    if (!options.entrypoint->empty()) config.entrypoint = {*options.entrypoint};
    config.cmd = options.command;
  } else {
    config.entrypoint = image.entrypoint;
    config.cmd = options.command.empty() ? image.cmd : options.command;
  }
  if (config.entrypoint.empty() && config.cmd.empty()) {
    return Error::FromMessage("No command specified");
  }
  return Ok();
}

Status SetNetwork(const CreateOptions& options, const std::string& host, ContainerConfig& config) {
  config.network = options.network == "default" ? "none" : options.network;
  if (config.network != "none" && config.network != "host") {
    return Error::FromMessage("network " + Sanitize(options.network) +
                              " not found (calf has the networks none and host)");
  }
  config.hostname = !options.hostname.empty()  ? options.hostname
                    : config.network == "host" ? host
                                               : config.id.substr(0, 12);
  if (config.hostname.size() > 64) {
    return Error::FromMessage("invalid hostname: more than 64 characters");
  }
  return Ok();
}

}  // namespace

Status CheckContainerName(const std::string& name) {
  bool good = name.size() >= 2 && name.size() <= 255;
  for (size_t i = 0; i < name.size(); ++i)
    good = good && IsNameChar(name[i], i == 0);
  if (good) return Ok();
  return Error::FromMessage("Invalid container name (" + Sanitize(name) +
                            "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
}

Result<ContainerConfig> MakeContainerConfig(const CreateOptions& options,
                                            const ImageRecord& image) {
  ContainerConfig config;
  config.id = RandomHex(32);
  config.name = options.name.empty() ? MadeUpName(config.id) : options.name;
  if (config.name[0] == '/') config.name.erase(0, 1);
  TRY(CheckContainerName(config.name));
  TRY(SetCommand(options, image.config, config));
  config.created = NowText();
  config.image_id = image.id;
  config.image_ref = options.image;
  config.chain = image.chain;
  config.env = MergedEnv(image.config.env, options.env);
  config.user = options.user.empty() ? image.config.user : options.user;
  config.working_dir = options.working_dir.empty() ? image.config.working_dir : options.working_dir;
  if (!options.working_dir.empty() && options.working_dir[0] != '/') {
    return Error::FromMessage("the working directory '" + Sanitize(options.working_dir) +
                              "' is invalid, it needs to be an absolute path");
  }
  config.labels = image.config.labels;
  for (const auto& [key, value] : options.labels)
    config.labels[key] = value;
  config.tty = options.tty;
  config.open_stdin = options.interactive;
  config.auto_remove = options.auto_remove;
  config.init = options.init;
  config.privileged = options.privileged;
  config.read_only_root = options.read_only;
  char host[65] = {};
  if (gethostname(host, sizeof(host) - 1) != 0) return Error::FromErrno(errno, "gethostname");
  TRY(SetNetwork(options, host, config));
  config.stop_signal = options.stop_signal.empty() ? image.config.stop_signal : options.stop_signal;
  if (!config.stop_signal.empty()) TRY(ParseSignal(config.stop_signal));
  config.stop_timeout = options.stop_timeout;
  config.cap_add = options.cap_add;
  config.cap_drop = options.cap_drop;
  config.security_opt = options.security_opt;
  TRY(ResolveRights(config));
  TRY(AddMounts({options.volumes, options.tmpfs, options.mounts, image.config.volumes}, config));
  // Last: the only thing that is made on the host.
  for (const BindMount& bind : config.binds) {
    if (bind.volume.empty()) TRY(MakeSource(bind.source));
  }
  return config;
}

}  // namespace cowbell

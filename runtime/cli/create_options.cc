#include "runtime/cli/create_options.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/container/signals.h"

namespace cowbell {
namespace {

constexpr uint64_t kMaxEnvFile = uint64_t{16} << 20;

Status CheckEnv(const std::string& value) {
  if (value.empty() || value[0] == '=') {
    return Error::FromMessage("invalid environment variable: " + value);
  }
  return Ok();
}

// "K=V" as it is; "K" takes the caller's value, or takes K away when the caller has none.
std::string Completed(const std::string& entry) {
  if (entry.find('=') != std::string::npos) return entry;
  const char* value = getenv(entry.c_str());
  return value != nullptr ? entry + "=" + value : entry;
}

// Lines "K=V", "K", comments; quotes mean nothing.
Result<std::vector<std::string>> ReadEnvFile(const std::string& path) {
  Result<std::string> text = ReadFile(path, kMaxEnvFile);
  if (!text.has_value()) {
    return Error::FromMessage("open " + Sanitize(path) + ": no such file or directory");
  }
  std::vector<std::string> entries;
  for (const std::string& line : Lines(text.value())) {
    const size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] == '#') continue;
    std::string entry = line.substr(first);
    if (!entry.empty() && entry.back() == '\r') entry.pop_back();
    const std::string name = entry.substr(0, entry.find('='));
    if (name.empty()) {
      return Error::FromMessage("invalid env file (" + Sanitize(path) +
                                "): no variable name on line '" + Sanitize(line) + "'");
    }
    if (name.find_first_of(" \t") != std::string::npos) {
      return Error::FromMessage("invalid env file (" + Sanitize(path) + "): variable '" +
                                Sanitize(name) + "' contains whitespaces");
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

void CreateFlags::Refuse(FlagSet& flags, char shorthand, const char* name, const char* help) {
  const auto setter = [this, name](const std::string& value) -> Status {
    // The value that means "none" is what calf does anyway.
    if (value != "no" && value != "0" && value != "-1") refused_.emplace_back(name);
    return Ok();
  };
  flags.Value(shorthand, name, "string", setter, help);
}

CreateFlags::CreateFlags(FlagSet& flags) {
  const auto environment = [this](const std::string& value) -> Status {
    TRY(CheckEnv(value));
    env_.push_back(value);
    return Ok();
  };
  const auto pull = [this](const std::string& value) -> Status {
    if (value != "always" && value != "missing" && value != "never") {
      return Error::FromMessage("invalid pull option: '" + value +
                                "': must be one of \"always\", \"missing\" or \"never\"");
    }
    pull_ = value;
    return Ok();
  };
  const auto volume = [this](const std::string& value) -> Status {
    if (value.empty()) return Error::FromMessage("invalid empty volume spec");
    options_.volumes.push_back(value);
    return Ok();
  };
  const auto mount = [this](const std::string& value) -> Status {
    options_.mounts.push_back(TRY(ParseMount(value)));
    return Ok();
  };
  flags.List('\0', "cap-add", &options_.cap_add, "Add Linux capabilities");
  flags.List('\0', "cap-drop", &options_.cap_drop, "Drop Linux capabilities");
  flags.String('\0', "cidfile", &cidfile_, "Write the container ID to the file");
  flags.OptionalString('\0', "entrypoint", &options_.entrypoint,
                       "Overwrite the default ENTRYPOINT of the image");
  flags.Value('e', "env", "list", environment, "Set environment variables");
  flags.List('\0', "env-file", &env_files_, "Read in a file of environment variables");
  flags.String('h', "hostname", &options_.hostname, "Container host name");
  flags.Bool('\0', "init", &options_.init,
             "Run an init inside the container that forwards signals and reaps processes");
  flags.Bool('i', "interactive", &options_.interactive, "Keep STDIN open even if not attached");
  flags.List('l', "label", &labels_, "Set meta data on a container");
  flags.List('\0', "label-file", &label_files_, "Read in a line delimited file of labels");
  flags.String('\0', "name", &options_.name, "Assign a name to the container");
  flags.String('\0', "network", &options_.network,
               "Connect a container to a network: none or host (default \"none\")");
  flags.Synonym("net", "network");
  flags.String('\0', "platform", &platform_, "Set platform if server is multi-platform capable");
  flags.Bool('\0', "privileged", &options_.privileged,
             "Give extended privileges to this container");
  flags.Value('\0', "pull", "string", pull,
              "Pull image before running (\"always\", \"missing\", \"never\") (default "
              "\"missing\")");
  flags.Bool('\0', "read-only", &options_.read_only,
             "Mount the container's root filesystem as read only");
  flags.Bool('\0', "rm", &options_.auto_remove,
             "Automatically remove the container and its associated anonymous volumes when it "
             "exits");
  flags.List('\0', "security-opt", &options_.security_opt, "Security Options");
  flags.String('\0', "stop-signal", &options_.stop_signal, "Signal to stop the container");
  flags.Int('\0', "stop-timeout", &options_.stop_timeout,
            "Timeout (in seconds) to stop a container");
  flags.List('\0', "tmpfs", &options_.tmpfs, "Mount a tmpfs directory");
  flags.Bool('t', "tty", &options_.tty, "Allocate a pseudo-TTY");
  flags.String('u', "user", &options_.user, "Username or UID (format: <name|uid>[:<group|gid>])");
  flags.Value('v', "volume", "list", volume, "Bind mount a volume, or a host directory or file");
  flags.String('w', "workdir", &options_.working_dir, "Working directory inside the container");
  flags.Bool('q', "quiet", &quiet_, "Suppress the pull output");
  Refuse(flags, '\0', "cpus", "Number of CPUs (not supported yet)");
  Refuse(flags, 'm', "memory", "Memory limit (not supported yet)");
  flags.Value('\0', "mount", "mount", mount, "Attach a filesystem mount to the container");
  Refuse(flags, '\0', "pids-limit", "Tune container pids limit (not supported yet)");
  Refuse(flags, 'p', "publish", "Publish a container's ports (not supported)");
  Refuse(flags, '\0', "restart", "Restart policy: only \"no\" for now");
  Refuse(flags, '\0', "storage-opt", "Storage driver options (not supported yet)");
  Refuse(flags, '\0', "volumes-from", "Mount volumes of other containers (not supported yet)");
  flags.Operands(1, -1, &operands_);
  flags.StopAtFirstOperand();
}

Result<CreateOptions> CreateFlags::Options() const {
  if (options_.auto_remove &&
      std::find(refused_.begin(), refused_.end(), "restart") != refused_.end()) {
    return Error::FromMessage("conflicting options: cannot specify both --restart and --rm");
  }
  if (!refused_.empty()) {
    return Error::FromMessage("--" + refused_.front() +
                              " is not supported by this version of calf");
  }
  CreateOptions options = options_;
  options.image = operands_.front();
  options.command.assign(operands_.begin() + 1, operands_.end());
  for (const std::string& path : env_files_) {
    for (const std::string& entry : TRY(ReadEnvFile(path)))
      options.env.push_back(Completed(entry));
  }
  for (const std::string& entry : env_)
    options.env.push_back(Completed(entry));
  std::vector<std::string> labels;
  for (const std::string& path : label_files_) {
    const std::vector<std::string> lines = TRY(ReadEnvFile(path));
    labels.insert(labels.end(), lines.begin(), lines.end());
  }
  labels.insert(labels.end(), labels_.begin(), labels_.end());
  for (const std::string& label : labels) {
    const size_t equals = label.find('=');
    options.labels[label.substr(0, equals)] =
        equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  if (!options.stop_signal.empty()) TRY(ParseSignal(options.stop_signal));
  return options;
}

}  // namespace cowbell

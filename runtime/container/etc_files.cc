#include "runtime/container/etc_files.h"

#include <algorithm>

#include "runtime/base/file.h"

namespace cowbell {
namespace {

constexpr char kHosts[] =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

// The host's own file; a host without one gives an empty file.
std::string HostFile(const char* path) {
  Result<std::string> text = ReadFile(path, 1 << 20);
  return text.has_value() ? std::move(text).value() : std::string();
}

}  // namespace

Result<std::vector<RootBind>> MakeEtcFiles(const Store& store, const ContainerConfig& config) {
  const bool host_network = config.network == "host";
  const struct {
    const char* name;
    std::string text;
  } files[] = {{"hostname", config.hostname + "\n"},
               {"hosts", host_network ? HostFile("/etc/hosts") : kHosts},
               {"resolv.conf", HostFile("/etc/resolv.conf")}};
  std::vector<RootBind> binds;
  for (const auto& file : files) {
    const std::string path = store.ContainerDir(config.id) + "/" + file.name;
    const std::string target = std::string("/etc/") + file.name;
    const bool taken = std::any_of(config.binds.begin(), config.binds.end(),
                                   [&](const BindMount& bind) { return bind.target == target; });
    if (taken) continue;
    TRY(WriteFile(path, file.text, 0644));
    binds.push_back({path, target, false});
  }
  return binds;
}

}  // namespace cowbell

#include "runtime/rootfs/mount_options.h"

#include <sys/mount.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

struct FlagOption {
  std::string_view name;
  unsigned long flag;
  bool clear;
};
constexpr FlagOption kFlags[] = {
    {"ro", MS_RDONLY, false},
    {"rw", MS_RDONLY, true},
    {"nosuid", MS_NOSUID, false},
    {"suid", MS_NOSUID, true},
    {"nodev", MS_NODEV, false},
    {"dev", MS_NODEV, true},
    {"noexec", MS_NOEXEC, false},
    {"exec", MS_NOEXEC, true},
    {"sync", MS_SYNCHRONOUS, false},
    {"async", MS_SYNCHRONOUS, true},
    {"dirsync", MS_DIRSYNC, false},
    {"noatime", MS_NOATIME, false},
    {"atime", MS_NOATIME, true},
    {"nodiratime", MS_NODIRATIME, false},
    {"diratime", MS_NODIRATIME, true},
    {"relatime", MS_RELATIME, false},
    {"norelatime", MS_RELATIME, true},
    {"strictatime", MS_STRICTATIME, false},
    {"nostrictatime", MS_STRICTATIME, true},
    {"defaults", 0, false},
};
constexpr std::string_view kData[] = {"size",      "mode",      "uid",  "gid",
                                      "nr_inodes", "nr_blocks", "mpol", "huge"};

}  // namespace

Result<MountOptions> ParseTmpfsOptions(const std::string& options, mode_t mode) {
  MountOptions out;
  out.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  bool has_mode = false;
  for (const std::string& option : Split(options, ',')) {
    if (option.empty()) continue;
    const auto flag = std::find_if(std::begin(kFlags), std::end(kFlags),
                                   [&](const FlagOption& f) { return f.name == option; });
    if (flag != std::end(kFlags)) {
      out.flags = flag->clear ? out.flags & ~flag->flag : out.flags | flag->flag;
      continue;
    }
    const std::string key = option.substr(0, option.find('='));
    if (key == option || std::find(std::begin(kData), std::end(kData), key) == std::end(kData)) {
      return Error::FromMessage("invalid tmpfs option [\"" + Sanitize(option) + "\"]");
    }
    has_mode = has_mode || key == "mode";
    out.data += (out.data.empty() ? "" : ",") + option;
  }
  if (!has_mode) {
    char text[32];
    std::snprintf(text, sizeof(text), "mode=%o", static_cast<unsigned>(mode));
    out.data += (out.data.empty() ? "" : ",") + std::string(text);
  }
  return out;
}

}  // namespace cowbell

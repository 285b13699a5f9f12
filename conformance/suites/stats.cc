#include "conformance/suites/stats.h"

#include <cstdio>

namespace cowbell::conformance {

std::string TimeText(const TimeSpec& time) {
  char text[48];
  std::snprintf(text, sizeof(text), "%lld.%09lld", static_cast<long long>(time.seconds),
                static_cast<long long>(time.nanoseconds));
  return text;
}

std::string StatText(const FileStat& stat) {
  char mode[16];
  std::snprintf(mode, sizeof(mode), "%04o", stat.mode);
  return std::string(1, stat.type) + " mode " + mode + " owner " + std::to_string(stat.uid) + ":" +
         std::to_string(stat.gid) + " size " + std::to_string(stat.size) + " nlink " +
         std::to_string(stat.nlink) + " mtime " + TimeText(stat.mtime) + " atime " +
         TimeText(stat.atime);
}

Result<std::string> StatTextOf(Actor& actor, const std::string& path) {
  const FileStat stat = TRY(actor.Lstat(path));
  return StatText(stat);
}

}  // namespace cowbell::conformance

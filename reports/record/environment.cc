#include "reports/record/environment.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "runtime/base/file.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"

namespace cowbell::record {
namespace {

std::string Content(const std::string& path) {
  Result<std::string> text = ReadFile(path, 16 << 20);
  return text.has_value() ? std::move(text).value() : std::string();
}

// The value of the first line "KEY<separator>VALUE".
std::string FieldOf(const std::string& text, std::string_view key, char separator) {
  for (const std::string& line : Lines(text)) {
    const size_t at = line.find(separator);
    if (at != std::string::npos && Trim(line.substr(0, at)) == key) {
      return std::string(Trim(line.substr(at + 1)));
    }
  }
  return {};
}

std::string Unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

// "v2", "hybrid" (v1 controllers beside an empty v2), "v1", "none".
std::string CgroupMode() {
  bool v1 = false;
  bool v2 = false;
  for (const std::string& line : Lines(Content("/proc/self/mounts"))) {
    const std::vector<std::string> fields = Split(line, ' ');
    if (fields.size() < 3) continue;
    v1 = v1 || fields[2] == "cgroup";
    v2 = v2 || fields[2] == "cgroup2";
  }
  if (v1) return v2 ? "hybrid" : "v1";
  return v2 ? "v2" : "none";
}

// The mount that holds `path`: the longest mount point above it, the last one mounted there.
void DescribeBacking(const std::string& path, Environment& environment) {
  size_t longest = 0;
  for (const std::string& line : Lines(Content("/proc/self/mounts"))) {
    const std::vector<std::string> fields = Split(line, ' ');
    if (fields.size() < 4) continue;
    const std::string& point = fields[1];
    const bool above = point == "/" || path == point || path.starts_with(point + "/");
    if (!above || point.size() < longest) continue;
    longest = point.size();
    environment.backing_fs = fields[2];
    environment.backing_options = fields[3];
  }
}

std::string MajorMinor(const std::string& release) {
  const std::vector<std::string> parts = Split(release, '.');
  return parts.size() < 2 ? release : parts[0] + "." + parts[1];
}

}  // namespace

Environment DescribeEnvironment(const std::string& work_dir) {
  Environment e;
  struct utsname names = {};
  if (uname(&names) == 0) {
    e.kernel = names.release;
    e.arch = names.machine;
  }
  e.cpu_model = FieldOf(Content("/proc/cpuinfo"), "model name", ':');
  e.cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  e.memory_kib = atoll(FieldOf(Content("/proc/meminfo"), "MemTotal", ':').c_str());
  const std::string os = Content("/etc/os-release");
  e.os = Unquoted(FieldOf(os, "ID", '=')) + " " + Unquoted(FieldOf(os, "VERSION_ID", '='));
  e.cgroup = CgroupMode();
  e.uid = geteuid();
  char resolved[PATH_MAX];
  DescribeBacking(realpath(work_dir.c_str(), resolved) != nullptr ? resolved : work_dir, e);
  const std::vector<std::string> decisive = {
      e.arch, e.cpu_model, std::to_string(e.cpus), MajorMinor(e.kernel), e.backing_fs, e.cgroup};
  e.fingerprint = "sha256:" + Sha256Hex(Join(decisive, "\n")).substr(0, 16);
  return e;
}

}  // namespace cowbell::record

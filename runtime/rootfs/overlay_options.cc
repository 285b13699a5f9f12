#include "runtime/rootfs/overlay_options.h"

namespace cowbell {
namespace {

// Base 36, so that 500 names have at most two characters.
std::string ShortName(size_t number) {
  constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string name;
  do {
    name.insert(name.begin(), kDigits[number % 36]);
    number /= 36;
  } while (number > 0);
  return name;
}

// Names that ShortName never gives to a layer: it stops at "dv".
constexpr char kUpper[] = "up";
constexpr char kWork[] = "wk";

}  // namespace

std::vector<std::pair<std::string, std::string>> OverlayLinks(const OverlaySpec& spec) {
  std::vector<std::pair<std::string, std::string>> links;
  for (size_t i = 0; i < spec.lower_dirs.size(); ++i)
    links.emplace_back(ShortName(i), spec.lower_dirs[i]);
  if (!spec.upper_dir.empty()) {
    links.emplace_back(kUpper, spec.upper_dir);
    links.emplace_back(kWork, spec.work_dir);
  }
  return links;
}

std::string OverlayOptions(const OverlaySpec& spec) {
  std::string options = "lowerdir=";
  for (size_t i = 0; i < spec.lower_dirs.size(); ++i)
    options += (i > 0 ? ":" : "") + ShortName(i);
  if (!spec.upper_dir.empty()) {
    options += std::string(",upperdir=") + kUpper + ",workdir=" + kWork;
  }
  return options;
}

}  // namespace cowbell

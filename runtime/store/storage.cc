#include "runtime/store/storage.h"

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr std::string_view kDriver = "driver ";
constexpr std::string_view kMountProgram = "mount_program ";
constexpr std::string_view kMountProgramOption = "overlay.mount_program=";

bool Take(std::string_view prefix, std::string_view text, std::string* rest) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  *rest = std::string(text.substr(prefix.size()));
  return true;
}

}  // namespace

const char* StorageDriverName(StorageDriver driver) {
  return driver == StorageDriver::kVfs ? "vfs" : "overlay";
}

Result<Storage> ParseStorage(const std::string& driver, const std::vector<std::string>& options) {
  Storage out;
  if (driver == "vfs") {
    out.driver = StorageDriver::kVfs;
  } else if (!driver.empty() && driver != "overlay" && driver != "overlay2") {
    return Error::FromMessage("--storage-driver: '" + Sanitize(driver) +
                              "' is not supported; the drivers are: overlay, vfs");
  }
  for (const std::string& option : options) {
    if (!Take(kMountProgramOption, option, &out.mount_program)) {
      return Error::FromMessage(
          "--storage-opt: '" + Sanitize(option) +
          "' is not supported; the options are: " + "overlay.mount_program=PROGRAM");
    }
    if (out.driver != StorageDriver::kOverlay || out.mount_program.rfind('/', 0) != 0 ||
        out.mount_program.find('\n') != std::string::npos) {
      return Error::FromMessage("--storage-opt: '" + Sanitize(option) +
                                "': needs the overlay driver and an absolute path");
    }
  }
  return out;
}

std::string EncodeStorage(const Storage& storage) {
  if (storage == Storage()) return "";
  std::string out = std::string(kDriver) + StorageDriverName(storage.driver) + "\n";
  if (!storage.mount_program.empty()) {
    out += std::string(kMountProgram) + storage.mount_program + "\n";
  }
  return out;
}

Result<Storage> DecodeStorage(std::string_view lines) {
  Storage out;
  for (const std::string& line : Lines(lines)) {
    std::string value;
    if (Take(kDriver, line, &value)) {
      out = TRY(ParseStorage(value, {}));
    } else if (!Take(kMountProgram, line, &out.mount_program)) {
      return Error::FromMessage("'" + Sanitize(line, 200) + "' in its version file is not known");
    }
  }
  return out;
}

}  // namespace cowbell

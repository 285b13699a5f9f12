#include "runtime/store/layout.h"

#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "runtime/base/text.h"

namespace cowbell {
namespace {
constexpr char kVersion[] = "calf-store 1\n";
}

Result<Store> Store::Open(const std::string& root) {
  const std::string context = "open the store '" + root + "'";
  std::string absolute = root;
  if (root.empty() || root[0] != '/') {
    char cwd[PATH_MAX];
    if (getcwd(cwd, sizeof(cwd)) == nullptr) return Error::FromErrno(errno, "getcwd");
    absolute = std::string(cwd) + "/" + root;
  }
  Store store(absolute);
  const std::string version_path = absolute + "/version";
  // The version file is written last: with it, every directory is there.
  if (Result<std::string> version = ReadFile(version_path, 64); version.has_value()) {
    if (version.value() == kVersion) return store;
    return Error::FromMessage(context + ": its format is '" + Sanitize(Trim(version.value())) +
                              "', this program knows 'calf-store 1'; use another --root");
  } else if (version.error().errno_value() != ENOENT) {
    return std::move(version).error().Within(context);
  }
  TRY(MakeDirs(absolute, 0711).Within(context));
  // Layers hold setuid programs of any age: nobody but root may walk in.
  for (const char* dir :
       {"blobs", "blobs/sha256", "layers", "images", "tags", "containers", "names", "tmp"}) {
    TRY(MakeDirs(absolute + "/" + dir, 0700).Within(context));
  }
  TRY(WriteFileAtomic(version_path, kVersion).Within(context));
  return store;
}

}  // namespace cowbell

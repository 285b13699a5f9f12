#include "runtime/store/layout.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include "runtime/base/text.h"

namespace cowbell {
namespace {
constexpr std::string_view kVersion = "calf-store 1\n";
constexpr uint64_t kMaxVersion = 8192;

Result<Storage> ParseVersion(const std::string& text) {
  if (text.compare(0, kVersion.size(), kVersion) != 0) {
    return Error::FromMessage("its format is '" + Sanitize(Trim(text), 200) +
                              "', this program knows 'calf-store 1'; use another --root");
  }
  return DecodeStorage(std::string_view(text).substr(kVersion.size()));
}

std::string Named(const Storage& storage) {
  std::string out = std::string("--storage-driver ") + StorageDriverName(storage.driver);
  if (!storage.mount_program.empty()) {
    out += " --storage-opt overlay.mount_program=" + Sanitize(storage.mount_program, 200);
  }
  return out;
}

// A plain `overlay` is content with whatever mounts it here.
bool Fits(const Storage& wanted, const Storage& found) {
  return wanted.driver == found.driver &&
         (wanted.mount_program.empty() || wanted.mount_program == found.mount_program);
}

// Made last, so that with it every directory is there; of several makers one wins.
Status MakeVersionFile(const std::string& path, const Storage& storage) {
  const std::string draft = path + "." + std::to_string(getpid());
  TRY(WriteFile(draft, std::string(kVersion) + EncodeStorage(storage)));
  const int error = link(draft.c_str(), path.c_str()) == 0 ? 0 : errno;
  unlink(draft.c_str());
  if (error == 0 || error == EEXIST) return Ok();
  return Error::FromErrno(error, "link '" + path + "'");
}

Status MakeStore(const std::string& root, const Storage& storage) {
  TRY(MakeDirs(root, 0711));
  // Layers hold setuid programs of any age: nobody but root may walk in.
  for (const char* dir :
       {"blobs", "blobs/sha256", "layers", "images", "tags", "containers", "names", "tmp"}) {
    TRY(MakeDirs(root + "/" + dir, 0700));
  }
  return MakeVersionFile(root + "/version", storage);
}
}  // namespace

Result<Store> Store::Open(const std::string& root, const std::optional<Storage>& wanted) {
  const std::string context = "open the store '" + root + "'";
  std::string absolute = root;
  if (root.empty() || root[0] != '/') {
    char cwd[PATH_MAX];
    if (getcwd(cwd, sizeof(cwd)) == nullptr) return Error::FromErrno(errno, "getcwd");
    absolute = std::string(cwd) + "/" + root;
  }
  Store store(absolute);
  Result<std::string> version = ReadFile(absolute + "/version", kMaxVersion);
  if (!version.has_value() && version.error().errno_value() == ENOENT) {
    TRY(MakeStore(absolute, wanted.value_or(Storage())).Within(context));
    version = ReadFile(absolute + "/version", kMaxVersion);
  }
  const std::string text = TRY(std::move(version).Within(context));
  store.storage_ = TRY(ParseVersion(text).Within(context));
  if (wanted.has_value() && !Fits(*wanted, store.storage_)) {
    return Error::FromMessage(context + ": it was made with " + Named(store.storage_) +
                              ", not with " + Named(*wanted) + "; use another --root");
  }
  return store;
}

}  // namespace cowbell

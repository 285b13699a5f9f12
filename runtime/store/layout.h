// Where things lie in a store, and how a store is opened.
//
//   ROOT/                      0711, what is in it 0700; default /var/lib/calf
//     version                  "calf-store 1", then what storage.h adds
//     lock                     store-wide: shared by all commands, exclusive by none on the hot
//     path blobs/sha256/HEX         configs and manifests, verified before they appear
//     layers/CHAINHEX/diff/    one unpacked layer in overlayfs's own format (character device 0:0
//     and
//                              trusted.overlay.opaque); immutable once its directory has this name
//     layers/CHAINHEX/layer.json, layer.tar.zst (the archive it was unpacked from)
//     images/HEX/image.json    one record per image, HEX = digest of the config blob
//     tags/ESCAPED-REF         one file per tag: the image's hex ID, then the repository digests
//     containers/ID/           container.json (fixed at create), state.json (changes), log.json,
//                              upper/, work/ (overlay), root/ (empty mount point), lock
//     names/NAME               container name -> ID; made with O_EXCL before the container
//     volumes/                 see volumes.h
//     tmp/                     staging; entries of dead processes are removed by the next command
//
// Every file is replaced as a whole (rename), every directory appears under its final name by
// rename when it is complete. A command that finds the remains of a killed one removes them.

#ifndef COWBELL_RUNTIME_STORE_LAYOUT_H_
#define COWBELL_RUNTIME_STORE_LAYOUT_H_

#include <optional>
#include <string>

#include "runtime/base/file.h"
#include "runtime/base/result.h"
#include "runtime/store/storage.h"

namespace cowbell {

inline constexpr char kDefaultRoot[] = "/var/lib/calf";

// The paths of one store. A value.
class Store {
 public:
  // Makes the directories if they are missing, with the storage driver that is wanted; a store that
  // is there has to have that driver. Nothing wanted: the store's own, or the default. Errors:
  // EACCES, ENOSPC, a version this program does not know, another driver; the text names the root
  // and the way out.
  static Result<Store> Open(const std::string& root,
                            const std::optional<Storage>& wanted = std::nullopt);

  const std::string& root() const { return root_; }
  const Storage& storage() const { return storage_; }
  std::string LayerDir(const std::string& chain_hex) const {
    return root_ + "/layers/" + chain_hex;
  }
  std::string LayerDiff(const std::string& chain_hex) const {
    return LayerDir(chain_hex) + "/diff";
  }
  std::string ImageDir(const std::string& hex) const { return root_ + "/images/" + hex; }
  std::string ContainerDir(const std::string& id) const { return root_ + "/containers/" + id; }
  std::string NamePath(const std::string& name) const { return root_ + "/names/" + name; }
  std::string TagPath(const std::string& escaped) const { return root_ + "/tags/" + escaped; }
  std::string BlobPath(const std::string& hex) const { return root_ + "/blobs/sha256/" + hex; }
  std::string TmpDir() const { return root_ + "/tmp"; }

 private:
  explicit Store(std::string root) : root_(std::move(root)) {}
  std::string root_;
  Storage storage_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_LAYOUT_H_

#include "runtime/store/layer_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "runtime/base/file.h"
#include "runtime/base/sha256.h"
#include "runtime/rootfs/layer_tar.h"
#include "runtime/rootfs/zeros.h"

namespace cowbell {

Result<LayerFile> MakeLayerFile(const ImageWriter& writer, int root_fd,
                                const std::vector<Change>& changes) {
  LayerFile out;
  out.file = TRY(Open(writer.staging(), O_RDWR | O_TMPFILE, 0600));
  Sha256 hash;
  const auto sink = [&](std::string_view bytes) -> Status {
    hash.Update(bytes);
    // Zeros of sparse files take no space here either.
    const bool hole = IsZero(bytes);
    if (hole && lseek(out.file.get(), static_cast<off_t>(bytes.size()), SEEK_CUR) < 0) {
      return Error::FromErrno(errno, "lseek");
    }
    out.size += bytes.size();
    return hole ? Ok() : WriteAll(out.file.get(), bytes);
  };
  TRY(WriteLayerTar(root_fd, changes, sink).Within("archive the layer"));
  if (ftruncate(out.file.get(), static_cast<off_t>(out.size)) != 0) {
    return Error::FromErrno(errno, "ftruncate");
  }
  out.is_empty = changes.empty();
  out.diff_id = "sha256:" + hash.HexDigest();
  return out;
}

Status AddLayerFile(ImageWriter& writer, const LayerFile& layer) {
  const auto open = [&]() -> Result<std::unique_ptr<ByteSource>> {
    std::unique_ptr<ByteSource> source =
        std::make_unique<FileSource>(layer.file.get(), 0, layer.size);
    return source;
  };
  return writer.AddLayer(layer.diff_id, open);
}

}  // namespace cowbell

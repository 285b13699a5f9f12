#include "runtime/cli/pull_image.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "runtime/base/sha256.h"
#include "runtime/image/registry_client.h"
#include "runtime/store/image_writer.h"

namespace cowbell {
namespace {

constexpr int kAttempts = 5;
constexpr int kMaxIndexDepth = 4;

using Print = std::function<void(const std::string& line)>;

// A downloaded layer in a nameless file.
class DownloadedSource : public ByteSource {
 public:
  DownloadedSource(UniqueFd fd, uint64_t size) : fd_(std::move(fd)), source_(fd_.get(), 0, size) {}
  Result<size_t> Read(char* buffer, size_t size) override { return source_.Read(buffer, size); }

 private:
  UniqueFd fd_;
  FileSource source_;
};

class Puller {
 public:
  Puller(const Store& store, const Reference& reference, const Platform& platform,
         const Print& print)
      : store_(store),
        reference_(reference),
        platform_(platform),
        print_(print),
        client_(reference, ReadDockerConfig()) {}

  Status Run() {
    const FetchedManifest top = TRY(client_.FetchManifest());
    print_(reference_.TagOrDigest() + ": Pulling from " + reference_.path);
    FetchedManifest manifest = top;
    for (int depth = 0; manifest.document.is_index; ++depth) {
      if (depth == kMaxIndexDepth) return Error::FromMessage("indexes are nested too deeply");
      const Descriptor entry = TRY(PickPlatform(manifest.document.entries, platform_));
      manifest = TRY(client_.FetchManifest(entry));
    }
    const std::string ref = reference_.Familiar();
    const Result<ImageRecord> before = FindImage(store_, ref);
    std::string id;
    for (int attempt = 1;; ++attempt) {
      Result<std::string> stored = StoreImage(manifest.document, {{ref, top.digest}});
      const bool again = !stored.has_value() && stored.error().errno_value() == EAGAIN;
      if (again && attempt < kAttempts) continue;
      id = TRY(std::move(stored));
      break;
    }
    print_("Digest: " + top.digest);
    const bool is_new = !before.has_value() || before.value().id != id;
    print_((is_new ? "Status: Downloaded newer image for " : "Status: Image is up to date for ") +
           ref);
    return Ok();
  }

 private:
  // The config from the store if it is there whole, else from the registry.
  Result<std::string> GetConfig(const Descriptor& descriptor) {
    const std::string hex = TRY(DigestHex(descriptor.digest, "image config"));
    Result<std::string> local = ReadFile(store_.BlobPath(hex), kMaxConfigBytes);
    if (local.has_value() && Sha256Hex(local.value()) == hex) return local;
    return client_.FetchConfig(descriptor);
  }

  Result<std::string> StoreImage(const ManifestDocument& manifest,
                                 const std::vector<NewTag>& tags) {
    const std::string raw = TRY(GetConfig(manifest.config));
    const ImageConfigFile config = TRY(ParseImageConfig(raw));
    if (config.diff_ids.size() != manifest.layers.size()) {
      return Error::FromMessage("layers from manifest don't match image configuration");
    }
    if (config.diff_ids.size() > kMaxLayers) return Error::FromMessage("max depth exceeded");
    if (!config.os.empty() && config.os != "linux") {
      return Error::FromMessage("image operating system \"" + config.os +
                                "\" cannot be used on this platform");
    }
    ImageWriter writer = TRY(ImageWriter::Begin(store_));
    Announce(config, manifest, raw);
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      TRY(AddLayer(writer, config.diff_ids[i], manifest.layers[i]));
    }
    return writer.Commit(raw, tags);
  }

  static std::string Short(const Descriptor& layer) { return layer.digest.substr(7, 12); }

  // One line per layer, unless the image is there already.
  void Announce(const ImageConfigFile& config, const ManifestDocument& manifest,
                const std::string& raw) {
    std::string chain;
    bool all_there = FindImage(store_, "sha256:" + Sha256Hex(raw)).has_value();
    std::vector<std::string> lines;
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      chain = ChainId(chain, config.diff_ids[i]);
      const bool exists = Exists(store_.LayerDir(chain));
      all_there = all_there && exists;
      lines.push_back(Short(manifest.layers[i]) +
                      (exists ? ": Already exists" : ": Pulling fs layer"));
    }
    if (all_there) return;
    for (const std::string& line : lines)
      print_(line);
  }

  Status AddLayer(ImageWriter& writer, const std::string& diff_id, const Descriptor& layer) {
    bool downloaded = false;
    const auto open = [&]() -> Result<std::unique_ptr<ByteSource>> {
      UniqueFd fd = TRY(Open(writer.staging(), O_RDWR | O_TMPFILE, 0600));
      TRY(client_.FetchBlob(layer, fd.get()));
      print_(Short(layer) + ": Verifying Checksum");
      print_(Short(layer) + ": Download complete");
      downloaded = true;
      std::unique_ptr<ByteSource> source =
          std::make_unique<DownloadedSource>(std::move(fd), layer.size);
      return source;
    };
    Status added = writer.AddLayer(diff_id, open);
    if (!added.has_value()) {
      if (downloaded) return std::move(added).error().Within("failed to register layer");
      return added;
    }
    if (downloaded) print_(Short(layer) + ": Pull complete");
    return Ok();
  }

  const Store& store_;
  const Reference& reference_;
  const Platform& platform_;
  const Print& print_;
  RegistryClient client_;
};

}  // namespace

Status PullImageTo(const Store& store, const Reference& reference, const Platform& platform,
                   const Print& print) {
  return Puller(store, reference, platform, print).Run();
}

}  // namespace cowbell

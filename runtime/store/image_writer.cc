#include "runtime/store/image_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "runtime/base/sha256.h"
#include "runtime/base/text.h"
#include "runtime/image/kept_archive.h"
#include "runtime/image/reference.h"
#include "runtime/rootfs/unpack.h"
#include "runtime/store/image_record.h"
#include "runtime/store/orphans.h"

namespace cowbell {
namespace {

constexpr std::string_view kLayerLockPrefix = "layer.";
// Docker's words for whatever is wrong with a layer archive.
constexpr char kUnpackError[] = "Error processing tar file(exit status 1)";
constexpr uint64_t kMaxLayerRecord = 4096;

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

// True if `fd` is still what has the name `path`.
bool IsAt(int fd, const std::string& path) {
  struct stat held = {};
  struct stat named = {};
  return fstat(fd, &held) == 0 && lstat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

Error Vanished(const std::string& chain) {
  return Error::FromErrno(EAGAIN, "layer '" + chain + "' was removed meanwhile");
}

bool TryLock(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0; }

// "tag.123.0", "gone.123.1": what process 123 was about to rename or delete.
bool IsOfDeadProcess(const std::string& name) {
  const std::vector<std::string> parts = Split(name, '.');
  if (parts.size() != 3 || (parts[0] != "tag" && parts[0] != "gone")) return false;
  pid_t pid = 0;
  const auto [end, error] =
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), pid);
  if (error != std::errc() || *end != '\0' || pid <= 0) return false;
  return kill(pid, 0) != 0 && errno == ESRCH;
}

// True if it was there and nobody's.
Result<bool> RemoveDebris(const std::string& path, const std::string& name) {
  if (IsOfDeadProcess(name)) {
    TRY(RemoveTree(path));
    return true;
  }
  const bool is_staging = name.rfind(kImageStagingPrefix, 0) == 0;
  if (!is_staging && name.rfind(kLayerLockPrefix, 0) != 0) return false;
  const Result<UniqueFd> fd = Open(path, O_RDONLY | O_NOFOLLOW);
  if (!fd.has_value() || !TryLock(fd.value().get())) return false;
  // Its owner may have removed it before the lock was had, and another one taken the name.
  if (!IsAt(fd.value().get(), path)) return false;
  TRY(RemoveTree(path));
  return true;
}

// What cannot be cleaned now is left to the next writer: it must not stop this one.
void Recover(const Store& store) {
  const Result<std::vector<std::string>> names = ListDir(store.TmpDir());
  if (!names.has_value()) return;
  bool found = false;
  for (const std::string& name : names.value()) {
    const Result<bool> removed = RemoveDebris(store.TmpDir() + "/" + name, name);
    found = found || (removed.has_value() && removed.value());
  }
  if (found) (void)RemoveOrphans(store).has_value();
}

}  // namespace

Result<StagingDir> StagingDir::Create(const Store& store) {
  Recover(store);
  while (true) {
    TempDir dir = TRY(TempDir::Create(store.TmpDir(), std::string(kImageStagingPrefix)));
    // Until it is locked, another process may take it for a dead one's and remove it.
    Result<UniqueFd> opened = Open(dir.path(), O_RDONLY | O_DIRECTORY);
    if (!opened.has_value() && opened.error().errno_value() == ENOENT) continue;
    UniqueFd lock = TRY(std::move(opened));
    if (TryLock(lock.get()) && IsAt(lock.get(), dir.path())) {
      return StagingDir(std::move(dir), std::move(lock));
    }
  }
}

// The right to make one layer of the store: a locked file in tmp/, removed by its holder.
class ImageWriter::ChainLock {
 public:
  static Result<std::unique_ptr<ChainLock>> Acquire(const Store& store, const std::string& chain) {
    const std::string path = store.TmpDir() + "/" + std::string(kLayerLockPrefix) + chain;
    while (true) {
      UniqueFd fd = TRY(Open(path, O_RDWR | O_CREAT, 0600));
      while (flock(fd.get(), LOCK_EX) != 0) {
        if (errno != EINTR) return SysError("lock '" + path + "'");
      }
      // The holder before may have removed the file while this one waited for it.
      if (IsAt(fd.get(), path)) return std::make_unique<ChainLock>(std::move(fd), path);
    }
  }
  ChainLock(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  ~ChainLock() { unlink(path_.c_str()); }
  ChainLock(const ChainLock&) = delete;
  ChainLock& operator=(const ChainLock&) = delete;

 private:
  UniqueFd fd_;
  std::string path_;
};

ImageWriter::ImageWriter(const Store& store, StagingDir staging)
    : store_(store), staging_(std::move(staging)) {}
ImageWriter::ImageWriter(ImageWriter&& other) noexcept
    : store_(std::move(other.store_)),
      staging_(std::exchange(other.staging_, std::nullopt)),
      has_pins_(std::exchange(other.has_pins_, false)),
      layers_(std::move(other.layers_)),
      locks_(std::move(other.locks_)) {}

ImageWriter::~ImageWriter() {
  if (!has_pins_) return;
  staging_.reset();
  // If it fails, the next writer that finds remains of a killed one tries again.
  (void)RemoveOrphans(store_).has_value();
}

Result<ImageWriter> ImageWriter::Begin(const Store& store) {
  StagingDir staging = TRY(StagingDir::Create(store));
  return ImageWriter(store, std::move(staging));
}

Result<ImageWriter::Layer> ImageWriter::NextLayer(const std::string& diff_id) const {
  if (layers_.size() >= kMaxLayers) return Error::FromMessage("max depth exceeded");
  if (!IsSha256Digest(diff_id)) {
    return Error::FromMessage("diffID '" + Sanitize(diff_id, 200) + "' is no sha256 digest");
  }
  Layer layer;
  layer.diff_id = diff_id;
  layer.chain = ChainId(layers_.empty() ? "" : layers_.back().chain, diff_id);
  return layer;
}

bool ImageWriter::HasNext(const std::string& diff_id) const {
  const Result<Layer> layer = NextLayer(diff_id);
  return layer.has_value() && Exists(store_.LayerDir(layer.value().chain));
}

Result<bool> ImageWriter::ClaimLayer(Layer* layer) {
  if (!Exists(store_.LayerDir(layer->chain))) {
    locks_.push_back(TRY(ChainLock::Acquire(store_, layer->chain)));
    if (!Exists(store_.LayerDir(layer->chain))) {
      layer->staged = staging_->path() + "/" + layer->chain;
      if (mkdir(layer->staged.c_str(), 0711) != 0) return SysError("mkdir '" + layer->staged + "'");
      return true;
    }
    locks_.pop_back();
  }
  const std::string path = store_.LayerDir(layer->chain) + "/layer.json";
  Result<std::string> text = ReadFile(path, kMaxLayerRecord);
  if (!text.has_value() && !Exists(store_.LayerDir(layer->chain))) return Vanished(layer->chain);
  const std::string record = TRY(std::move(text).Within("record of a layer"));
  layer->bytes = TRY(DecodeLayerRecord(record).Within("'" + path + "' is damaged")).bytes;
  return false;
}

Result<uint64_t> ImageWriter::Unpack(ByteSource& tar, const std::string& directory) const {
  const std::vector<std::string> below = LowerDirs();
  if (store_.storage().driver != StorageDriver::kVfs) return UnpackLayer(tar, below, directory);
  return UnpackWholeLayer(tar, below.empty() ? "" : below.front(), directory);
}

Status ImageWriter::AddLayer(const std::string& diff_id, const OpenLayer& open) {
  Layer layer = TRY(NextLayer(diff_id));
  const bool is_missing = TRY(ClaimLayer(&layer));
  if (!is_missing) {
    layers_.push_back(std::move(layer));
    return Ok();
  }
  const std::unique_ptr<ByteSource> source = TRY(open());
  Decompressor plain(*source);
  HashingSource hashing(plain);
  const auto kept = TRY(ArchiveKeeper::Create(hashing, layer.staged + "/" + kKeptArchiveName));
  Result<uint64_t> unpacked = Unpack(*kept, layer.staged);
  if (!unpacked.has_value()) {
    // A layer below that went meanwhile is the better explanation of whatever failed.
    TRY(CheckLayersAreThere());
    return std::move(unpacked).error().Within(kUnpackError);
  }
  layer.bytes = unpacked.value();
  TRY(kept->Finish().Within(kUnpackError));
  const std::string got = "sha256:" + hashing.HexDigest();
  if (got != diff_id) {
    return Error::FromMessage("invalid diffID for layer " + std::to_string(layers_.size()) +
                              ": expected \"" + diff_id + "\", got \"" + got + "\"");
  }
  TRY(WriteFile(layer.staged + "/layer.json", EncodeLayerRecord({layer.diff_id, layer.bytes})));
  layers_.push_back(std::move(layer));
  return Ok();
}

Status ImageWriter::AddExistingLayer(const std::string& diff_id) {
  return AddLayer(diff_id, [&]() -> Result<std::unique_ptr<ByteSource>> {
    return Error::FromMessage("layer " + diff_id +
                              " is missing in the store; load or pull its image again");
  });
}

std::vector<std::string> ImageWriter::Chain() const {
  std::vector<std::string> out;
  for (const Layer& layer : layers_)
    out.push_back(layer.chain);
  return out;
}

std::vector<std::string> ImageWriter::LowerDirs() const {
  std::vector<std::string> out;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    // Whole trees: the topmost has everything.
    if (!out.empty() && store_.storage().driver == StorageDriver::kVfs) break;
    out.push_back(layer->staged.empty() ? store_.LayerDiff(layer->chain) : layer->staged + "/diff");
  }
  return out;
}

Result<std::string> ImageWriter::Commit(const std::string& config, const std::vector<NewTag>& tags,
                                        const ImageOrigin& origin) {
  const ImageConfigFile file = TRY(ParseImageConfig(config));
  ImageRecord record;
  record.id = Sha256Hex(config);
  record.config = file.config;
  record.diff_ids = file.diff_ids;
  record.created = file.created;
  record.architecture = file.architecture;
  record.os = file.os;
  std::vector<std::string> added;
  for (const Layer& layer : layers_) {
    added.push_back(layer.diff_id);
    record.chain.push_back(layer.chain);
    record.size += layer.bytes;
  }
  if (added != file.diff_ids) {
    return Error::FromMessage("layers from manifest don't match image configuration");
  }
  // What becomes visible must survive a crash of the machine: one flush for the whole image.
  const UniqueFd root = TRY(Open(store_.root(), O_RDONLY | O_DIRECTORY));
  if (!locks_.empty() && syncfs(root.get()) != 0) return SysError("flush the store");
  record.parent = origin.parent;
  record.is_built = origin.is_built;
  {
    const FileLock lock = TRY(LockImages(store_, FileLock::Mode::kExclusive));
    TRY(MoveLayers());
    TRY(WriteRecord(config, record));
    has_pins_ = false;
    for (const NewTag& tag : tags)
      TRY(SetTag(store_, tag.ref, record.id, tag.repo_digest));
  }
  locks_.clear();
  return record.id;
}

Status ImageWriter::PublishLayers() {
  const FileLock lock = TRY(LockImages(store_, FileLock::Mode::kExclusive));
  for (const Layer& layer : layers_) {
    if (layer.staged.empty()) continue;
    TRY(WriteFile(staging_->path() + "/" + std::string(kPinPrefix) + layer.chain, ""));
    has_pins_ = true;
  }
  return MoveLayers();
}

Status ImageWriter::CheckLayersAreThere() const {
  for (const Layer& layer : layers_) {
    if (layer.staged.empty() && !Exists(store_.LayerDir(layer.chain))) return Vanished(layer.chain);
  }
  return Ok();
}

Status ImageWriter::MoveLayers() {
  TRY(CheckLayersAreThere());
  for (Layer& layer : layers_) {
    if (layer.staged.empty()) continue;
    const std::string target = store_.LayerDir(layer.chain);
    if (rename(layer.staged.c_str(), target.c_str()) != 0) {
      return SysError("rename '" + layer.staged + "' to '" + target + "'");
    }
    layer.staged.clear();
  }
  return Ok();
}

Status ImageWriter::WriteRecord(const std::string& config, const ImageRecord& record) {
  const std::string& id = record.id;
  if (Exists(ImageRecordPath(store_, id))) return Ok();
  TRY(WriteFileAtomic(store_.BlobPath(id), config, 0644, true));
  const std::string staged = staging_->path() + "/image";
  TRY(MakeDirs(staged, 0711));
  TRY(WriteFileAtomic(staged + "/image.json", EncodeImageRecord(record), 0644, true));
  TRY(RemoveTree(store_.ImageDir(id)));
  if (rename(staged.c_str(), store_.ImageDir(id).c_str()) != 0) {
    return SysError("rename '" + staged + "' to '" + store_.ImageDir(id) + "'");
  }
  return Ok();
}

}  // namespace cowbell

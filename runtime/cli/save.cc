#include <algorithm>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/image_commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/output_file.h"
#include "runtime/image/kept_archive.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reference.h"
#include "runtime/image/tar_writer.h"
#include "runtime/store/image_record.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

struct SavedLayer {
  std::string chain;
  std::string parent;  // chain of the layer below; empty: none
  std::string diff_id;
  KeptArchive archive;
};

struct SavedImage {
  ImageRecord record;
  std::string config;
  std::vector<std::string> tags;
};

// What one archive is to hold; everything is open, so nothing can go away while it is written.
class Selection {
 public:
  explicit Selection(const Store& store) : store_(store) {}

  // A name without a tag stands for all tags it has.
  Status Add(const std::string& operand) {
    const Result<Reference> reference = ParseReference(operand);
    const bool only_name =
        reference.has_value() && reference.value().tag.empty() && reference.value().digest.empty();
    if (only_name) {
      const std::vector<ImageListing> images = TRY(ListImages(store_));
      bool found = false;
      for (const ImageListing& image : images) {
        const Result<Reference> ref = ParseReference(image.ref);
        if (!ref.has_value() || ref.value().tag.empty() ||
            ref.value().FamiliarName() != reference.value().FamiliarName()) {
          continue;
        }
        found = true;
        TRY(AddImage(image.image, image.ref));
      }
      if (found) return Ok();
    }
    Result<ImageRecord> image = FindImage(store_, operand);
    if (!image.has_value() && image.error().errno_value() == ENOENT) {
      return Error::FromErrno(ENOENT, "No such image: " + operand);
    }
    const ImageRecord record = TRY(std::move(image));
    const bool by_tag =
        reference.has_value() && !reference.value().tag.empty() && reference.value().digest.empty();
    return AddImage(record, by_tag ? reference.value().Familiar() : "");
  }

  const std::vector<SavedImage>& images() const { return images_; }
  const std::vector<SavedLayer>& layers() const { return layers_; }

 private:
  Status AddImage(const ImageRecord& record, const std::string& tag) {
    auto image = std::find_if(images_.begin(), images_.end(), [&](const SavedImage& other) {
      return other.record.id == record.id;
    });
    if (image == images_.end()) {
      const std::string config = TRY(ReadFile(store_.BlobPath(record.id), kMaxConfigBytes));
      images_.push_back({record, config, {}});
      image = images_.end() - 1;
      TRY(AddLayers(record));
    }
    if (!tag.empty() &&
        std::find(image->tags.begin(), image->tags.end(), tag) == image->tags.end()) {
      image->tags.push_back(tag);
    }
    return Ok();
  }

  Status AddLayers(const ImageRecord& record) {
    std::string parent;
    for (size_t i = 0; i < record.chain.size(); ++i) {
      const std::string& chain = record.chain[i];
      if (chains_.insert(chain).second) {
        const std::string path = store_.LayerDir(chain) + "/" + kKeptArchiveName;
        KeptArchive archive = TRY(OpenKeptArchive(path).Within("the archive of layer " + chain));
        layers_.push_back({chain, parent, record.diff_ids[i], std::move(archive)});
      }
      parent = chain;
    }
    return Ok();
  }

  const Store& store_;
  std::set<std::string> chains_;
  std::vector<SavedLayer> layers_;
  std::vector<SavedImage> images_;
};

Status AddMember(TarWriter& tar, const std::string& name, std::string_view content) {
  TarEntry entry;
  entry.name = name;
  entry.mode = 0644;
  entry.size = content.size();
  TRY(tar.Add(entry));
  return content.empty() ? Ok() : tar.Write(content);
}

Status AddLayerTar(TarWriter& tar, const SavedLayer& layer) {
  FileSource kept(layer.archive.file.get(), 0, layer.archive.kept_size);
  Decompressor plain(kept);
  HashingSource hashing(plain);
  TarEntry entry;
  entry.name = layer.chain + "/layer.tar";
  entry.mode = 0644;
  entry.size = layer.archive.size;
  TRY(tar.Add(entry));
  std::vector<char> buffer(size_t{256} << 10);
  while (true) {
    const size_t n = TRY(hashing.Read(buffer.data(), buffer.size()));
    if (n == 0) break;
    TRY(tar.Write({buffer.data(), n}));
  }
  if ("sha256:" + hashing.HexDigest() == layer.diff_id) return Ok();
  return Error::FromMessage("the kept archive is damaged; load or pull its image again");
}

// Docker's layout before images had digests, one directory per layer; only manifest.json is read
// today.
Status AddLayer(TarWriter& tar, const SavedLayer& layer) {
  TarEntry directory;
  directory.name = layer.chain + "/";
  directory.type = TarEntry::Type::kDirectory;
  directory.mode = 0755;
  TRY(tar.Add(directory));
  TRY(AddMember(tar, layer.chain + "/VERSION", "1.0"));
  Json old = {{"id", layer.chain}};
  if (!layer.parent.empty()) old["parent"] = layer.parent;
  TRY(AddMember(tar, layer.chain + "/json", old.dump()));
  return AddLayerTar(tar, layer).Within("layer " + layer.diff_id);
}

Json ManifestOf(const std::vector<SavedImage>& images) {
  Json out = Json::array();
  for (const SavedImage& image : images) {
    Json layers = Json::array();
    for (const std::string& chain : image.record.chain)
      layers.push_back(chain + "/layer.tar");
    out.push_back({{"Config", image.record.id + ".json"},
                   {"RepoTags", image.tags.empty() ? Json() : Json(image.tags)},
                   {"Layers", std::move(layers)}});
  }
  return out;
}

Json RepositoriesOf(const std::vector<SavedImage>& images) {
  Json out = Json::object();
  for (const SavedImage& image : images) {
    if (image.record.chain.empty()) continue;
    for (const std::string& tag : image.tags) {
      const size_t colon = tag.rfind(':');
      out[tag.substr(0, colon)][tag.substr(colon + 1)] = image.record.chain.back();
    }
  }
  return out;
}

Status Save(const Store& store, const std::vector<std::string>& operands, OutputFile& out) {
  Selection selection(store);
  {
    const FileLock lock = TRY(LockImages(store, FileLock::Mode::kShared));
    for (const std::string& operand : operands)
      TRY(selection.Add(operand));
  }
  TarWriter tar([&](std::string_view bytes) { return out.Write(bytes); });
  for (const SavedLayer& layer : selection.layers())
    TRY(AddLayer(tar, layer));
  for (const SavedImage& image : selection.images())
    TRY(AddMember(tar, image.record.id + ".json", image.config));
  TRY(AddMember(tar, "manifest.json", ManifestOf(selection.images()).dump() + "\n"));
  const Json repositories = RepositoriesOf(selection.images());
  if (!repositories.empty()) TRY(AddMember(tar, "repositories", repositories.dump() + "\n"));
  TRY(tar.Finish());
  return out.Finish();
}

}  // namespace

int SaveCommand(const CommandContext& context, const std::vector<std::string>& args) {
  std::string output;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.String('o', "output", &output, "Write to a file, instead of STDOUT");
  flags.Operands(1, -1, &operands);
  flags.Example("calf save -o tools.tar tools:1 tools:2");
  if (const auto code = flags.Parse(args)) return *code;
  Result<OutputFile> out = OutputFile::Create(output);
  if (!out.has_value()) {
    PrintErr((output.empty() ? "" : "failed to save image: ") + ErrorText(out.error()) + "\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Status saved = Save(store.value(), operands, out.value());
  return saved.has_value() ? 0 : DaemonError(saved.error());
}

}  // namespace cowbell

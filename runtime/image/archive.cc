#include "runtime/image/archive.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/image/json.h"
#include "runtime/image/reference.h"
#include "runtime/image/tar_reader.h"

namespace cowbell {
namespace {

using nlohmann::json;

constexpr size_t kMaxMembers = 200'000;
constexpr int kMaxLinks = 10;
constexpr size_t kMaxIndexDepth = 4;

// Lexically, and never above the top.
std::string CleanName(const std::string& name) {
  std::vector<std::string> out;
  for (std::string& part : Split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      out.push_back(std::move(part));
    } else if (!out.empty()) {
      out.pop_back();
    }
  }
  return Join(out, "/");
}

std::string LinkedName(const TarEntry& entry) {
  if (entry.type == TarEntry::Type::kHardLink) return CleanName(entry.link);
  if (!entry.link.empty() && entry.link[0] == '/') return CleanName(entry.link);
  return CleanName(entry.name + "/../" + entry.link);
}

std::string Quoted(const std::string& text) { return "'" + Sanitize(text, 300) + "'"; }

}  // namespace

Result<ImageArchive> ImageArchive::Open(UniqueFd file, uint64_t size, const Platform& platform) {
  ImageArchive archive(std::move(file), platform);
  TRY(archive.ReadDirectory(size));
  // Newer engines write both, for the same images.
  if (archive.names_.count("manifest.json") != 0) {
    TRY(archive.ReadDockerManifest());
  } else if (archive.names_.count("index.json") != 0) {
    TRY(archive.ReadOciIndex());
  } else {
    return Error::FromMessage("no image archive: it holds neither manifest.json nor index.json");
  }
  if (archive.images_.empty()) return Error::FromMessage("the archive holds no image");
  return archive;
}

Status ImageArchive::ReadDirectory(uint64_t size) {
  FileSource source(file_.get(), 0, size);
  TarReader reader(source);
  TarEntry entry;
  while (TRY(reader.Next(&entry))) {
    const bool is_link =
        entry.type == TarEntry::Type::kHardLink || entry.type == TarEntry::Type::kSymlink;
    if (entry.type != TarEntry::Type::kFile && !is_link) continue;
    if (entry.sparse) return Error::FromMessage("member " + Quoted(entry.name) + " is sparse");
    if (entry.data_offset > size || entry.size > size - entry.data_offset) {
      return Error::FromMessage("unexpected EOF");
    }
    if (names_.size() == kMaxMembers) return Error::FromMessage("too many members");
    Name name{{entry.data_offset, entry.size, ""}, is_link ? LinkedName(entry) : ""};
    names_[CleanName(entry.name)] = std::move(name);
  }
  return Ok();
}

Result<ArchiveMember> ImageArchive::Find(const std::string& name) const {
  std::string at = CleanName(name);
  for (int links = 0; links < kMaxLinks; ++links) {
    const auto found = names_.find(at);
    if (found == names_.end()) break;
    if (found->second.link.empty()) return found->second.member;
    at = found->second.link;
  }
  return Error::FromMessage("the archive has no member " + Quoted(name));
}

Result<ArchiveMember> ImageArchive::FindBlob(const Descriptor& descriptor) const {
  const std::string hex = TRY(DigestHex(descriptor.digest, "descriptor"));
  ArchiveMember member = TRY(Find("blobs/sha256/" + hex));
  if (member.size != descriptor.size) {
    return Error::FromMessage("blob " + descriptor.digest + " has " + std::to_string(member.size) +
                              " bytes, its descriptor says " + std::to_string(descriptor.size));
  }
  member.digest = descriptor.digest;
  return member;
}

std::unique_ptr<ByteSource> ImageArchive::OpenMember(const ArchiveMember& member) const {
  return std::make_unique<FileSource>(file_.get(), member.offset, member.size);
}

Status ImageArchive::Verify(const ArchiveMember& member) const {
  if (member.digest.empty()) return Ok();
  const std::unique_ptr<ByteSource> source = OpenMember(member);
  HashingSource hashing(*source);
  TRY(hashing.Drain());
  if ("sha256:" + hashing.HexDigest() == member.digest) return Ok();
  return Error::FromMessage("filesystem layer verification failed for digest " + member.digest);
}

Result<std::string> ImageArchive::ReadMember(const ArchiveMember& member, size_t max_bytes) const {
  if (member.size > max_bytes) {
    return Error::FromMessage("a member of " + std::to_string(member.size) +
                              " bytes is too large for a manifest or config");
  }
  TRY(Verify(member));
  const std::unique_ptr<ByteSource> source = OpenMember(member);
  std::string out(member.size, '\0');
  for (size_t at = 0; at < out.size();) {
    const size_t n = TRY(source->Read(out.data() + at, out.size() - at));
    if (n == 0) return Error::FromMessage("unexpected EOF");
    at += n;
  }
  return out;
}

Status ImageArchive::ReadDockerManifest() {
  const ArchiveMember manifest = TRY(Find("manifest.json"));
  const std::string text = TRY(ReadMember(manifest, kMaxManifestBytes));
  const auto read = [&](const json& in) -> Status {
    if (!in.is_array()) throw std::runtime_error("no list");
    for (const json& item : in) {
      ArchivedImage image;
      const auto config_name = JsonGet<std::string>(item, "Config");
      const ArchiveMember config = TRY(Find(config_name));
      image.config = TRY(ReadMember(config, kMaxConfigBytes));
      image.refs = JsonGet<std::vector<std::string>>(item, "RepoTags");
      for (const std::string& layer : JsonGet<std::vector<std::string>>(item, "Layers")) {
        image.layers.push_back(TRY(Find(layer)));
      }
      images_.push_back(std::move(image));
    }
    return Ok();
  };
  return WithJson(text, "manifest.json", read);
}

Status ImageArchive::ReadOciIndex() {
  const ArchiveMember index = TRY(Find("index.json"));
  const std::string text = TRY(ReadMember(index, kMaxManifestBytes));
  const ManifestDocument document = TRY(ParseManifest(text).Within("index.json"));
  if (!document.is_index) return Error::FromMessage("index.json is no index");
  for (const Descriptor& entry : document.entries) {
    const auto annotation = [&](const char* key) {
      const auto found = entry.annotations.find(key);
      return found == entry.annotations.end() ? std::string() : found->second;
    };
    // containerd and Docker write the whole name; the specification's annotation may be only a tag.
    std::string ref = annotation("io.containerd.image.name");
    if (ref.empty()) ref = annotation("org.opencontainers.image.ref.name");
    const bool is_whole = ref.find_first_of(":/@") != std::string::npos;
    TRY(AddOciImage(entry, is_whole ? ref : ""));
  }
  return Ok();
}

Status ImageArchive::AddOciImage(const Descriptor& entry, const std::string& ref) {
  Descriptor at = entry;
  for (size_t depth = 0; depth < kMaxIndexDepth; ++depth) {
    const ArchiveMember blob = TRY(FindBlob(at));
    const std::string text = TRY(ReadMember(blob, kMaxManifestBytes));
    const ManifestDocument document = TRY(ParseManifest(text).Within("blob " + at.digest));
    if (document.is_index) {
      at = TRY(PickPlatform(document.entries, platform_));
      continue;
    }
    ArchivedImage image;
    const ArchiveMember config = TRY(FindBlob(document.config));
    image.config = TRY(ReadMember(config, kMaxConfigBytes));
    if (!ref.empty()) image.refs.push_back(ref);
    for (const Descriptor& layer : document.layers) {
      image.layers.push_back(TRY(FindBlob(layer)));
    }
    images_.push_back(std::move(image));
    return Ok();
  }
  return Error::FromMessage("indexes are nested too deeply");
}

}  // namespace cowbell

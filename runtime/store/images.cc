#include "runtime/store/images.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/image/reference.h"
#include "runtime/store/image_record.h"

namespace cowbell {
namespace {

constexpr uint64_t kMaxRecordBytes = 8 << 20;

Error NoSuchImage(const std::string& name) {
  return Error::FromErrno(ENOENT, "No such image: " + name);
}

bool IsHexPrefix(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<ImageRecord> ReadRecord(const Store& store, const std::string& id) {
  const std::string path = ImageRecordPath(store, id);
  const std::string text = TRY(ReadFile(path, kMaxRecordBytes));
  ImageRecord record = TRY(
      DecodeImageRecord(text).Within("the record of image '" + id.substr(0, 12) + "' is damaged"));
  if (record.id != id) {
    return Error::FromMessage("the record of image '" + id.substr(0, 12) +
                              "' is damaged: it is that of '" + record.id.substr(0, 12) + "'");
  }
  return record;
}

Result<TagFile> ReadTag(const Store& store, const std::string& file_name) {
  const std::string text = TRY(ReadFile(store.TagPath(file_name), kMaxRecordBytes));
  return DecodeTagFile(text).Within("the record of tag '" + Sanitize(file_name) + "' is damaged");
}

Result<std::vector<TagFile>> ReadTags(const Store& store) {
  std::vector<TagFile> out;
  const std::vector<std::string> names = TRY(ListDir(store.root() + "/tags"));
  for (const std::string& name : names) {
    Result<TagFile> tag = ReadTag(store, name);
    // Removed by somebody else since the directory was read.
    if (!tag.has_value() && tag.error().errno_value() == ENOENT) continue;
    out.push_back(TRY(std::move(tag)));
  }
  return out;
}

Result<ImageRecord> FindByRef(const Store& store, const Reference& reference) {
  const std::string ref = reference.Familiar();
  Result<TagFile> tag = ReadTag(store, TagFileName(ref));
  if (!tag.has_value() && tag.error().errno_value() != ENOENT) return std::move(tag).error();
  std::string id = tag.has_value() ? tag.value().id : "";
  if (id.empty() && !reference.digest.empty()) {
    // "x@sha256:…" also names what was pulled by a tag of x.
    const std::vector<TagFile> tags = TRY(ReadTags(store));
    for (const TagFile& other : tags) {
      const Reference parsed = TRY(ParseReference(other.ref));
      const auto& digests = other.digests;
      if (parsed.FamiliarName() == reference.FamiliarName() &&
          std::find(digests.begin(), digests.end(), reference.digest) != digests.end()) {
        id = other.id;
      }
    }
  }
  if (id.empty()) return NoSuchImage(ref);
  Result<ImageRecord> record = ReadRecord(store, id);
  // The image went between the two reads.
  if (!record.has_value() && record.error().errno_value() == ENOENT) return NoSuchImage(ref);
  return record;
}

// Errors: ENOENT without a text of its own when no ID begins so.
Result<ImageRecord> FindByPrefix(const Store& store, std::string_view prefix) {
  if (prefix.size() == 64) return ReadRecord(store, std::string(prefix));
  std::string found;
  const std::vector<std::string> ids = TRY(ListDir(store.root() + "/images"));
  for (const std::string& id : ids) {
    if (id.compare(0, prefix.size(), prefix) != 0 || !IsSha256Hex(id)) continue;
    if (!found.empty()) {
      return Error::FromMessage("Multiple IDs found with provided prefix: " + std::string(prefix));
    }
    found = id;
  }
  if (found.empty()) return Error::FromErrno(ENOENT, "image");
  return ReadRecord(store, found);
}

// Takes a directory away under its name at once, so that nobody sees half of it, then deletes it.
Status RemoveDirectory(const Store& store, const std::string& path) {
  static std::atomic<unsigned> counter = 0;
  const std::string grave =
      store.TmpDir() + "/gone." + std::to_string(getpid()) + "." + std::to_string(counter++);
  if (rename(path.c_str(), grave.c_str()) != 0) {
    return Error::FromErrno(errno, "rename '" + path + "' to '" + grave + "'");
  }
  return RemoveTree(grave);
}

}  // namespace

Result<std::string> NormalizeRef(const std::string& ref) {
  const Reference parsed = TRY(ParseReference(ref));
  return parsed.Familiar();
}

Result<FileLock> LockImages(const Store& store, FileLock::Mode mode) {
  return FileLock::Acquire(store.root() + "/lock", mode);
}

Result<ImageRecord> FindImage(const Store& store, const std::string& ref_or_id) {
  constexpr std::string_view kAlgorithm = "sha256:";
  std::string_view prefix = ref_or_id;
  bool only_id = IsSha256Hex(prefix);
  if (prefix.rfind(kAlgorithm, 0) == 0 && IsHexPrefix(prefix.substr(kAlgorithm.size()))) {
    prefix.remove_prefix(kAlgorithm.size());
    only_id = true;
  }
  std::string name = ref_or_id;
  if (!only_id) {
    const Reference reference = TRY(ParseReference(ref_or_id));
    name = reference.Familiar();
    Result<ImageRecord> record = FindByRef(store, reference);
    if (record.has_value() || record.error().errno_value() != ENOENT) return record;
  }
  if (!IsHexPrefix(prefix)) return NoSuchImage(name);
  Result<ImageRecord> record = FindByPrefix(store, prefix);
  if (!record.has_value() && record.error().errno_value() == ENOENT) return NoSuchImage(name);
  return record;
}

Result<std::vector<ImageRecord>> ListImageRecords(const Store& store) {
  std::vector<ImageRecord> out;
  const std::vector<std::string> ids = TRY(ListDir(store.root() + "/images"));
  for (const std::string& id : ids) {
    Result<ImageRecord> record = ReadRecord(store, id);
    if (!record.has_value() && record.error().errno_value() == ENOENT &&
        !Exists(store.ImageDir(id))) {
      continue;
    }
    out.push_back(TRY(std::move(record)));
  }
  return out;
}

Result<std::vector<ImageListing>> ListImages(const Store& store) {
  const std::vector<ImageRecord> records = TRY(ListImageRecords(store));
  const std::vector<TagFile> tags = TRY(ReadTags(store));
  std::vector<ImageListing> out;
  for (const ImageRecord& record : records) {
    const size_t before = out.size();
    for (const TagFile& tag : tags) {
      if (tag.id != record.id) continue;
      out.push_back({tag.ref, tag.digests.empty() ? "" : tag.digests.front(), record});
    }
    if (out.size() == before) out.push_back({"", "", record});
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    if (a.image.created != b.image.created) return a.image.created > b.image.created;
    return a.image.id != b.image.id ? a.image.id < b.image.id : a.ref < b.ref;
  });
  return out;
}

Result<std::vector<std::string>> TagsOf(const Store& store, const std::string& id) {
  std::vector<std::string> out;
  const std::vector<TagFile> tags = TRY(ReadTags(store));
  for (const TagFile& tag : tags) {
    if (tag.id == id) out.push_back(tag.ref);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Status SetTag(const Store& store, const std::string& ref, const std::string& id,
              const std::string& repo_digest) {
  static std::atomic<unsigned> counter = 0;
  TagFile tag{id, ref, {}};
  if (!repo_digest.empty()) tag.digests.push_back(repo_digest);
  // Not beside the target: whatever lies in tags/ is a tag.
  const std::string temp =
      store.TmpDir() + "/tag." + std::to_string(getpid()) + "." + std::to_string(counter++);
  const std::string path = store.TagPath(TagFileName(ref));
  TRY(WriteFile(temp, EncodeTagFile(tag)).Within("tag '" + ref + "'"));
  if (rename(temp.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temp.c_str());
    return Error::FromErrno(error, "tag '" + ref + "': rename '" + temp + "' to '" + path + "'");
  }
  return Ok();
}

Status RemoveTag(const Store& store, const std::string& ref) {
  const std::string path = store.TagPath(TagFileName(ref));
  if (unlink(path.c_str()) == 0) return Ok();
  if (errno == ENOENT) return NoSuchImage(ref);
  return Error::FromErrno(errno, "untag '" + ref + "': unlink '" + path + "'");
}

Result<std::vector<std::string>> DeleteImage(const Store& store, const std::string& id,
                                             const std::vector<std::string>& layers_in_use) {
  const ImageRecord image = TRY(ReadRecord(store, id));
  std::set<std::string> needed(layers_in_use.begin(), layers_in_use.end());
  const std::vector<ImageRecord> images = TRY(ListImageRecords(store));
  for (const ImageRecord& other : images) {
    if (other.id != id) needed.insert(other.chain.begin(), other.chain.end());
  }
  // The record first: without it the layers are only space, whatever happens in between.
  TRY(RemoveDirectory(store, store.ImageDir(id)).Within("delete image '" + id + "'"));
  std::vector<std::string> gone = {"sha256:" + id};
  for (auto chain = image.chain.rbegin(); chain != image.chain.rend(); ++chain) {
    if (needed.count(*chain) != 0 || !Exists(store.LayerDir(*chain))) continue;
    TRY(RemoveDirectory(store, store.LayerDir(*chain)).Within("delete layer '" + *chain + "'"));
    gone.push_back("sha256:" + *chain);
  }
  if (unlink(store.BlobPath(id).c_str()) != 0 && errno != ENOENT) {
    return Error::FromErrno(errno, "delete image '" + id + "': unlink its config");
  }
  return gone;
}

std::vector<std::string> LowerDirs(const Store& store, const std::vector<std::string>& chain) {
  std::vector<std::string> out;
  if (store.storage().driver == StorageDriver::kVfs) {
    if (!chain.empty()) out.push_back(store.LayerDiff(chain.back()));
    return out;
  }
  out.reserve(chain.size());
  for (auto layer = chain.rbegin(); layer != chain.rend(); ++layer) {
    out.push_back(store.LayerDiff(*layer));
  }
  return out;
}

}  // namespace cowbell

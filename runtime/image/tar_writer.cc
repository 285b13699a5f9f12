#include "runtime/image/tar_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

mode_t FileType(TarEntry::Type type) {
  switch (type) {
    case TarEntry::Type::kDirectory:
      return S_IFDIR;
    case TarEntry::Type::kSymlink:
      return S_IFLNK;
    case TarEntry::Type::kCharacterDevice:
      return S_IFCHR;
    case TarEntry::Type::kBlockDevice:
      return S_IFBLK;
    case TarEntry::Type::kFifo:
      return S_IFIFO;
    case TarEntry::Type::kFile:
    case TarEntry::Type::kHardLink:
      break;
  }
  return S_IFREG;
}

}  // namespace

struct TarWriter::State {
  explicit State(TarSink to) : sink(std::move(to)), writer(archive_write_new()) {
    archive* a = writer.get();
    archive_write_set_format_pax(a);
    archive_write_set_format_option(a, "pax", "xattrheader", "SCHILY");
    // Nothing is padded beyond the two blocks of zeros that end an archive.
    archive_write_set_bytes_per_block(a, 0);
  }

  static la_ssize_t OnWrite(archive* a, void* self, const void* data, size_t size) {
    auto* state = static_cast<State*>(self);
    Status written = state->sink({static_cast<const char*>(data), size});
    if (written.has_value()) return static_cast<la_ssize_t>(size);
    archive_set_error(a, EIO, "%s", written.error().ToString().c_str());
    state->error = std::move(written).error();
    return -1;
  }

  Status Open() {
    opened = true;
    if (archive_write_open(writer.get(), this, nullptr, OnWrite, nullptr) != ARCHIVE_OK) {
      return Failure();
    }
    return Ok();
  }

  Error Failure() const {
    if (error) return *error;
    const char* text = archive_error_string(writer.get());
    return Error::FromMessage("write an archive: " + Sanitize(text != nullptr ? text : "?", 300));
  }

  TarSink sink;
  std::optional<Error> error;  // of the sink
  bool opened = false;
  std::unique_ptr<archive, FreeWriter> writer;
};

TarWriter::TarWriter(TarSink sink) : state_(std::make_unique<State>(std::move(sink))) {}

TarWriter::~TarWriter() {
  // libarchive ends an archive that is freed; nobody wants those bytes.
  state_->sink = [](std::string_view) { return Ok(); };
}

Status TarWriter::Add(const TarEntry& entry) {
  State& s = *state_;
  if (!s.opened) TRY(s.Open());
  const std::unique_ptr<archive_entry, FreeEntry> owned(archive_entry_new());
  archive_entry* e = owned.get();
  archive_entry_set_pathname(e, entry.name.c_str());
  archive_entry_set_filetype(e, FileType(entry.type));
  archive_entry_set_perm(e, entry.mode & 07777);
  archive_entry_set_uid(e, entry.uid);
  archive_entry_set_gid(e, entry.gid);
  archive_entry_set_mtime(e, static_cast<time_t>(entry.mtime_seconds), entry.mtime_nanoseconds);
  const bool has_content = entry.type == TarEntry::Type::kFile;
  archive_entry_set_size(e, has_content ? static_cast<la_int64_t>(entry.size) : 0);
  if (entry.type == TarEntry::Type::kSymlink) archive_entry_set_symlink(e, entry.link.c_str());
  if (entry.type == TarEntry::Type::kHardLink) archive_entry_set_hardlink(e, entry.link.c_str());
  archive_entry_set_rdevmajor(e, static_cast<dev_t>(entry.device_major));
  archive_entry_set_rdevminor(e, static_cast<dev_t>(entry.device_minor));
  for (const auto& [name, value] : entry.xattrs)
    archive_entry_xattr_add_entry(e, name.c_str(), value.data(), value.size());
  // A warning says that a name is no text of the locale; its bytes are written as they are.
  const int rc = archive_write_header(s.writer.get(), e);
  if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) return s.Failure();
  return Ok();
}

Status TarWriter::Write(std::string_view bytes) {
  const la_ssize_t n = archive_write_data(state_->writer.get(), bytes.data(), bytes.size());
  if (n < 0) return state_->Failure();
  if (static_cast<size_t>(n) != bytes.size()) {
    return Error::FromMessage("write an archive: more content than the entry's size");
  }
  return Ok();
}

Status TarWriter::Finish() {
  State& s = *state_;
  if (!s.opened) TRY(s.Open());
  if (archive_write_close(s.writer.get()) != ARCHIVE_OK) return s.Failure();
  return Ok();
}

}  // namespace cowbell

#include "runtime/image/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr size_t kBlock = 512;
constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr size_t kTypeFlagOffset = 156;  // POSIX ustar header
// Every type that libarchive reads as what it is: POSIX, GNU and Solaris extensions.
constexpr std::string_view kKnownTypes(
    "\0"
    "01234567SDxgXLKVNMA",
    20);

struct FreeArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

std::string Text(const char* text) { return text != nullptr ? text : ""; }

}  // namespace

struct TarReader::State {
  explicit State(ByteSource& source) : in(source), buffer(kBufferBytes) {
    reader.reset(archive_read_new());
    archive_read_support_format_tar(reader.get());
    archive_read_support_format_empty(reader.get());
  }

  // Always hands out whole blocks, so that a header lies in one piece in `buffer`.
  static la_ssize_t ReadCallback(archive* a, void* self, const void** out) {
    auto* state = static_cast<State*>(self);
    state->buffer_start += state->buffer_size;
    state->buffer_size = 0;
    while (state->buffer_size < state->buffer.size()) {
      Result<size_t> n = state->in.Read(state->buffer.data() + state->buffer_size,
                                        state->buffer.size() - state->buffer_size);
      if (!n.has_value()) {
        archive_set_error(a, EIO, "%s", n.error().ToString().c_str());
        state->error = std::move(n).error();
        return -1;
      }
      if (n.value() == 0) break;
      state->buffer_size += n.value();
      if (state->buffer_size % kBlock == 0) break;
    }
    *out = state->buffer.data();
    return static_cast<la_ssize_t>(state->buffer_size);
  }

  static la_int64_t SkipCallback(archive*, void* self, la_int64_t request) {
    auto* state = static_cast<State*>(self);
    const uint64_t blocks = static_cast<uint64_t>(request) / kBlock * kBlock;
    const uint64_t skipped = state->in.Skip(blocks);
    if (skipped > 0) {
      state->buffer_start += state->buffer_size + skipped;
      state->buffer_size = 0;
    }
    return static_cast<la_int64_t>(skipped);
  }

  Error Failure() {
    if (error) return *error;
    const char* text = archive_error_string(reader.get());
    // libarchive stays silent about an archive that ends inside a header.
    if (text == nullptr || std::strncmp(text, "Truncated", 9) == 0) {
      return Error::FromMessage("unexpected EOF");
    }
    return Error::FromMessage(Sanitize(text, 300));
  }

  Status Open() {
    opened = true;
    archive* a = reader.get();
    archive_read_set_read_callback(a, ReadCallback);
    archive_read_set_skip_callback(a, SkipCallback);
    archive_read_set_callback_data(a, this);
    if (archive_read_open1(a) != ARCHIVE_OK) return Failure();
    return Ok();
  }

  // The last byte of the header in front of stream offset `end`, if it is still in the buffer.
  Status CheckType(uint64_t end) const {
    if (end < buffer_start + kBlock || end > buffer_start + buffer_size) return Ok();
    const char type = buffer[end - kBlock - buffer_start + kTypeFlagOffset];
    if (kKnownTypes.find(type) != std::string_view::npos) return Ok();
    return Error::FromMessage("unknown tar type flag '" + Sanitize({&type, 1}) + "'");
  }

  ByteSource& in;
  std::vector<char> buffer;
  uint64_t buffer_start = 0;  // offset in the stream
  size_t buffer_size = 0;
  std::unique_ptr<archive, FreeArchive> reader;
  std::optional<Error> error;  // of `in`
  bool opened = false;
};

namespace {

Result<TarEntry::Type> TypeOf(archive_entry* e) {
  if (archive_entry_hardlink(e) != nullptr) return TarEntry::Type::kHardLink;
  switch (archive_entry_filetype(e)) {
    case AE_IFREG:
      return TarEntry::Type::kFile;
    case AE_IFDIR:
      return TarEntry::Type::kDirectory;
    case AE_IFLNK:
      return TarEntry::Type::kSymlink;
    case AE_IFCHR:
      return TarEntry::Type::kCharacterDevice;
    case AE_IFBLK:
      return TarEntry::Type::kBlockDevice;
    case AE_IFIFO:
      return TarEntry::Type::kFifo;
    default:
      return Error::FromMessage("unknown type of entry");
  }
}

void CopyXattrs(archive_entry* e, TarEntry* out) {
  out->xattrs.clear();
  archive_entry_xattr_reset(e);
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
    out->xattrs.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
}

}  // namespace

TarReader::TarReader(ByteSource& in) : state_(std::make_unique<State>(in)) {}
TarReader::~TarReader() = default;

Result<bool> TarReader::Next(TarEntry* entry) {
  State& s = *state_;
  if (!s.opened) TRY(s.Open());
  archive_entry* e = nullptr;
  const int rc = archive_read_next_header(s.reader.get(), &e);
  if (rc == ARCHIVE_EOF) return false;
  // ARCHIVE_WARN says that a name is no text of the locale: it is only bytes here.
  if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) return s.Failure();
  const uint64_t position = static_cast<uint64_t>(archive_filter_bytes(s.reader.get(), 0));
  const char* name = archive_entry_pathname(e);
  entry->name = Text(name);
  entry->sparse = archive_entry_sparse_count(e) > 0;
  // The map of a sparse file stands between its header and `position`.
  if (!entry->sparse) TRY(s.CheckType(position).Within("entry '" + Sanitize(entry->name) + "'"));
  entry->type = TRY(TypeOf(e).Within("entry '" + Sanitize(entry->name) + "'"));
  const bool hard = entry->type == TarEntry::Type::kHardLink;
  entry->link = Text(hard ? archive_entry_hardlink(e) : archive_entry_symlink(e));
  const la_int64_t size = archive_entry_size(e);
  entry->size = size > 0 ? static_cast<uint64_t>(size) : 0;
  entry->mode = archive_entry_perm(e) & 07777;
  entry->uid = archive_entry_uid(e);
  entry->gid = archive_entry_gid(e);
  entry->mtime_seconds = archive_entry_mtime(e);
  entry->mtime_nanoseconds = archive_entry_mtime_nsec(e);
  entry->device_major = static_cast<int64_t>(archive_entry_rdevmajor(e));
  entry->device_minor = static_cast<int64_t>(archive_entry_rdevminor(e));
  CopyXattrs(e, entry);
  entry->data_offset = position;
  return true;
}

Status TarReader::ReadContent(const Sink& sink) {
  State& s = *state_;
  while (true) {
    const void* data = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    const int rc = archive_read_data_block(s.reader.get(), &data, &size, &offset);
    if (rc == ARCHIVE_EOF) return Ok();
    if (rc != ARCHIVE_OK) return s.Failure();
    if (size == 0) continue;
    TRY(sink(static_cast<uint64_t>(offset), {static_cast<const char*>(data), size}));
  }
}

}  // namespace cowbell

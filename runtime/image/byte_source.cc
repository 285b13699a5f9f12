#include "runtime/image/byte_source.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr size_t kMagicBytes = 6;

struct FreeArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

bool IsCompressed(std::string_view head) {
  const auto starts = [&](std::string_view magic) { return head.substr(0, magic.size()) == magic; };
  // RFC 1952; RFC 8878 §3.1.1 and §3.1.2 (skippable frames); bzip2; xz.
  if (starts("\x1f\x8b") || starts("\x28\xb5\x2f\xfd") || starts("BZh")) return true;
  if (starts(std::string_view("\xfd"
                              "7zXZ\0",
                              6))) {
    return true;
  }
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18";
}

}  // namespace

Result<size_t> FileSource::Read(char* buffer, size_t size) {
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(size, left_));
  if (wanted == 0) return size_t{0};
  ssize_t n = 0;
  do {
    n = pread(fd_, buffer, wanted, static_cast<off_t>(offset_));
  } while (n < 0 && errno == EINTR);
  if (n < 0) return Error::FromErrno(errno, "read");
  if (n == 0) return Error::FromMessage("unexpected EOF");
  offset_ += static_cast<uint64_t>(n);
  left_ -= static_cast<uint64_t>(n);
  return static_cast<size_t>(n);
}

uint64_t FileSource::Skip(uint64_t count) {
  const uint64_t skipped = std::min(count, left_);
  offset_ += skipped;
  left_ -= skipped;
  return skipped;
}

Result<size_t> PipeSource::Read(char* buffer, size_t size) {
  ssize_t n = 0;
  do {
    n = read(fd_, buffer, size);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return Error::FromErrno(errno, "read");
  return static_cast<size_t>(n);
}

Result<size_t> HashingSource::Read(char* buffer, size_t size) {
  const size_t n = TRY(in_.Read(buffer, size));
  hash_.Update({buffer, n});
  count_ += n;
  return n;
}

Status HashingSource::Drain() {
  std::vector<char> buffer(kBufferBytes);
  while (true) {
    const size_t n = TRY(Read(buffer.data(), buffer.size()));
    if (n == 0) return Ok();
  }
}

struct Decompressor::State {
  explicit State(ByteSource& source) : in(source), buffer(kBufferBytes) {}

  // libarchive's callback: the bytes looked at for the magic first, then the stream.
  static la_ssize_t ReadCallback(archive* a, void* self, const void** out) {
    auto* state = static_cast<State*>(self);
    *out = state->buffer.data();
    if (state->head_size > 0) {
      const size_t n = std::exchange(state->head_size, 0);
      std::memcpy(state->buffer.data(), state->head.data(), n);
      return static_cast<la_ssize_t>(n);
    }
    Result<size_t> n = state->in.Read(state->buffer.data(), state->buffer.size());
    if (n.has_value()) return static_cast<la_ssize_t>(n.value());
    archive_set_error(a, EIO, "%s", n.error().ToString().c_str());
    state->error = std::move(n).error();
    return -1;
  }

  Error Failure() const {
    if (error) return *error;
    const char* text = archive_error_string(archive_reader.get());
    const std::string_view message = text != nullptr ? text : "damaged stream";
    // "truncated gzip input", "Truncated xz file".
    if (message.find("runcated") != std::string_view::npos) {
      return Error::FromMessage("unexpected EOF");
    }
    return Error::FromMessage("decompress: " + Sanitize(message, 300));
  }

  ByteSource& in;
  std::vector<char> buffer;
  bool started = false;
  bool is_empty = false;  // a compressed stream of nothing
  std::array<char, kMagicBytes> head = {};
  size_t head_size = 0;
  std::unique_ptr<archive, FreeArchive> archive_reader;  // null: the stream passes unchanged
  std::optional<Error> error;                            // of `in`
};

Decompressor::Decompressor(ByteSource& in) : state_(std::make_unique<State>(in)) {}
Decompressor::~Decompressor() = default;

Status Decompressor::Start() {
  State& s = *state_;
  s.started = true;
  while (s.head_size < s.head.size()) {
    const size_t n = TRY(s.in.Read(s.head.data() + s.head_size, s.head.size() - s.head_size));
    if (n == 0) break;
    s.head_size += n;
  }
  if (!IsCompressed({s.head.data(), s.head_size})) return Ok();
  s.archive_reader.reset(archive_read_new());
  archive* a = s.archive_reader.get();
  archive_read_support_format_raw(a);
  archive_read_support_format_empty(a);  // "raw" takes no stream without a byte
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_zstd(a);
  archive_read_support_filter_bzip2(a);
  archive_read_support_filter_xz(a);
  archive_entry* entry = nullptr;
  int rc = archive_read_open(a, &s, nullptr, State::ReadCallback, nullptr);
  if (rc == ARCHIVE_OK) rc = archive_read_next_header(a, &entry);
  s.is_empty = rc == ARCHIVE_EOF;
  if (rc == ARCHIVE_OK || s.is_empty) return Ok();
  return s.Failure();
}

Result<size_t> Decompressor::Read(char* buffer, size_t size) {
  State& s = *state_;
  if (!s.started) TRY(Start());
  if (s.archive_reader == nullptr) {
    if (s.head_size == 0) return s.in.Read(buffer, size);
    const size_t n = std::min(size, s.head_size);
    std::memcpy(buffer, s.head.data(), n);
    std::memmove(s.head.data(), s.head.data() + n, s.head_size - n);
    s.head_size -= n;
    return n;
  }
  if (s.is_empty) return size_t{0};
  const la_ssize_t n = archive_read_data(s.archive_reader.get(), buffer, size);
  if (n >= 0) return static_cast<size_t>(n);
  return s.Failure();
}

Result<uint64_t> CopyToFd(ByteSource& in, int fd, uint64_t max_bytes) {
  std::vector<char> buffer(kBufferBytes);
  uint64_t total = 0;
  while (true) {
    const size_t n = TRY(in.Read(buffer.data(), buffer.size()));
    if (n == 0) return total;
    total += n;
    if (total > max_bytes) {
      return Error::FromErrno(EFBIG, "more than " + std::to_string(max_bytes) + " bytes");
    }
    TRY(WriteAll(fd, {buffer.data(), n}));
  }
}

}  // namespace cowbell

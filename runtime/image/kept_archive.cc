#include "runtime/image/kept_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr int kLevel = 1;
constexpr size_t kBuffer = size_t{256} << 10;
// At the end of the file: the size of the archive, which the frame of a stream does not tell.
constexpr size_t kTrailer = sizeof(uint64_t);

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

struct ArchiveKeeper::State {
  State(ByteSource& source, UniqueFd to)
      : in(source), file(std::move(to)), context(ZSTD_createCCtx()), out(kBuffer) {
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  }

  Status Compress(const char* data, size_t length, ZSTD_EndDirective directive) {
    ZSTD_inBuffer input = {data, length, 0};
    while (true) {
      ZSTD_outBuffer output = {out.data(), out.size(), 0};
      const size_t left = ZSTD_compressStream2(context.get(), &output, &input, directive);
      if (ZSTD_isError(left) != 0) {
        return Error::FromMessage(std::string("compress a layer: ") + ZSTD_getErrorName(left));
      }
      TRY(WriteAll(file.get(), {out.data(), output.pos}));
      const bool done = directive == ZSTD_e_end ? left == 0 : input.pos == input.size;
      if (done) return Ok();
    }
  }

  ByteSource& in;
  UniqueFd file;
  std::unique_ptr<ZSTD_CCtx, FreeContext> context;
  std::vector<char> out;
  uint64_t size = 0;
};

ArchiveKeeper::ArchiveKeeper(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveKeeper::~ArchiveKeeper() = default;

Result<std::unique_ptr<ArchiveKeeper>> ArchiveKeeper::Create(ByteSource& in,
                                                             const std::string& path) {
  UniqueFd file = TRY(Open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
  return std::unique_ptr<ArchiveKeeper>(
      new ArchiveKeeper(std::make_unique<State>(in, std::move(file))));
}

Result<size_t> ArchiveKeeper::Read(char* buffer, size_t size) {
  const size_t n = TRY(state_->in.Read(buffer, size));
  if (n > 0) TRY(state_->Compress(buffer, n, ZSTD_e_continue).Within("keep a layer's archive"));
  state_->size += n;
  return n;
}

Status ArchiveKeeper::Finish() {
  std::vector<char> buffer(kBuffer);
  while (true) {
    const size_t n = TRY(Read(buffer.data(), buffer.size()));
    if (n == 0) break;
  }
  TRY(state_->Compress(nullptr, 0, ZSTD_e_end).Within("keep a layer's archive"));
  char trailer[kTrailer];
  memcpy(trailer, &state_->size, sizeof(trailer));
  return WriteAll(state_->file.get(), {trailer, sizeof(trailer)});
}

Result<KeptArchive> OpenKeptArchive(const std::string& path) {
  KeptArchive out;
  out.file = TRY(Open(path, O_RDONLY | O_NOFOLLOW));
  struct stat st = {};
  if (fstat(out.file.get(), &st) != 0) return Error::FromErrno(errno, "fstat '" + path + "'");
  char trailer[kTrailer];
  const off_t end = st.st_size - static_cast<off_t>(kTrailer);
  if (end < 0 || pread(out.file.get(), trailer, sizeof(trailer), end) != sizeof(trailer)) {
    return Error::FromMessage("'" + path + "' is damaged");
  }
  out.kept_size = static_cast<uint64_t>(end);
  memcpy(&out.size, trailer, sizeof(trailer));
  return out;
}

}  // namespace cowbell

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/text.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/image_commands.h"
#include "runtime/cli/output.h"
#include "runtime/image/archive.h"
#include "runtime/image/reference.h"
#include "runtime/store/image_writer.h"

namespace cowbell {
namespace {

constexpr char kArchiveError[] = "Error processing tar file(exit status 1)";
constexpr uint64_t kMaxArchiveBytes = uint64_t{1} << 40;
constexpr int kAttempts = 5;

// An uncompressed archive in a file that can be read at any place.
struct PlainArchive {
  UniqueFd file;
  uint64_t size = 0;
};

bool LooksCompressed(int fd) {
  char block[512] = {};
  const ssize_t n = pread(fd, block, sizeof(block), 0);
  // POSIX and GNU headers have "ustar" at 257; what else a tar could be, the reader decides.
  return n != static_cast<ssize_t>(sizeof(block)) || memcmp(block + 257, "ustar", 5) != 0;
}

// Standard input and compressed archives go to a nameless file of the store first.
Result<PlainArchive> OpenArchive(UniqueFd in, const StagingDir& staging) {
  struct stat st = {};
  if (fstat(in.get(), &st) != 0) return Error::FromErrno(errno, "stat the archive");
  const bool is_file = S_ISREG(st.st_mode);
  if (is_file && !LooksCompressed(in.get())) {
    return PlainArchive{std::move(in), static_cast<uint64_t>(st.st_size)};
  }
  PlainArchive out;
  out.file = TRY(Open(staging.path(), O_RDWR | O_TMPFILE, 0600));
  PipeSource source(in.get());
  Decompressor plain(source);
  out.size = TRY(CopyToFd(plain, out.file.get(), kMaxArchiveBytes));
  return out;
}

struct LoadResult {
  std::string id;
  std::vector<std::string> refs;
};

Result<std::string> StoreImage(const Store& store, const ImageArchive& archive,
                               const ArchivedImage& image, const std::vector<NewTag>& tags) {
  const ImageConfigFile config = TRY(ParseImageConfig(image.config));
  if (config.diff_ids.size() != image.layers.size()) {
    return Error::FromMessage("invalid manifest, layers length mismatch: expected " +
                              std::to_string(config.diff_ids.size()) + ", got " +
                              std::to_string(image.layers.size()));
  }
  if (image.layers.size() > kMaxLayers) return Error::FromMessage("max depth exceeded");
  ImageWriter writer = TRY(ImageWriter::Begin(store));
  for (size_t i = 0; i < image.layers.size(); ++i) {
    const ArchiveMember& member = image.layers[i];
    const auto open = [&]() -> Result<std::unique_ptr<ByteSource>> {
      TRY(archive.Verify(member));
      return archive.OpenMember(member);
    };
    TRY(writer.AddLayer(config.diff_ids[i], open));
  }
  return writer.Commit(image.config, tags);
}

Result<LoadResult> LoadImage(const Store& store, const ImageArchive& archive,
                             const ArchivedImage& image) {
  LoadResult out;
  std::vector<NewTag> tags;
  for (const std::string& ref : image.refs) {
    out.refs.push_back(TRY(NormalizeRef(ref).Within("invalid tag '" + Sanitize(ref, 300) + "'")));
    tags.push_back({out.refs.back(), ""});
  }
  for (int attempt = 1;; ++attempt) {
    Result<std::string> id = StoreImage(store, archive, image, tags);
    const bool again = !id.has_value() && id.error().errno_value() == EAGAIN;
    if (again && attempt < kAttempts) continue;
    out.id = TRY(std::move(id));
    return out;
  }
}

Status Load(const Store& store, UniqueFd in) {
  const StagingDir staging = TRY(StagingDir::Create(store));
  PlainArchive plain = TRY(OpenArchive(std::move(in), staging).Within(kArchiveError));
  const ImageArchive archive = TRY(
      ImageArchive::Open(std::move(plain.file), plain.size, HostPlatform()).Within(kArchiveError));
  for (const ArchivedImage& image : archive.images()) {
    const LoadResult loaded = TRY(LoadImage(store, archive, image));
    for (const std::string& ref : loaded.refs)
      PrintOut("Loaded image: " + ref + "\n");
    if (loaded.refs.empty()) PrintOut("Loaded image ID: sha256:" + loaded.id + "\n");
  }
  return Ok();
}

Result<UniqueFd> OpenInput(const std::string& input) {
  if (input.empty()) return UniqueFd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  Result<UniqueFd> file = Open(input, O_RDONLY);
  if (file.has_value()) return file;
  return Error::FromMessage("open " + Sanitize(input, 4096) + ": " +
                            GoErrnoText(file.error().errno_value()));
}

}  // namespace

int LoadCommand(const CommandContext& context, const std::vector<std::string>& args) {
  std::string input;
  bool quiet = false;
  FlagSet flags(context);
  flags.String('i', "input", &input, "Read from tar archive file, instead of STDIN");
  flags.Bool('q', "quiet", &quiet, "Suppress the load output");
  flags.Operands(0, 0, nullptr);
  flags.Example("calf load -i alpine.tar");
  if (const auto code = flags.Parse(args)) return *code;
  if (input.empty() && isatty(STDIN_FILENO) != 0) {
    PrintErr("requested load from stdin, but stdin is empty\n");
    return kExitEngineError;
  }
  Result<UniqueFd> in = OpenInput(input);
  if (!in.has_value()) {
    PrintErr(ErrorText(in.error()) + "\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Status loaded = Load(store.value(), std::move(in).value());
  if (loaded.has_value()) return 0;
  PrintErr(ErrorText(loaded.error()) + "\n");
  return kExitEngineError;
}

}  // namespace cowbell

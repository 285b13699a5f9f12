#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/build/config_change.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/image_commands.h"
#include "runtime/cli/output.h"
#include "runtime/image/byte_source.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reference.h"
#include "runtime/store/image_writer.h"
#include "runtime/store/layer_file.h"

namespace cowbell {
namespace {

constexpr uint64_t kMaxArchiveBytes = uint64_t{1} << 40;

struct ImportOptions {
  std::string source;  // a path, or "-"
  std::string tag;     // normalized; may be empty
  std::string message;
  std::vector<std::string> changes;
  Platform platform = HostPlatform();
};

Result<UniqueFd> OpenSource(const std::string& source) {
  if (source == "-") return UniqueFd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (source.rfind("http://", 0) == 0 || source.rfind("https://", 0) == 0) {
    return Error::FromMessage("URLs are not supported; fetch the archive and import the file");
  }
  Result<UniqueFd> file = Open(source, O_RDONLY);
  if (file.has_value()) return file;
  return Error::FromMessage("open " + Sanitize(source, 4096) + ": " +
                            GoErrnoText(file.error().errno_value()));
}

// The uncompressed archive; its digest has to be known before it can become a layer.
Result<LayerFile> ReadArchive(const ImageWriter& writer, int fd) {
  LayerFile out;
  out.file = TRY(Open(writer.staging(), O_RDWR | O_TMPFILE, 0600));
  PipeSource pipe(fd);
  Decompressor plain(pipe);
  HashingSource hashing(plain);
  out.size = TRY(CopyToFd(hashing, out.file.get(), kMaxArchiveBytes));
  out.diff_id = "sha256:" + hashing.HexDigest();
  return out;
}

Result<std::string> Import(const Store& store, int fd, const ImportOptions& options) {
  ImageConfigFile file;
  file.os = options.platform.os;
  file.architecture = options.platform.architecture;
  file.variant = options.platform.variant;
  TRY(ApplyConfigChanges(options.changes, &file.config));
  ImageWriter writer = TRY(ImageWriter::Begin(store));
  const LayerFile layer = TRY(ReadArchive(writer, fd));
  TRY(AddLayerFile(writer, layer));
  file.diff_ids = {layer.diff_id};
  file.created = NowText();
  const std::string comment =
      options.message.empty() ? "Imported from " + options.source : options.message;
  file.history = {{file.created, "", comment, false, ""}};
  std::vector<NewTag> tags;
  if (!options.tag.empty()) tags.push_back({options.tag, ""});
  return writer.Commit(EncodeImageConfig(file), tags);
}

Status ParseOperands(const std::vector<std::string>& operands, const std::string& platform,
                     ImportOptions* options) {
  options->source = operands[0];
  if (operands.size() == 2) options->tag = TRY(ParseNewTag(operands[1]));
  if (!platform.empty()) options->platform = TRY(ParsePlatform(platform));
  return Ok();
}

}  // namespace

int ImportCommand(const CommandContext& context, const std::vector<std::string>& args) {
  ImportOptions options;
  std::string platform;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.List('c', "change", &options.changes, "Apply Dockerfile instruction to the created image");
  flags.String('m', "message", &options.message, "Set commit message for imported image");
  flags.String('\0', "platform", &platform, "Set platform of the image");
  flags.Operands(1, 2, &operands);
  flags.Example("calf export web | calf import -c 'CMD [\"sh\"]' - web:flat");
  if (const auto code = flags.Parse(args)) return *code;
  const auto fail = [](const Error& error) {
    PrintErr(ErrorText(error) + "\n");
    return kExitEngineError;
  };
  const Status parsed = ParseOperands(operands, platform, &options);
  if (!parsed.has_value()) return fail(parsed.error());
  const Result<UniqueFd> source = OpenSource(options.source);
  if (!source.has_value()) return fail(source.error());
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<std::string> id = Import(store.value(), source.value().get(), options);
  if (!id.has_value()) return DaemonError(id.error());
  PrintOut("sha256:" + id.value() + "\n");
  return 0;
}

}  // namespace cowbell

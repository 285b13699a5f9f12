#include "runtime/cli/make_container.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/cli/image_program.h"
#include "runtime/cli/output.h"
#include "runtime/container/create.h"
#include "runtime/container/volumes.h"
#include "runtime/store/images.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

Result<ImageRecord> ImageOf(const CommandContext& context, const Store& store,
                            const CreateFlags& flags, const std::string& name) {
  Result<ImageRecord> image = FindImage(store, name);
  const bool missing = !image.has_value() && image.error().errno_value() == ENOENT;
  if (flags.pull() != "always" && !missing) return image;
  if (flags.pull() == "never") return image;
  const std::string ref = TRY(NormalizeRef(name));
  if (missing) PrintErr("Unable to find image '" + ref + "' locally\n");
  const ExitStatus status = TRY(PullImage(context, ref, flags.platform()));
  if (!status.ok()) return Error::FromMessage("");
  return FindImage(store, name);
}

// Made before the container and removed again when there is none.
class CidFile {
 public:
  static Result<CidFile> Create(const std::string& path) {
    CidFile file;
    if (path.empty()) return file;
    Result<UniqueFd> fd = Open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (!fd.has_value()) {
      if (fd.error().errno_value() != EEXIST) {
        return Error::FromErrno(fd.error().errno_value(),
                                "create the container ID file '" + path + "'");
      }
      return Error::FromMessage(
          "container ID file found, make sure the other container isn't running or delete " + path);
    }
    file.path_ = path;
    file.fd_ = std::move(fd).value();
    return file;
  }
  CidFile(CidFile&&) = default;
  CidFile& operator=(CidFile&&) = delete;
  ~CidFile() {
    if (fd_.valid()) unlink(path_.c_str());
  }
  Status Write(const std::string& id) {
    if (!fd_.valid()) return Ok();
    TRY(WriteAll(fd_.get(), id).Within("write the container ID file '" + path_ + "'"));
    fd_.reset();
    return Ok();
  }

 private:
  CidFile() = default;
  std::string path_;
  UniqueFd fd_;
};

}  // namespace

Result<ContainerConfig> MakeContainer(const CommandContext& context, const Store& store,
                                      const CreateFlags& flags, const CreateOptions& options) {
  CidFile cid_file = TRY(CidFile::Create(flags.cidfile()));
  const ImageRecord image = TRY(ImageOf(context, store, flags, options.image));
  ContainerConfig config = TRY(MakeContainerConfig(options, image));
  {
    // From here until the record names the layers nobody may take them away.
    const FileLock lock = TRY(LockImages(store, FileLock::Mode::kShared));
    if (!Exists(store.ImageDir(image.id))) {
      return Error::FromErrno(ENOENT, "No such image: " + options.image);
    }
    std::optional<FileLock> volumes;
    if (UsesVolumes(config)) {
      volumes = TRY(LockVolumes(store, FileLock::Mode::kShared));
      TRY(MakeVolumes(store, config));
    }
    TRY(AddContainer(store, config));
  }
  Status status = FillVolumes(store, config);
  if (status.has_value()) status = cid_file.Write(config.id);
  if (!status.has_value()) {
    (void)RemoveContainer(store, config).has_value();
    RemoveAnonymousVolumes(store, config);
    return std::move(status).error();
  }
  return config;
}

}  // namespace cowbell

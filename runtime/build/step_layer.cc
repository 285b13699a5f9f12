#include "runtime/build/step_layer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/copy.h"
#include "runtime/rootfs/copy_tree.h"
#include "runtime/rootfs/diff.h"
#include "runtime/rootfs/diff_trees.h"
#include "runtime/rootfs/overlay.h"
#include "runtime/rootfs/unpack_tree.h"
#include "runtime/store/rw_layer.h"

namespace cowbell {
namespace {

constexpr int kMaxLinks = 40;

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

timespec Now() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return now;
}

// A writable view of the layers so far. Without layers it is a plain directory.
class Workspace {
 public:
  static Result<Workspace> Create(const ImageWriter& writer) {
    TempDir dir = TRY(TempDir::Create(writer.staging(), "step-"));
    Workspace out(std::move(dir));
    const std::vector<std::string> lowers = writer.LowerDirs();
    const std::string upper = out.upper();
    const std::string work = out.dir_.path() + "/work";
    for (const std::string& path : {upper, work}) {
      if (mkdir(path.c_str(), 0755) != 0) return SysError("mkdir '" + path + "'");
    }
    const bool whole = writer.storage().driver == StorageDriver::kVfs;
    if (!lowers.empty()) out.lower_root_ = lowers.front();
    if (whole && !lowers.empty()) TRY(CopyTree(lowers.front(), upper));
    if (whole || lowers.empty()) {
      out.root_ = TRY(Open(upper, O_RDONLY | O_DIRECTORY));
      out.view_ = TRY(Open(upper, O_PATH | O_DIRECTORY));
      return out;
    }
    struct stat st = {};
    if (stat(out.lower_root_.c_str(), &st) != 0) return SysError("stat '" + out.lower_root_ + "'");
    if (chown(upper.c_str(), st.st_uid, st.st_gid) != 0 ||
        chmod(upper.c_str(), st.st_mode & 07777) != 0) {
      return SysError("set the attributes of '" + upper + "'");
    }
    out.view_ = TRY(MountOverlay({lowers, upper, work, /*is_volatile=*/true}));
    out.root_ = TRY(OpenAt(out.view_.get(), ".", O_RDONLY | O_DIRECTORY));
    return out;
  }

  // Once; the tree takes the descriptor over.
  UniqueFd TakeRoot() { return std::move(root_); }
  // The tree as it is now.
  int view() const { return view_.get(); }
  std::string upper() const { return dir_.path() + "/upper"; }
  const std::string& lower_root() const { return lower_root_; }

 private:
  explicit Workspace(TempDir dir) : dir_(std::move(dir)) {}
  TempDir dir_;
  std::string lower_root_;
  UniqueFd view_;  // the overlay's mount, if there is one
  UniqueFd root_;
};

// Call when everything is written; the workspace still shows it.
Result<LayerFile> Archive(const ImageWriter& writer, const Workspace& workspace) {
  const std::vector<std::string> lowers = writer.LowerDirs();
  if (writer.storage().driver == StorageDriver::kVfs && !lowers.empty()) {
    const UniqueFd before = TRY(Open(lowers.front(), O_PATH | O_DIRECTORY));
    const std::vector<Change> changes = TRY(DiffTrees({workspace.view(), before.get(), {}, true}));
    return MakeLayerFile(writer, workspace.view(), changes);
  }
  DiffSpec spec;
  spec.upper_dir = workspace.upper();
  spec.lower_dirs = lowers;
  spec.for_layer = true;
  spec.top_below = lowers.empty() ? "" : lowers.front();
  const std::vector<Change> changes = TRY(DiffLayers(spec));
  return MakeLayerFile(writer, workspace.view(), changes);
}

std::vector<std::string> PathParts(const std::string& path) {
  std::vector<std::string> out;
  for (std::string& part : Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      out.push_back(std::move(part));
    } else if (!out.empty()) {
      out.pop_back();
    }
  }
  return out;
}

class Copier {
 public:
  Copier(UnpackTree& tree, const BuildContext& context, const CopyStep& step)
      : tree_(tree), context_(context), step_(step) {}

  Status Run() {
    const std::string& text = step_.destination;
    const bool is_absolute = !text.empty() && text[0] == '/';
    const std::string path = is_absolute ? text : step_.working_dir + "/" + text;
    const bool names_directory = text.back() == '/' || text == "." || text == ".." ||
                                 (text.size() > 1 && (text.substr(text.size() - 2) == "/." ||
                                                      text.substr(text.size() - 2) == ".."));
    const std::vector<std::string> parts = PathParts(path);
    for (const ContextSource& source : step_.sources) {
      if (source.entry.IsDir()) {
        TRY(CopyDirectory(source, parts));
      } else if (names_directory || TRY(IsDirectory(parts))) {
        TRY(CopyFile(source, parts, FileName(source.path)));
      } else {
        TRY(CopyFileAs(source, parts));
      }
    }
    return Ok();
  }

 private:
  static std::string FileName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  CopyOptions Options(const ContextSource& source) const {
    CopyOptions options;
    options.uid = step_.uid;
    options.gid = step_.gid;
    options.shown_target = step_.destination;
    options.left_out = [this, &source](const std::string& path) {
      return context_.IsLeftOut(source.path.empty() ? path : source.path + "/" + path);
    };
    return options;
  }

  Result<bool> IsDirectory(const std::vector<std::string>& parts) {
    const auto found = TRY(tree_.OpenDirectory(parts, UnpackTree::Missing::kReport, {}));
    return found.has_value();
  }

  Status CopyDirectory(const ContextSource& source, const std::vector<std::string>& parts) {
    const UniqueFd target = TRY(OpenTarget(parts));
    TreeCopier copier(Options(source));
    return copier.CopyContents(source.entry, target.get());
  }

  // Parents are made; a non-directory in their way is an error, unlike in a layer archive.
  Result<UniqueFd> OpenTarget(const std::vector<std::string>& parts) {
    for (size_t n = 1; n <= parts.size(); ++n) {
      const std::vector<std::string> head(parts.begin(), parts.begin() + static_cast<long>(n));
      const Result<UniqueFd> fd = OpenInRoot(tree_.root(), Join(head, "/"), O_PATH);
      if (!fd.has_value()) break;
      struct stat st = {};
      if (fstat(fd.value().get(), &st) != 0) return SysError("stat");
      if (!S_ISDIR(st.st_mode)) {
        return Error::FromMessage("cannot copy to non-directory: /" + Join(head, "/"));
      }
    }
    const auto found = TRY(tree_.OpenDirectory(parts, UnpackTree::Missing::kCreate, Now()));
    return OpenAt(found->fd, ".", O_RDONLY | O_DIRECTORY);
  }

  Status CopyFile(const ContextSource& source, const std::vector<std::string>& parts,
                  const std::string& name) {
    const UniqueFd target = TRY(OpenTarget(parts));
    TreeCopier copier(Options(source));
    TRY(copier.CopyAs(source.entry, target.get(), name));
    if (step_.has_mode && fchmodat(target.get(), name.c_str(), step_.mode, 0) != 0) {
      return SysError("chmod");
    }
    return Ok();
  }

  // A link at the end of the destination is followed, also where it leads to nothing.
  Status CopyFileAs(const ContextSource& source, std::vector<std::string> parts) {
    for (int links = 0; links < kMaxLinks; ++links) {
      if (parts.empty()) return Error::FromMessage("the destination is no file name");
      const std::string name = parts.back();
      std::vector<std::string> parent(parts.begin(), parts.end() - 1);
      const UniqueFd target = TRY(OpenTarget(parent));
      std::string text(PATH_MAX, '\0');
      const ssize_t n = readlinkat(target.get(), name.c_str(), text.data(), text.size());
      if (n < 0) return CopyFile(source, parent, name);
      text.resize(static_cast<size_t>(n));
      parts = PathParts(text[0] == '/' ? text : Join(parent, "/") + "/" + text);
    }
    return Error::FromErrno(ELOOP, "destination '" + step_.destination + "'");
  }

  UnpackTree& tree_;
  const BuildContext& context_;
  const CopyStep& step_;
};

}  // namespace

Result<LayerFile> MakeCopyLayer(const ImageWriter& writer, const BuildContext& context,
                                const CopyStep& step) {
  Workspace workspace = TRY(Workspace::Create(writer));
  {
    UnpackTree tree(workspace.TakeRoot(), !workspace.lower_root().empty());
    TRY(Copier(tree, context, step).Run().Within("COPY failed"));
  }
  return Archive(writer, workspace);
}

Result<LayerFile> MakeDirectoryLayer(const ImageWriter& writer, const std::string& path) {
  Workspace workspace = TRY(Workspace::Create(writer));
  {
    UnpackTree tree(workspace.TakeRoot(), !workspace.lower_root().empty());
    TRY(tree.OpenDirectory(PathParts(path), UnpackTree::Missing::kCreate, Now()));
  }
  return Archive(writer, workspace);
}

Result<LayerFile> MakeContainerLayer(const Store& store, const ImageWriter& writer,
                                     const ContainerConfig& config) {
  const UniqueFd root = TRY(MountForReading(store, config));
  const std::vector<Change> changes = TRY(DiffRwLayer(store, config, root.get(), DiffFor::kLayer));
  return MakeLayerFile(writer, root.get(), changes);
}

}  // namespace cowbell

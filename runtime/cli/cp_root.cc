#include "runtime/cli/cp_root.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/rootfs/overlay.h"
#include "runtime/rootfs/root_path.h"
#include "runtime/store/rw_layer.h"

namespace cowbell {
namespace {

// overlayfs takes so many lower directories (OVL_MAX_STACK).
constexpr size_t kMaxLowers = 500;

// Something to be mounted below the root, with its place.
struct Wish {
  std::string source;  // empty: a read-only tmpfs, where nothing can be put before the start
  std::string target;
  bool read_only = false;
  bool only_if_there = false;  // the mount point is not made
};

// Hidden by mounts of its own as soon as a container runs.
constexpr const char* kHidden[] = {"/dev", "/proc", "/sys"};

std::vector<Wish> WishesOf(const ContainerConfig& config, CopyDirection direction) {
  std::vector<Wish> wishes;
  for (const BindMount& bind : config.binds)
    wishes.push_back({bind.source, bind.target, bind.read_only, false});
  if (direction == CopyDirection::kIn) {
    for (const auto& [target, options] : config.tmpfs)
      wishes.push_back({"", target, true, false});
    for (const char* target : kHidden)
      wishes.push_back({"", target, true, true});
  }
  const auto depth = [](const Wish& wish) {
    return std::count(wish.target.begin(), wish.target.end(), '/');
  };
  std::stable_sort(wishes.begin(), wishes.end(),
                   [&](const Wish& a, const Wish& b) { return depth(a) < depth(b); });
  return wishes;
}

Result<UniqueFd> NewTmpfs() {
  const UniqueFd context(fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context.valid() || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return Error::FromErrno(errno, "make a tmpfs");
  }
  UniqueFd mount(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount.valid()) return Error::FromErrno(errno, "fsmount");
  return mount;
}

Result<UniqueFd> TreeOf(const Wish& wish) {
  if (wish.source.empty()) return NewTmpfs();
  UniqueFd tree(open_tree(AT_FDCWD, wish.source.c_str(),
                          static_cast<unsigned>(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) |
                              static_cast<unsigned>(AT_RECURSIVE)));
  if (!tree.valid()) return Error::FromErrno(errno, "bind source '" + wish.source + "'");
  return tree;
}

Status MakeReadOnly(int mount_fd, unsigned flags) {
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(mount_fd, "", AT_EMPTY_PATH | flags, &attributes, sizeof(attributes)) != 0) {
    return Error::FromErrno(errno, "mount_setattr");
  }
  return Ok();
}

Status Attach(int root_fd, const Wish& wish, std::vector<dev_t>* absent) {
  if (wish.only_if_there && !OpenInRoot(root_fd, wish.target, O_PATH | O_DIRECTORY).has_value()) {
    return Ok();
  }
  const UniqueFd tree = TRY(TreeOf(wish));
  struct stat st = {};
  if (fstat(tree.get(), &st) != 0) return Error::FromErrno(errno, "fstat");
  if (wish.source.empty()) absent->push_back(st.st_dev);
  if (wish.read_only) TRY(MakeReadOnly(tree.get(), AT_RECURSIVE));
  const PathKind kind = S_ISDIR(st.st_mode) ? PathKind::kDirectory : PathKind::kFile;
  const UniqueFd place = TRY(MakeInRoot(root_fd, wish.target, kind));
  if (move_mount(tree.get(), "", place.get(), "",
                 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
    return Error::FromErrno(errno, "mount on '" + wish.target + "'");
  }
  return Ok();
}

// What is mounted from now on is seen by this process alone.
Status LeaveHostMounts() {
  if (unshare(CLONE_NEWNS) != 0) return Error::FromErrno(errno, "unshare the mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    return Error::FromErrno(errno, "make the mounts private");
  }
  return Ok();
}

// Nothing may reach the RW layer: it becomes the topmost of the read-only layers, and what mount
// points need to be made is made in a tmpfs on top. `spare` is an empty directory for that.
Result<UniqueFd> MountAside(OverlaySpec spec, const std::string& spare) {
  const UniqueFd tmpfs = TRY(NewTmpfs());
  TRY(AttachMount(tmpfs.get(), spare));
  spec.lower_dirs.insert(spec.lower_dirs.begin(), spec.upper_dir);
  spec.upper_dir = spare + "/upper";
  spec.work_dir = spare + "/work";
  for (const std::string& dir : {spec.upper_dir, spec.work_dir})
    TRY(MakeDirs(dir, 0755));
  return MountOverlay(spec);
}

}  // namespace

ContainerRoot::~ContainerRoot() {
  root_.reset();
  if (!mounted_at_.empty()) umount2(mounted_at_.c_str(), MNT_DETACH);
}

Result<ContainerRoot> ContainerRoot::Open(const Store& store, const std::string& reference,
                                          CopyDirection direction) {
  // A container may end between the look at its record and the look at its process; its monitor
  // then needs the lock to say so.
  for (int attempt = 0; attempt < 10; ++attempt) {
    const ContainerRecord record = TRY(FindContainer(store, reference));
    const std::string& id = record.config.id;
    FileLock lock = TRY(LockContainer(store, id));
    const ContainerState state = TRY(ReadContainerState(store, id));
    ContainerRoot root(std::move(lock));
    if (state.state != RunState::kRunning) {
      TRY(root.MountStopped(store, record.config, direction));
      return root;
    }
    const Status entered = root.EnterRunning(state);
    if (entered.has_value()) return root;
    if (entered.error().errno_value() != ESRCH) return entered.error();
    Result<RunWatch> run = RunWatch::Open(store, id);
    { const ContainerRoot released = std::move(root); }
    if (run.has_value()) TRY(run.value().Wait());
  }
  return Error::FromMessage("container " + reference + " does not settle in a state");
}

// The directory in /proc stays that of this one process, also when its number is used again.
Status ContainerRoot::EnterRunning(const ContainerState& state) {
  const std::string path = "/proc/" + std::to_string(state.pid);
  const Result<UniqueFd> process = cowbell::Open(path, O_PATH | O_DIRECTORY);
  const Result<uint64_t> start = ProcessStartTime(state.pid);
  if (!process.has_value() || !start.has_value() || start.value() != state.pid_start) {
    return Error::FromErrno(ESRCH, "process " + std::to_string(state.pid));
  }
  Result<UniqueFd> root = OpenAt(process.value().get(), "root", O_PATH | O_DIRECTORY);
  if (!root.has_value() && root.error().errno_value() == ENOENT) {
    return Error::FromErrno(ESRCH, "process " + std::to_string(state.pid));
  }
  root_ = TRY(std::move(root));
  return Ok();
}

Status ContainerRoot::MountStopped(const Store& store, const ContainerConfig& config,
                                   CopyDirection direction) {
  OverlaySpec spec;
  spec.lower_dirs = ContainerLowerDirs(store, config);
  spec.upper_dir = UpperDir(store, config.id);
  spec.work_dir = WorkDir(store, config.id);
  for (const std::string& dir : {spec.upper_dir, spec.work_dir}) {
    struct stat st = {};
    if (stat(dir.c_str(), &st) == 0) own_directories_.emplace_back(st.st_dev, st.st_ino);
  }
  TRY(LeaveHostMounts());
  const std::string place = store.ContainerDir(config.id) + "/root";
  const bool aside = direction == CopyDirection::kOut && spec.lower_dirs.size() < kMaxLowers &&
                     store.storage().UsesKernelOverlay();
  const UniqueFd mount =
      TRY(aside ? MountAside(spec, spec.work_dir) : MountForWriting(store, config));
  TRY(AttachMount(mount.get(), place));
  mounted_at_ = place;
  root_ = TRY(cowbell::Open(place, O_PATH | O_DIRECTORY));
  for (const Wish& wish : WishesOf(config, direction))
    TRY(Attach(root_.get(), wish, &absent_));
  // The mount alone: what is mounted below it keeps its own mode.
  if (config.read_only_root || direction == CopyDirection::kOut) TRY(MakeReadOnly(root_.get(), 0));
  return Ok();
}

}  // namespace cowbell

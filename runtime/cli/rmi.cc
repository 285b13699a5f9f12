// Removal of images by moby's rules (daemon/images/image_delete.go): what a name and what an ID
// stand for, which conflicts --force overcomes, and when parents of a built image go too.

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/format.h"
#include "runtime/cli/images_ref.h"
#include "runtime/cli/output.h"
#include "runtime/store/containers.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

struct RmiOptions {
  bool force = false;
  bool no_prune = false;
};

bool Uses(const ContainerRecord& container, const std::string& image_id) {
  return container.config.image_id == image_id;
}

// All names belong to one repository with at most one tag.
bool IsSingleReference(const ImageNames& names) {
  if (names.tags.size() + names.digests.size() <= 1) return true;
  if (names.tags.size() > 1) return false;
  const std::string one =
      TakeRefApart(names.tags.empty() ? names.digests[0] : names.tags[0]).repository;
  return std::all_of(names.digests.begin(), names.digests.end(), [&](const std::string& digest) {
    return TakeRefApart(digest).repository == one;
  });
}

class Remover {
 public:
  // Holds the store's lock on images: no container is made of an image that goes.
  static Result<Remover> Create(const Store& store, const RmiOptions& options) {
    FileLock lock = TRY(LockImages(store, FileLock::Mode::kExclusive));
    Remover remover(store, options, std::move(lock));
    remover.containers_ = TRY(ListContainers(store));
    for (const ContainerRecord& container : remover.containers_) {
      if (!container.config.image_id.empty()) continue;
      return Error::FromMessage("the record of container " + ShortId(container.config.id) +
                                " is damaged, so its layers are not known (remove it with rm -f)");
    }
    return remover;
  }

  // Removes one operand; `*out` gets the lines for standard output, also when it fails half-way.
  Status Remove(const std::string& operand, std::string* out) {
    const ImageRecord image = TRY(FindImage(store_, operand));
    const ImageNames names = TRY(NamesOf(store_, image.id));
    if (IsIdPrefix(image.id, operand)) return RemoveById(image, names, out);
    return RemoveByName(operand, image, names, out);
  }

 private:
  Remover(const Store& store, const RmiOptions& options, FileLock lock)
      : store_(store), options_(options), lock_(std::move(lock)) {}

  static bool IsIdPrefix(const std::string& id, const std::string& operand) {
    return ("sha256:" + id).rfind(operand, 0) == 0 || id.rfind(operand, 0) == 0;
  }

  Status RemoveById(const ImageRecord& image, const ImageNames& names, std::string* out) {
    if (IsSingleReference(names)) {
      TRY(CheckConflicts(image, !options_.force, false));
      TRY(UntagAll(names, out));
    }
    return RemoveImage(image, options_.force, false, out);
  }

  Status RemoveByName(const std::string& operand, const ImageRecord& image, const ImageNames& names,
                      std::string* out) {
    if (!options_.force && IsSingleReference(names)) {
      for (const ContainerRecord& container : containers_) {
        if (!Uses(container, image.id)) continue;
        return Error::FromMessage("conflict: unable to remove repository reference \"" + operand +
                                  "\" (must force) - container " + ShortId(container.config.id) +
                                  " is using its referenced image " + ShortId(image.id));
      }
    }
    const std::string ref = TRY(NormalizeRef(operand));
    const ImageName name = TakeRefApart(ref);
    if (name.tag.empty() ||
        std::find(names.tags.begin(), names.tags.end(), ref) == names.tags.end()) {
      TRY(UntagDigest(name, names, out));
    } else {
      TRY(Untag(ref, out));
    }
    // With the last tag of a repository its digests go too: they were kept in the tag's record.
    const ImageNames left = TRY(NamesOf(store_, image.id));
    for (const std::string& digest : names.digests) {
      const bool stays =
          std::find(left.digests.begin(), left.digests.end(), digest) != left.digests.end();
      if (!stays && digest != ref) *out += "Untagged: " + digest + "\n";
    }
    if (!left.tags.empty() || !left.digests.empty()) return Ok();
    return RemoveImage(image, options_.force, true, out);
  }

  Status Untag(const std::string& ref, std::string* out) {
    TRY(RemoveTag(store_, ref));
    *out += "Untagged: " + ref + "\n";
    return Ok();
  }

  // "x@sha256:…": the tags of x that were pulled by this digest lose it; without a tag of its own
  // it is a record itself.
  Status UntagDigest(const ImageName& name, const ImageNames& names, std::string* out) {
    const std::string ref = name.repository + "@" + name.digest;
    if (RemoveTag(store_, ref).has_value()) {
      *out += "Untagged: " + ref + "\n";
      return Ok();
    }
    for (const std::string& tag : names.tags) {
      if (TakeRefApart(tag).repository == name.repository) TRY(Untag(tag, out));
    }
    *out += "Untagged: " + ref + "\n";
    return Ok();
  }

  Status UntagAll(const ImageNames& names, std::string* out) {
    for (const std::string& tag : names.tags)
      TRY(Untag(tag, out));
    for (const std::string& digest : names.digests) {
      const Status removed = RemoveTag(store_, digest);
      if (!removed.has_value() && removed.error().errno_value() != ENOENT) return removed;
      *out += "Untagged: " + digest + "\n";
    }
    return Ok();
  }

  // What forbids the removal. `soft`: also what --force would overcome; `references`: having
  // several names is such a thing.
  Status CheckConflicts(const ImageRecord& image, bool soft, bool references) const {
    const auto conflict = [&](const char* force, const std::string& why) {
      return Error::FromMessage("conflict: unable to delete " + ShortId(image.id) + " (" + force +
                                ") - " + why);
    };
    const std::vector<ImageRecord> images = TRY(ListImageRecords(store_));
    for (const ImageRecord& other : images) {
      if (other.parent == image.id) {
        return conflict("cannot be forced", "image has dependent child images");
      }
    }
    for (const ContainerRecord& container : containers_) {
      if (!Uses(container, image.id) || container.state.state != RunState::kRunning) continue;
      return conflict("cannot be forced",
                      "image is being used by running container " + ShortId(container.config.id));
    }
    if (!soft) return Ok();
    if (references) {
      const std::vector<std::string> tags = TRY(TagsOf(store_, image.id));
      if (!tags.empty()) {
        return conflict("must be forced", "image is referenced in multiple repositories");
      }
    }
    for (const ContainerRecord& container : containers_) {
      if (!Uses(container, image.id)) continue;
      return conflict("must be forced",
                      "image is being used by stopped container " + ShortId(container.config.id));
    }
    return Ok();
  }

  // The image itself. `quiet`: a conflict is no error, the names are gone already and that was it.
  Status RemoveImage(const ImageRecord& image, bool force, bool quiet, std::string* out) {
    const Status allowed = CheckConflicts(image, !force, true);
    if (!allowed.has_value()) return quiet ? Ok() : allowed;
    const ImageNames names = TRY(NamesOf(store_, image.id));
    TRY(UntagAll(names, out));
    std::vector<std::string> layers_in_use;
    for (const ContainerRecord& container : containers_) {
      layers_in_use.insert(layers_in_use.end(), container.config.chain.begin(),
                           container.config.chain.end());
    }
    const std::vector<std::string> gone = TRY(DeleteImage(store_, image.id, layers_in_use));
    for (const std::string& id : gone)
      *out += "Deleted: " + id + "\n";
    if (options_.no_prune || image.parent.empty()) return Ok();
    const Result<ImageRecord> parent = FindImage(store_, "sha256:" + image.parent);
    if (!parent.has_value()) return Ok();
    return RemoveImage(parent.value(), false, true, out);
  }

  const Store& store_;
  const RmiOptions options_;
  FileLock lock_;
  std::vector<ContainerRecord> containers_;
};

}  // namespace

int RmiCommand(const CommandContext& context, const std::vector<std::string>& args) {
  RmiOptions options;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.Bool('f', "force", &options.force, "Force removal of the image");
  flags.Bool('\0', "no-prune", &options.no_prune, "Do not delete untagged parents");
  flags.Operands(1, -1, &operands);
  flags.Example("calf rmi web:1 web:2");
  if (const auto code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  Result<Remover> remover = Remover::Create(store.value(), options);
  if (!remover.has_value()) return DaemonError(remover.error());
  int code = 0;
  for (const std::string& operand : operands) {
    std::string out;
    const Status removed = remover.value().Remove(operand, &out);
    PrintOut(out);
    if (removed.has_value()) continue;
    (void)DaemonError(removed.error());
    if (!options.force || removed.error().errno_value() != ENOENT) code = kExitEngineError;
  }
  return code;
}

}  // namespace cowbell

// What rows about commands ask the engine, typed as a user types it.

#ifndef COWBELL_CONFORMANCE_SUITES_COMMANDS_H_
#define COWBELL_CONFORMANCE_SUITES_COMMANDS_H_

#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "fixtures/image/layer.h"

namespace cowbell::conformance {

// A name for a container that the case makes by hand; the container goes when the case ends.
std::string NewContainerName(Scene& scene, const std::string& stem);

// A reference for an image that the case makes by hand; the image goes when the case ends.
std::string NewImageRef(Scene& scene, const std::string& stem);

// The containers that carry `label`, as `ps` lists them: full IDs in the order printed. `all` adds
// `--all`.
std::vector<std::string> ContainersLabelled(Scene& scene, const std::string& label, bool all);

// Is there an image of this reference or ID?
bool ImageExists(Scene& scene, const std::string& image);

// The ID that `image inspect` reports.
std::string ImageIdOf(Scene& scene, const std::string& image);

// Everything under `.State` (StartedAt and FinishedAt included) as indented JSON with sorted keys:
// equal states are equal texts.
std::string StateOf(Scene& scene, const std::string& container);

// "created", "running", "paused", "exited": the first word of `.State.Status` in lower case.
std::string StatusOf(Scene& scene, const std::string& container);

// Accepts a CommandResult that was refused: with the profile's code for `key` (rc.*), or with any
// code but 0 where the profile has none. A death by signal is no refusal.
::testing::Matcher<const CommandResult&> IsRefusedAs(Scene& scene, const std::string& key);

// An image of the probe's layer and `layers`, with the probe as its program. A label gives it an ID
// that no other image has: `image rm` treats an image with further tags differently.
ImageSpec ProbeImage(Scene& scene, std::vector<std::string> tags, const std::vector<Layer>& layers);

// Writes the images into one archive and calls `load` with it. Images that may come of it are for
// the caller to remove (NewImageRef).
CommandResult LoadArchive(Scene& scene, const std::vector<ImageSpec>& images);

// An image that the engine built or pulled itself. It is not removed with this object: NewImageRef.
class NamedImage : public Image {
 public:
  explicit NamedImage(std::string ref) : ref_(std::move(ref)) {}
  const std::string& ref() const override { return ref_; }

 private:
  std::string ref_;
};

// The whole tree but for what the engine makes for each container: its own files, and the times of
// the directories that it puts them into.
Tree ReadUnmanaged(Scene& scene, Actor& actor);

// Writes a file of this host below the case's directory and returns its path. Parents are made.
std::string HostFile(Scene& scene, const std::string& relative, const std::string& content);

// The content of a file of this host; a missing one is the error.
Result<std::string> ReadHostFile(const std::string& path);

// "13\n" -> "13".
std::string TrimmedOutput(const CommandResult& result);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_COMMANDS_H_

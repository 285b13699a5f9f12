// What commit, export and save are asked to carry, and how the result is looked at.

#ifndef COWBELL_CONFORMANCE_SUITES_COMMITS_H_
#define COWBELL_CONFORMANCE_SUITES_COMMITS_H_

#include <functional>
#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "fixtures/image/layer.h"
#include "fixtures/image/saved_image.h"
#include "fixtures/image/tar_reader.h"

namespace cowbell::conformance {

using Change = std::function<void(Actor&)>;

// Ends the case as `na` for an engine that lacks `capability`.
void NeedCapability(Scene& scene, const std::string& capability);

// A container that may make devices, where the engine has to be asked for that.
ContainerSpec DeviceMaker(Scene& scene);

// The reference of what `container commit` makes of it; a refusal fails the case. The image goes
// when the case ends.
std::string Commit(Scene& scene, const Container& container,
                   const std::vector<std::string>& flags = {});

// A new container of an image that the engine made itself.
Container& CreateFrom(Scene& scene, const std::string& ref, const ContainerSpec& spec = {});

// Everything that a process sees in a start of the container, but for what the engine manages.
Tree WholeTreeOf(Scene& scene, Container& container);
// The same of a new container of the image, which is removed again.
Tree WholeTreeOfImage(Scene& scene, const std::string& ref);

// What every archive of a tree has to carry: times in whole seconds, no attributes, no sockets.
Tree Portable(Tree tree);

// Without what the engine manages, as ReadUnmanaged leaves it out.
Tree WithoutManaged(Scene& scene, Tree tree);

// Makes `change` in a container of an image of `layer`, commits it when it has stopped, and judges
// that a new container of the committed image has the same portable tree. Returns the new
// container's actor, still running, for further questions.
Actor ExpectCommitted(Scene& scene, const Layer& layer, const Change& change);

// `image save` of one image, read; a refusal fails the case.
SavedImage Save(Scene& scene, const std::string& ref);

// Saves the images into one archive, removes them, and loads the archive.
void SaveAndLoadAgain(Scene& scene, const std::vector<std::string>& refs);

// The entries of the layer on top of an image.
std::vector<TarMember> TopLayer(Scene& scene, const std::string& ref);

// "/t/foo" of every entry, in order.
std::vector<std::string> PathsOf(const std::vector<TarMember>& members);

// What `container export` writes; a refusal fails the case.
std::vector<TarMember> Export(Scene& scene, const Container& container);
// As a tree without the probe, what the engine manages, and the root itself, which engines do not
// write. Duplicates and links to what does not
// come before them fail the case.
Tree ExportedTree(Scene& scene, const Container& container);

// The layer tar entry name of a whiteout: "/t/.wh.foo" -> "/t/foo"; empty for all other paths.
std::string WhitedOut(const std::string& path);

// Below /t: something for every kind of change that a tree can be asked to survive, and those
// changes. The containers are made with DeviceMaker.
std::vector<Layer> RoundTripLayers();
void ChangeForRoundTrip(Actor& actor);

// cap_net_bind_service=ep: struct vfs_cap_data of revision 2 (linux/capability.h).
std::string FileCapability();

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_COMMITS_H_

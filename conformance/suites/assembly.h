// Images of given layers, and what a process sees of them.

#ifndef COWBELL_CONFORMANCE_SUITES_ASSEMBLY_H_
#define COWBELL_CONFORMANCE_SUITES_ASSEMBLY_H_

#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "fixtures/image/layer.h"

namespace cowbell::conformance {

// Judges that the subject takes the image, and that a process sees at and below `path` exactly
// what the layer model makes of `layers`, in the first start of a container or in its second.
// A refused image is a failure: the layers are legal. Of the paths in `unlisted`, directories that
// no layer lists, only the type is judged: how they look is the matter of LAY-048.
void ExpectAssembled(Scene& scene, const std::vector<Layer>& layers, When when = When::kLive,
                     const std::string& path = "/t", const std::set<std::string>& unlisted = {});

// The same for layers in an unusual form: a process sees what the layer model makes of `meant`.
void ExpectAssembledAs(Scene& scene, const std::vector<Layer>& layers,
                       const std::vector<Layer>& meant);

// For layers with more than one legal reading: what a process sees is one of `readings` (name ->
// what it means), and the name is recorded as outcome `key`. With kAllowed the subject may say no
// instead ("refused"); that it takes the lowest of the layers alone is seen first.
enum class Refusal { kAllowed, kForbidden };
void ExpectOneReading(Scene& scene, const std::string& key, const std::vector<Layer>& layers,
                      const std::map<std::string, std::vector<Layer>>& readings, Refusal refusal,
                      const std::string& path = "/t");

// Whether the subject said no. A subject that said nothing in time has not: that ends the case as
// an error.
template <typename T>
bool WasRefused(const Result<T>& result) {
  if (result.has_value()) return false;
  if (result.error().errno_value() == ETIMEDOUT) throw SceneError(result.error().ToString());
  return true;
}

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_ASSEMBLY_H_

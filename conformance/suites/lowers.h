// The layers below a container, as they lie on this host.

#ifndef COWBELL_CONFORMANCE_SUITES_LOWERS_H_
#define COWBELL_CONFORMANCE_SUITES_LOWERS_H_

#include <map>
#include <string>

#include "conformance/harness/scene.h"
#include "fixtures/image/tree.h"

namespace cowbell::conformance {

// Directory -> everything below it: data, metadata, xattrs, times of directories.
using LowerTrees = std::map<std::string, Tree>;

// Ends the case as not applicable where the subject cannot say where its layers lie.
LowerTrees ReadLowers(Scene& scene, Container& container);

// Reads the same directories again and judges that they are what they were.
void ExpectLowersUnchanged(const LowerTrees& before);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_LOWERS_H_

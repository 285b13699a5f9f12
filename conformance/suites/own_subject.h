// Subjects that a case makes for itself: the scene's engine or file system again, elsewhere.

#ifndef COWBELL_CONFORMANCE_SUITES_OWN_SUBJECT_H_
#define COWBELL_CONFORMANCE_SUITES_OWN_SUBJECT_H_

#include <memory>
#include <string>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

// The same kind of subject with a store of its own. Ends the case as `na` where an engine cannot be
// given one.
// `work_dir` exists; what the subject keeps goes below it. `store_dir`: where the store lies, for
// several subjects that share one, whose maker removes it with RemovePrivateStore; empty: below
// `work_dir`, gone with the subject. `variable`: "NAME=value" for the environment of an engine that
// passes NAME on.
std::unique_ptr<Subject> OwnSubject(Scene& scene, const std::string& work_dir,
                                    const std::string& store_dir = {},
                                    const std::string& variable = {});

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_OWN_SUBJECT_H_

// Subjects beside the one that a check judges: for rows about where a store may lie.

#ifndef COWBELL_CONFORMANCE_HARNESS_FURTHER_SUBJECT_H_
#define COWBELL_CONFORMANCE_HARNESS_FURTHER_SUBJECT_H_

#include <memory>
#include <string>

#include "fixtures/engine/subject.h"

namespace cowbell::conformance {

// A subject as `profile` says (usually the scene's, changed), with everything of its own, an
// engine's store too, below the existing directory `work_dir`, and with the fault that is planted
// in the scene's. REQUIRES: a case is running. It must go before the case ends.
Result<std::unique_ptr<Subject>> MakeFurtherSubject(const Profile& profile,
                                                    const std::string& work_dir);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_FURTHER_SUBJECT_H_

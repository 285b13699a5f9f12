// ISO-015 beside every COW check: the read-only layers a container stands on are the same after the
// case as before, in content, metadata, xattrs and times.

#ifndef COWBELL_CONFORMANCE_HARNESS_LOWER_GUARD_H_
#define COWBELL_CONFORMANCE_HARNESS_LOWER_GUARD_H_

#include <map>
#include <string>

#include "fixtures/engine/subject.h"
#include "fixtures/image/tree.h"
#include "runtime/base/result.h"

namespace cowbell::conformance {

class LowerGuard {
 public:
  // Reads the lower directories of a container that has not run yet. A subject that cannot name
  // them is not guarded. Errors: a named directory cannot be read.
  Status Watch(Container& container);
  // Differences, one per line; empty: none. A directory that is gone with its image is no
  // difference.
  Result<std::string> Differences() const;

 private:
  std::map<std::string, Tree> before_;
};

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_LOWER_GUARD_H_

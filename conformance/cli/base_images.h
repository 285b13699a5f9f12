// The layer that every image of the suite stands on, loaded into each engine once for a whole run.

#ifndef COWBELL_CONFORMANCE_CLI_BASE_IMAGES_H_
#define COWBELL_CONFORMANCE_CLI_BASE_IMAGES_H_

#include <memory>
#include <vector>

#include "conformance/cli/program.h"
#include "conformance/cli/session.h"
#include "fixtures/engine/subject.h"

namespace cowbell::conformance {

// Keeps one image of the probe's layer in every engine store that several of the checks share, so
// that their own images find that layer there. They are gone with the object, which must go before
// the session is closed. Nothing depends on it: a subject that takes no image says so in its
// checks.
class BaseImages {
 public:
  BaseImages(const Program& program, const Session& session, const std::vector<CheckItem>& items);

 private:
  struct Base {
    std::unique_ptr<Subject> subject;
    std::unique_ptr<Image> image;  // goes first
  };
  std::vector<Base> bases_;
};

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLI_BASE_IMAGES_H_

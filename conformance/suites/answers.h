// Answers of operations that the actor has no function for.

#ifndef COWBELL_CONFORMANCE_SUITES_ANSWERS_H_
#define COWBELL_CONFORMANCE_SUITES_ANSWERS_H_

#include <string>
#include <vector>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

// One value of the answer to an operation; the operation's error is the error.
inline Result<std::string> Ask(Actor& actor, const std::string& operation,
                               std::vector<std::string> args, const std::string& value) {
  const probe::Reply reply = TRY(actor.Do(operation, std::move(args)));
  if (!reply.values.contains(value)) throw SceneError(operation + " answers no '" + value + "'");
  return reply.Get(value);
}

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_ANSWERS_H_

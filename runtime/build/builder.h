// The classic builder: one step per instruction, each on top of the result of the one before, with
// Docker's output. A step whose result an earlier build of the same base has left is not executed
// again.

#ifndef COWBELL_RUNTIME_BUILD_BUILDER_H_
#define COWBELL_RUNTIME_BUILD_BUILDER_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/build/context.h"
#include "runtime/build/dockerfile.h"
#include "runtime/image/config.h"
#include "runtime/store/image_writer.h"

namespace cowbell {

struct BuildOptions {
  std::vector<std::string> tags;                  // normalized
  std::map<std::string, std::string> build_args;  // as given with --build-arg
  std::map<std::string, std::string> labels;
  bool no_cache = false;
  bool quiet = false;                                  // RUN's output is dropped
  std::function<void(const std::string& line)> print;  // gets lines without their end
  // Fetches a base image that the store lacks.
  std::function<Status(const std::string& ref)> pull;
  // Starts a created container, attached, and gives its exit code.
  std::function<Result<int>(const std::string& container_id)> start;
};

// How a build ended: an image, or a RUN that failed.
struct BuildOutcome {
  std::string image_id;     // hex; empty: a RUN failed
  int exit_code = 0;        // of that RUN
  std::string failed_text;  // "The command '/bin/sh -c exit 7' returned a non-zero code: 7"
};

// Builds and tags. Nothing is left of a build that fails, neither images nor containers.
Result<BuildOutcome> BuildImage(const Store& store, const BuildContext& context,
                                const std::vector<Instruction>& instructions,
                                const BuildOptions& options);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_BUILDER_H_

// The instructions that change an image's config alone.

#ifndef COWBELL_RUNTIME_BUILD_CONFIG_STEP_H_
#define COWBELL_RUNTIME_BUILD_CONFIG_STEP_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/build/dockerfile.h"
#include "runtime/image/config.h"

namespace cowbell {

// ENV, LABEL, USER, CMD, ENTRYPOINT, EXPOSE, VOLUME, WORKDIR, STOPSIGNAL, MAINTAINER. Returns the
// step as an image's history tells it: "ENV A=1".
Result<std::string> ApplyConfigInstruction(const Instruction& step, const Variables& variables,
                                           ImageConfig* config);

// ["a","b"]
std::string JsonList(const std::vector<std::string>& list);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_CONFIG_STEP_H_

// Which containers `ps` lists.

#ifndef COWBELL_RUNTIME_CLI_PS_FILTER_H_
#define COWBELL_RUNTIME_CLI_PS_FILTER_H_

#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/filter.h"
#include "runtime/store/containers.h"
#include "runtime/store/layout.h"

namespace cowbell {

struct PsSelection {
  bool all = false;
  int last = -1;  // at most so many, whatever their state; below 0: no limit
  Filters filters;
};

// Those of `records` (newest first) that are asked for, in the same order. Errors: "Invalid filter
// 'bad'", "Invalid filter 'status=bogus'", "no such container x".
Result<std::vector<ContainerRecord>> SelectContainers(const Store& store,
                                                      std::vector<ContainerRecord> records,
                                                      const PsSelection& selection);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_PS_FILTER_H_

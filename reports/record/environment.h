// The host as a run record describes it.

#ifndef COWBELL_REPORTS_RECORD_ENVIRONMENT_H_
#define COWBELL_REPORTS_RECORD_ENVIRONMENT_H_

#include <string>

#include "reports/record/record.h"

namespace cowbell::record {

// Never fails: what cannot be found out stays empty. `work_dir` is where the run does its work; its
// file system is the backing one.
Environment DescribeEnvironment(const std::string& work_dir);

}  // namespace cowbell::record

#endif  // COWBELL_REPORTS_RECORD_ENVIRONMENT_H_

// A run record as JUnit XML, written so that what CI systems really read is there: two levels only,
// classname equal to the suite's name, one failure or error per case with a body that stands alone,
// counts on both levels. A case is red exactly when it makes the run's exit code differ from 0.

#ifndef COWBELL_REPORTS_JUNIT_H_
#define COWBELL_REPORTS_JUNIT_H_

#include <string>

#include "reports/record/record.h"

namespace cowbell {

enum class JunitDialect {
  kCi,      // with file, line, timestamp, assertions and properties of cases
  kStrict,  // valid by the schema junit-10.xsd of Jenkins' xunit plugin
};

// REQUIRES: record::Conclude(run) was called.
std::string JunitXml(const record::RunRecord& run, JunitDialect dialect);

}  // namespace cowbell

#endif  // COWBELL_REPORTS_JUNIT_H_

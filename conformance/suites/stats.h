// What stat(2) says of a file, as values to compare.

#ifndef COWBELL_CONFORMANCE_SUITES_STATS_H_
#define COWBELL_CONFORMANCE_SUITES_STATS_H_

#include <string>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

// All but the identity and ctime as one text, in which a difference is seen at once.
std::string StatText(const FileStat& stat);
Result<std::string> StatTextOf(Actor& actor, const std::string& path);  // of lstat(2)

// "1500000000.123456789".
std::string TimeText(const TimeSpec& time);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_STATS_H_

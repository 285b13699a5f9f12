#include "conformance/cli/program.h"

namespace cowbell::conformance {
void AddExplainCommand(CLI::App&, const Program&, int&) {}
}  // namespace cowbell::conformance

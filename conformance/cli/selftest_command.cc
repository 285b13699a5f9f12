#include "conformance/cli/program.h"

namespace cowbell::conformance {
void AddSelftestCommand(CLI::App&, const Program&, int&) {}
}  // namespace cowbell::conformance

#include "conformance/cli/program.h"

namespace cowbell::conformance {
void AddListCommand(CLI::App&, const Program&, int&) {}
}  // namespace cowbell::conformance

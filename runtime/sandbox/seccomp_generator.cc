// Prints the filter of the default capability set as initialisers of struct sock_filter.

#include <cstdio>

#include "runtime/sandbox/capabilities.h"
#include "runtime/sandbox/seccomp_policy.h"

int main() {
  const auto program = cowbell::BuildSeccompFilter(cowbell::kDefaultCapabilities);
  if (!program.has_value()) {
    std::fprintf(stderr, "seccomp_generator: %s\n", program.error().ToString().c_str());
    return 1;
  }
  for (const sock_filter& i : program.value()) {
    std::printf("{0x%x, %u, %u, 0x%x},\n", static_cast<unsigned>(i.code),
                static_cast<unsigned>(i.jt), static_cast<unsigned>(i.jf), i.k);
  }
  return 0;
}

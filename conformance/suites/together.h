// Several things at the same time.

#ifndef COWBELL_CONFORMANCE_SUITES_TOGETHER_H_
#define COWBELL_CONFORMANCE_SUITES_TOGETHER_H_

#include <cstddef>
#include <functional>

namespace cowbell::conformance {

// Runs body(0) … body(count - 1) in threads that begin together, and waits for all. What a body
// throws is thrown again afterwards (one of them). Bodies touch nothing in common: not the scene,
// but each its own container or actor, and each its own slot of a result.
void Together(size_t count, const std::function<void(size_t)>& body);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_TOGETHER_H_

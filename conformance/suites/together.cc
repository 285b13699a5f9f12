#include "conformance/suites/together.h"

#include <exception>
#include <latch>
#include <thread>
#include <vector>

namespace cowbell::conformance {

void Together(size_t count, const std::function<void(size_t)>& body) {
  std::latch gate(static_cast<std::ptrdiff_t>(count));
  std::vector<std::exception_ptr> thrown(count);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      gate.arrive_and_wait();
      try {
        body(i);
      } catch (...) {
        thrown[i] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (const std::exception_ptr& each : thrown) {
    if (each != nullptr) std::rethrow_exception(each);
  }
}

}  // namespace cowbell::conformance

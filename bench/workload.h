// The workloads: what is timed, on an engine and as bare system calls.

#ifndef COWBELL_BENCH_WORKLOAD_H_
#define COWBELL_BENCH_WORKLOAD_H_

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "fixtures/engine/subject.h"
#include "runtime/base/result.h"

namespace cowbell::bench {

// One operation, ready to be timed again and again.
class Timed {
 public:
  virtual ~Timed() = default;
  // Does it once. The time is that of the commands alone, from start to reaped. Errors: it did not
  // do the work (exit status, with what it printed).
  virtual Result<std::chrono::nanoseconds> Once() = 0;
};

// What the workloads share on one engine.
struct EngineContext {
  Engine& engine;
  std::string image;     // runs the probe with "true"
  std::string work_dir;  // of this engine
  std::string probe_path;
};

// What the floor needs: an unpacked root with the probe in it.
struct FloorContext {
  std::string program;  // cowbell-floor
  std::string lower;
  std::string work_dir;
};

// One row. The factories set the scene and prove that the work is done (an operation that does
// nothing gets no number); errors say what was not as it should be.
struct Workload {
  std::string_view name;
  std::string_view what;
  Result<std::unique_ptr<Timed>> (*on_engine)(EngineContext&);
  Result<std::unique_ptr<Timed>> (*on_floor)(FloorContext&);
};

std::span<const Workload> AllWorkloads();

}  // namespace cowbell::bench

#endif  // COWBELL_BENCH_WORKLOAD_H_

#include "bench/bench.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "bench/workload.h"
#include "fixtures/image/model.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::bench {
namespace {

// Keeps what Google Benchmark measured; prints nothing.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& report) override {
    for (const Run& run : report) {
      if (run.run_type == Run::RT_Iteration) runs_.push_back(run);
    }
  }
  std::vector<Run> Take() { return std::exchange(runs_, {}); }

 private:
  std::vector<Run> runs_;
};

// One subject with what it needs for all workloads.
struct Contestant {
  std::string name;
  std::unique_ptr<Image> image;
  std::unique_ptr<EngineContext> engine;  // nullptr: the floor
  FloorContext floor;
};

struct Entry {
  Series series;
  std::unique_ptr<Timed> timed;
  std::string benchmark_name;
};

Result<std::vector<const Workload*>> Select(const std::vector<std::string>& names) {
  std::vector<const Workload*> selected;
  std::string known;
  for (const Workload& workload : AllWorkloads()) {
    known += (known.empty() ? "" : ", ") + std::string(workload.name);
    if (names.empty() || std::find(names.begin(), names.end(), workload.name) != names.end()) {
      selected.push_back(&workload);
    }
  }
  for (const std::string& name : names) {
    const bool found = std::any_of(selected.begin(), selected.end(),
                                   [&](const Workload* w) { return w->name == name; });
    if (!found) {
      return Error::FromMessage("no workload '" + name + "'; there are " + known);
    }
  }
  return selected;
}

Result<Contestant> MakeFloor(const BenchOptions& options) {
  const Layer layer = TRY(ProbeLayer(options.probe_path));
  const AppliedImage applied = ApplyLayers({layer});
  Contestant floor;
  floor.name = kFloor;
  floor.floor = {.program = options.floor_path,
                 .lower = options.work_dir + "/floor-lower",
                 .work_dir = options.work_dir + "/floor"};
  TRY(MakeDirs(floor.floor.lower));
  TRY(MakeDirs(floor.floor.work_dir));
  TRY(WriteTree(applied.tree, applied.contents, floor.floor.lower));
  return floor;
}

Result<Contestant> MakeContestant(Subject& subject, const BenchOptions& options) {
  const std::string& name = subject.profile().name;
  Engine* engine = subject.engine();
  if (engine == nullptr) {
    return Error::FromMessage("subject '" + name +
                              "' is a file system; the workloads need an engine");
  }
  ImageSpec spec;
  spec.tags = {"localhost/" + engine->run_label() + "/bench:1"};
  const Layer layer = TRY(ProbeLayer(options.probe_path));
  spec.layers = {layer};
  spec.entrypoint = {probe::kProbePath};
  spec.cmd = {"true"};
  Contestant contestant;
  contestant.name = name;
  contestant.image =
      TRY(engine->Load(spec).Within("load the benchmark's image into '" + name + "'"));
  const std::string dir = options.work_dir + "/" + name;
  TRY(MakeDirs(dir));
  contestant.engine =
      std::make_unique<EngineContext>(EngineContext{.engine = *engine,
                                                    .image = contestant.image->ref(),
                                                    .work_dir = dir,
                                                    .probe_path = options.probe_path});
  return contestant;
}

void Register(Entry& entry, int inner) {
  benchmark::RegisterBenchmark(
      entry.benchmark_name.c_str(),
      [&entry, inner](benchmark::State& state) {
        for (auto _ : state) {
          std::vector<double> seconds;
          for (int i = 0; i < inner; ++i) {
            const Result<std::chrono::nanoseconds> once = entry.timed->Once();
            if (!once.has_value()) {
              state.SkipWithError(once.error().ToString().c_str());
              return;
            }
            seconds.push_back(std::chrono::duration<double>(once.value()).count());
          }
          state.SetIterationTime(MedianOf(seconds));
        }
      })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

// One measurement of one entry; false when it failed.
void MeasureOnce(Entry& entry, Collector& collector, bool keep) {
  if (!entry.series.error.empty()) return;
  benchmark::RunSpecifiedBenchmarks(&collector, "^" + entry.benchmark_name + "/");
  const auto runs = collector.Take();
  if (runs.empty()) {
    entry.series.error = "Google Benchmark ran nothing";
    return;
  }
  for (const auto& run : runs) {
    if (run.error_occurred) {
      entry.series.error = run.error_message;
    } else if (keep) {
      entry.series.rounds_ms.push_back(run.real_accumulated_time /
                                       static_cast<double>(run.iterations) * 1e3);
    }
  }
}

void MeasureWorkload(const Workload& workload, std::vector<Contestant>& contestants,
                     const BenchOptions& options, std::vector<Series>& out) {
  std::vector<Entry> entries(contestants.size());
  for (size_t i = 0; i < contestants.size(); ++i) {
    Contestant& contestant = contestants[i];
    Entry& entry = entries[i];
    entry.series.workload = workload.name;
    entry.series.subject = contestant.name;
    entry.benchmark_name = std::string(workload.name) + "/subject:" + contestant.name;
    Result<std::unique_ptr<Timed>> timed = contestant.engine != nullptr
                                               ? workload.on_engine(*contestant.engine)
                                               : workload.on_floor(contestant.floor);
    if (!timed.has_value()) {
      entry.series.error = timed.error().ToString();
      continue;
    }
    entry.timed = std::move(timed).value();
    Register(entry, options.inner);
  }
  Collector collector;
  for (int round = 0; round <= options.rounds; ++round) {
    const bool keep = round > 0;  // the first round warms up
    for (size_t i = 0; i < entries.size(); ++i) {
      const size_t turn = round % 2 == 0 ? i : entries.size() - 1 - i;
      MeasureOnce(entries[turn], collector, keep);
    }
  }
  benchmark::ClearRegisteredBenchmarks();
  for (Entry& entry : entries)
    out.push_back(std::move(entry.series));
}

}  // namespace

double MedianOf(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Status CheckWorkloads(const std::vector<std::string>& names) {
  TRY(Select(names));
  return Ok();
}

Result<BenchResult> RunBench(const BenchOptions& options) {
  const std::vector<const Workload*> workloads = TRY(Select(options.workloads));
  if (options.rounds < 1 || options.inner < 1) {
    return Error::FromMessage("a benchmark needs at least one round and one measurement in it");
  }
  BenchResult result;
  result.session = MakeUlid();
  result.date = NowText();
  result.inner = options.inner;
  std::vector<Contestant> contestants;
  contestants.push_back(TRY(MakeFloor(options)));
  result.subjects.emplace_back(kFloor);
  result.versions.emplace_back();
  for (Subject* subject : options.subjects) {
    result.versions.push_back(TRY(subject->Version()));
    contestants.push_back(TRY(MakeContestant(*subject, options)));
    result.subjects.push_back(contestants.back().name);
  }
  char program[] = "cowbell";
  char* argv[] = {program, nullptr};
  int argc = 1;
  benchmark::Initialize(&argc, argv);
  for (const Workload* workload : workloads) {
    MeasureWorkload(*workload, contestants, options, result.series);
  }
  return result;
}

}  // namespace cowbell::bench

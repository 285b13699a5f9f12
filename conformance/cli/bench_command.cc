#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "bench/bench.h"
#include "conformance/cli/program.h"
#include "conformance/cli/selection.h"
#include "conformance/cli/session.h"
#include "conformance/cli/workspace.h"
#include "reports/record/verdict.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"

namespace cowbell::conformance {
namespace {

struct Options {
  SessionOptions session;
  std::vector<std::string> subjects;
  std::vector<std::string> workloads;
  int rounds = 12;
  int inner = 3;
  bool smoke = false;
  std::string json;
};

// Fewer measurements: enough to see that everything works, not to compare.
constexpr int kSmokeRounds = 5;
constexpr int kSmokeInner = 3;

Result<std::string> FindFloor() {
  const std::string dir = TRY(ProgramDir());
  const std::string path = dir + "/cowbell-floor";
  if (!Exists(path)) return Error::FromMessage("'" + path + "' is missing: build it");
  return path;
}

// One benchmark with everything it made; what is left is removed on every way out.
class Bench {
 public:
  Bench(const Program& program, const Options& options) : program_(program), options_(options) {}

  Result<int> Execute() {
    bench::BenchOptions bench;
    bench.workloads = options_.workloads;
    bench.rounds = options_.smoke ? kSmokeRounds : options_.rounds;
    bench.inner = options_.smoke ? kSmokeInner : options_.inner;
    TRY(bench::CheckWorkloads(options_.workloads));
    session_ = TRY(OpenSession(program_, options_.session));
    const Result<int> code = Measure(bench);
    for (std::unique_ptr<Subject>& subject : subjects_) {
      // The suite's own rule: what cannot be removed is said.
      const auto swept = program_.suite.sweep(*subject, session_.label);
      if (!swept.has_value()) Say(swept.error().ToString());
      subject.reset();
    }
    for (const std::string& left : RemoveWorkDir(session_.work_dir))
      Say(left);
    return code;
  }

 private:
  static void Say(const std::string& text) { std::fprintf(stderr, "cowbell: %s\n", text.c_str()); }

  Result<int> Measure(bench::BenchOptions& bench) {
    std::vector<std::string> names = SplitNames(options_.subjects);
    if (names.empty()) names = program_.default_subjects;
    for (const std::string& name : names) {
      const SubjectPlan plan = TRY(PrepareSubject(program_, session_, name, true, ""));
      if (!plan.record.unavailable.empty()) {
        Say(plan.record.name + ": " + plan.record.unavailable);
        return static_cast<int>(record::kExitHarness);
      }
      SubjectOptions options;
      options.work_dir = session_.work_dir + "/" + plan.profile.name + "/bench";
      options.run_label = session_.label;
      options.probe_path = session_.probe;
      if (plan.profile.always_private) options.store_dir = options.work_dir + "/store";
      TRY(MakeDirs(options.work_dir));
      subjects_.push_back(TRY(program_.suite.make_subject(plan.profile, options)));
      bench.subjects.push_back(subjects_.back().get());
    }
    bench.work_dir = session_.work_dir;
    bench.probe_path = session_.probe;
    bench.floor_path = TRY(FindFloor());
    const bench::BenchResult result = TRY(bench::RunBench(bench));
    std::fputs(bench::FormatTable(result).c_str(), stdout);
    if (!options_.json.empty()) TRY(WriteReport(options_.json, bench::FormatJson(result)));
    for (const bench::Series& series : result.series) {
      if (!series.error.empty()) return static_cast<int>(record::kExitNotConforming);
    }
    return 0;
  }

  const Program& program_;
  const Options& options_;
  Session session_;
  std::vector<std::unique_ptr<Subject>> subjects_;
};

}  // namespace

void AddBenchCommand(CLI::App& app, const Program& program, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("bench", "Time operations of engines beside the bare system calls");
  command
      ->add_option("--subject,--engine", options->subjects,
                   "Engines, by profile name or file [calf]; commas or repeated")
      ->delimiter(',');
  command->add_option("--workload", options->workloads, "Only these workloads; repeated")
      ->delimiter(',');
  command->add_option("--rounds", options->rounds, "Measured rounds; subjects take turns in each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--inner", options->inner, "Measurements in a round; their median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--smoke", options->smoke, "Few rounds: does everything work?");
  command->add_option("--json", options->json, "Write Google Benchmark's JSON to this file");
  command->add_option("--work-dir", options->session.work_dir, "Where it works");
  command->footer(
      "Examples:\n"
      "  cowbell bench                                     calf beside the floor\n"
      "  cowbell bench --engine calf --engine docker       and Docker, interleaved\n"
      "  cowbell bench --workload run-true --json out.json\n"
      "\n"
      "The floor is the bare system calls that any implementation of the operation needs. An\n"
      "operation that does not do its work gets no number, and the exit code is 1.");
  command->callback([options, &program, &exit_code] {
    const Result<int> code = Bench(program, *options).Execute();
    if (code.has_value()) {
      exit_code = code.value();
    } else {
      std::fprintf(stderr, "cowbell: %s\n", code.error().ToString().c_str());
      exit_code = record::kExitUsage;
    }
  });
}

}  // namespace cowbell::conformance

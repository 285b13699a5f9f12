#include <fcntl.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "conformance/cli/base_images.h"
#include "conformance/cli/program.h"
#include "conformance/cli/progress.h"
#include "conformance/cli/selection.h"
#include "conformance/cli/session.h"
#include "conformance/cli/workspace.h"
#include "conformance/expectations/expectations.h"
#include "reports/junit.h"
#include "reports/record/json.h"
#include "reports/record/verdict.h"
#include "reports/terminal.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using record::RunRecord;

struct RunOptions {
  SessionOptions session;
  Selection selection;
  std::vector<std::string> subjects;
  bool subjects_optional = false;  // listed, not asked for: a missing one is blocked
  std::string expectations;
  bool strict = false;
  std::string junit;
  std::string junit_dialect = "ci";
  std::string json;
  std::string fault;
  bool single = false;
};

int Complain(const Program& program, const Error& error, int code) {
  std::fprintf(stderr, "%s: %s\n", program.name.c_str(), error.ToString().c_str());
  return code;
}

// One run from its plan to its reports.
class Run {
 public:
  Run(const Program& program, const RunOptions& options) : program_(program), options_(options) {}

  int Execute() {
    const auto selected = Select(program_.suite.clauses, options_.selection);
    if (!selected.has_value()) {
      return Complain(program_, selected.error(), record::kExitNothingExecuted);
    }
    clauses_ = selected.value();
    Result<Session> opened = OpenSession(program_, options_.session);
    if (!opened.has_value()) return Complain(program_, opened.error(), record::kExitHarness);
    session_ = std::move(opened).value();
    const Status prepared = PrepareSubjects();
    if (!prepared.has_value()) {
      (void)RemoveWorkDir(session_.work_dir);
      return Complain(program_, prepared.error(), record::kExitUsage);
    }
    const Status ran = Judge();
    if (!ran.has_value()) {
      (void)RemoveWorkDir(session_.work_dir);
      return Complain(program_, ran.error(), record::kExitHarness);
    }
    return options_.single ? SingleExitCode() : run_.exit_code;
  }

 private:
  // Everything a user can get wrong is found here, before anything runs.
  Status PrepareSubjects() {
    run_ = NewRecord(program_, session_, session_.options.jobs);
    run_.strict_expectations = options_.strict;
    std::vector<std::string> names = SplitNames(options_.subjects);
    const bool by_name = !names.empty() && !options_.subjects_optional;
    if (names.empty()) names = program_.default_subjects;
    for (const std::string& name : names) {
      SubjectPlan plan = TRY(PrepareSubject(program_, session_, name, by_name, options_.fault));
      for (const record::SubjectRecord& other : run_.subjects) {
        if (other.name == plan.record.name) {
          return Error::FromMessage("the subject '" + other.name + "' is named twice");
        }
      }
      std::vector<Expectation> expected = TRY(LoadExpectations(plan));
      run_.subjects.push_back(plan.record);
      expectations_.push_back(std::move(expected));
      if (!plan.record.unavailable.empty() && by_name) {
        run_.findings.push_back({record::Finding::Kind::kUnavailable, plan.record.name,
                                 "subject is available",
                                 plan.record.name + ": " + plan.record.unavailable});
      }
      PlanSubject(plan);
    }
    return Ok();
  }

  Result<std::vector<Expectation>> LoadExpectations(SubjectPlan& plan) const {
    const std::string path = options_.expectations.empty() ? FindExpectationsFile(plan.profile.name)
                                                           : options_.expectations;
    if (path.empty() || !options_.fault.empty()) return std::vector<Expectation>();
    const std::string text = TRY(ReadFile(path, 16 << 20).Within("expectations"));
    plan.record.expectations_file = path;
    const bool foreign = plan.profile.kind == SubjectKind::kEngine && !plan.profile.always_private;
    return ParseExpectations(text, path, foreign);
  }

  void PlanSubject(const SubjectPlan& plan) {
    if (!plan.record.unavailable.empty()) return;
    for (const Clause* clause : clauses_) {
      PlannedCheck check = PlanCheck(session_, plan, *clause, options_.fault);
      planned_cases_ += check.item ? check.item->cases.size() : 0;
      if (check.item) items_.push_back(std::move(*check.item));
      for (record::CaseResult& result : check.results)
        run_.results.push_back(std::move(result));
    }
  }

  Status Judge() {
    run_dir_ = TRY(MakeRunDir(options_.session.out, session_.id, options_.single));
    TRY(WriteProvisional());
    UniqueFd events =
        TRY(Open(run_dir_ + "/events.jsonl", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644));
    TRY(WriteAll(events.get(), record::EncodeEvent(
                                   {record::Event::Kind::kRunStart, {}, record::EncodeRun(run_)})));
    PrintHeader();
    const auto start = std::chrono::steady_clock::now();
    {
      Progress progress(planned_cases_, VerbosityOf(), Text(), std::move(events),
                        [this](record::CaseResult& result) { JudgeEarly(result); });
      const BaseImages base_images(program_, session_, items_);
      RunOutcome outcome = RunChecks(items_, RunnerOptionsOf(session_), progress);
      for (record::CaseResult& result : outcome.results)
        run_.results.push_back(std::move(result));
      run_.interrupted_by = outcome.interrupted_by;
      progress.Happened({record::Event::Kind::kRunEnd, {}, {}});
      if (progress.log_error() != 0) {
        run_.findings.push_back(
            {record::Finding::Kind::kHarness, "", "the event log is written",
             "cannot write " + run_dir_ + "/events.jsonl: " + ErrnoText(progress.log_error())});
      }
    }
    run_.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return Finish();
  }

  // The verdict a case will have, as far as its expectation can be told now.
  void JudgeEarly(record::CaseResult& result) {
    RunRecord one;
    one.results = {result};
    for (size_t i = 0; i < run_.subjects.size(); ++i) {
      if (run_.subjects[i].name != result.subject) continue;
      record::SubjectRecord subject = run_.subjects[i];
      (void)ApplyExpectations(expectations_[i], run_.started.substr(0, 10), subject, one);
      result = one.results[0];
      record::Judge(result, subject.gate, options_.strict);
    }
  }

  Status Finish() {
    for (size_t i = 0; i < run_.subjects.size(); ++i) {
      if (!run_.subjects[i].unavailable.empty()) continue;
      TRY(ApplyExpectations(expectations_[i], run_.started.substr(0, 10), run_.subjects[i], run_));
    }
    SortResults();
    CloseSession(session_, run_);
    run_.finished = NowText();
    run_.complete = run_.interrupted_by == 0;
    Conclude(run_);
    run_.exit_code = ExitCodeOf(run_);
    TRY(WriteReports());
    std::fputs(SummaryText(run_, ReportsText(), Style()).c_str(), Text());
    std::fflush(Text());
    return Ok();
  }

  // In the order of the plan, not of the end: two runs can be compared line by line.
  void SortResults() {
    const auto key = [this](const record::CaseResult& r) {
      size_t subject = 0;
      while (subject < run_.subjects.size() && run_.subjects[subject].name != r.subject)
        ++subject;
      return std::pair{subject, r.clause};
    };
    std::stable_sort(run_.results.begin(), run_.results.end(),
                     [&](const auto& a, const auto& b) { return key(a) < key(b); });
  }

  // A reader that finds only this knows that the run did not end.
  Status WriteProvisional() {
    RunRecord provisional = run_;
    for (const CheckItem& item : items_) {
      for (record::CaseResult& result :
           ResultsWithout(item, record::CaseStatus::kError, record::kTypeNotRun,
                          "not run: the run has not ended")) {
        provisional.results.push_back(std::move(result));
      }
    }
    Conclude(provisional);
    provisional.exit_code = record::kExitHarness;
    return WriteReport(run_dir_ + "/run.json", record::EncodeRun(provisional));
  }

  Status WriteReports() const {
    const std::string json = record::EncodeRun(run_);
    TRY(WriteReport(run_dir_ + "/run.json", json));
    if (!options_.json.empty()) TRY(WriteReport(options_.json, json));
    const std::string junit = JunitXml(
        run_, options_.junit_dialect == "strict" ? JunitDialect::kStrict : JunitDialect::kCi);
    TRY(WriteReport(run_dir_ + "/junit.xml", junit));
    if (!options_.junit.empty()) TRY(WriteReport(options_.junit, junit));
    return Ok();
  }

  // Standard output belongs to a report that was sent there.
  FILE* Text() const { return options_.junit == "-" || options_.json == "-" ? stderr : stdout; }
  TerminalStyle Style() const {
    TerminalStyle style = StyleFor(fileno(Text()));
    style.program = program_.name;
    return style;
  }

  Verbosity VerbosityOf() const {
    if (options_.session.quiet) return Verbosity::kQuiet;
    return options_.session.verbose ? Verbosity::kVerbose : Verbosity::kNormal;
  }

  std::string ReportsText() const {
    return (options_.single ? run_dir_ : options_.session.out + "/latest") +
           "/{junit.xml,run.json,events.jsonl}";
  }

  void PrintHeader() const {
    std::string subjects;
    for (const record::SubjectRecord& subject : run_.subjects) {
      subjects += "  " + subject.name + (subject.version.empty() ? "" : " " + subject.version) +
                  (subject.unavailable.empty() ? "" : " (not available)");
    }
    std::fprintf(Text(), "%s %s%s  kernel %s  %s  %zu cases of %zu checks, %d jobs  run %s\n",
                 program_.name.c_str(), program_.version.c_str(), subjects.c_str(),
                 run_.environment.kernel.c_str(), run_.environment.backing_fs.c_str(),
                 planned_cases_, items_.size(), run_.jobs, run_.id.c_str());
    for (const std::string& note : run_.notes)
      std::fprintf(Text(), "  note: %s\n", note.c_str());
    std::fflush(Text());
  }

  // The protocol of ctest, automake and meson: 77 skipped, 99 could not judge.
  int SingleExitCode() const {
    const record::Counts counts = record::Count(run_);
    const bool unavailable =
        !run_.subjects.empty() && !run_.subjects[0].unavailable.empty() && run_.subjects[0].by_name;
    if (unavailable || run_.interrupted_by != 0) return run_.exit_code;
    if (run_.exit_code == record::kExitNothingExecuted) return record::kExitSingleSkipped;
    if (run_.exit_code == record::kExitHarness && counts.errors > 0)
      return record::kExitSingleError;
    return run_.exit_code;
  }

  const Program& program_;
  const RunOptions& options_;
  std::vector<const Clause*> clauses_;
  Session session_;
  RunRecord run_;
  std::vector<std::vector<Expectation>> expectations_;  // as run_.subjects
  std::vector<CheckItem> items_;
  size_t planned_cases_ = 0;
  std::string run_dir_;
};

}  // namespace

void AddRunCommand(CLI::App& app, const Program& program, int& exit_code) {
  CLI::App* const command = app.add_subcommand("run", "Judge subjects, clause by clause.");
  auto options = std::make_shared<RunOptions>();
  command
      ->add_option("--subject,--engine", options->subjects,
                   "Name or profile file of an engine or file system; repeat, or a,b")
      ->type_name("NAME|FILE.toml");
  AddSelectionOptions(*command, options->selection);
  AddSessionOptions(*command, options->session);
  command->add_option("--expectations", options->expectations, "Known failures (TOML)")
      ->type_name("FILE");
  command->add_flag("--strict-expectations", options->strict,
                    "Unexpected passes, unused and expired expectations fail the run");
  command->add_option("--junit", options->junit, "JUnit XML here too, - for standard output")
      ->type_name("FILE");
  command->add_option("--junit-dialect", options->junit_dialect, "ci [default] or strict")
      ->check(CLI::IsMember({"ci", "strict"}));
  command->add_option("--json", options->json, "Run record here too, - for standard output")
      ->type_name("FILE");
  command->add_option("--mutant", options->fault, "Plant this fault in the subject")
      ->type_name("FAULT");
  command->add_flag("--single", options->single, "For ctest: results straight in --out, 77 and 99");
  command->add_flag("--subjects-optional", options->subjects_optional,
                    "A subject that is missing is blocked, not an error");
  command->footer(
      "Examples:\n"
      "  cowbell run --subject overlayfs --clause 'COW-0*' -v\n"
      "  cowbell run --engine docker,podman --area LIF --junit out/junit.xml\n"
      "  cowbell run --clause COW-058 --keep --timeout 120");
  command->callback(
      [options, &program, &exit_code] { exit_code = Run(program, *options).Execute(); });
}

}  // namespace cowbell::conformance

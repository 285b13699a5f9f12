#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>

#include "conformance/cli/base_images.h"
#include "conformance/cli/program.h"
#include "conformance/cli/progress.h"
#include "conformance/cli/selection.h"
#include "conformance/cli/session.h"
#include "conformance/cli/workspace.h"
#include "conformance/mutants/kill_matrix.h"
#include "reports/record/verdict.h"
#include "reports/terminal.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

struct SelftestOptions {
  SessionOptions session;
  Selection selection;
  std::vector<std::string> mutants;
};

class Selftest {
 public:
  Selftest(const Program& program, const SelftestOptions& options)
      : program_(program), options_(options) {}

  int Execute() {
    const Status chosen = ChooseMutants();
    if (!chosen.has_value()) return Complain(chosen.error(), record::kExitNothingExecuted);
    Result<Session> opened = OpenSession(program_, options_.session);
    if (!opened.has_value()) return Complain(opened.error(), record::kExitHarness);
    session_ = std::move(opened).value();
    const Status ran = Run();
    if (!ran.has_value()) {
      (void)RemoveWorkDir(session_.work_dir);
      return Complain(ran.error(), record::kExitHarness);
    }
    return exit_code_;
  }

 private:
  int Complain(const Error& error, int code) const {
    std::fprintf(stderr, "%s: %s\n", program_.name.c_str(), error.ToString().c_str());
    return code;
  }

  // Rows named by --mutant, and of those the ones that claim a selected clause.
  Status ChooseMutants() {
    const auto selected = TRY(Select(program_.suite.clauses, options_.selection));
    for (const Clause* clause : selected)
      selected_.insert(std::string(clause->id));
    const std::vector<std::string> names = SplitNames(options_.mutants);
    for (const std::string& name : names) {
      if (std::none_of(program_.mutants.begin(), program_.mutants.end(),
                       [&](const Mutant& mutant) { return mutant.id == name; })) {
        return Error::FromMessage("no mutant '" + name + "'; see `" + program_.name + " selftest`");
      }
    }
    for (const Mutant& mutant : program_.mutants) {
      const bool named =
          names.empty() || std::find(names.begin(), names.end(), mutant.id) != names.end();
      const std::vector<std::string> claims = Words(mutant.claims);
      for (const std::string& claim : claims) {
        if (FindIn(claim) == nullptr) {
          return Error::FromMessage("mutant '" + std::string(mutant.id) + "' claims '" + claim +
                                    "', which is no clause");
        }
      }
      const bool wanted = std::any_of(claims.begin(), claims.end(), [&](const std::string& claim) {
        return selected_.contains(claim);
      });
      if (named && wanted) mutants_.push_back(mutant);
    }
    if (mutants_.empty()) return Error::FromMessage("no mutant is selected");
    complete_ = names.empty() && options_.selection.clauses.empty() &&
                options_.selection.areas.empty() && options_.selection.levels.empty();
    return Ok();
  }

  const Clause* FindIn(const std::string& id) const {
    for (const Clause& clause : program_.suite.clauses) {
      if (clause.id == id) return &clause;
    }
    return nullptr;
  }

  Status Plan() {
    std::set<std::array<std::string, 3>> planned;
    const auto plan = [&](const SubjectPlan& subject, const std::string& fault,
                          const std::string& clause) {
      if (!planned.insert({subject.record.name, fault, clause}).second) return;
      PlannedCheck check = PlanCheck(session_, subject, *FindIn(clause), fault);
      if (check.item) cases_ += check.item->cases.size();
      if (check.item) items_.push_back(std::move(*check.item));
      for (record::CaseResult& result : check.results)
        results_.push_back(std::move(result));
    };
    for (const Mutant& mutant : mutants_) {
      const SubjectPlan& subject = TRY(SubjectOf(std::string(mutant.subject))).get();
      for (const std::string& clause : Words(mutant.claims)) {
        plan(subject, "", clause);
        plan(subject, std::string(mutant.fault), clause);
      }
    }
    return Ok();
  }

  Result<std::reference_wrapper<const SubjectPlan>> SubjectOf(const std::string& name) {
    for (const auto& subject : subjects_) {
      if (subject->record.name == name) return std::cref(*subject);
    }
    SubjectPlan plan = TRY(PrepareSubject(program_, session_, name, true, ""));
    if (!plan.record.unavailable.empty()) {
      return Error::FromMessage(name + ": " + plan.record.unavailable);
    }
    subjects_.push_back(std::make_unique<SubjectPlan>(std::move(plan)));
    return std::cref(*subjects_.back());
  }

  Status Run() {
    TRY(Plan());
    const std::string dir = TRY(MakeRunDir(options_.session.out, session_.id, true));
    {
      Progress progress(cases_, VerbosityOf(), stdout, UniqueFd(), [](record::CaseResult& result) {
        // A mutant that fails is what is wanted; only trouble is shown in red.
        record::Judge(result, "should", false);
        if (!result.fault.empty()) {
          result.gates = result.status != record::CaseStatus::kFail &&
                         result.status != record::CaseStatus::kPass;
        }
      });
      const BaseImages base_images(program_, session_, items_);
      RunOutcome outcome = RunChecks(items_, RunnerOptionsOf(session_), progress);
      interrupted_ = outcome.interrupted_by;
      for (record::CaseResult& result : outcome.results)
        results_.push_back(std::move(result));
    }
    record::RunRecord leftovers;
    CloseSession(session_, leftovers);
    SelftestOutcome outcome = JudgeMutants(mutants_, results_, Provable(), complete_);
    for (const record::Finding& finding : leftovers.findings)
      outcome.problems.push_back(finding.message);
    if (!leftovers.findings.empty()) outcome.exit_code = record::kExitNotConforming;
    TRY(WriteReport(dir + "/selftest.json", SelftestJson(outcome)));
    std::fputs(SelftestText(outcome).c_str(), stdout);
    std::printf(" report: %s/selftest.json\n", dir.c_str());
    exit_code_ = interrupted_ != 0 ? 128 + interrupted_ : outcome.exit_code;
    return Ok();
  }

  // Clauses that can be asked of one of the subjects that the suite judges by default.
  std::vector<const Clause*> Provable() const {
    std::vector<Profile> profiles;
    for (const std::string& name : program_.default_ctest_subjects) {
      Result<Profile> profile = program_.suite.find_profile(name);
      if (profile.has_value()) profiles.push_back(std::move(profile).value());
    }
    std::vector<const Clause*> provable;
    for (const Clause& clause : program_.suite.clauses) {
      const bool applies = std::any_of(
          profiles.begin(), profiles.end(),
          [&](const Profile& profile) { return NotApplicableReason(clause, profile).empty(); });
      if (applies && selected_.contains(std::string(clause.id))) provable.push_back(&clause);
    }
    return provable;
  }

  Verbosity VerbosityOf() const {
    if (options_.session.quiet) return Verbosity::kQuiet;
    return options_.session.verbose ? Verbosity::kVerbose : Verbosity::kNormal;
  }

  const Program& program_;
  const SelftestOptions& options_;
  std::set<std::string> selected_;
  std::vector<Mutant> mutants_;
  bool complete_ = false;  // the whole suite: every MUST is to be proven
  Session session_;
  std::vector<std::unique_ptr<SubjectPlan>> subjects_;
  std::vector<CheckItem> items_;
  std::vector<record::CaseResult> results_;
  size_t cases_ = 0;
  int interrupted_ = 0;
  int exit_code_ = record::kExitHarness;
};

}  // namespace

void AddSelftestCommand(CLI::App& app, const Program& program, int& exit_code) {
  CLI::App* const command = app.add_subcommand(
      "selftest", "Judge broken subjects: does the suite tell them from whole ones?");
  auto options = std::make_shared<SelftestOptions>();
  options->session.out = "cowbell-out/selftest";
  command->add_option("--mutant", options->mutants, "Row of the table; repeat, or a,b [all]")
      ->type_name("ID");
  AddSelectionOptions(*command, options->selection);
  AddSessionOptions(*command, options->session);
  command->footer("Examples:\n  cowbell selftest -j 2\n  cowbell selftest --area COW");
  command->callback(
      [options, &program, &exit_code] { exit_code = Selftest(program, *options).Execute(); });
}

}  // namespace cowbell::conformance

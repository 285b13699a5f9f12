#include "conformance/cli/session.h"

#include <signal.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <climits>
#include <cstdlib>

#include "conformance/cli/workspace.h"
#include "reports/record/environment.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr double kDeadline = 30;
constexpr double kSlowDeadline = 300;
constexpr int kMostJobs = 4;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// Without the ':' of "probe:NAME": engines report lower directories separated by it.
std::string StoreDirOf(const Session& session, const Profile& profile, std::string fault) {
  if (!profile.always_private) return {};
  std::replace(fault.begin(), fault.end(), ':', '-');
  return session.work_dir + "/" + profile.name + "/store" + (fault.empty() ? "" : "-" + fault);
}

// Decides availability: the subject is made, and answers. Errors: it does not take the fault.
Status AskSubject(const Program& program, const Session& session, const std::string& fault,
                  SubjectPlan& plan) {
  SubjectOptions options;
  options.work_dir = session.work_dir + "/" + plan.profile.name + "/ask";
  options.run_label = session.label + "-ask";
  options.probe_path = session.probe;
  options.store_dir = StoreDirOf(session, plan.profile, fault);
  const auto unavailable = [&](const Error& error) {
    plan.record.unavailable = error.ToString();
    return Ok();
  };
  const Status made = MakeDirs(options.work_dir);
  if (!made.has_value()) return unavailable(made.error());
  Result<std::unique_ptr<Subject>> subject = program.suite.make_subject(plan.profile, options);
  if (!subject.has_value()) return unavailable(subject.error());
  const Result<std::string> version = subject.value()->Version();
  if (!version.has_value()) return unavailable(version.error());
  plan.record.version = Sanitize(Trim(version.value()));
  if (fault.empty()) return Ok();
  (void)TRY(program.suite.plant_fault(std::move(subject).value(), fault));
  return Ok();
}

// As the user typed it.
std::vector<std::string> OwnArguments() {
  const Result<std::string> text = ReadFile("/proc/self/cmdline");
  if (!text.has_value()) return {};
  std::vector<std::string> words = Split(text.value(), '\0');
  if (!words.empty()) words.pop_back();
  return words;
}

// Equal for equal requirements: what was judged, whatever the program's version says.
std::string HashOfClauses(std::span<const Clause> clauses) {
  Sha256 hash;
  for (const Clause& clause : clauses) {
    hash.Update(clause.id);
    hash.Update(ToString(clause.level));
    hash.Update(clause.sentence);
    hash.Update("\n");
  }
  return hash.HexDigest();
}

}  // namespace

void AddSessionOptions(CLI::App& command, SessionOptions& options) {
  command.add_option("-j,--jobs", options.jobs, "Checks at a time [processors, at most 4]")
      ->check(CLI::Range(1, 64));
  command.add_option("--timeout", options.timeout_s, "Seconds for one case [30; slow ones 300]")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--work-dir", options.work_dir, "Where checks work [TMPDIR, /tmp or /var/tmp]")
      ->type_name("DIR");
  command.add_option("--out", options.out, "Where results go [cowbell-out]")->type_name("DIR");
  command.add_flag("--keep", options.keep, "Leave the working directory for a look at it");
  command.add_flag("--allow-hostile", options.allow_hostile,
                   "Load dangerous archives into engines that others use too");
  CLI::Option* const verbose =
      command.add_flag("-v,--verbose", options.verbose, "Every case, with what it did");
  command.add_flag("-q,--quiet", options.quiet, "Only failures and the summary")->excludes(verbose);
}

Result<Session> OpenSession(const Program& program, const SessionOptions& options) {
  TRY(CheckCases(program.suite));
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  Session session;
  session.options = options;
  if (session.options.jobs == 0) {
    session.options.jobs =
        std::clamp(static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), 1, kMostJobs);
  }
  session.id = MakeUlid();
  session.label = "cowbell-" + Lower(session.id);
  session.probe = TRY(FindProbe());
  const WorkDir work = TRY(MakeWorkDir(options.work_dir, session.label));
  session.work_dir = work.path;
  if (!work.note.empty()) session.notes.push_back(work.note);
  return session;
}

void CloseSession(const Session& session, record::RunRecord& run) {
  if (session.options.keep) {
    run.notes.push_back("the working directory was kept: " + session.work_dir);
    return;
  }
  for (const std::string& line : RemoveWorkDir(session.work_dir)) {
    run.findings.push_back({record::Finding::Kind::kHarness, "", "the run leaves nothing behind",
                            "left behind by the run: " + line});
  }
}

Result<SubjectPlan> PrepareSubject(const Program& program, const Session& session,
                                   const std::string& name_or_path, bool by_name,
                                   const std::string& fault) {
  SubjectPlan plan;
  // A file named without a slash is still a file.
  plan.profile_name = name_or_path.ends_with(".toml") && name_or_path.find('/') == std::string::npos
                          ? "./" + name_or_path
                          : name_or_path;
  plan.profile = TRY(program.suite.find_profile(plan.profile_name));
  if (plan.profile_name.find('/') != std::string::npos) {
    // Checks have working directories of their own.
    char resolved[PATH_MAX];
    if (realpath(plan.profile_name.c_str(), resolved) != nullptr) plan.profile_name = resolved;
  }
  record::SubjectRecord& record = plan.record;
  record.name = plan.profile.name;
  record.kind = plan.profile.kind == SubjectKind::kEngine ? "engine" : "file-system";
  record.driver = plan.profile.driver;
  record.profile = plan.profile.path;
  if (plan.profile_name != plan.profile.name) record.word = plan.profile_name;
  record.gate = plan.profile.gate == Gate::kShould ? "should" : "must";
  record.capabilities.assign(plan.profile.capabilities.begin(), plan.profile.capabilities.end());
  record.by_name = by_name;
  TRY(AskSubject(program, session, fault, plan));
  return plan;
}

std::chrono::milliseconds DeadlineOf(const Clause& clause, double timeout_s) {
  const double seconds =
      timeout_s > 0 ? timeout_s : (HasLabel(clause, "slow") ? kSlowDeadline : kDeadline);
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

PlannedCheck PlanCheck(const Session& session, const SubjectPlan& subject, const Clause& clause,
                       const std::string& fault) {
  CheckItem item;
  item.clause = &clause;
  item.cases = CasesOf(clause.id);
  item.subject = subject.record.name;
  item.profile = subject.profile_name;
  item.fault = fault;
  item.store_dir = StoreDirOf(session, subject.profile, fault);
  item.deadline = DeadlineOf(clause, session.options.timeout_s);
  const bool wants_private = HasLabel(clause, "private");
  item.private_store = wants_private && !subject.profile.private_store.empty();
  item.exclusive = HasLabel(clause, "exclusive") || (wants_private && !item.private_store);
  const auto without = [&](record::CaseStatus status, std::string_view type,
                           const std::string& message) {
    return PlannedCheck{std::nullopt, ResultsWithout(item, status, type, message)};
  };
  if (const std::string reason = NotApplicableReason(clause, subject.profile); !reason.empty()) {
    return without(record::CaseStatus::kSkippedNotApplicable, record::kTypeNotApplicable, reason);
  }
  const bool shared =
      subject.profile.kind == SubjectKind::kEngine && !subject.profile.always_private;
  if (HasLabel(clause, "hostile") && shared && !session.options.allow_hostile) {
    return without(record::CaseStatus::kSkippedBlocked, record::kTypeBlocked,
                   "loads a dangerous archive into an engine that others may use: needs "
                   "--allow-hostile");
  }
  if (item.cases.empty()) {
    return without(record::CaseStatus::kError, record::kTypeNotRun,
                   "the suite has no check for this clause");
  }
  return {std::move(item), {}};
}

record::RunRecord NewRecord(const Program& program, const Session& session, int jobs) {
  record::RunRecord run;
  run.id = session.id;
  run.suite_version = program.version;
  run.clauses_sha256 = HashOfClauses(program.suite.clauses);
  run.started = NowText();
  run.argv = OwnArguments();
  run.jobs = jobs;
  run.environment = record::DescribeEnvironment(session.work_dir);
  run.notes = session.notes;
  return run;
}

RunnerOptions RunnerOptionsOf(const Session& session) {
  return {.jobs = session.options.jobs,
          .work_dir = session.work_dir,
          .run_label = session.label,
          .probe_path = session.probe,
          .keep = session.options.keep};
}

}  // namespace cowbell::conformance

#include "conformance/harness/check.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "conformance/harness/case_context.h"
#include "conformance/harness/event_listener.h"
#include "conformance/harness/leftovers.h"
#include "conformance/harness/volume.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using std::chrono::milliseconds;
using Kind = record::Event::Kind;

// How long processes of an ended check may take to vanish by themselves.
constexpr milliseconds kVanishTime{5'000};
constexpr milliseconds kKillTime{10'000};
constexpr size_t kNamedFiles = 5;

const Clause* FindClauseOf(const Suite& suite, const std::string& id) {
  const auto it = std::find_if(suite.clauses.begin(), suite.clauses.end(),
                               [&](const Clause& clause) { return clause.id == id; });
  return it != suite.clauses.end() ? &*it : nullptr;
}

Result<std::unique_ptr<Subject>> MakeWithFault(const Suite& suite, const std::string& fault,
                                               const Profile& profile,
                                               const SubjectOptions& options) {
  std::unique_ptr<Subject> subject = TRY(suite.make_subject(profile, options));
  if (fault.empty()) return subject;
  return suite.plant_fault(std::move(subject), fault);
}

Result<std::unique_ptr<Subject>> MakeSubjectOf(const Suite& suite, const CheckPlan& plan,
                                               const std::string& fault) {
  Profile profile = TRY(suite.find_profile(plan.subject));
  SubjectOptions options;
  options.work_dir = SubjectDir(plan.work_dir);
  TRY(MakeDirs(options.work_dir, 0755));
  options.run_label = plan.run_label;
  options.probe_path = plan.probe_path;
  options.deadline = plan.deadline;
  options.private_store = plan.private_store;
  if (!plan.private_store) options.store_dir = plan.store_dir;
  return MakeWithFault(suite, fault, profile, options);
}

// The judge: runs the cases of the clause and returns when all have been reported.
int Judge(const Suite& suite, const CheckPlan& plan, const Clause& clause) {
  Result<std::unique_ptr<Subject>> made = MakeSubjectOf(suite, plan, plan.fault);
  if (!made.has_value()) {
    (void)WriteAll(STDERR_FILENO, "cannot make the subject: " + made.error().ToString() + "\n");
    return 1;
  }
  std::unique_ptr<Subject> subject = std::move(made).value();
  CaseContext context{.clause = &clause,
                      .subject = subject.get(),
                      .work_dir = plan.work_dir,
                      .run_label = plan.run_label,
                      .probe_path = plan.probe_path,
                      .make_subject = [&](const Profile& profile, const SubjectOptions& options) {
                        return MakeWithFault(suite, plan.fault, profile, options);
                      }};
  SetCaseContext(&context);
  std::string filter;
  for (const CaseInfo& each : CasesOf(clause.id))
    filter += (filter.empty() ? "" : ":") + each.gtest_name;
  GTEST_FLAG_SET(filter, filter);
  GTEST_FLAG_SET(also_run_disabled_tests, true);
  // Owned by GoogleTest.
  ::testing::UnitTest::GetInstance()->listeners().Append(new EventListener(clause, plan.event_fd));
  const int found = RUN_ALL_TESTS();  // has been sent case by case
  (void)found;
  SetCaseContext(nullptr);
  return 0;
}

// What the engine still holds under the check's label goes away, and is told.
void SweepEngine(const Suite& suite, const CheckPlan& plan) {
  Result<std::unique_ptr<Subject>> subject = MakeSubjectOf(suite, plan, {});
  if (!subject.has_value() || subject.value()->engine() == nullptr) return;
  const auto removed = suite.sweep(*subject.value(), plan.run_label);
  if (!removed.has_value()) {
    SendEvent(plan.event_fd,
              {Kind::kUnswept, {}, "cannot look for leftovers: " + removed.error().ToString()});
    return;
  }
  for (const std::string& line : removed.value())
    SendEvent(plan.event_fd, {Kind::kLeak, {}, line});
}

class Keeper {
 public:
  Keeper(const CheckPlan& plan, const Clause& clause) : plan_(plan), clause_(clause) {}

  // Signals are waited for, never handled; SIGTERM is the runner's word that time is up.
  Status Prepare() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP})
      sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
      return Error::FromErrno(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
    }
    if (fcntl(plan_.event_fd, F_SETFD, FD_CLOEXEC) != 0) {
      return Error::FromErrno(errno, "event descriptor " + std::to_string(plan_.event_fd));
    }
    // A user without the right to mount can leave no mounts either.
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
      return Error::FromErrno(errno, "make '/' a slave mount");
    }
    // Goes with this namespace.
    if (HasLabel(clause_, kVolumeLabel)) TRY(MountVolume(SubjectDir(plan_.work_dir)));
    for (const Mount& mount : TRY(ReadMounts()))
      mounts_before_.insert(mount.id);
    return Ok();
  }

  // Runs `body` in a child; returns its wait status, or nothing when it had to be killed.
  std::optional<int> RunChild(const std::function<int()>& body) {
    fflush(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      setpgid(0, 0);
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      const int code = body();
      fflush(nullptr);
      _exit(code);
    }
    if (pid < 0) return std::nullopt;
    return Await(pid);
  }

  // Reports what is left of the check, and removes it.
  void CleanUp(const Suite& suite, bool orderly) {
    if (!AwaitChildren(orderly ? kVanishTime : milliseconds(0))) {
      for (const pid_t pid : DescendantsOf(getpid()))
        Leak("process " + DescribeProcess(pid));
    }
    if (!KillDescendants(kKillTime)) Leak("a process that cannot be killed");
    if (!plan_.private_store) {
      (void)RunChild([&] {
        SweepEngine(suite, plan_);
        return 0;
      });
      (void)KillDescendants(kKillTime);
    }
    LookAtMounts();
    for (const std::string& line : DetachLoopsBelow(plan_.work_dir))
      Leak(line);
    // Temporary files of foreign programs and a store of the check's own go with the directory.
    std::set<std::string> except = {"tmp"};
    if (plan_.private_store) except.insert("subject");
    for (const std::string& path : FilesBelow(plan_.work_dir, except, kNamedFiles))
      Leak("file '" + path + "'");
  }

 private:
  void Leak(const std::string& what) { SendEvent(plan_.event_fd, {Kind::kLeak, {}, what}); }

  std::optional<int> Await(pid_t pid) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP})
      sigaddset(&set, signal);
    while (true) {
      // Other children are the check's orphans: reaped here too.
      int status = 0;
      const pid_t ended = waitpid(-1, &status, WNOHANG | __WALL);
      if (ended == pid) return status;
      if (ended > 0) continue;
      const int signal = sigwaitinfo(&set, nullptr);
      if (signal != SIGTERM && signal != SIGINT && signal != SIGHUP) continue;
      kill(-pid, SIGTERM);
      (void)KillDescendants(kKillTime);
      return std::nullopt;
    }
  }

  void LookAtMounts() {
    const Result<std::vector<Mount>> mounts = ReadMounts();
    if (!mounts.has_value()) return Leak(mounts.error().ToString());
    for (auto it = mounts.value().rbegin(); it != mounts.value().rend(); ++it) {
      if (mounts_before_.contains(it->id)) continue;
      // What others mount meanwhile arrives here too, and a shared engine without a daemon (Podman)
      // binds its store to its own place for as long as somebody uses it.
      const bool elsewhere = !LiesBelow(it->point, plan_.work_dir);
      if (elsewhere && (it->received || it->on_itself)) continue;
      Leak("mount of " + it->type + " on '" + it->point + "'");
      umount2(it->point.c_str(), MNT_DETACH);
    }
  }

  const CheckPlan& plan_;
  const Clause& clause_;
  std::set<std::string> mounts_before_;
};

std::string DescribeEnd(const std::optional<int>& status) {
  if (!status) return "killed";
  if (WIFSIGNALED(*status)) return ExitStatus{true, WTERMSIG(*status)}.ToString();
  return ExitStatus{false, WEXITSTATUS(*status)}.ToString();
}

}  // namespace

int RunCheck(const Suite& suite, const CheckPlan& plan) {
  const Clause* const clause = FindClauseOf(suite, plan.clause);
  if (clause == nullptr) {
    (void)WriteAll(STDERR_FILENO, "no clause '" + plan.clause + "'\n");
    return 2;
  }
  Keeper keeper(plan, *clause);
  if (const Status ready = keeper.Prepare(); !ready.has_value()) {
    (void)WriteAll(STDERR_FILENO, "cannot prepare the check: " + ready.error().ToString() + "\n");
    return 4;
  }
  const std::optional<int> status = keeper.RunChild([&] { return Judge(suite, plan, *clause); });
  const bool orderly = status && WIFEXITED(*status);
  keeper.CleanUp(suite, orderly);
  SendEvent(plan.event_fd, {Kind::kCheckEnd, {}, DescribeEnd(status)});
  return orderly && WEXITSTATUS(*status) == 0 ? 0 : 1;
}

}  // namespace cowbell::conformance

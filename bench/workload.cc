#include "bench/workload.h"

#include <functional>
#include <utility>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/text.h"

namespace cowbell::bench {
namespace {

using std::chrono::nanoseconds;
using Words = std::vector<std::string>;
using TimedResult = Result<std::unique_ptr<Timed>>;

constexpr size_t kCopyBytes = 1024;

// An operation given as a function, and what to undo when it is no longer timed.
class TimedFunction : public Timed {
 public:
  explicit TimedFunction(std::function<Result<nanoseconds>()> once,
                         std::function<void()> undo = nullptr)
      : once_(std::move(once)), undo_(std::move(undo)) {}
  ~TimedFunction() override {
    if (undo_) undo_();
  }
  Result<nanoseconds> Once() override { return once_(); }

 private:
  std::function<Result<nanoseconds>()> once_;
  std::function<void()> undo_;
};

Result<CommandResult> Checked(Result<CommandResult> result, const Words& words, int expected = 0) {
  if (!result.has_value()) return result;
  const CommandResult& command = result.value();
  if (command.status.signalled || command.status.value != expected) {
    return Error::FromMessage("'" + ShellJoin(words) + "' ended with " + command.status.ToString() +
                              ", expected exit code " + std::to_string(expected) + ": " +
                              Sanitize(Trim(command.err), 500));
  }
  return result;
}

Result<CommandResult> Call(Engine& engine, const Words& words, int expected = 0) {
  return Checked(engine.Call(words), words, expected);
}

Result<CommandResult> Floor(const FloorContext& context, Words words, int expected = 0) {
  words.insert(words.begin(), context.program);
  return Checked(RunCommand(words), words, expected);
}

std::string Label(const Engine& engine) { return "cowbell.run=" + engine.run_label(); }

std::string FreshName(const Engine& engine) {
  return engine.run_label() + "-bench-" + RandomHex(6);
}

std::function<void()> RemoveAtEnd(Engine& engine, std::string name) {
  return [&engine, name = std::move(name)] {
    // Best effort: what stays is found by the leak check and by `cowbell gc`.
    (void)engine.Call({"rm", "-f", name}).has_value();
  };
}

Words Create(const EngineContext& context, const std::string& name, Words command = {}) {
  Words words = {"create", "--name", name, "--label", Label(context.engine), context.image};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

// --- run --rm of a program that does nothing ---

TimedResult RunTrueOnEngine(EngineContext& context) {
  Words words = {"run", "--rm", "--label", Label(context.engine), context.image};
  Words proof = words;
  proof.insert(proof.end(), {"exit", "7"});
  TRY(Call(context.engine, proof, 7).Within("the container's exit code does not come through"));
  return std::make_unique<TimedFunction>(
      [&engine = context.engine, words]() -> Result<nanoseconds> {
        const CommandResult result = TRY(Call(engine, words));
        return result.duration;
      });
}

TimedResult RunTrueOnFloor(FloorContext& context) {
  const auto words = [&context](Words command) {
    Words all = {"run", context.lower, context.work_dir + "/run", "/.cowbell/probe"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  };
  TRY(Floor(context, words({"exit", "7"}), 7));
  return std::make_unique<TimedFunction>(
      [&context, timed = words({"true"})]() -> Result<nanoseconds> {
        const CommandResult result = TRY(Floor(context, timed));
        return result.duration;
      });
}

// --- create and rm ---

TimedResult CreateRmOnEngine(EngineContext& context) {
  const auto once = [&context]() -> Result<nanoseconds> {
    const std::string name = FreshName(context.engine);
    const CommandResult created = TRY(Call(context.engine, Create(context, name)));
    const CommandResult removed = TRY(Call(context.engine, {"rm", name}));
    return created.duration + removed.duration;
  };
  const std::string name = FreshName(context.engine);
  TRY(Call(context.engine, Create(context, name)));
  TRY(Call(context.engine, {"inspect", name}).Within("a created container is not there"));
  TRY(Call(context.engine, {"rm", name}));
  const CommandResult gone = TRY(context.engine.Call({"inspect", name}));
  if (gone.status.ok()) return Error::FromMessage("a removed container is still there");
  return std::make_unique<TimedFunction>(once);
}

TimedResult CreateRmOnFloor(FloorContext& context) {
  return std::make_unique<TimedFunction>([&context]() -> Result<nanoseconds> {
    const std::string dir = context.work_dir + "/created";
    const CommandResult created = TRY(Floor(context, {"create", dir}));
    const CommandResult removed = TRY(Floor(context, {"rm", dir}));
    return created.duration + removed.duration;
  });
}

// --- cp of 1 KiB, in and out of a container that does not run ---

struct CopyFiles {
  std::string source;
  std::string target;
};

Result<CopyFiles> MakeCopyFiles(const std::string& dir) {
  CopyFiles files{.source = dir + "/kib-" + RandomHex(4), .target = dir + "/out-" + RandomHex(4)};
  TRY(WriteFile(files.source, RandomHex(kCopyBytes / 2)));
  return files;
}

Status SameContent(const CopyFiles& files) {
  const std::string in = TRY(ReadFile(files.source));
  const std::string out = TRY(ReadFile(files.target));
  if (in != out) return Error::FromMessage("what cp brought back is not what it took in");
  return Ok();
}

TimedResult CopyOnEngine(EngineContext& context, bool timed_in) {
  const std::string name = FreshName(context.engine);
  const CopyFiles files = TRY(MakeCopyFiles(context.work_dir));
  TRY(Call(context.engine, Create(context, name)));
  auto undo = RemoveAtEnd(context.engine, name);
  const Words in = {"cp", files.source, name + ":/srv/kib"};
  const Words out = {"cp", name + ":/srv/kib", files.target};
  auto timed = std::make_unique<TimedFunction>(
      [&engine = context.engine, words = timed_in ? in : out]() -> Result<nanoseconds> {
        const CommandResult result = TRY(Call(engine, words));
        return result.duration;
      },
      std::move(undo));
  TRY(Call(context.engine, in));
  TRY(Call(context.engine, out));
  TRY(SameContent(files));
  return timed;
}

TimedResult CopyInOnEngine(EngineContext& context) { return CopyOnEngine(context, true); }
TimedResult CopyOutOnEngine(EngineContext& context) { return CopyOnEngine(context, false); }

TimedResult CopyOnFloor(FloorContext& context) {
  const CopyFiles files = TRY(MakeCopyFiles(context.work_dir));
  const Words words = {"copy", files.source, context.work_dir,
                       files.target.substr(files.target.rfind('/') + 1)};
  TRY(Floor(context, words));
  TRY(SameContent(files));
  return std::make_unique<TimedFunction>([&context, words]() -> Result<nanoseconds> {
    const CommandResult result = TRY(Floor(context, words));
    return result.duration;
  });
}

// --- start of a stopped container ---

TimedResult StartOnEngine(EngineContext& context) {
  const std::string name = FreshName(context.engine);
  // Each start adds a line to a file of the RW layer and prints how many there are.
  const std::string proof = FreshName(context.engine);
  TRY(Call(context.engine, Create(context, proof, {"log", "/srv/starts"})));
  const TimedFunction remove_proof(nullptr, RemoveAtEnd(context.engine, proof));
  for (const char* expected : {"1\n", "2\n"}) {
    const CommandResult started = TRY(Call(context.engine, {"start", "-a", proof}));
    if (started.out != expected) {
      return Error::FromMessage("start -a printed '" + Sanitize(started.out) + "', expected '" +
                                expected + "': the RW layer was not kept");
    }
  }
  TRY(Call(context.engine, Create(context, name)));
  return std::make_unique<TimedFunction>(
      [&engine = context.engine, name]() -> Result<nanoseconds> {
        const CommandResult result = TRY(Call(engine, {"start", "-a", name}));
        return result.duration;
      },
      RemoveAtEnd(context.engine, name));
}

TimedResult StartOnFloor(FloorContext& context) {
  const std::string dir = context.work_dir + "/stopped";
  TRY(Floor(context, {"create", dir}));
  auto timed = std::make_unique<TimedFunction>(
      [&context, dir]() -> Result<nanoseconds> {
        const CommandResult result =
            TRY(Floor(context, {"start", context.lower, dir, "/.cowbell/probe", "true"}));
        return result.duration;
      },
      [dir] { (void)RemoveTree(dir).has_value(); });
  TRY(Floor(context, {"start", context.lower, dir, "/.cowbell/probe", "exit", "7"}, 7));
  return timed;
}

constexpr Workload kWorkloads[] = {
    {"run-true", "run --rm of a program that does nothing", RunTrueOnEngine, RunTrueOnFloor},
    {"create-rm", "create, then rm (both commands)", CreateRmOnEngine, CreateRmOnFloor},
    {"cp-in-1k", "cp of 1 KiB into a stopped container", CopyInOnEngine, CopyOnFloor},
    {"cp-out-1k", "cp of 1 KiB out of a stopped container", CopyOutOnEngine, CopyOnFloor},
    {"start-stopped", "start -a of a stopped container", StartOnEngine, StartOnFloor},
};

}  // namespace

std::span<const Workload> AllWorkloads() { return kWorkloads; }

}  // namespace cowbell::bench

#include "conformance/harness/scene.h"

#include <algorithm>
#include <utility>

#include "conformance/harness/case_context.h"
#include "conformance/harness/case_log.h"
#include "conformance/harness/further_subject.h"
#include "conformance/harness/lower_guard.h"
#include "conformance/harness/suite.h"
#include "conformance/harness/volume.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

const CaseContext* g_context = nullptr;

// The images of this check, for the cases that ask for the same layers: an image never changes, and
// loading it is most of what a short case costs.
class CheckImages {
 public:
  Result<Image*> Get(Subject& subject, const std::vector<Layer>& layers) {
    for (const Entry& entry : entries_) {
      if (entry.layers == layers) return entry.image.get();
    }
    std::unique_ptr<Image> image = TRY(subject.MakeImage(layers));
    entries_.push_back({layers, std::move(image)});
    return entries_.back().image.get();
  }
  // The images go: at the end of the check, or because a case may have spoilt them.
  void Clear() {
    while (!entries_.empty())
      entries_.pop_back();
  }

 private:
  struct Entry {
    std::vector<Layer> layers;
    std::unique_ptr<Image> image;
  };
  std::vector<Entry> entries_;
};

CheckImages& ImagesOfCheck() {
  static CheckImages images;
  return images;
}

// Whether images are not what they were after this command.
bool ChangesImages(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  const bool grouped = words[0] == "image" && words.size() > 1;
  const std::string& command = grouped ? words[1] : words[0];
  for (const char* changing :
       {"rmi", "load", "tag", "untag", "commit", "import", "pull", "build"}) {
    if (command == changing) return true;
  }
  return grouped && (command == "rm" || command == "prune");
}

// Leaves the body of a case; not an error.
struct SkipSignal {
  record::CaseStatus status;
  std::string reason;
};

class SceneImpl : public Scene {
 public:
  SceneImpl(const CaseContext& context, const std::string& case_name)
      : context_(context), case_name_(case_name) {}
  ~SceneImpl() override { TearDown(); }
  SceneImpl(const SceneImpl&) = delete;
  SceneImpl& operator=(const SceneImpl&) = delete;

  Subject& subject() override { return *context_.subject; }

  Engine& engine() override {
    Engine* const engine = context_.subject->engine();
    if (engine == nullptr) throw SceneError("the subject is no engine");
    return *engine;
  }

  const std::string& work_dir() override {
    if (work_dir_.empty()) {
      const std::string dir = context_.work_dir + "/case-" + case_name_;
      Require(MakeDirs(dir, 0755));
      work_dir_ = dir;
    }
    return work_dir_;
  }

  Image& MakeImage(const std::vector<Layer>& layers) override {
    return *Require(ImagesOfCheck().Get(subject(), layers).Within("make an image"));
  }
  Result<Image*> TryImage(const std::vector<Layer>& layers) override {
    std::unique_ptr<Image> image = TRY(subject().MakeImage(layers));
    return &Keep(images_, std::move(image));
  }
  Image& Load(const ImageSpec& spec) override {
    return Keep(images_, Require(engine().Load(spec).Within("load an image")));
  }
  Result<Image*> TryLoad(const ImageSpec& spec) override {
    std::unique_ptr<Image> image = TRY(engine().Load(spec));
    return &Keep(images_, std::move(image));
  }

  Container& Create(Image& image, const ContainerSpec& spec) override {
    return *Require(TryCreate(image, spec).Within("create a container"));
  }
  Result<Container*> TryCreate(Image& image, const ContainerSpec& spec) override {
    std::unique_ptr<Container> made = TRY(subject().Create(image, spec));
    Container& container = Keep(containers_, std::move(made));
    CaseLog::Current().Did("container " + container.name() + " of " + image.ref());
    if (GuardsLowers()) Require(lowers_.Watch(container));
    return &container;
  }

  Actor Start(Container& container) override {
    return Require(TryStart(container).Within("start container '" + container.name() + "'"));
  }
  Result<Actor> TryStart(Container& container) override {
    std::unique_ptr<Session> session = TRY(container.Start());
    Actor actor(std::move(session), LabelOf(container));
    actor.LeaveOut(profile().managed_paths);
    return actor;
  }

  Layer ProbeLayer() override { return Require(cowbell::ProbeLayer(context_.probe_path)); }

  std::string UniqueName(const std::string& stem) override {
    return context_.run_label + "-" + stem + "-" + std::to_string(++g_names);
  }
  std::string UniqueRef(const std::string& stem) override {
    return "localhost/" + context_.run_label + "/" + stem + std::to_string(++g_names) + ":1";
  }

  CommandResult Run(const std::vector<std::string>& words, const std::string& input) override {
    CommandOptions options;
    options.input = input;
    images_changed_ = images_changed_ || ChangesImages(words);
    CommandResult result = Require(engine().Call(words, options).Within(ShellJoin(words)));
    CaseLog::Current().Did(
        "$ " + ShellJoin(words) + " -> " + result.status.ToString() +
        (result.err.empty() ? "" : ", stderr: " + std::string(Trim(result.err))));
    return result;
  }
  CommandResult Must(const std::vector<std::string>& words, const std::string& input) override {
    CommandResult result = Run(words, input);
    if (!result.status.ok()) {
      throw SceneError("'" + ShellJoin(words) + "' ended with " + result.status.ToString() + ": " +
                       std::string(Trim(result.err)));
    }
    return result;
  }

  void RemoveLater(const std::string& kind, const std::string& name) override {
    leftovers_.emplace_back(kind, name);
  }
  void Outcome(const std::string& key, const std::string& value) override {
    CaseLog::Current().Outcome(key, value);
  }
  void RelaxFor(const std::string& choice) override {
    const auto found = profile().choices.find(choice);
    if (found != profile().choices.end()) {
      CaseLog::Current().Relaxed(choice + " = " + found->second);
    }
  }
  void LeaveFree(uint64_t bytes) override {
    if (!HasLabel(*context_.clause, kVolumeLabel)) {
      throw SceneError("LeaveFree() in a clause without the label 'volume'");
    }
    Require(FillVolume(SubjectDir(context_.work_dir), bytes));
  }
  void SkipNotApplicable(const std::string& reason) override {
    throw SkipSignal{record::CaseStatus::kSkippedNotApplicable, reason};
  }
  void SkipBlocked(const std::string& reason) override {
    throw SkipSignal{record::CaseStatus::kSkippedBlocked, reason};
  }

  bool images_changed() const { return images_changed_; }

  // A difference in a lower layer is a failure of the subject, whatever the clause.
  void JudgeLowers() {
    const std::string differences = Require(lowers_.Differences());
    if (!differences.empty()) {
      ADD_FAILURE() << "ISO-015: read-only layers changed during the case:\n" << differences;
    }
  }

 private:
  template <typename T>
  static T& Keep(std::vector<std::unique_ptr<T>>& all, std::unique_ptr<T> object) {
    all.push_back(std::move(object));
    return *all.back();
  }

  bool GuardsLowers() {
    return AreaOf(*context_.clause) == "COW" &&
           (profile().kind == SubjectKind::kFileSystem || profile().Has("host.local"));
  }

  // One container needs no label in the transcript.
  std::string LabelOf(const Container& container) const {
    if (containers_.size() < 2) return {};
    for (size_t i = 0; i < containers_.size(); ++i) {
      if (containers_[i].get() == &container) return "container " + std::to_string(i + 1);
    }
    return {};
  }

  // Best effort: what does not go away is found by the search for leaks.
  void TearDown() {
    if (HasLabel(*context_.clause, kVolumeLabel)) EmptyVolume(SubjectDir(context_.work_dir));
    while (!containers_.empty())
      containers_.pop_back();
    // Containers first: an image in use cannot be removed.
    std::stable_partition(leftovers_.begin(), leftovers_.end(),
                          [](const auto& entry) { return entry.first == "container"; });
    for (const auto& [kind, name] : leftovers_) {
      Engine* const engine = context_.subject->engine();
      if (engine != nullptr) (void)engine->Call({kind, "rm", "--force", name});
    }
    while (!images_.empty())
      images_.pop_back();
    if (!work_dir_.empty()) (void)RemoveTree(work_dir_);
  }

  static inline int g_names = 0;
  bool images_changed_ = false;
  const CaseContext& context_;
  std::string case_name_;
  std::string work_dir_;
  std::vector<std::unique_ptr<Image>> images_;
  std::vector<std::unique_ptr<Container>> containers_;
  std::vector<std::pair<std::string, std::string>> leftovers_;
  LowerGuard lowers_;
};

}  // namespace

Result<std::unique_ptr<Subject>> MakeFurtherSubject(const Profile& profile,
                                                    const std::string& work_dir) {
  SubjectOptions options;
  options.work_dir = work_dir;
  options.run_label = g_context->run_label;
  options.probe_path = g_context->probe_path;
  options.private_store = profile.kind == SubjectKind::kEngine;
  return g_context->make_subject(profile, options);
}

void SetCaseContext(const CaseContext* context) {
  g_context = context;
  if (context == nullptr) ImagesOfCheck().Clear();
}

void RunCase(const char* clause, const char* name, void (*body)(Scene&)) {
  CaseLog& log = CaseLog::Current();
  if (g_context == nullptr) {
    log.Broke(std::string("the case ") + clause + "." + name +
              " runs outside of a check; use `cowbell run`");
    return;
  }
  // What a broken subject did to an image in this case must not be found in the next one.
  bool images_are_good = false;
  try {
    SceneImpl scene(*g_context, name);
    body(scene);
    scene.JudgeLowers();
    images_are_good = !::testing::Test::HasFailure() && !scene.images_changed();
  } catch (const SkipSignal& skip) {
    log.Skipped(skip.status, skip.reason);
  } catch (const SceneError& error) {
    log.Broke(error.what());
  } catch (const std::exception& error) {
    log.Broke(std::string("exception: ") + error.what());
  }
  if (!images_are_good) ImagesOfCheck().Clear();
}

}  // namespace cowbell::conformance

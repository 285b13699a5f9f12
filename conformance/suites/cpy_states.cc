// `container cp` both ways in every state: the ten rows of the SRC x DEST matrix.

#include <sys/stat.h>

#include <functional>
#include <map>
#include <optional>

#include "conformance/suites/commands.h"
#include "runtime/base/file.h"
#include "runtime/base/sha256.h"

namespace cowbell::conformance {
namespace {

// What the tables compare: paths below a directory with the content of files; "/" for directories.
using Shape = std::map<std::string, std::string>;

// One row: SRC and DEST as written after the two roots. Each row has a root of its own at the
// destination, named by its letter.
struct MatrixRow {
  const char* letter;
  const char* source;
  const char* destination;
  Shape before;  // below the row's root
  bool refused;
  Shape after;
};

constexpr char kDirectory[] = "/";

// The sources: f "one", dir/s "two", dir/sub/ss "three".
const std::vector<MatrixRow>& Matrix() {
  static const std::vector<MatrixRow> kRows = {
      {"A", "f", "new", {}, false, {{"new", "one"}}},
      {"B", "f", "new/", {}, true, {}},
      {"C", "f", "old", {{"old", "longer than the source"}}, false, {{"old", "one"}}},
      {"D", "f", "d", {{"d", kDirectory}}, false, {{"d", kDirectory}, {"d/f", "one"}}},
      {"E",
       "dir",
       "new",
       {},
       false,
       {{"new", kDirectory}, {"new/s", "two"}, {"new/sub", kDirectory}, {"new/sub/ss", "three"}}},
      {"F", "dir", "old", {{"old", "kept"}}, true, {{"old", "kept"}}},
      {"G",
       "dir",
       "d",
       {{"d", kDirectory}},
       false,
       {{"d", kDirectory},
        {"d/dir", kDirectory},
        {"d/dir/s", "two"},
        {"d/dir/sub", kDirectory},
        {"d/dir/sub/ss", "three"}}},
      {"H",
       "dir/.",
       "new",
       {},
       false,
       {{"new", kDirectory}, {"new/s", "two"}, {"new/sub", kDirectory}, {"new/sub/ss", "three"}}},
      {"I", "dir/.", "old", {{"old", "kept"}}, true, {{"old", "kept"}}},
      {"J",
       "dir/.",
       "d",
       {{"d", kDirectory}, {"d/s", "replaced"}, {"d/keep", "kept"}},
       false,
       {{"d", kDirectory},
        {"d/keep", "kept"},
        {"d/s", "two"},
        {"d/sub", kDirectory},
        {"d/sub/ss", "three"}}},
  };
  return kRows;
}

const Shape kSources = {{"f", "one"},
                        {"dir", kDirectory},
                        {"dir/s", "two"},
                        {"dir/sub", kDirectory},
                        {"dir/sub/ss", "three"}};

// A file that was copied has the mode of its source, another one keeps its own.
constexpr uint32_t kSourceMode = 0640;
constexpr uint32_t kOldMode = 0604;

// Appends a shape below `root` (without slash at the ends) to a layer.
void AddShape(Layer& layer, const std::string& root, const Shape& shape, uint32_t mode) {
  layer.Dir(root);
  for (const auto& [path, content] : shape) {
    if (content == kDirectory) {
      layer.Dir(root + "/" + path);
    } else {
      layer.File(root + "/" + path, content).Mode(mode);
    }
  }
}

void WriteShape(const std::string& root, const Shape& shape, uint32_t mode) {
  Require(MakeDirs(root));
  for (const auto& [path, content] : shape) {
    const std::string full = root + "/" + path;
    if (content == kDirectory) {
      Require(MakeDirs(full));
      continue;
    }
    Require(WriteFile(full, content));
    if (chmod(full.c_str(), mode) != 0) {  // whatever the umask
      throw SceneError(Error::FromErrno(errno, "chmod '" + full + "'").ToString());
    }
  }
}

// What a row leaves, as a tree of names with the content and mode of files alone.
Tree BareTree(const MatrixRow& row) {
  Tree tree;
  for (const auto& [path, content] : row.after) {
    Node& node = tree["/" + path];
    node.type = content == kDirectory ? 'd' : 'f';
    if (node.type == 'f') {
      node.size = content.size();
      node.sha256 = Sha256Hex(content);
      const auto before = row.before.find(path);
      const bool kept = before != row.before.end() && before->second == content;
      node.mode = kept ? kOldMode : kSourceMode;
    }
  }
  return tree;
}

// The part of `tree` below `root`, reduced to what BareTree knows.
Tree BarePart(const Tree& tree, const std::string& root) {
  Tree part;
  for (const auto& [path, node] : tree) {
    if (path.size() <= root.size() || !path.starts_with(root + "/")) continue;
    Node& bare = part[path.substr(root.size())];
    bare.type = node.type;
    bare.size = node.type == 'f' ? node.size : 0;
    bare.sha256 = node.sha256;
    bare.mode = node.type == 'f' ? node.mode : 0;
  }
  return part;
}

// A container brought into one state, and how its files are read once the copies are made.
class StatefulContainer {
 public:
  StatefulContainer(Scene& scene, const std::string& state, const std::vector<Layer>& layers)
      : scene_(scene), container_(scene.Create(scene.MakeImage(layers))) {
    if (state == "paused" && !scene.profile().Has("pause")) {
      scene.SkipNotApplicable("the engine has no pause");
    }
    if (state != "created") actor_.emplace(scene_.Start(container_));
    if (state == "exited") EndSession();
    if (state == "paused") scene_.Must({"container", "pause", name()});
    if (const std::string is = StatusOf(scene_, name()); is != state) {
      throw SceneError("the container should be " + state + " and is " + is);
    }
    paused_ = state == "paused";
  }

  const std::string& name() const { return container_.name(); }

  // Wakes or starts the container and reads /m as a process inside sees it.
  Tree Read() {
    if (paused_) scene_.Must({"container", "unpause", name()});
    if (!actor_.has_value()) actor_.emplace(scene_.Start(container_));
    Tree tree = Require(actor_->ReadTree("/m"));
    EndSession();
    return tree;
  }

  // Ends what still runs.
  void Finish() {
    if (paused_) scene_.Must({"container", "unpause", name()});
    if (actor_.has_value()) EndSession();
  }

 private:
  void EndSession() {
    actor_->Finish();
    actor_.reset();
  }

  Scene& scene_;
  Container& container_;
  std::optional<Actor> actor_;
  bool paused_ = false;
};

// Copies row by row; every copy is judged by its own exit status and by the state it leaves.
void CopyRows(Scene& scene, const std::string& container,
              const std::function<std::vector<std::string>(const MatrixRow&)>& operands) {
  const std::string before = StateOf(scene, container);
  for (const MatrixRow& row : Matrix()) {
    SCOPED_TRACE(std::string("row ") + row.letter + ": cp " + row.source + " " + row.destination);
    std::vector<std::string> words = {"container", "cp"};
    for (const std::string& operand : operands(row))
      words.push_back(operand);

    const CommandResult copied = scene.Run(words);

    if (row.refused) {
      EXPECT_THAT(copied, IsRefusedAs(scene, "error"));
    } else {
      EXPECT_THAT(copied, ExitsWith(0));
    }
    EXPECT_EQ(StateOf(scene, container), before) << "the copy changed the container's state";
  }
}

void CopyInto(Scene& scene, const std::string& state) {
  const std::string sources = scene.work_dir() + "/sources";
  WriteShape(sources, kSources, kSourceMode);
  Layer layer;
  layer.Dir("m");
  for (const MatrixRow& row : Matrix()) {
    AddShape(layer, std::string("m/") + row.letter, row.before, kOldMode);
  }
  StatefulContainer container(scene, state, {layer});

  CopyRows(scene, container.name(), [&](const MatrixRow& row) {
    return std::vector<std::string>{sources + "/" + row.source,
                                    container.name() + ":/m/" + row.letter + "/" + row.destination};
  });

  const Tree tree = container.Read();
  for (const MatrixRow& row : Matrix()) {
    SCOPED_TRACE(std::string("row ") + row.letter);
    EXPECT_THAT(BarePart(tree, std::string("/m/") + row.letter), IsTree(BareTree(row)));
  }
}

void CopyOutOf(Scene& scene, const std::string& state) {
  const std::string root = scene.work_dir() + "/m";
  for (const MatrixRow& row : Matrix())
    WriteShape(root + "/" + row.letter, row.before, kOldMode);
  Layer layer;
  AddShape(layer, "m", kSources, kSourceMode);
  StatefulContainer container(scene, state, {layer});

  CopyRows(scene, container.name(), [&](const MatrixRow& row) {
    return std::vector<std::string>{container.name() + ":/m/" + row.source,
                                    root + "/" + row.letter + "/" + row.destination};
  });

  const Tree tree = Require(ReadTree(root));
  for (const MatrixRow& row : Matrix()) {
    SCOPED_TRACE(std::string("row ") + row.letter);
    EXPECT_THAT(BarePart(tree, std::string("/") + row.letter), IsTree(BareTree(row)));
  }
  container.Finish();
}

COWBELL_CASE(CPY_035, IntoACreatedContainer) { CopyInto(scene, "created"); }
COWBELL_CASE(CPY_035, IntoARunningContainer) { CopyInto(scene, "running"); }
COWBELL_CASE(CPY_035, IntoAPausedContainer) { CopyInto(scene, "paused"); }
COWBELL_CASE(CPY_035, IntoAnExitedContainer) { CopyInto(scene, "exited"); }
COWBELL_CASE(CPY_035, OutOfACreatedContainer) { CopyOutOf(scene, "created"); }
COWBELL_CASE(CPY_035, OutOfARunningContainer) { CopyOutOf(scene, "running"); }
COWBELL_CASE(CPY_035, OutOfAPausedContainer) { CopyOutOf(scene, "paused"); }
COWBELL_CASE(CPY_035, OutOfAnExitedContainer) { CopyOutOf(scene, "exited"); }

}  // namespace
}  // namespace cowbell::conformance

// LAY-059, LAY-063: layers that say something else than they may.

#include <map>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/trees.h"
#include "fixtures/image/image.h"
#include "fixtures/registry/registry.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

constexpr char kRedirected[] = "t/red/";

Layer LowerOfXattrs() {
  return Layer()
      .Dir("t/")
      .Dir("t/dir/")
      .File("t/dir/x", "x")
      .File("t/dir/y", "y")
      .Dir("t/other/")
      .File("t/other/o", "o");
}

// The upper layer: one entry with xattrs that overlayfs would act on if they reached its layers.
Layer UpperOfXattrs(const std::string& name, EntryType type,
                    const std::map<std::string, std::string>& xattrs) {
  Entry entry;
  entry.name = name;
  entry.type = type;
  entry.mode = type == EntryType::kDirectory ? 0755 : 0644;
  entry.xattrs = xattrs;
  return Layer().Dir("t/").Add(entry);
}

// Whether such an xattr is shown to the process is another question.
Tree WithoutOverlayXattrs(Tree tree) {
  for (auto& [path, node] : tree) {
    std::erase_if(node.xattrs, [](const auto& xattr) {
      return xattr.first.starts_with("trusted.overlay.") ||
             xattr.first.starts_with("user.overlay.");
    });
  }
  return tree;
}

// The tree is the same as without the xattrs.
void ExpectNoEffect(Scene& scene, const std::string& name, EntryType type,
                    const std::map<std::string, std::string>& xattrs) {
  const Tree expected = ModelPart({LowerOfXattrs(), UpperOfXattrs(name, type, {})}, "/t");
  const Result<Image*> image = scene.TryImage({LowerOfXattrs(), UpperOfXattrs(name, type, xattrs)});
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  Result<Tree> seen = SeenPart(actor, "/t");
  ASSERT_THAT(seen, Succeeds());
  EXPECT_THAT(WithoutOverlayXattrs(seen.value()), IsTree(expected));
  actor.Finish();
}

COWBELL_CASE(LAY_059, TrustedOpaque) {
  ExpectNoEffect(scene, "t/dir/", EntryType::kDirectory, {{"trusted.overlay.opaque", "y"}});
}
COWBELL_CASE(LAY_059, TrustedRedirect) {
  ExpectNoEffect(scene, kRedirected, EntryType::kDirectory,
                 {{"trusted.overlay.redirect", "/t/other"}});
}
COWBELL_CASE(LAY_059, TrustedMetacopy) {
  ExpectNoEffect(scene, "t/dir/x", EntryType::kFile,
                 {{"trusted.overlay.metacopy", "y"}, {"trusted.overlay.redirect", "/t/other/o"}});
}
COWBELL_CASE(LAY_059, TrustedWhiteout) {
  ExpectNoEffect(scene, "t/dir/x", EntryType::kFile, {{"trusted.overlay.whiteout", "y"}});
}
COWBELL_CASE(LAY_059, UserOpaque) {
  ExpectNoEffect(scene, "t/dir/", EntryType::kDirectory, {{"user.overlay.opaque", "y"}});
}
COWBELL_CASE(LAY_059, UserRedirect) {
  ExpectNoEffect(scene, kRedirected, EntryType::kDirectory,
                 {{"user.overlay.redirect", "/t/other"}});
}

ImageSpec WithDiffIds(Scene& scene, const std::string& ref,
                      const std::map<size_t, std::string>& false_diff_ids) {
  ImageSpec spec;
  spec.tags = {ref};
  spec.layers = {scene.ProbeLayer(),
                 Layer().Dir("t/").File("t/foo", false_diff_ids.empty() ? "true" : "false")};
  spec.entrypoint = {probe::kProbePath};
  spec.false_diff_ids = false_diff_ids;
  return spec;
}

// The config promises another content for the upper layer than the archive has.
const std::map<size_t, std::string> kFalse = {{1, "sha256:" + std::string(64, '5')}};

void ExpectNotListed(Scene& scene, const std::string& ref) {
  const CommandResult listed = scene.Run({"image", "inspect", ref});
  EXPECT_FALSE(listed.status.ok()) << "the image is there: " << listed.out;
}

COWBELL_CASE(LAY_063, LoadRefusesAFalseDiffId) {
  const std::string ref = scene.UniqueRef("false-diff-id");
  scene.RemoveLater("image", ref);
  scene.Load(WithDiffIds(scene, scene.UniqueRef("true-diff-id"), {}));

  EXPECT_TRUE(WasRefused(scene.TryLoad(WithDiffIds(scene, ref, kFalse))));

  ExpectNotListed(scene, ref);
}

std::string PushForPull(Scene& scene, Registry& registry, const std::string& stem,
                        const std::map<size_t, std::string>& false_diff_ids) {
  const std::string ref =
      registry.Push(scene.UniqueName(stem), "1", WithDiffIds(scene, "", false_diff_ids));
  scene.RemoveLater("image", ref);
  return ref;
}

COWBELL_CASE(LAY_063, PullRefusesAFalseDiffId) {
  if (!scene.profile().Has("pull")) scene.SkipNotApplicable("the subject does not pull");
  const auto registry = Require(Registry::Start());
  const std::string ref = PushForPull(scene, *registry, "false-diff-id", kFalse);
  scene.Must({"pull", PushForPull(scene, *registry, "true-diff-id", {})});

  const CommandResult pulled = scene.Run({"pull", ref});

  EXPECT_FALSE(pulled.status.ok()) << "pull succeeded: " << pulled.out << pulled.err;
  ExpectNotListed(scene, ref);
}

}  // namespace
}  // namespace cowbell::conformance

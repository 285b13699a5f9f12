// LAY-102 to LAY-104: layers and the list that an image's config makes of them.

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

COWBELL_CASE(LAY_102, EmptyLayersChangeNothing) {
  const Layer lower = Layer().Dir("t/").Mode(0741).File("t/foo", "foo").File("t/gone", "gone");
  const Layer upper =
      Layer().Dir("t/").Mode(0741).Whiteout("t/gone").Dir("t/d/").File("t/d/bar", "bar");
  ExpectAssembledAs(scene, {Layer(), lower, Layer(), Layer(), upper, Layer()}, {lower, upper});
}

COWBELL_CASE(LAY_102, EmptyLayersChangeNothingInTheRoot) {
  const Layer lower = Layer().Dir("./").Mode(0711).File("f", "f");
  Result<Image*> plain = scene.TryImage({lower});
  ASSERT_THAT(plain, Succeeds());
  Actor before = scene.Start(scene.Create(*plain.value()));
  const Tree expected = ReadUnmanaged(scene, before);
  before.Finish();

  const Result<Image*> image = scene.TryImage({lower, Layer(), Layer()});
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  EXPECT_THAT(ReadUnmanaged(scene, actor), IsTree(expected));
  actor.Finish();
}

COWBELL_CASE(LAY_103, EmptyHistoryHasNoLayer) {
  const std::vector<Layer> layers = {Layer().Dir("t/").File("t/one", "1").File("t/v", "1"),
                                     Layer().Dir("t/").File("t/two", "2").File("t/v", "2")};
  ImageSpec spec = ProbeImage(scene, {}, layers);
  spec.empty_history = {true, false, true, false, true, true, false, true};
  const Result<Image*> image = scene.TryLoad(spec);
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(ModelPart(layers, "/t"))));
  actor.Finish();
}

COWBELL_CASE(LAY_104, LayerThatOccursTwiceIsAppliedTwice) {
  const Layer twice = Layer().Dir("t/").File("t/foo", "foo").Mode(0741);
  const std::vector<Layer> layers = {twice, Layer().Dir("t/").Whiteout("t/foo"), twice};
  ExpectAssembled(scene, layers);
  ExpectAssembled(scene, layers, When::kRestarted);
}

COWBELL_CASE(LAY_104, DeletionThatOccursTwiceIsAppliedTwice) {
  const Layer file = Layer().Dir("t/").File("t/foo", "foo");
  const Layer deletion = Layer().Dir("t/").Whiteout("t/foo");
  ExpectAssembled(scene, {file, deletion, file, deletion}, When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance

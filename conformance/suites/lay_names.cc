// LAY-065, LAY-066, LAY-068 to LAY-075: the names of entries.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "fixtures/image/tar.h"
#include "fixtures/image/tar_forms.h"

namespace cowbell::conformance {
namespace {

constexpr size_t kNameMax = 255;
constexpr TimeSpec kWholeSecond{1'234'567'890, 0};  // ustar and GNU headers hold no fraction

COWBELL_CASE(LAY_065, EveryFormReplacesTheSameFile) {
  for (const When when : {When::kLive, When::kRestarted}) {
    ExpectAssembled(scene,
                    {Layer().Dir("t/").Dir("t/a/").File("t/a/b", "plain").File("t/a/c", "plain"),
                     Layer().Dir("./t/").Dir("./t/a/").File("./t/a/b", "dot"),
                     Layer().Dir("/t/").Dir("/t/a/").File("/t/a/b", "slash").Mode(0741)},
                    when);
  }
}

COWBELL_CASE(LAY_065, EveryFormReplacesInTheOtherOrder) {
  ExpectAssembled(scene, {Layer().Dir("/t/").Dir("/t/a/").File("/t/a/b", "slash"),
                          Layer().Dir("./t/").Dir("./t/a/").File("./t/a/b", "dot"),
                          Layer().Dir("t/").Dir("t/a/").File("t/a/b", "plain").Mode(0741)});
}

COWBELL_CASE(LAY_065, EveryFormOfAWhiteoutDeletes) {
  const Layer lower = Layer().Dir("t/").File("t/a", "a").File("t/b", "b").File("t/c", "c");
  const Layer upper = Layer().Dir("t/").Whiteout("t/a").Whiteout("./t/b").Whiteout("/t/c");
  ExpectAssembled(scene, {lower, upper});
  ExpectAssembled(scene, {lower, upper}, When::kRestarted);
}

COWBELL_CASE(LAY_066, InnerParentIsTakenBackOrRefused) {
  ExpectOneReading(scene, "apply.dotdot",
                   {Layer().Dir("t/"), Layer().Dir("t/").File("t/../t/b", "b")},
                   {{"normalised", {Layer().Dir("t/").File("t/b", "b")}}}, Refusal::kAllowed);
}

// Three directories of 200 bytes and a file of 250.
std::vector<std::string> DeepDirectories() {
  std::vector<std::string> directories = {"t/"};
  for (const char letter : {'a', 'b', 'c'})
    directories.push_back(directories.back() + std::string(200, letter) + "/");
  return directories;
}
Entry DeepFile() {
  Entry file;
  file.name = DeepDirectories().back() + std::string(250, 'f');
  file.content = "deep";
  file.mode = 0741;
  file.mtime = kWholeSecond;
  return file;
}

COWBELL_CASE(LAY_068, PathOf850BytesIsIntact) {
  Layer layer;
  for (const std::string& directory : DeepDirectories())
    layer.Dir(directory);
  ExpectAssembled(scene, {layer.Add(DeepFile())});
}

COWBELL_CASE(LAY_068, LongTargetOfAHardLinkIsIntact) {
  Layer layer;
  for (const std::string& directory : DeepDirectories())
    layer.Dir(directory);
  ExpectAssembled(scene, {layer.Add(DeepFile()).HardLink("t/short", DeepFile().name)});
}

COWBELL_CASE(LAY_069, LongNamesAndTargetsOfGnuTarAreIntact) {
  Layer meant;
  for (const std::string& directory : DeepDirectories())
    meant.Dir(directory).Time(kWholeSecond);
  meant.Add(DeepFile());
  meant.Symlink("t/link", std::string(301, 'x')).Time(kWholeSecond);
  meant.Symlink(DeepDirectories().back() + std::string(200, 'l'), std::string(302, 'y'));
  meant.Time(kWholeSecond);
  meant.HardLink("t/hard", DeepFile().name).Time(kWholeSecond);
  meant.File("t/after", "a short name after them").Time(kWholeSecond);
  Layer written;
  for (const Entry& entry : meant.entries())
    AddInGnuFormat(written, entry);

  ExpectAssembledAs(scene, {written}, {meant});
}

// Pure ustar: a PAX record would carry the name too.
Layer Ustar(Layer layer) {
  for (Entry& entry : layer.entries())
    entry.mtime = kWholeSecond;
  if (EncodeTar(layer).find("PaxHeaders") != std::string::npos) {
    throw SceneError("a PAX record in a layer that is to have none");
  }
  return layer;
}

COWBELL_CASE(LAY_070, NameOfExactly100BytesIsRead) {
  const std::string name = "t/" + std::string(98, 'n');
  ExpectAssembled(scene, {Ustar(Layer().Dir("t/").File(name, "100 bytes"))});
}

COWBELL_CASE(LAY_070, NameOf100BytesBehindAPrefixIsRead) {
  const std::string name = "t/" + std::string(100, 'n');
  ExpectAssembled(scene, {Ustar(Layer().Dir("t/").File(name, "100 bytes and a prefix"))});
}

// A prefix holds 155 bytes, but itself ends as a name in two parts.
COWBELL_CASE(LAY_070, LongestPrefixAndNameAreRead) {
  const std::string outer = "t/" + std::string(75, 'o');
  const std::string inner = outer + "/" + std::string(77, 'i');
  ExpectAssembled(scene, {Ustar(Layer().Dir("t/").Dir(outer).Dir(inner).File(
                             inner + "/" + std::string(100, 'n'), "256 bytes"))});
}

COWBELL_CASE(LAY_070, LinkTargetOfExactly100BytesIsRead) {
  ExpectAssembled(scene, {Ustar(Layer().Dir("t/").Symlink("t/l", std::string(100, 'x')))});
}

COWBELL_CASE(LAY_071, TargetsAreNotCleaned) {
  Layer layer = Layer().Dir("t/");
  int number = 0;
  for (const char* target : {"x//y/../z", "./x", "x/", "x/.", "..", "/", "//x", "/../x", "x/./y",
                             " ", "a\nb", "\xff\xfe", "../../../../../../x"}) {
    layer.Symlink("t/" + std::to_string(number++), target);
  }
  ExpectAssembled(scene, {layer});
}

std::string Repeated(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

// Some file systems hold no more than 1023 bytes; PATH_MAX is 4096 with its NUL.
COWBELL_CASE(LAY_071, TargetOf1000BytesIsKept) {
  ExpectAssembled(scene, {Layer().Dir("t/").Symlink("t/l", Repeated("a/", 500))});
}
COWBELL_CASE(LAY_071, TargetOf4095BytesIsKept) {
  ExpectAssembled(scene, {Layer().Dir("t/").Symlink("t/l", Repeated("a/", 2047) + "b")});
}

COWBELL_CASE(LAY_072, NamesOf255BytesWork) {
  const std::string longest(kNameMax, 'n');
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/" + longest, "f")
                              .Dir("t/" + std::string(kNameMax, 'd'))
                              .Symlink("t/" + std::string(kNameMax, 'l'), longest)});
}

COWBELL_CASE(LAY_072, NameOf256BytesIsRefused) {
  const std::string too_long(kNameMax + 1, 'n');
  EXPECT_TRUE(WasRefused(scene.TryImage({Layer().Dir("t/").File("t/" + too_long, "f")})));
}

COWBELL_CASE(LAY_072, RefusedNameLeavesNoImage) {
  if (scene.subject().engine() == nullptr) scene.SkipNotApplicable("the subject has no images");
  const std::string ref = NewImageRef(scene, "too-long");
  const std::string too_long = "t/" + std::string(kNameMax + 1, 'n');

  const CommandResult loaded =
      LoadArchive(scene, {ProbeImage(scene, {ref}, {Layer().Dir("t/").File(too_long, "f")})});

  EXPECT_FALSE(loaded.status.ok()) << loaded.out << loaded.err;
  EXPECT_FALSE(ImageExists(scene, ref));
}

COWBELL_CASE(LAY_073, OddNamesAreKept) {
  Layer layer = Layer().Dir("t/");
  for (const char* name : {" ",           "  two  ", "a b",    "a\nb",  "\n",  "-rf",     "--",
                           "back\\slash", "*",       "?[a-z]", "{a,b}", "...", "....",    "\t",
                           "'\"$(x)`",    "#",       "~",      ":",     "%s",  "\x01\x7f"}) {
    layer.File(std::string("t/") + name, name);
  }
  ExpectAssembled(scene, {layer.Dir("t/ d \n/").File("t/ d \n/...", "inside")});
}

COWBELL_CASE(LAY_073, OddNamesAreDeleted) {
  const Layer lower =
      Layer().Dir("t/").File("t/ ", "1").File("t/a\nb", "2").File("t/*", "3").File("t/x", "4");
  const Layer upper = Layer().Dir("t/").Whiteout("t/ ").Whiteout("t/a\nb").Whiteout("t/*");
  ExpectAssembled(scene, {lower, upper});
  ExpectAssembled(scene, {lower, upper}, When::kRestarted);
}

COWBELL_CASE(LAY_074, NamesThatAreNoUtf8AreKept) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/\xff\xfe", "f")
                              .Dir("t/\xc3/")
                              .File("t/\xc3/\x80", "half a character each")
                              .HardLink("t/\xed\xa0\x80", "t/\xff\xfe")});
}

COWBELL_CASE(LAY_074, NamesThatAreNoUtf8AreDeleted) {
  const Layer lower = Layer().Dir("t/").File("t/\xff\xfe", "f").File("t/\xff\xfd", "g");
  ExpectAssembled(scene, {lower, Layer().Dir("t/").Whiteout("t/\xff\xfe")});
  ExpectAssembled(scene, {lower, Layer().Dir("t/").Whiteout("t/\xff\xfe")}, When::kRestarted);
}

COWBELL_CASE(LAY_074, NamesThatAreNoUtf8SurviveCommitSaveAndLoad) {
  if (!scene.profile().Has("commit") || !scene.profile().Has("save")) {
    scene.SkipNotApplicable("the subject does not commit or save");
  }
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/\xff\xfe", "of the image")}));
  Actor before = scene.Start(container);
  Require(before.CreateFile("/t/\xfd\xfc", "of the container"));
  before.Finish();
  const std::string ref = NewImageRef(scene, "bytes");
  const std::string saved = scene.work_dir() + "/saved.tar";

  ASSERT_THAT(scene.Run({"container", "commit", container.name(), ref}), ExitsWith(0));
  ASSERT_THAT(scene.Run({"image", "save", "-o", saved, ref}), ExitsWith(0));
  scene.Must({"image", "rm", ref});
  ASSERT_THAT(scene.Run({"image", "load", "-i", saved}), ExitsWith(0));

  NamedImage loaded(ref);
  Actor after = scene.Start(scene.Create(loaded));
  EXPECT_THAT(after.Names("/t"), Yields(std::vector<std::string>{"\xfd\xfc", "\xff\xfe"}));
  after.Finish();
}

COWBELL_CASE(LAY_075, CaseAndCompositionTellFilesApart) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/A", "upper case")
                              .File("t/a", "lower case")
                              .File("t/\xc3\xa9", "composed (NFC)")
                              .File("t/e\xcc\x81", "decomposed (NFD)")});
}

COWBELL_CASE(LAY_075, WhiteoutDeletesOneOfThem) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/A", "1")
                              .File("t/a", "2")
                              .File("t/\xc3\xa9", "3")
                              .File("t/e\xcc\x81", "4"),
                          Layer().Dir("t/").Whiteout("t/A").Whiteout("t/e\xcc\x81")});
}

}  // namespace
}  // namespace cowbell::conformance

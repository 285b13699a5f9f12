// COW-082 … COW-086, COW-092, COW-093: hard links and symbolic links.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::Field;

constexpr char kSecond[] = "/t/second";

void ExpectOneFile(Actor& actor, const std::string& first, const std::string& second,
                   const std::string& content) {
  const FileStat stat = Require(actor.Lstat(first));
  EXPECT_EQ(stat.nlink, 2U);
  EXPECT_THAT(actor.Lstat(second), Yields(AllOf(Field("ino", &FileStat::ino, stat.ino),
                                                Field("dev", &FileStat::dev, stat.dev),
                                                Field("nlink", &FileStat::nlink, 2))));
  EXPECT_THAT(actor.Read(first), Yields(content));
  EXPECT_THAT(actor.Read(second), Yields(content));
}

void ExpectLinked(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(actor.Link(kTarget, kSecond), Succeeds());
        ExpectOneFile(actor, kTarget, kSecond, "old");
        EXPECT_THAT(actor.Append(kSecond, " and new"), Succeeds());
      },
      [](Actor& actor) { ExpectOneFile(actor, kTarget, kSecond, "old and new"); });
}

COWBELL_CASE(COW_082, ImageFileIsLinked) { ExpectLinked(scene, Origin::kImage, When::kLive); }
COWBELL_CASE(COW_082, ImageFileIsLinkedAfterRestart) {
  ExpectLinked(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_082, CopiedUpFileIsLinkedAfterRestart) {
  ExpectLinked(scene, Origin::kCopiedUp, When::kRestarted);
}
COWBELL_CASE(COW_082, FileOfTwoLayersIsLinkedAfterRestart) {
  ExpectLinked(scene, Origin::kTwoLayers, When::kRestarted);
}

void ExpectRelinked(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        Require(actor.Link(kTarget, kSecond));
        Require(actor.Unlink(kTarget));
        EXPECT_THAT(actor.Link(kTarget, "/t/third"), FailsWith(ENOENT));
        EXPECT_THAT(actor.Link(kSecond, kTarget), Succeeds());
        EXPECT_THAT(actor.Append(kSecond, " and new"), Succeeds());
      },
      [](Actor& actor) {
        ExpectOneFile(actor, kTarget, kSecond, "old and new");
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"foo", "keep", "second"}));
      });
}

COWBELL_CASE(COW_083, RemovedNameIsLinkedAgain) {
  ExpectRelinked(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_083, RemovedNameIsLinkedAgainAfterRestart) {
  ExpectRelinked(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_083, RemovedNameOfTwoLayersIsLinkedAgain) {
  ExpectRelinked(scene, Origin::kTwoLayers, When::kRestarted);
}

std::vector<Layer> LinkedInImage() {
  return {Layer().Dir("t/").File("t/h1", "old").HardLink("t/h2", "t/h1")};
}

// Both names, as one state or the other: nothing between.
void ExpectKeptOrBroken(Scene& scene, Actor& actor) {
  EXPECT_THAT(actor.Read("/t/h1"), Yields(std::string("old and new")));
  const std::string second = Require(actor.Read("/t/h2"));
  const FileStat h1 = Require(actor.Lstat("/t/h1"));
  const FileStat h2 = Require(actor.Lstat("/t/h2"));
  EXPECT_GE(h1.nlink, 1U);
  EXPECT_GE(h2.nlink, 1U);
  const bool kept = second == "old and new";
  EXPECT_THAT(second, ::testing::AnyOf("old", "old and new"));
  EXPECT_EQ(h1.ino == h2.ino, kept) << "h2 reads '" << second << "'";
  scene.Outcome("hardlink.lower", kept ? "kept" : "broken");
}

void ExpectWriteKeepsOrBreaksLink(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(LinkedInImage()));
  ChangeThenJudge(
      scene, container, when, [](Actor& actor) { Require(actor.Append("/t/h1", " and new")); },
      [&](Actor& actor) { ExpectKeptOrBroken(scene, actor); });
}

COWBELL_CASE(COW_084, WrittenLinkIsKeptOrBroken) {
  ExpectWriteKeepsOrBreaksLink(scene, When::kLive);
}
COWBELL_CASE(COW_084, WrittenLinkIsKeptOrBrokenAfterRestart) {
  ExpectWriteKeepsOrBreaksLink(scene, When::kRestarted);
}

// `first` is done to h1 before it is removed; whatever it made of h2 stays.
void ExpectOtherLinkStays(Scene& scene, When when, const std::function<void(Actor&)>& first) {
  Container& container = scene.Create(scene.MakeImage(LinkedInImage()));
  std::string content;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        first(actor);
        content = Require(actor.Read("/t/h2"));
        EXPECT_THAT(actor.Unlink("/t/h1"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"h2"}));
        EXPECT_THAT(actor.Read("/t/h2"), Yields(content));
        EXPECT_THAT(actor.Append("/t/h2", "!"), Succeeds());
        EXPECT_THAT(actor.Read("/t/h2"), Yields(content + "!"));
      });
}

void Nothing(Actor&) {}
void WriteFirst(Actor& actor) { Require(actor.Append("/t/h1", " and new")); }

COWBELL_CASE(COW_085, OtherLinkStays) { ExpectOtherLinkStays(scene, When::kLive, Nothing); }
COWBELL_CASE(COW_085, OtherLinkStaysAfterRestart) {
  ExpectOtherLinkStays(scene, When::kRestarted, Nothing);
}
COWBELL_CASE(COW_085, OtherLinkOfAWrittenFileStays) {
  ExpectOtherLinkStays(scene, When::kLive, WriteFirst);
}
COWBELL_CASE(COW_085, OtherLinkOfAWrittenFileStaysAfterRestart) {
  ExpectOtherLinkStays(scene, When::kRestarted, WriteFirst);
}

// An unnamed file that gets its name at the end.
void LinkUnnamed(Scene& scene, Actor& actor, const std::string& path) {
  const Status opened = actor.Open("unnamed", "/t", "tmpfile,rdwr", 0741);
  if (!opened.has_value() &&
      (opened.error().errno_value() == EOPNOTSUPP || opened.error().errno_value() == EISDIR)) {
    scene.Outcome("tmpfile", "refused");
    actor.Finish();
    scene.SkipNotApplicable("O_TMPFILE is not supported here");
  }
  EXPECT_THAT(opened, Succeeds());
  EXPECT_THAT(actor.Pwrite("unnamed", 0, "unnamed"), Succeeds());
  Require(actor.Do("fchown", {"unnamed", "70123", "70124"}));
  EXPECT_THAT(actor.Do("linkfd", {"unnamed", path}), Succeeds());
}

void ExpectUnnamedFileGetsName(Scene& scene, const std::string& path, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(Origin::kImage)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        if (path == kTarget) Require(actor.Unlink(kTarget));
        LinkUnnamed(scene, actor, path);
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Read(path), Yields(std::string("unnamed")));
        EXPECT_THAT(
            actor.Lstat(path),
            Yields(AllOf(Field("type", &FileStat::type, 'f'), Field("mode", &FileStat::mode, 0741),
                         Field("uid", &FileStat::uid, 70123), Field("gid", &FileStat::gid, 70124),
                         Field("nlink", &FileStat::nlink, 1))));
      });
}

COWBELL_CASE(COW_086, UnnamedFileGetsANewName) {
  ExpectUnnamedFileGetsName(scene, "/t/new", When::kLive);
}
COWBELL_CASE(COW_086, UnnamedFileGetsANewNameAfterRestart) {
  ExpectUnnamedFileGetsName(scene, "/t/new", When::kRestarted);
}
COWBELL_CASE(COW_086, UnnamedFileGetsADeletedName) {
  ExpectUnnamedFileGetsName(scene, kTarget, When::kLive);
}
COWBELL_CASE(COW_086, UnnamedFileGetsADeletedNameAfterRestart) {
  ExpectUnnamedFileGetsName(scene, kTarget, When::kRestarted);
}

std::vector<Layer> Symlinks() {
  return {Layer()
              .Dir("t/")
              .File("t/file", "old")
              .Symlink("t/direct", "file")
              .Symlink("t/chained", "direct")
              .Symlink("t/dangling", "missing")};
}

// Writes through `link`; only the target may change.
void ExpectTargetWritten(Scene& scene, const std::string& link, When when) {
  Container& container = scene.Create(scene.MakeImage(Symlinks()));
  const Tree before = ModelPart(Symlinks(), "/t", {"/t", "/t/file"});

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        EXPECT_THAT(actor.Open("f", link, "rdwr,nofollow"), FailsWith(ELOOP));
        EXPECT_THAT(actor.Append(link, " and new"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Read("/t/file"), Yields(std::string("old and new")));
        Tree after = Require(SeenPart(actor, "/t", {"/t", "/t/file"}));
        after["/t/file"] = before.at("/t/file");
        EXPECT_THAT(after, IsTree(before));
      });
}

COWBELL_CASE(COW_092, DirectLinkStays) { ExpectTargetWritten(scene, "/t/direct", When::kLive); }
COWBELL_CASE(COW_092, DirectLinkStaysAfterRestart) {
  ExpectTargetWritten(scene, "/t/direct", When::kRestarted);
}
COWBELL_CASE(COW_092, ChainedLinksStay) { ExpectTargetWritten(scene, "/t/chained", When::kLive); }
COWBELL_CASE(COW_092, ChainedLinksStayAfterRestart) {
  ExpectTargetWritten(scene, "/t/chained", When::kRestarted);
}

void ExpectDanglingTargetMade(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(Symlinks()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        EXPECT_THAT(actor.Append("/t/dangling", "new"), FailsWith(ENOENT));
        EXPECT_THAT(actor.Write("/t/dangling", "new"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Readlink("/t/dangling"), Yields(std::string("missing")));
        EXPECT_THAT(actor.Read("/t/missing"), Yields(std::string("new")));
      });
}

COWBELL_CASE(COW_092, DanglingLinkMakesItsTarget) { ExpectDanglingTargetMade(scene, When::kLive); }
COWBELL_CASE(COW_092, DanglingLinkMakesItsTargetAfterRestart) {
  ExpectDanglingTargetMade(scene, When::kRestarted);
}

constexpr char kLink[] = "/t/link";
constexpr char kLinkTarget[] = "../no/such/target";

// `change` copies the link up; it is looked at under `path`.
void ExpectLinkKept(Scene& scene, When when, const std::string& path, uint64_t uid, uint64_t gid,
                    const std::function<Status(Actor&)>& change) {
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").Symlink("t/link", kLinkTarget).Owner(7, 8)}));

  ChangeThenJudge(
      scene, container, when, [&](Actor& actor) { EXPECT_THAT(change(actor), Succeeds()); },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Readlink(path), Yields(std::string(kLinkTarget)));
        EXPECT_THAT(actor.Lstat(path), Yields(AllOf(Field("type", &FileStat::type, 'l'),
                                                    Field("uid", &FileStat::uid, uid),
                                                    Field("gid", &FileStat::gid, gid))));
      });
}

Status ChangeOwner(Actor& actor) { return actor.Lchown(kLink, 70123, 70124); }
Status ChangeTimes(Actor& actor) { return actor.SetTimes(kLink, {5, 6}, {7, 8}); }
Status ChangeName(Actor& actor) { return actor.Rename(kLink, "/t/moved"); }
Status AddName(Actor& actor) { return actor.Link(kLink, "/t/second"); }

COWBELL_CASE(COW_093, ChownKeepsTheLink) {
  ExpectLinkKept(scene, When::kLive, kLink, 70123, 70124, ChangeOwner);
}
COWBELL_CASE(COW_093, ChownKeepsTheLinkAfterRestart) {
  ExpectLinkKept(scene, When::kRestarted, kLink, 70123, 70124, ChangeOwner);
}
COWBELL_CASE(COW_093, UtimesKeepsTheLink) {
  ExpectLinkKept(scene, When::kLive, kLink, 7, 8, ChangeTimes);
}
COWBELL_CASE(COW_093, UtimesKeepsTheLinkAfterRestart) {
  ExpectLinkKept(scene, When::kRestarted, kLink, 7, 8, ChangeTimes);
}
COWBELL_CASE(COW_093, RenameKeepsTheLink) {
  ExpectLinkKept(scene, When::kLive, "/t/moved", 7, 8, ChangeName);
}
COWBELL_CASE(COW_093, RenameKeepsTheLinkAfterRestart) {
  ExpectLinkKept(scene, When::kRestarted, "/t/moved", 7, 8, ChangeName);
}
COWBELL_CASE(COW_093, LinkKeepsTheLink) {
  ExpectLinkKept(scene, When::kLive, kLink, 7, 8, AddName);
}
COWBELL_CASE(COW_093, LinkKeepsTheLinkUnderItsNewName) {
  ExpectLinkKept(scene, When::kLive, "/t/second", 7, 8, AddName);
}
COWBELL_CASE(COW_093, LinkKeepsTheLinkUnderItsNewNameAfterRestart) {
  ExpectLinkKept(scene, When::kRestarted, "/t/second", 7, 8, AddName);
}

}  // namespace
}  // namespace cowbell::conformance

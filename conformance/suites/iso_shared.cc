// What the kernel shares between containers of one image, pages, programs and watches, shows
// nothing of the one to the other.

#include "conformance/suites/commands.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::EndsWith;
using ::testing::Not;

probe::Reply Must(Actor& actor, const std::string& operation, std::vector<std::string> args) {
  return Require(actor.Do(operation, std::move(args)));
}

COWBELL_CASE(ISO_008, MappedPagesOfAnImageFileStayWhatTheyAre) {
  constexpr char kBytes[] = "8192";
  const std::string old(8192, 'i');
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/library", old)});
  Actor a = scene.Start(scene.Create(image));
  Actor b = scene.Start(scene.Create(image));
  for (const char* kind : {"shared", "private"}) {
    Require(b.Open(kind, "/t/library", "rdonly"));
    Must(b, "map", {kind, kind, kBytes, "r", kind});
    // The page is there before anybody changes it.
    EXPECT_EQ(Must(b, "peek", {kind, "0", kBytes}).Get("data"), old);
  }

  Require(a.Open("f", "/t/library", "rdwr"));
  Must(a, "map", {"m", "f", kBytes, "rw", "shared"});
  Must(a, "poke", {"m", "0", "by mapping"});
  Require(a.Pwrite("f", 4096, "by write"));
  Require(a.Fsync("f"));

  const std::string seen = Require(a.Read("/t/library"));
  EXPECT_EQ(seen.substr(0, 10), "by mapping");
  EXPECT_EQ(seen.substr(4096, 8), "by write");
  for (const char* kind : {"shared", "private"}) {
    EXPECT_EQ(Must(b, "peek", {kind, "0", kBytes}).Get("data"), old) << kind << " mapping";
  }
  EXPECT_THAT(b.Read("/t/library"), Yields(old));
  Actor later = scene.Start(scene.Create(image));
  EXPECT_THAT(later.Read("/t/library"), Yields(old));
  for (Actor* actor : {&a, &b, &later})
    actor->Finish();
}

// The probe itself is the program: without a script it waits for one.
COWBELL_CASE(ISO_009, AProgramThatASiblingRunsCanBeWritten) {
  Layer layer = Layer().Dir("t/");
  const Layer probe_layer = scene.ProbeLayer();
  for (const Entry& entry : probe_layer.entries()) {
    if (!("/" + entry.name).ends_with(probe::kProbePath)) continue;
    layer.File("t/program", entry.content).Mode(0755);
  }
  Image& image = scene.MakeImage({layer});
  Actor a = scene.Start(scene.Create(image));
  Actor b = scene.Start(scene.Create(image));
  Must(b, "spawn", {"running", "0", "0", "/t/program"});

  EXPECT_THAT(a.Open("f", "/t/program", "rdwr"), Succeeds());
  EXPECT_THAT(a.Pwrite("f", 0, "no program any more"), Succeeds());
  EXPECT_THAT(a.Close("f"), Succeeds());

  const probe::Reply ended = Must(b, "join", {"running"});
  EXPECT_EQ(ended.Get("code"), "0");
  EXPECT_EQ(ended.Get("signal"), "0");
  EXPECT_EQ(Must(b, "exec", {"0", "0", "/t/program", "echo", "whole"}).Get("out"), "whole\n");
  a.Finish();
  b.Finish();
}

// What a watch of `actor` has seen, one event each.
std::vector<std::string> Events(Actor& actor, const std::string& watch) {
  const std::string events = Must(actor, "events", {watch}).Get("events");
  return events.empty() ? std::vector<std::string>() : Split(events, '/');
}

COWBELL_CASE(ISO_012, WatchesReportNothingOfTheSibling) {
  Image& image = scene.MakeImage(
      {Layer().Dir("t/").File("t/file", "image").File("t/gone", "image").File("t/own", "image")});
  Actor a = scene.Start(scene.Create(image));
  Actor b = scene.Start(scene.Create(image));
  Must(b, "watch", {"file", "/t/file"});
  Must(b, "watch", {"directory", "/t"});

  Require(a.Append("/t/file", "more"));
  Require(a.Chmod("/t/file", 0600));
  Require(a.CreateFile("/t/new", "x"));
  Require(a.Unlink("/t/gone"));
  Require(a.Rename("/t/new", "/t/renamed"));

  EXPECT_THAT(Events(b, "file"), ::testing::IsEmpty());
  EXPECT_THAT(Events(b, "directory"), ::testing::IsEmpty());
  // The watch is not deaf.
  Require(b.CreateFile("/t/of-b", "x"));
  const std::vector<std::string> own = Events(b, "directory");
  EXPECT_THAT(own, Not(::testing::IsEmpty()));
  EXPECT_THAT(own, ::testing::Each(EndsWith(" of-b")));
  a.Finish();
  b.Finish();
}

}  // namespace
}  // namespace cowbell::conformance

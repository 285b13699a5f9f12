#include "conformance/suites/mutations.h"

namespace cowbell::conformance {
namespace {

constexpr Mutation kMutations[] = {
    {"write", [](Actor& a) { Require(a.Write("/t/write", "changed")); }},
    {"append", [](Actor& a) { Require(a.Append("/t/append", "more")); }},
    {"truncate", [](Actor& a) { Require(a.Truncate("/t/truncate", 2)); }},
    {"extend", [](Actor& a) { Require(a.Truncate("/t/extend", 9000)); }},
    {"chmod", [](Actor& a) { Require(a.Chmod("/t/chmod", 0741)); }},
    {"chmod of a directory", [](Actor& a) { Require(a.Chmod("/t/chmod-dir", 0701)); }},
    {"chown", [](Actor& a) { Require(a.Chown("/t/chown", 1234, 2345)); }},
    {"lchown", [](Actor& a) { Require(a.Lchown("/t/lchown", 1234, 2345)); }},
    {"utimens",
     [](Actor& a) {
       Require(a.SetTimes("/t/utimens", {7, 0}, {8, 123'000'000}));
     }},
    {"setxattr", [](Actor& a) { Require(a.Setxattr("/t/setxattr", "user.cowbell", "v")); }},
    {"rename", [](Actor& a) { Require(a.Rename("/t/rename", "/t/renamed")); }},
    {"rename over", [](Actor& a) { Require(a.Rename("/t/over-from", "/t/over-to")); }},
    {"unlink", [](Actor& a) { Require(a.Unlink("/t/unlink")); }},
    {"rmdir", [](Actor& a) { Require(a.Rmdir("/t/rmdir")); }},
    {"rm -rf", [](Actor& a) { Require(a.RemoveTree("/t/tree")); }},
    {"link", [](Actor& a) { Require(a.Link("/t/link", "/t/linked")); }},
    {"mknod", [](Actor& a) { Require(a.Mknod("/t/fifo", 'p', 0640)); }},
    {"symlink", [](Actor& a) { Require(a.Symlink("write", "/t/symlink")); }},
    {"mkdir", [](Actor& a) { Require(a.Mkdir("/t/mkdir", 0711)); }},
    {"create", [](Actor& a) { Require(a.CreateFile("/t/create", "new", 0604)); }},
    {"file becomes directory",
     [](Actor& a) {
       Require(a.Unlink("/t/retype"));
       Require(a.Mkdir("/t/retype", 0755));
       Require(a.CreateFile("/t/retype/inside", "new"));
     }},
    {"directory made anew",
     [](Actor& a) {
       Require(a.RemoveTree("/t/anew"));
       Require(a.Mkdir("/t/anew", 0700));
     }},
};

}  // namespace

Layer MutableLayer() {
  return Layer()
      .Dir("t/")
      .File("t/write", "image")
      .File("t/append", "image")
      .File("t/truncate", "image")
      .File("t/extend", "image")
      .File("t/chmod", "image")
      .Mode(0640)
      .Dir("t/chmod-dir/")
      .File("t/chmod-dir/child", "image")
      .File("t/chown", "image")
      .Owner(1000, 50)
      .Symlink("t/lchown", "write")
      .File("t/utimens", "image")
      .File("t/setxattr", "image")
      .File("t/rename", "image")
      .File("t/over-from", "from")
      .File("t/over-to", "to")
      .File("t/unlink", "image")
      .Dir("t/rmdir/")
      .Dir("t/tree/")
      .File("t/tree/a", "image")
      .Dir("t/tree/sub/")
      .File("t/tree/sub/b", "image")
      .File("t/link", "image")
      .File("t/retype", "image")
      .Dir("t/anew/")
      .File("t/anew/old", "image")
      .File("t/keep", "untouched");
}

std::span<const Mutation> Mutations() { return kMutations; }

void MutateAll(Actor& actor) {
  for (const Mutation& mutation : kMutations)
    mutation.run(actor);
}

}  // namespace cowbell::conformance

// LAY-001: the order of layers.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

COWBELL_CASE(LAY_001, HighestLayerIsVisible) {
  ExpectAssembled(scene, {Layer().Dir("t/").File("t/v", "1").File("t/only1", "one"),
                          Layer().Dir("t/").File("t/v", "2").Mode(0600).File("t/only2", "two"),
                          Layer().Dir("t/").File("t/v", "3").Mode(0741).Owner(70123, 70124)});
}

// Attributes of a directory are an entry like any other.
COWBELL_CASE(LAY_001, HighestLayerDecidesAttributesOfADirectory) {
  ExpectAssembled(scene, {Layer().Dir("t/").Dir("t/d/").Mode(0700).File("t/d/a", "a"),
                          Layer().Dir("t/").Dir("t/d/").Mode(0751).Owner(70123, 70124),
                          Layer().Dir("t/").File("t/x", "x")});
}

// A type that changes from layer to layer: nothing of the lower one shines through.
COWBELL_CASE(LAY_001, HighestLayerDecidesTheType) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/file-dir", "f")
                              .Dir("t/dir-file/")
                              .File("t/dir-file/below", "b")
                              .Symlink("t/link-file", "file-dir"),
                          Layer()
                              .Dir("t/")
                              .Dir("t/file-dir/")
                              .File("t/file-dir/inside", "i")
                              .File("t/dir-file", "now a file")
                              .File("t/link-file", "no link")});
}

}  // namespace
}  // namespace cowbell::conformance

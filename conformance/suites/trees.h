// Whole trees and whole listings as values to compare.

#ifndef COWBELL_CONFORMANCE_SUITES_TREES_H_
#define COWBELL_CONFORMANCE_SUITES_TREES_H_

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "fixtures/image/layer.h"
#include "fixtures/image/tree.h"

namespace cowbell::conformance {

// `path` and everything below it. The times of the entries in `untimed` are cleared: those that
// the judged action itself changes.
Tree Part(const Tree& tree, const std::string& path, const std::set<std::string>& untimed = {});

// The same of what `layers` mean by layer.md.
Tree ModelPart(const std::vector<Layer>& layers, const std::string& path,
               const std::set<std::string>& untimed = {});

// The same as the actor sees it. A name that is listed and cannot be examined is an entry of type
// '?' and so a difference: tools that walk the tree stumble over it.
Result<Tree> SeenPart(Actor& actor, const std::string& path,
                      const std::set<std::string>& untimed = {});

// The same entries under another name: "/t/d" and below become "/t/d2" and below.
Tree Moved(const Tree& tree, const std::string& from, const std::string& to);

// A Result<Listing> of exactly these names, each once and each one to be examined.
MATCHER_P(ListsExactly, names,
          std::string(negation ? "does not list" : "lists") + " exactly " +
              ::testing::PrintToString(names)) {
  if (!arg.has_value()) return false;
  std::vector<std::string> seen = arg.value().names;
  std::vector<std::string> wanted(names.begin(), names.end());
  std::sort(seen.begin(), seen.end());
  std::sort(wanted.begin(), wanted.end());
  if (!arg.value().unstatable.empty()) {
    *result_listener << "names that cannot be examined: "
                     << ::testing::PrintToString(arg.value().unstatable);
    return false;
  }
  const auto twice = std::adjacent_find(seen.begin(), seen.end());
  if (twice != seen.end()) {
    *result_listener << "listed twice: '" << *twice << "'";
    return false;
  }
  return ::testing::ExplainMatchResult(::testing::ContainerEq(wanted), seen, result_listener);
}

using NameList = std::vector<std::string>;

}  // namespace cowbell::conformance

namespace cowbell::conformance {
// GoogleTest prints a listing through this.
void PrintTo(const Listing& listing, std::ostream* os);
}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_TREES_H_

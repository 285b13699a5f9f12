#include "conformance/suites/trees.h"

#include <ostream>
#include <utility>

#include "fixtures/image/model.h"

namespace cowbell::conformance {
namespace {

bool IsAtOrBelow(const std::string& path, const std::string& root) {
  return root == "/" || path == root ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

}  // namespace

Tree Part(const Tree& tree, const std::string& path, const std::set<std::string>& untimed) {
  Tree part;
  for (const auto& [name, node] : tree) {
    if (!IsAtOrBelow(name, path)) continue;
    Node copy = node;
    if (untimed.contains(name)) copy.mtime = {};
    part.emplace(name, std::move(copy));
  }
  return part;
}

Tree ModelPart(const std::vector<Layer>& layers, const std::string& path,
               const std::set<std::string>& untimed) {
  return Part(ApplyLayers(layers).tree, path, untimed);
}

Result<Tree> SeenPart(Actor& actor, const std::string& path, const std::set<std::string>& untimed) {
  const Tree tree = TRY(actor.ReadTree(path));
  return Part(tree, path, untimed);
}

Tree Moved(const Tree& tree, const std::string& from, const std::string& to) {
  Tree moved;
  for (const auto& [name, node] : tree) {
    if (!IsAtOrBelow(name, from)) {
      moved.emplace(name, node);
      continue;
    }
    Node copy = node;
    if (!copy.hard_link_group.empty() && IsAtOrBelow(copy.hard_link_group, from)) {
      copy.hard_link_group.replace(0, from.size(), to);
    }
    moved.emplace(to + name.substr(from.size()), std::move(copy));
  }
  return moved;
}

void PrintTo(const Listing& listing, std::ostream* os) {
  *os << ::testing::PrintToString(listing.names)
      << ", not to be examined: " << ::testing::PrintToString(listing.unstatable);
}

}  // namespace cowbell::conformance

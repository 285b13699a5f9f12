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

std::string Child(const std::string& directory, const std::string& name) {
  return directory == "/" ? "/" + name : directory + "/" + name;
}

// Adds an entry for every name below the directories of `tree` that lstat refuses.
Status AddGhosts(Actor& actor, Tree& tree) {
  std::vector<std::string> ghosts;
  for (const auto& [path, node] : tree) {
    if (node.type != 'd') continue;
    const Listing listing = TRY(actor.List(path));
    for (const std::string& name : listing.unstatable)
      ghosts.push_back(Child(path, name));
  }
  for (const std::string& path : ghosts)
    tree[path].type = '?';
  return Ok();
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
  Tree tree = TRY(actor.ReadTree(path));
  TRY(AddGhosts(actor, tree));
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

#include "conformance/harness/tree_text.h"

#include <charconv>
#include <string>

#include "fixtures/probe/protocol.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

template <typename T>
Result<T> Number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error::FromMessage("'" + std::string(text) + "' is no number");
  }
  return value;
}

Result<std::pair<std::string_view, std::string_view>> Halves(std::string_view text, char at) {
  const size_t position = text.find(at);
  if (position == std::string_view::npos) {
    return Error::FromMessage("'" + std::string(text) + "' lacks '" + at + "'");
  }
  return std::pair{text.substr(0, position), text.substr(position + 1)};
}

Status SetField(Node& node, std::string_view key, std::string_view value) {
  if (key == "mode") {
    node.mode = TRY(Number<uint32_t>(value, 8));
  } else if (key == "uid") {
    node.uid = TRY(Number<uint64_t>(value));
  } else if (key == "gid") {
    node.gid = TRY(Number<uint64_t>(value));
  } else if (key == "size") {
    node.size = TRY(Number<uint64_t>(value));
  } else if (key == "sha256") {
    node.sha256 = std::string(value);
  } else if (key == "link") {
    node.link = TRY(probe::UnescapeToken(value));
  } else if (key == "group") {
    node.hard_link_group = TRY(probe::UnescapeToken(value));
  } else if (key == "mtime") {
    const auto halves = TRY(Halves(value, '.'));
    node.mtime.seconds = TRY(Number<int64_t>(halves.first));
    node.mtime.nanoseconds = TRY(Number<int64_t>(halves.second));
  } else if (key == "dev") {
    const auto halves = TRY(Halves(value, ':'));
    node.device_major = TRY(Number<uint64_t>(halves.first));
    node.device_minor = TRY(Number<uint64_t>(halves.second));
  } else if (key.starts_with("x:")) {
    const std::string name = TRY(probe::UnescapeToken(key.substr(2)));
    node.xattrs[name] = TRY(probe::UnescapeToken(value));
  } else {
    return Error::FromMessage("unknown field '" + std::string(key) + "'");
  }
  return Ok();
}

Result<std::pair<std::string, Node>> DecodeLine(const std::string& line) {
  const std::vector<std::string> fields = Split(line, ' ');
  if (fields.size() < 2 || fields[1].size() != 1) return Error::FromMessage("no path and type");
  std::pair<std::string, Node> entry;
  entry.first = TRY(probe::UnescapeToken(fields[0]));
  entry.second.type = fields[1][0];
  for (size_t i = 2; i < fields.size(); ++i) {
    const auto halves = TRY(Halves(fields[i], '='));
    TRY(SetField(entry.second, halves.first, halves.second));
  }
  return entry;
}

}  // namespace

Result<Tree> DecodeTree(std::string_view text) {
  Tree tree;
  for (const std::string& line : Lines(text)) {
    auto entry = TRY(DecodeLine(line).Within("tree line '" + Sanitize(line, 200) + "'"));
    if (!tree.insert(std::move(entry)).second) {
      return Error::FromMessage("tree line '" + Sanitize(line, 200) + "': a path occurs twice");
    }
  }
  return tree;
}

}  // namespace cowbell::conformance

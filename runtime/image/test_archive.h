// What unit tests say about tar archives.

#ifndef COWBELL_RUNTIME_IMAGE_TEST_ARCHIVE_H_
#define COWBELL_RUNTIME_IMAGE_TEST_ARCHIVE_H_

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/image/byte_source.h"
#include "runtime/image/tar_reader.h"

namespace cowbell {

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t n = std::min(size, bytes_.size() - at_);
    memcpy(buffer, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

// One line per entry: "name", "name->link", "name=>hard link", "name +xattr=value"; an error as the
// last line.
inline std::vector<std::string> EntryLines(const std::string& bytes) {
  std::vector<std::string> out;
  StringSource source(bytes);
  TarReader reader(source);
  TarEntry entry;
  while (true) {
    const Result<bool> more = reader.Next(&entry);
    if (!more.has_value()) out.push_back(more.error().ToString());
    if (!more.has_value() || !more.value()) return out;
    std::string text = entry.name;
    if (entry.type == TarEntry::Type::kSymlink) text += "->" + entry.link;
    if (entry.type == TarEntry::Type::kHardLink) text += "=>" + entry.link;
    for (const auto& [name, value] : entry.xattrs)
      text += " +" + name + "=" + value;
    out.push_back(std::move(text));
  }
}

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_TEST_ARCHIVE_H_

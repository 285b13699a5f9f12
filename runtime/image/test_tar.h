// Tar archives for unit tests, written byte by byte from a line per entry, so that a test can say
// what no well-behaved archiver would write.

#ifndef COWBELL_RUNTIME_IMAGE_TEST_TAR_H_
#define COWBELL_RUNTIME_IMAGE_TEST_TAR_H_

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/text.h"

namespace cowbell {

// One entry, from a line like
//   "t/dir/ 0700 5:6 @1234567890.5"   a directory        "t/f=text 4755"   a file
//   "t/ln->target"                    a symbolic link    "t/h=>t/f"        a hard link
//   "t/c!1:3 0666"                    a character device "t/p|"            a FIFO
//   "t/f=x +user.a=1 #Z"              with an attribute, with type flag Z
struct TestTarEntry {
  std::string name;
  char type = '0';
  std::string content;
  std::string link;
  std::string mode = "0644";
  std::string uid = "0";
  std::string gid = "0";
  std::string mtime = "1000000000";
  std::string major = "0";
  std::string minor = "0";
  std::vector<std::pair<std::string, std::string>> xattrs;
};

inline TestTarEntry ParseTestTarEntry(const std::string& line) {
  TestTarEntry out;
  const std::vector<std::string> words = Split(line, ' ');
  const std::string& head = words[0];
  const auto set = [&](size_t name_size, char type, const std::string& link, const char* mode) {
    out.name = head.substr(0, name_size);
    out.type = type;
    out.link = link;
    out.mode = mode;
  };
  if (const size_t at = head.find("->"); at != std::string::npos) {
    set(at, '2', head.substr(at + 2), "0777");
  } else if (const size_t hard = head.find("=>"); hard != std::string::npos) {
    set(hard, '1', head.substr(hard + 2), "0644");
  } else if (const size_t text = head.find('='); text != std::string::npos) {
    set(text, '0', "", "0644");
    out.content = head.substr(text + 1);
  } else if (const size_t device = head.find('!'); device != std::string::npos) {
    const size_t colon = head.find(':', device);
    set(device, '3', "", "0644");
    out.major = head.substr(device + 1, colon - device - 1);
    out.minor = head.substr(colon + 1);
  } else if (!head.empty() && head.back() == '|') {
    set(head.size() - 1, '6', "", "0644");
  } else {
    set(head.size(), '5', "", "0755");
  }
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const size_t colon = word.find(':');
    if (word[0] == '@') {
      out.mtime = word.substr(1);
    } else if (word[0] == '#') {
      out.type = word[1];
    } else if (word[0] == '+') {
      const size_t equals = word.find('=');
      out.xattrs.emplace_back(word.substr(1, equals - 1), word.substr(equals + 1));
    } else if (colon != std::string::npos) {
      out.uid = word.substr(0, colon);
      out.gid = word.substr(colon + 1);
    } else {
      out.mode = word;
    }
  }
  return out;
}

// "21 path=a/b/c/d/e/f\n": the length counts itself.
inline std::string PaxRecord(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length)
    ++length;
  return std::to_string(length) + rest;
}

inline std::string UstarHeader(const TestTarEntry& e, const std::string& name, char type,
                               size_t size) {
  std::string h(512, '\0');
  const auto put = [&](size_t at, const std::string& text) { h.replace(at, text.size(), text); };
  const auto octal = [](uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof(text), "%0*llo", digits, static_cast<unsigned long long>(value));
    return std::string(text);
  };
  const auto number = [](const std::string& text) {
    return std::strtoull(text.c_str(), nullptr, 10);
  };
  put(0, name.substr(0, 100));
  put(100, octal(std::strtoul(e.mode.c_str(), nullptr, 8), 7));
  put(108, octal(number(e.uid) & 07777777, 7));
  put(116, octal(number(e.gid) & 07777777, 7));
  put(124, octal(size, 11));
  put(136, octal(number(e.mtime) & 0x1ffffffff, 11));
  h[156] = type;
  put(157, e.link.substr(0, 100));
  put(257, std::string("ustar\00000", 8));
  put(329, octal(number(e.major) & 07777777, 7));
  put(337, octal(number(e.minor) & 07777777, 7));
  put(148, "        ");
  unsigned sum = 0;
  for (const char c : h)
    sum += static_cast<unsigned char>(c);
  put(148, octal(sum, 6) + std::string("\0 ", 2));
  return h;
}

inline std::string Padded512(const std::string& text) {
  return text + std::string((512 - text.size() % 512) % 512, '\0');
}

// The entry's blocks. PAX records carry what the ustar header cannot.
inline std::string TestTarBytes(const TestTarEntry& e) {
  std::string pax;
  if (e.name.size() > 100) pax += PaxRecord("path", e.name);
  if (e.link.size() > 100) pax += PaxRecord("linkpath", e.link);
  if (e.uid.size() > 6) pax += PaxRecord("uid", e.uid);
  if (e.gid.size() > 6) pax += PaxRecord("gid", e.gid);
  if (e.major.size() > 6) pax += PaxRecord("SCHILY.devmajor", e.major);
  if (e.mtime.find_first_of(".-") != std::string::npos || e.mtime.size() > 10) {
    pax += PaxRecord("mtime", e.mtime);
  }
  for (const auto& [key, value] : e.xattrs)
    pax += PaxRecord("SCHILY.xattr." + key, value);
  std::string out;
  if (!pax.empty()) {
    out += UstarHeader({}, "PaxHeaders/x", 'x', pax.size()) + Padded512(pax);
  }
  return out + UstarHeader(e, e.name, e.type, e.content.size()) + Padded512(e.content);
}

// A whole archive with its two empty blocks at the end.
inline std::string TestTar(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines)
    out += TestTarBytes(ParseTestTarEntry(line));
  return out + std::string(1024, '\0');
}

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_TEST_TAR_H_

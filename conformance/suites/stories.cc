#include "conformance/suites/stories.h"

#include <elf.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "conformance/suites/commands.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"

namespace cowbell::conformance {
namespace {

constexpr char kBusybox[] = "/bin/busybox";

// The stories lie at the same place relative to a program in the build tree and when installed.
std::string StoriesDirectory() {
  const char* named = getenv("COWBELL_STORIES_DIR");
  if (named != nullptr && *named != '\0') return named;
  return Require(ProgramDir()) + "/" COWBELL_STORIES_FROM_BIN;
}

// A program that names an interpreter cannot run in an image that holds nothing else (elf(5)).
bool IsStaticProgram(const std::string& bytes) {
  Elf64_Ehdr header{};
  if (bytes.size() < sizeof(header)) return false;
  memcpy(&header, bytes.data(), sizeof(header));
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
  for (size_t i = 0; i < header.e_phnum; ++i) {
    const size_t offset = header.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment{};
    if (offset > bytes.size() || bytes.size() - offset < sizeof(segment)) return false;
    memcpy(&segment, bytes.data() + offset, sizeof(segment));
    if (segment.p_type == PT_INTERP) return false;
  }
  return true;
}

}  // namespace

std::string BuildStory(Scene& scene, const std::string& story) {
  if (!scene.profile().Has("build")) scene.SkipNotApplicable("the engine has no build");
  const Result<std::string> busybox = ReadFile(kBusybox);
  if (!busybox.has_value() || !IsStaticProgram(busybox.value())) {
    scene.SkipBlocked(std::string("no static ") + kBusybox + ": install busybox-static");
  }
  const std::string source = StoriesDirectory() + "/" + story;
  const std::string context = scene.work_dir() + "/" + story;
  Require(MakeDirs(context));
  for (const std::string& name : Require(ListDir(source))) {
    const bool is_script = access((source + "/" + name).c_str(), X_OK) == 0;
    Require(WriteFile(context + "/" + name, Require(ReadFile(source + "/" + name)),
                      is_script ? 0755 : 0644));
  }
  Require(WriteFile(context + "/busybox", busybox.value(), 0755));
  std::string ref = NewImageRef(scene, story);
  scene.Must({"image", "build", "-t", ref, context});
  return ref;
}

}  // namespace cowbell::conformance

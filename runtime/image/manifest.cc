#include "runtime/image/manifest.h"

#include <sys/utsname.h>

#include <algorithm>

#include "runtime/image/json.h"
#include "runtime/image/reference.h"

namespace cowbell {
namespace {

using nlohmann::json;

// uname(2)'s names and Go's.
struct ArchitectureName {
  const char* machine;
  Platform platform;
};
const ArchitectureName kArchitectures[] = {
    {"x86_64", {"linux", "amd64", ""}},
    {"aarch64", {"linux", "arm64", "v8"}},
    {"armv7l", {"linux", "arm", "v7"}},
    {"armv6l", {"linux", "arm", "v6"}},
    {"i686", {"linux", "386", ""}},
    {"riscv64", {"linux", "riscv64", ""}},
    {"ppc64le", {"linux", "ppc64le", ""}},
    {"s390x", {"linux", "s390x", ""}},
    {"loongarch64", {"linux", "loong64", ""}},
};

// Variants that mean the same as none (OCI image-index.md, "Platform Variants").
std::string Variant(const Platform& platform) {
  if (platform.architecture == "arm64" && platform.variant == "v8") return "";
  if (platform.architecture == "amd64" && platform.variant == "v1") return "";
  return platform.variant;
}

Descriptor ReadDescriptor(const json& in) {
  Descriptor out;
  out.media_type = JsonGet<std::string>(in, "mediaType");
  out.digest = JsonGet<std::string>(in, "digest");
  if (!IsSha256Digest(out.digest)) {
    throw std::runtime_error("'" + out.digest + "' is no sha256 digest");
  }
  const json& size = JsonMember(in, "size");
  if (!size.is_number_integer() || size.get<int64_t>() < 0) {
    throw std::runtime_error("the size of " + out.digest + " is no number of bytes");
  }
  out.size = size.get<uint64_t>();
  const json& platform = JsonMember(in, "platform");
  out.platform = {JsonGet<std::string>(platform, "os"),
                  JsonGet<std::string>(platform, "architecture"),
                  JsonGet<std::string>(platform, "variant")};
  out.annotations = JsonGet<std::map<std::string, std::string>>(in, "annotations");
  return out;
}

std::vector<Descriptor> ReadDescriptors(const json& in, const char* key) {
  std::vector<Descriptor> out;
  const json& list = JsonMember(in, key);
  if (!list.is_null() && !list.is_array())
    throw std::runtime_error(std::string(key) + " is no list");
  for (const json& item : list)
    out.push_back(ReadDescriptor(item));
  return out;
}

}  // namespace

std::string Platform::ToString() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

Platform HostPlatform() {
  utsname name = {};
  uname(&name);
  const std::string_view machine = name.machine;
  for (const ArchitectureName& row : kArchitectures) {
    if (machine == row.machine) return row.platform;
  }
  return {"linux", std::string(machine), ""};
}

Result<Platform> ParsePlatform(const std::string& text) {
  const std::vector<std::string> parts = Split(text, '/');
  const bool valid =
      parts.size() <= 3 && std::all_of(parts.begin(), parts.end(), [](const auto& p) {
        return !p.empty() &&
               p.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos;
      });
  if (!valid) {
    return Error::FromMessage("\"" + Sanitize(text, 200) +
                              "\" is an invalid platform: expected os/architecture[/variant]");
  }
  if (parts.size() == 1) {
    if (parts[0] == "linux") return HostPlatform();
    return Platform{"linux", parts[0], ""};
  }
  return Platform{parts[0], parts[1], parts.size() == 3 ? parts[2] : ""};
}

Result<ManifestDocument> ParseManifest(std::string_view text) {
  const auto read = [](const json& in) -> Result<ManifestDocument> {
    if (!in.is_object()) throw std::runtime_error("no object");
    const auto version = JsonGet<int64_t>(in, "schemaVersion");
    if (version != 2) {
      throw std::runtime_error("schemaVersion " + std::to_string(version) + " is not supported");
    }
    ManifestDocument out;
    out.is_index = in.contains("manifests");
    // The two readings of one document must not differ between tools (CVE-2021-41190).
    if (out.is_index && (in.contains("config") || in.contains("layers"))) {
      throw std::runtime_error("both an index and a manifest");
    }
    if (out.is_index) {
      out.entries = ReadDescriptors(in, "manifests");
      return out;
    }
    if (!in.contains("config")) throw std::runtime_error("neither an index nor a manifest");
    out.config = ReadDescriptor(in.at("config"));
    out.layers = ReadDescriptors(in, "layers");
    return out;
  };
  return WithJson(text, "manifest", read);
}

Result<Descriptor> PickPlatform(const std::vector<Descriptor>& entries, const Platform& wanted) {
  const Descriptor* second_best = nullptr;
  for (const Descriptor& entry : entries) {
    const Platform& p = entry.platform;
    if (p.os != wanted.os || p.architecture != wanted.architecture) continue;
    if (Variant(p) == Variant(wanted)) return entry;
    if (second_best == nullptr) second_best = &entry;
  }
  if (second_best != nullptr) return *second_best;
  return Error::FromMessage("no matching manifest for " + wanted.ToString() +
                            " in the manifest list entries");
}

}  // namespace cowbell

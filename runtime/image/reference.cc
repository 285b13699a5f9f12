#include "runtime/image/reference.h"

#include <algorithm>
#include <cctype>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr char kFormatError[] = "invalid reference format";
constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxTagBytes = 128;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsAlnum(char c) { return IsLowerOrDigit(c) || (c >= 'A' && c <= 'Z'); }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool HasUpper(std::string_view text) { return std::any_of(text.begin(), text.end(), IsUpper); }

bool IsPort(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// domain-component *("." domain-component), or an IPv6 address in brackets; then an optional port.
bool IsDomain(std::string_view text) {
  if (!text.empty() && text[0] == '[') {
    const size_t close = text.find(']');
    if (close == std::string_view::npos || close < 2) return false;
    for (const char c : text.substr(1, close - 1)) {
      if (!IsHexDigit(c) && !(c >= 'A' && c <= 'F') && c != ':') return false;
    }
    const std::string_view rest = text.substr(close + 1);
    return rest.empty() || (rest[0] == ':' && IsPort(rest.substr(1)));
  }
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    if (!IsPort(text.substr(colon + 1))) return false;
    text = text.substr(0, colon);
  }
  for (const std::string& part : Split(text, '.')) {
    if (part.empty() || part.front() == '-' || part.back() == '-') return false;
    if (!std::all_of(part.begin(), part.end(), [](char c) { return IsAlnum(c) || c == '-'; })) {
      return false;
    }
  }
  return true;
}

// alpha-numeric *(separator alpha-numeric); separator: "_", ".", "__" or dashes.
bool IsPathComponent(std::string_view text) {
  if (text.empty() || !IsLowerOrDigit(text.front()) || !IsLowerOrDigit(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && !IsLowerOrDigit(text[end]))
      ++end;
    const std::string_view separator = text.substr(i, end - i);
    const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
    if (!dashes && separator != "_" && separator != "." && separator != "__") return false;
    i = end + 1;
  }
  return true;
}

bool IsPath(std::string_view text) {
  const std::vector<std::string> parts = Split(text, '/');
  return std::all_of(parts.begin(), parts.end(),
                     [](const auto& part) { return IsPathComponent(part); });
}

bool IsTag(std::string_view text) {
  if (text.empty() || text.size() > kMaxTagBytes) return false;
  if (text[0] == '.' || text[0] == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; });
}

Status CheckDigest(std::string_view digest) {
  const size_t colon = digest.find(':');
  if (colon == std::string_view::npos || colon == 0) return Error::FromMessage(kFormatError);
  const std::string_view hex = digest.substr(colon + 1);
  const bool hex_like = std::all_of(hex.begin(), hex.end(),
                                    [](char c) { return IsHexDigit(c) || (c >= 'A' && c <= 'F'); });
  if (!hex_like || hex.size() < 32) return Error::FromMessage(kFormatError);
  if (digest.substr(0, colon) != "sha256") {
    return Error::FromMessage("unsupported digest algorithm");
  }
  if (hex.size() != 64) return Error::FromMessage("invalid checksum digest length");
  if (!IsSha256Hex(hex)) return Error::FromMessage("invalid checksum digest format");
  return Ok();
}

// Takes "@digest" and ":tag" off the end of `text`.
Result<Reference> TakeSuffixes(std::string_view* text) {
  Reference out;
  if (const size_t at = text->find('@'); at != std::string_view::npos) {
    out.digest = std::string(text->substr(at + 1));
    TRY(CheckDigest(out.digest));
    *text = text->substr(0, at);
  }
  const size_t slash = text->rfind('/');
  const size_t colon = text->rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    out.tag = std::string(text->substr(colon + 1));
    if (!IsTag(out.tag)) return Error::FromMessage(kFormatError);
    *text = text->substr(0, colon);
  }
  return out;
}

Error UpperCaseError(std::string_view name) {
  return Error::FromMessage(std::string(kFormatError) + ": repository name (" + Sanitize(name) +
                            ") must be lowercase");
}

}  // namespace

std::string Reference::FamiliarName() const {
  if (domain != "docker.io") return domain + "/" + path;
  constexpr std::string_view kOfficial = "library/";
  if (path.rfind(kOfficial, 0) == 0 && path.find('/', kOfficial.size()) == std::string::npos) {
    return path.substr(kOfficial.size());
  }
  return path;
}

std::string Reference::TagOrDigest() const {
  if (!digest.empty()) return digest;
  return tag.empty() ? "latest" : tag;
}

std::string Reference::Familiar() const {
  return FamiliarName() + (digest.empty() ? ":" : "@") + TagOrDigest();
}

std::string Reference::Canonical() const {
  return domain + "/" + path + (digest.empty() ? ":" : "@") + TagOrDigest();
}

Result<Reference> ParseReference(std::string_view text) {
  if (IsSha256Hex(text)) {
    return Error::FromMessage("invalid repository name (" + std::string(text) +
                              "), cannot specify 64-byte hexadecimal strings");
  }
  Reference out = TRY(TakeSuffixes(&text));
  const size_t slash = text.find('/');
  const std::string_view first = text.substr(0, slash);
  const bool has_domain =
      slash != std::string_view::npos &&
      (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  if (has_domain) {
    out.domain = first == "index.docker.io" ? "docker.io" : std::string(first);
    out.path = std::string(text.substr(slash + 1));
  } else {
    out.domain = "docker.io";
    out.path = std::string(text);
  }
  if (HasUpper(out.path)) {
    // A first component in capitals may have been meant as a host: the rest is named if it is
    // wrong by itself.
    const bool rest_is_wrong =
        !has_domain && slash != std::string_view::npos && HasUpper(text.substr(slash + 1));
    return UpperCaseError(rest_is_wrong ? text.substr(slash + 1) : std::string_view(out.path));
  }
  if (out.domain == "docker.io" && out.path.find('/') == std::string::npos) {
    out.path = "library/" + out.path;
  }
  if (!IsDomain(out.domain) || !IsPath(out.path)) return Error::FromMessage(kFormatError);
  if (out.domain.size() + 1 + out.path.size() > kMaxNameBytes) {
    return Error::FromMessage("repository name must not be more than 255 characters");
  }
  return out;
}

Result<std::string> ParseNewTag(std::string_view text) {
  const Reference reference = TRY(ParseReference(text));
  if (!reference.digest.empty()) {
    return Error::FromMessage("refusing to create a tag with a digest reference");
  }
  return reference.Familiar();
}

bool IsSha256Hex(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), IsHexDigit);
}

bool IsSha256Digest(std::string_view text) {
  return text.substr(0, 7) == "sha256:" && IsSha256Hex(text.substr(7));
}

Result<std::string> DigestHex(std::string_view digest, std::string_view what) {
  if (!IsSha256Digest(digest)) {
    return Error::FromMessage(std::string(what) + ": '" + Sanitize(digest, 200) +
                              "' is no sha256 digest");
  }
  return std::string(digest.substr(7));
}

}  // namespace cowbell

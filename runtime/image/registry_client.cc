#include "runtime/image/registry_client.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "runtime/base/file.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"
#include "runtime/image/json.h"

namespace cowbell {
namespace {

using nlohmann::json;

constexpr int kAttempts = 5;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr size_t kMaxTokenBytes = size_t{1} << 20;
constexpr char kAcceptManifests[] =
    "Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

bool IsBroken(const Error& error) { return error.errno_value() == EIO; }

// The name under which a login is kept.
std::string LoginKey(const std::string& domain) {
  return domain == "docker.io" ? "https://index.docker.io/v1/" : domain;
}

std::string ReadLogin(const std::string& docker_config, const std::string& domain) {
  if (docker_config.empty()) return "";
  const auto read = [&](const json& in) -> Result<std::string> {
    return JsonGet<std::string>(JsonMember(JsonMember(in, "auths"), LoginKey(domain).c_str()),
                                "auth");
  };
  const Result<std::string> login = WithJson(docker_config, "config.json", read);
  return login.has_value() ? login.value() : "";
}

// realm="https://a/token",service="b" -> value of one key.
std::string ChallengeValue(const std::string& challenge, const std::string& key) {
  const size_t at = challenge.find(key + "=\"");
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size() + 2;
  const size_t end = challenge.find('"', begin);
  return end == std::string::npos ? "" : challenge.substr(begin, end - begin);
}

std::string UrlEscape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = isalnum(static_cast<unsigned char>(c)) != 0 || strchr("-._~", c) != nullptr;
    out += plain ? std::string(1, c) : "%" + HexEncode({&c, 1});
  }
  return out;
}

void Pause(int attempt) { std::this_thread::sleep_for(kFirstPause * (1 << (2 * attempt))); }

}  // namespace

RegistryClient::RegistryClient(const Reference& reference, const std::string& docker_config)
    : reference_(reference), basic_(ReadLogin(docker_config, reference.domain)) {
  const bool is_docker = reference.domain == "docker.io";
  const std::string host = is_docker ? "registry-1.docker.io" : reference.domain;
  base_ = (IsLoopback(host) ? "http://" : "https://") + host;
}

RegistryClient::~RegistryClient() = default;

std::string RegistryClient::ErrorCode() const {
  const auto read = [](const json& in) -> Result<std::string> {
    const json& errors = JsonMember(in, "errors");
    if (!errors.is_array() || errors.empty()) return std::string();
    return JsonGet<std::string>(errors.at(0), "code");
  };
  const Result<std::string> code = WithJson(error_body_, "error", read);
  return code.has_value() ? code.value() : "";
}

Error RegistryClient::StatusError(const std::string& path, int status) const {
  const std::string context = "Get \"" + base_ + path + "\": ";
  const std::string name = reference_.FamiliarName();
  if (status == 401) return Error::FromMessage(context + "unauthorized: authentication required");
  if (status == 403) {
    return Error::FromMessage("pull access denied for " + name +
                              ", repository does not exist or may require 'calf login': denied: "
                              "requested access to the resource is denied");
  }
  if (status == 429) return Error::FromMessage(context + "toomanyrequests: too many requests");
  return Error::FromMessage(context + "unexpected status code " + std::to_string(status));
}

Status RegistryClient::Authorize(const std::string& challenge) {
  if (challenge.rfind("Basic", 0) == 0) {
    if (basic_.empty()) return Error::FromMessage("no basic auth credentials");
    authorization_ = "Authorization: Basic " + basic_;
    return Ok();
  }
  const std::string realm = ChallengeValue(challenge, "realm");
  if (challenge.rfind("Bearer", 0) != 0 || realm.rfind("http", 0) != 0) {
    return Error::FromMessage("unauthorized: the registry asks for '" + Sanitize(challenge, 100) +
                              "'");
  }
  if (base_.rfind("https:", 0) == 0 && realm.rfind("https:", 0) != 0) {
    return Error::FromMessage("unauthorized: the registry sends the login to an open channel");
  }
  HttpRequest request;
  std::string scope = ChallengeValue(challenge, "scope");
  if (scope.empty()) scope = "repository:" + reference_.path + ":pull";
  request.url = realm + "?service=" + UrlEscape(ChallengeValue(challenge, "service")) +
                "&scope=" + UrlEscape(scope);
  if (!basic_.empty()) request.headers.push_back("Authorization: Basic " + basic_);
  request.max_bytes = kMaxTokenBytes;
  std::string body;
  const auto sink = [&](int, std::string_view bytes) -> Status {
    body.append(bytes);
    return Ok();
  };
  const HttpResponse response = TRY(http_.Get(request, sink, &error_body_));
  if (response.status != 200) {
    return Error::FromMessage("unauthorized: authentication required");
  }
  const auto read = [](const json& in) -> Result<std::string> {
    std::string token = JsonGet<std::string>(in, "token");
    return token.empty() ? JsonGet<std::string>(in, "access_token") : token;
  };
  const std::string token = TRY(WithJson(body, "token", read));
  const bool printable =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !printable) return Error::FromMessage("unauthorized: no token came");
  authorization_ = "Authorization: Bearer " + token;
  return Ok();
}

Result<HttpResponse> RegistryClient::Get(const std::string& path, uint64_t range_start,
                                         uint64_t max_bytes, const HttpClient::Sink& sink) {
  HttpRequest request;
  request.url = base_ + path;
  // Docker asks for /v2/ first, and that is what its users look for.
  request.shown_url = base_ + "/v2/";
  request.range_start = range_start;
  request.max_bytes = max_bytes;
  for (int attempt = 0;; ++attempt) {
    request.headers = {kAcceptManifests};
    if (!authorization_.empty()) request.headers.push_back(authorization_);
    HttpResponse response = TRY(http_.Get(request, sink, &error_body_));
    const auto challenge = response.headers.find("www-authenticate");
    if (response.status != 401 || attempt > 0 || challenge == response.headers.end()) {
      return response;
    }
    TRY(Authorize(challenge->second).Within("Get \"" + request.url + "\""));
  }
}

Result<FetchedManifest> RegistryClient::GetManifest(const std::string& which,
                                                    const std::string& expected) {
  const std::string path = "/v2/" + reference_.path + "/manifests/" + which;
  std::string body;
  const auto sink = [&](int, std::string_view bytes) -> Status {
    body.append(bytes);
    return Ok();
  };
  for (int attempt = 0;; ++attempt) {
    body.clear();
    const Result<HttpResponse> response = Get(path, 0, kMaxManifestBytes, sink);
    if (!response.has_value()) {
      // A port that is closed stays closed; a connection that broke may not break again.
      const bool refused = response.error().message().find(": dial tcp") != std::string::npos;
      if (refused || !IsBroken(response.error()) || attempt + 1 >= kAttempts / 2) {
        return Error::FromMessage(response.error().message());
      }
      Pause(attempt);
      continue;
    }
    const int status = response.value().status;
    if (status == 404 && ErrorCode() == "NAME_UNKNOWN") {
      return Error::FromMessage("repository " + reference_.FamiliarName() +
                                " not found: name unknown: repository name not known to registry");
    }
    if (status == 404) {
      return Error::FromMessage("manifest for " + reference_.Familiar() +
                                " not found: manifest unknown: manifest unknown");
    }
    if (status != 200) return StatusError(path, status);
    break;
  }
  FetchedManifest out;
  out.digest = "sha256:" + Sha256Hex(body);
  if (!expected.empty() && out.digest != expected) {
    return Error::FromMessage("manifest verification failed for digest " + expected);
  }
  out.document = TRY(ParseManifest(body));
  return out;
}

Result<FetchedManifest> RegistryClient::FetchManifest() {
  return GetManifest(reference_.TagOrDigest(), reference_.digest);
}

Result<FetchedManifest> RegistryClient::FetchManifest(const Descriptor& descriptor) {
  return GetManifest(descriptor.digest, descriptor.digest);
}

Result<std::string> RegistryClient::FetchConfig(const Descriptor& descriptor) {
  if (descriptor.size > kMaxConfigBytes) return Error::FromMessage("the image config is too large");
  const std::string path = "/v2/" + reference_.path + "/blobs/" + descriptor.digest;
  std::string body;
  const auto sink = [&](int, std::string_view bytes) -> Status {
    body.append(bytes);
    return Ok();
  };
  for (int attempt = 0;; ++attempt) {
    body.clear();
    const Result<HttpResponse> response = Get(path, 0, kMaxConfigBytes, sink);
    if (response.has_value() && response.value().status == 200) break;
    if (response.has_value()) return StatusError(path, response.value().status);
    if (!IsBroken(response.error()) || attempt + 1 >= kAttempts / 2) {
      return Error::FromMessage(response.error().message());
    }
    Pause(attempt);
  }
  if (body.size() == descriptor.size && "sha256:" + Sha256Hex(body) == descriptor.digest) {
    return body;
  }
  return Error::FromMessage("image config verification failed for digest " + descriptor.digest);
}

Status RegistryClient::FetchBlob(const Descriptor& descriptor, int fd) {
  const std::string path = "/v2/" + reference_.path + "/blobs/" + descriptor.digest;
  const Error altered =
      Error::FromMessage("filesystem layer verification failed for digest " + descriptor.digest);
  uint64_t have = 0;
  for (int attempt = 0;; ++attempt) {
    bool is_first_piece = true;
    const auto sink = [&](int status, std::string_view bytes) -> Status {
      // A server without ranges begins again.
      if (std::exchange(is_first_piece, false) && status == 200 && have > 0) {
        if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
          return Error::FromErrno(errno, "begin a download again");
        }
        have = 0;
      }
      have += bytes.size();
      if (have > descriptor.size) return altered;
      return WriteAll(fd, bytes).Within("write a layer");
    };
    const uint64_t before = have;
    const Result<HttpResponse> response = Get(path, have, descriptor.size, sink);
    if (response.has_value()) {
      const int status = response.value().status;
      if (status != 200 && status != 206) return StatusError(path, status);
      break;
    }
    if (have > before) attempt = 0;
    if (!IsBroken(response.error()) || attempt + 1 >= kAttempts) {
      return Error::FromMessage(response.error().ToString());
    }
    Pause(std::min(attempt, 2));
  }
  if (have != descriptor.size) return altered;
  if (lseek(fd, 0, SEEK_SET) != 0) return Error::FromErrno(errno, "seek");
  const std::string hex = TRY(Sha256HexOfFd(fd));
  if ("sha256:" + hex != descriptor.digest) return altered;
  return Ok();
}

std::string ReadDockerConfig() {
  const char* directory = getenv("DOCKER_CONFIG");
  const char* home = getenv("HOME");
  std::string path;
  if (directory != nullptr) {
    path = directory;
  } else if (home != nullptr) {
    path = std::string(home) + "/.docker";
  }
  if (path.empty()) return "";
  const Result<std::string> text = ReadFile(path + "/config.json", 1 << 20);
  return text.has_value() ? text.value() : "";
}

}  // namespace cowbell

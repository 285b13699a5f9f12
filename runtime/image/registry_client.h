// Reads from a registry (OCI distribution-spec v1.1, pull; Docker Registry HTTP API V2). Everything
// that comes is checked against its digest and size before it is given out.

#ifndef COWBELL_RUNTIME_IMAGE_REGISTRY_CLIENT_H_
#define COWBELL_RUNTIME_IMAGE_REGISTRY_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/image/http.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reference.h"

namespace cowbell {

// A manifest or index as it came, and the digest of its bytes.
struct FetchedManifest {
  ManifestDocument document;
  std::string digest;
};

// One repository of one registry. Not thread-safe. Plain HTTP for loopback, HTTPS elsewhere.
class RegistryClient {
 public:
  // `docker_config`: the text of Docker's config.json with logins; may be empty.
  RegistryClient(const Reference& reference, const std::string& docker_config);
  ~RegistryClient();

  // What the reference names. Errors: "manifest for REF not found: manifest unknown: manifest
  // unknown"; "manifest verification failed for digest D"; "unauthorized: …"; those of HttpClient.
  Result<FetchedManifest> FetchManifest();
  // An entry of an index.
  Result<FetchedManifest> FetchManifest(const Descriptor& descriptor);
  // Errors: "image config verification failed for digest D".
  Result<std::string> FetchConfig(const Descriptor& descriptor);
  // Writes a blob to `fd`, which is empty; a broken transfer is taken up where it broke.
  // Errors: "filesystem layer verification failed for digest D".
  Status FetchBlob(const Descriptor& descriptor, int fd);

 private:
  Result<FetchedManifest> GetManifest(const std::string& which, const std::string& expected);
  // GET with the credentials that the registry asks for.
  Result<HttpResponse> Get(const std::string& path, uint64_t range_start, uint64_t max_bytes,
                           const HttpClient::Sink& sink);
  Status Authorize(const std::string& challenge);
  Error StatusError(const std::string& path, int status) const;
  // The code of the first error of an answer: "MANIFEST_UNKNOWN".
  std::string ErrorCode() const;

  Reference reference_;
  std::string base_;           // "http://127.0.0.1:5000"
  std::string basic_;          // base64 of user:password; empty: no login
  std::string authorization_;  // header once the registry asked
  std::string error_body_;
  HttpClient http_;
};

// $DOCKER_CONFIG/config.json or ~/.docker/config.json; empty when there is none.
std::string ReadDockerConfig();

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_REGISTRY_CLIENT_H_

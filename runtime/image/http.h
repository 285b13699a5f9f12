// GET over HTTP(S), through libcurl, with limits and with errors in the words of Go's net/http,
// which scripts around container engines know.

#ifndef COWBELL_RUNTIME_IMAGE_HTTP_H_
#define COWBELL_RUNTIME_IMAGE_HTTP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  // "Accept: …"
  // What an error names instead of `url`; empty: `url`.
  std::string shown_url;
  uint64_t range_start = 0;  // not 0: "Range: bytes=N-"
  uint64_t max_bytes = 0;    // of the body; more is an error
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last answer's only
};

// One connection that is kept between requests. A resource; not thread-safe.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Gives the body in pieces to `sink` if the status is 200 or 206; other bodies are kept, cut, in
  // `*error_body`. Follows redirects. Errors: errno 0 for whatever a second try cannot mend, EIO
  // for a connection that failed or broke: `Get "URL": dial tcp …`, `Get "URL": unexpected EOF`.
  using Sink = std::function<Status(int status, std::string_view bytes)>;
  Result<HttpResponse> Get(const HttpRequest& request, const Sink& sink, std::string* error_body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// 127.0.0.0/8, ::1 and localhost, with or without a port.
bool IsLoopback(std::string_view host_and_port);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_HTTP_H_

#include "runtime/image/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr long kConnectSeconds = 15;
constexpr long kStallSeconds = 30;
constexpr long kMaxRedirects = 5;
constexpr size_t kMaxErrorBody = 16384;
constexpr size_t kMaxHeaderBytes = size_t{256} << 10;

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string HostOf(const std::string& url) {
  const size_t start = url.find("://");
  const size_t begin = start == std::string::npos ? 0 : start + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

// What one transfer has seen so far.
struct Transfer {
  CURL* handle;
  const HttpClient::Sink& sink;
  std::string* error_body;
  uint64_t max_bytes;
  HttpResponse response;
  uint64_t received = 0;
  size_t header_bytes = 0;
  std::optional<Error> error;  // of the sink, or a limit

  int Code() const {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }
};

size_t OnHeader(char* data, size_t, size_t size, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const std::string_view line(data, size);
  transfer->header_bytes += size;
  if (transfer->header_bytes > kMaxHeaderBytes) {
    transfer->error = Error::FromMessage("the headers of the answer are too large");
    return 0;
  }
  // The answer after a redirect begins anew.
  if (line.rfind("HTTP/", 0) == 0) transfer->response.headers.clear();
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    transfer->response.headers[LowerCase(Trim(line.substr(0, colon)))] =
        std::string(Trim(line.substr(colon + 1)));
  }
  return size;
}

size_t OnBody(char* data, size_t, size_t size, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const int status = transfer->Code();
  if (status != 200 && status != 206) {
    const size_t room = kMaxErrorBody - std::min(kMaxErrorBody, transfer->error_body->size());
    transfer->error_body->append(data, std::min(size, room));
    return size;
  }
  transfer->received += size;
  if (transfer->received > transfer->max_bytes) {
    transfer->error = Error::FromMessage("the answer is larger than the " +
                                         std::to_string(transfer->max_bytes) + " bytes expected");
    return 0;
  }
  Status taken = transfer->sink(status, {data, size});
  if (taken.has_value()) return size;
  transfer->error = std::move(taken).error();
  return 0;
}

std::string GoErrno(long os_errno) {
  std::string text = strerror(static_cast<int>(os_errno));
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

// The failure of a transfer as Go words it.
Error TransferError(CURL* handle, CURLcode code, const HttpRequest& request,
                    const char* curl_text) {
  const std::string& url = request.shown_url.empty() ? request.url : request.shown_url;
  const std::string context = "Get \"" + Sanitize(url, 500) + "\": ";
  const std::string host = HostOf(request.url);
  long os_errno = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &os_errno);
  const auto broken = [&](const std::string& text) {
    return Error::FromErrno(EIO, context + text);
  };
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return broken("dial tcp " + host +
                    ": connect: " + (os_errno != 0 ? GoErrno(os_errno) : Sanitize(curl_text)));
    case CURLE_COULDNT_RESOLVE_HOST:
      return broken("dial tcp: lookup " + host + ": no such host");
    case CURLE_GOT_NOTHING:
      return broken("EOF");
    case CURLE_PARTIAL_FILE:
      return broken("unexpected EOF");
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return broken("read tcp " + host + ": " +
                    (os_errno != 0 ? GoErrno(os_errno) : std::string("unexpected EOF")));
    case CURLE_OPERATION_TIMEDOUT:
      return broken("net/http: request canceled (Client.Timeout exceeded)");
    default:
      return Error::FromMessage(
          context + Sanitize(*curl_text != '\0' ? curl_text : curl_easy_strerror(code)));
  }
}

}  // namespace

struct HttpClient::State {
  std::unique_ptr<CURL, FreeCurl> handle{curl_easy_init()};
};

HttpClient::HttpClient() : state_(std::make_unique<State>()) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::Get(const HttpRequest& request, const Sink& sink,
                                     std::string* error_body) {
  CURL* handle = state_->handle.get();
  if (handle == nullptr) return Error::FromMessage("libcurl cannot be initialised");
  error_body->clear();
  curl_easy_reset(handle);
  char curl_text[CURL_ERROR_SIZE] = {};
  Transfer transfer{handle, sink, error_body, request.max_bytes, {}, 0, 0, std::nullopt};
  std::unique_ptr<curl_slist, FreeList> headers;
  for (const std::string& header : request.headers) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  }
  const bool is_https = request.url.rfind("https://", 0) == 0;
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, curl_text);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "calf/0.1.0");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMaxRedirects);
  // Never from a file, and never from a safe channel to an open one.
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, is_https ? "https" : "http,https");
  if (IsLoopback(HostOf(request.url))) curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  if (request.range_start > 0) {
    const std::string range = std::to_string(request.range_start) + "-";
    curl_easy_setopt(handle, CURLOPT_RANGE, range.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  const CURLcode code = curl_easy_perform(handle);
  if (transfer.error) return *transfer.error;
  if (code != CURLE_OK) return TransferError(handle, code, request, curl_text);
  transfer.response.status = transfer.Code();
  return std::move(transfer.response);
}

bool IsLoopback(std::string_view host) {
  if (host.rfind("[::1]", 0) == 0) return true;
  const std::string_view name = host.substr(0, host.find(':'));
  if (name == "localhost") return true;
  const std::vector<std::string> parts = Split(name, '.');
  return parts.size() == 4 && parts[0] == "127" &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace cowbell

#include "runtime/image/registry_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/sha256.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Digest(const std::string& bytes) { return "sha256:" + Sha256Hex(bytes); }

Descriptor DescriptorOf(const std::string& bytes) {
  Descriptor out;
  out.digest = Digest(bytes);
  out.size = bytes.size();
  return out;
}

// A repository "r" on a free port of loopback; what a path answers can be replaced.
class RegistryClientTest : public ::testing::Test {
 protected:
  using Handler = httplib::Server::Handler;

  void SetUp() override {
    port_ = server_.bind_to_any_port("127.0.0.1");
    ASSERT_GT(port_, 0);
  }
  void TearDown() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  void Serve(const std::string& pattern, Handler handler) {
    server_.Get(pattern,
                [this, handler](const httplib::Request& request, httplib::Response& answer) {
                  {
                    const std::lock_guard<std::mutex> lock(mutex_);
                    requests_.push_back(request.path + request.get_header_value("Range"));
                  }
                  handler(request, answer);
                });
  }
  // The port listens since it was bound: early requests wait.
  void Start() {
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  std::string Name(const std::string& suffix = ":1") const {
    return "127.0.0.1:" + std::to_string(port_) + "/r" + suffix;
  }
  RegistryClient Client(const std::string& suffix = ":1", const std::string& config = "") {
    return RegistryClient(ParseReference(Name(suffix)).value(), config);
  }
  std::vector<std::string> Requests() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }
  Result<std::string> Blob(const Descriptor& descriptor) {
    const UniqueFd fd = TRY(Open(dir_.path(), O_RDWR | O_TMPFILE, 0600));
    RegistryClient client = Client();
    TRY(client.FetchBlob(descriptor, fd.get()));
    lseek(fd.get(), 0, SEEK_SET);
    return ReadAll(fd.get());
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  TempDir dir_ = TempDir::Create(::testing::TempDir(), "registry-").value();
};

const std::string kManifest =
    R"({"schemaVersion":2,"config":{"digest":")" + Digest("c") + R"(","size":1},"layers":[]})";

TEST_F(RegistryClientTest, FetchesAManifestByTagAndByDigest) {
  Serve(R"(/v2/r/manifests/.*)",
        [](const auto&, auto& answer) { answer.set_content(kManifest, "application/json"); });
  Start();
  RegistryClient client = Client();
  const auto got = client.FetchManifest();
  ASSERT_TRUE(got.has_value()) << got.error().ToString();
  EXPECT_EQ(got.value().digest, Digest(kManifest));
  RegistryClient by_digest = Client("@" + Digest(kManifest));
  EXPECT_TRUE(by_digest.FetchManifest().has_value());
  const std::string other = Digest("other");
  RegistryClient wrong = Client("@" + other);
  EXPECT_EQ(wrong.FetchManifest().error().ToString(),
            "manifest verification failed for digest " + other);
  EXPECT_THAT(Requests(), ElementsAre("/v2/r/manifests/1", "/v2/r/manifests/" + Digest(kManifest),
                                      "/v2/r/manifests/" + other));
}

TEST_F(RegistryClientTest, WordsOfWhatIsMissing) {
  Serve(R"(/v2/r/manifests/1)", [](const auto&, auto& answer) { answer.status = 404; });
  Serve(R"(/v2/r/manifests/2)", [](const auto&, auto& answer) {
    answer.status = 404;
    answer.set_content(R"({"errors":[{"code":"NAME_UNKNOWN"}]})", "application/json");
  });
  Serve(R"(/v2/r/manifests/3)", [](const auto&, auto& answer) { answer.status = 500; });
  Serve(R"(/v2/r/manifests/4)", [](const auto&, auto& answer) { answer.status = 403; });
  Start();
  EXPECT_EQ(Client(":1").FetchManifest().error().ToString(),
            "manifest for " + Name() + " not found: manifest unknown: manifest unknown");
  EXPECT_THAT(Client(":2").FetchManifest().error().ToString(),
              HasSubstr("not found: name unknown"));
  EXPECT_THAT(Client(":3").FetchManifest().error().ToString(),
              HasSubstr("unexpected status code 500"));
  EXPECT_THAT(Client(":4").FetchManifest().error().ToString(), HasSubstr("pull access denied for"));
}

TEST_F(RegistryClientTest, AClosedPortIsRefused) {
  const int closed = port_;
  TearDown();
  // Bound but never listening: nobody else can take the port meanwhile.
  const UniqueFd socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  ASSERT_EQ(getsockname(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  ASSERT_NE(port_, closed);
  const std::string host = "127.0.0.1:" + std::to_string(port_);
  EXPECT_EQ(Client().FetchManifest().error().ToString(),
            "Get \"http://" + host + "/v2/\": dial tcp " + host + ": connect: connection refused");
}

// Accepts one connection after another and closes each without an answer.
TEST_F(RegistryClientTest, ARegistryThatHangsUpIsAnError) {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  ASSERT_EQ(listen(listener.get(), 5), 0);
  port_ = ntohs(address.sin_port);
  std::thread acceptor([&] {
    while (true) {
      const UniqueFd connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection.valid()) return;
      char buffer[4096];
      if (recv(connection.get(), buffer, sizeof(buffer), 0) < 0) continue;
    }
  });
  const auto got = Client().FetchManifest();
  shutdown(listener.get(), SHUT_RDWR);
  acceptor.join();
  ASSERT_FALSE(got.has_value());
  EXPECT_THAT(got.error().ToString(), HasSubstr("/v2/\": EOF"));
}

TEST_F(RegistryClientTest, BlobsAreVerified) {
  const std::string content(100000, 'x');
  std::string answer_bytes = content;
  Serve(R"(/v2/r/blobs/.*)", [&](const auto&, auto& answer) {
    answer.set_content(answer_bytes, "application/octet-stream");
  });
  Start();
  EXPECT_EQ(Blob(DescriptorOf(content)).value(), content);
  const std::string text = "filesystem layer verification failed for digest " + Digest(content);
  for (const std::string& bad : {std::string(100000, 'y'), content + "z", content.substr(1)}) {
    answer_bytes = bad;
    const auto got = Blob(DescriptorOf(content));
    ASSERT_FALSE(got.has_value());
    // An answer that is too long is cut off by the limit.
    if (bad.size() <= content.size()) {
      EXPECT_EQ(got.error().ToString(), text);
    }
  }
  answer_bytes = "d";
  RegistryClient client = Client();
  EXPECT_EQ(client.FetchConfig(DescriptorOf("c")).error().ToString(),
            "image config verification failed for digest " + Digest("c"));
}

TEST_F(RegistryClientTest, ABrokenTransferIsTakenUpWhereItBroke) {
  std::string content;
  for (int i = 0; i < 50000; ++i)
    content += std::to_string(i);
  std::atomic<int> served{0};
  Serve(R"(/v2/r/blobs/.*)", [&](const auto& request, auto& answer) {
    const bool cut = served++ < 2;
    const std::string range = request.get_header_value("Range");
    const size_t start = range.empty() ? 0 : std::stoul(range.substr(6));
    const size_t end = cut ? start + (content.size() - start) / 2 : content.size();
    // The length of the whole is announced, and half of it sent. The server reads the Range itself.
    answer.set_content_provider(
        content.size(), "application/octet-stream",
        [&content, end](size_t offset, size_t length, httplib::DataSink& sink) {
          if (offset >= end) return false;
          return sink.write(content.data() + offset, std::min(length, end - offset));
        });
  });
  Start();
  const auto got = Blob(DescriptorOf(content));
  ASSERT_TRUE(got.has_value()) << got.error().ToString();
  EXPECT_EQ(got.value(), content);
  const std::vector<std::string> requests = Requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_THAT(requests[1], HasSubstr("bytes=" + std::to_string(content.size() / 2) + "-"));
}

TEST_F(RegistryClientTest, LogsInWhereItIsAsked) {
  std::string challenge = "Basic realm=\"x\"";
  Serve(R"(/token)", [](const auto& request, auto& answer) {
    answer.set_content(R"({"token":"T)" + request.get_param_value("service") + "\"}",
                       "application/json");
  });
  Serve(R"(/v2/r/manifests/.*)", [&](const auto& request, auto& answer) {
    const std::string login = request.get_header_value("Authorization");
    if (login == "Basic dTpw" || login == "Bearer Tsvc") {
      answer.set_content(kManifest, "application/json");
      return;
    }
    answer.status = 401;
    answer.set_header("WWW-Authenticate", challenge);
  });
  Start();
  const std::string host = "127.0.0.1:" + std::to_string(port_);
  const auto config = [&](const std::string& auth) {
    return R"({"auths":{")" + host + R"(":{"auth":")" + auth + R"("}}})";
  };
  EXPECT_TRUE(Client(":1", config("dTpw")).FetchManifest().has_value());
  EXPECT_THAT(Client(":1", config("wrong")).FetchManifest().error().ToString(),
              HasSubstr("unauthorized"));
  EXPECT_THAT(Client().FetchManifest().error().ToString(), HasSubstr("no basic auth credentials"));
  challenge = "Bearer realm=\"http://" + host + "/token\",service=\"svc\"";
  EXPECT_TRUE(Client().FetchManifest().has_value());
}

TEST(Loopback, IsKnownByItsNumbers) {
  for (const char* host : {"127.0.0.1:5000", "127.9.8.7", "localhost:1", "[::1]:5000"}) {
    EXPECT_TRUE(IsLoopback(host)) << host;
  }
  for (const char* host : {"127.0.0.1.example.com", "128.0.0.1", "localhost.example", "reg.io"}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
}

}  // namespace
}  // namespace cowbell

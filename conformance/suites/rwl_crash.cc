// What a process has made durable is there after it was killed in the middle of its work.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::StartsWith;

// Appends numbered records to /t/log, each made durable, until the session dies; counts those that
// were acknowledged.
class DurableWriter {
 public:
  explicit DurableWriter(std::unique_ptr<Session> session)
      : session_(std::move(session)), thread_([this] { Write(); }) {}
  ~DurableWriter() { Join(); }
  DurableWriter(const DurableWriter&) = delete;
  DurableWriter& operator=(const DurableWriter&) = delete;

  // False: the writer ended before.
  bool AwaitRecords(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return records_ >= count || over_; });
    return records_ >= count;
  }
  // When the session is dead: how many records were acknowledged.
  size_t Join() {
    if (thread_.joinable()) thread_.join();
    session_.reset();
    return records_;
  }

  static std::string Record(size_t number) { return "record " + std::to_string(number) + "\n"; }

 private:
  bool Did(const probe::Op& op) {
    const auto reply = session_->Do(op);
    return reply.has_value() && reply.value().ok();
  }
  void Write() {
    bool alive = Did({"open", {"log", "/t/log", "wronly,append", "0644"}});
    for (size_t number = 0; alive; ++number) {
      alive = Did({"pwrite", {"log", "0", Record(number)}}) && Did({"fsync", {"log"}});
      const std::lock_guard lock(mutex_);
      records_ += alive ? 1 : 0;
      changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

  std::unique_ptr<Session> session_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t records_ = 0;
  bool over_ = false;
  std::thread thread_;
};

COWBELL_CASE(RWL_022, AKilledWriterLosesNothingThatWasDurable) {
  Image& image = scene.MakeImage({MutableLayer(), Layer().File("t/log", "")});
  Container& container = scene.Create(image);
  Container& sibling = scene.Create(image);
  Actor other = scene.Start(sibling);
  const Tree untouched = Require(other.ReadTree("/t"));
  Actor actor = scene.Start(container);
  MutateAll(actor);
  const std::set<std::string> written = {"/t/log"};
  const Tree changed = Require(SeenPart(actor, "/t", written));
  actor.Finish();

  DurableWriter writer(Require(container.Start()));
  if (!writer.AwaitRecords(100)) throw SceneError("the writer ended before it was killed");
  scene.Must({"container", "kill", container.name()});
  scene.Must({"container", "wait", container.name()});
  const size_t durable = writer.Join();

  std::string expected;
  for (size_t number = 0; number < durable; ++number)
    expected += DurableWriter::Record(number);
  actor = scene.Start(container);
  EXPECT_THAT(actor.Read("/t/log"), Yields(StartsWith(expected)));
  Tree after = Require(SeenPart(actor, "/t", written));
  ASSERT_TRUE(after.contains("/t/log"));
  // The log itself is judged above.
  after["/t/log"] = changed.at("/t/log");
  EXPECT_THAT(after, IsTree(changed));
  EXPECT_THAT(actor.Append("/t/log", "goes on"), Succeeds());
  actor.Finish();
  EXPECT_THAT(Require(other.ReadTree("/t")), IsTree(untouched)) << "the sibling";
  other.Finish();
}

}  // namespace
}  // namespace cowbell::conformance

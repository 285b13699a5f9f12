#include "conformance/harness/event_listener.h"

#include <unistd.h>

#include "conformance/harness/case_log.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {

void SendEvent(int fd, const record::Event& event) {
  if (!WriteAll(fd, record::EncodeEvent(event)).has_value()) _exit(1);
}

record::CaseResult BlankResult(const Clause& clause) {
  record::CaseResult result;
  result.clause = clause.id;
  result.level = ToString(clause.level);
  result.area = AreaOf(clause);
  result.sentence = clause.sentence;
  result.source = clause.source;
  return result;
}

void EventListener::OnTestStart(const ::testing::TestInfo& test) {
  result_ = BlankResult(clause_);
  result_.name = test.name();
  result_.file = test.file();
  result_.line = test.line();
  result_.started = NowText();
  start_ = std::chrono::steady_clock::now();
  CaseLog::Current().Begin();
  SendEvent(event_fd_, {record::Event::Kind::kCaseStart, result_, {}});
}

void EventListener::OnTestPartResult(const ::testing::TestPartResult& part) {
  if (part.failed()) {
    CaseLog::Current().Failed(
        {part.file_name() != nullptr ? part.file_name() : "", part.line_number(), part.message()});
  } else {
    CaseLog::Current().Asserted();
  }
}

void EventListener::OnTestEnd(const ::testing::TestInfo&) {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  result_.duration_s = took.count();
  CaseLog::Current().Conclude(result_);
  SendEvent(event_fd_, {record::Event::Kind::kCaseEnd, result_, {}});
}

}  // namespace cowbell::conformance

// Streams the results of cases while GoogleTest runs them.

#ifndef COWBELL_CONFORMANCE_HARNESS_EVENT_LISTENER_H_
#define COWBELL_CONFORMANCE_HARNESS_EVENT_LISTENER_H_

#include <chrono>

#include "conformance/clauses/clause.h"
#include "conformance/harness/assertions.h"
#include "reports/record/json.h"

namespace cowbell::conformance {

// Writes one event as a line. A pipe nobody reads any more ends the process.
void SendEvent(int fd, const record::Event& event);

// A result with everything that is known of a clause before it is judged.
record::CaseResult BlankResult(const Clause& clause);

class EventListener : public ::testing::EmptyTestEventListener {
 public:
  EventListener(const Clause& clause, int event_fd) : clause_(clause), event_fd_(event_fd) {}

  void OnTestStart(const ::testing::TestInfo& test) override;
  void OnTestPartResult(const ::testing::TestPartResult& part) override;
  void OnTestEnd(const ::testing::TestInfo& test) override;

 private:
  const Clause& clause_;
  int event_fd_;
  record::CaseResult result_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_EVENT_LISTENER_H_

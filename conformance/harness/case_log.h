// What happens during the case that runs now: transcript, failures, error, skip. One per process,
// as GoogleTest runs one test at a time.

#ifndef COWBELL_CONFORMANCE_HARNESS_CASE_LOG_H_
#define COWBELL_CONFORMANCE_HARNESS_CASE_LOG_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "reports/record/record.h"

namespace cowbell::conformance {

// Thread-safe.
class CaseLog {
 public:
  static CaseLog& Current();

  // Forgets everything: a new case begins.
  void Begin();
  void Did(std::string line);  // one line of the transcript; long ones are cut
  void Failed(record::AssertionFailure failure);
  // The first one counts.
  void Broke(const std::string& why);
  void Skipped(record::CaseStatus status, const std::string& reason);
  void Outcome(const std::string& key, const std::string& value);
  // Why a failure of this case is not the subject's.
  void Relaxed(const std::string& why);
  void Asserted();

  // Decides the status and writes everything into `result`.
  void Conclude(record::CaseResult& result);

 private:
  std::mutex mutex_;
  std::vector<std::string> transcript_;
  std::vector<record::AssertionFailure> failures_;
  std::optional<std::string> error_;
  std::optional<std::pair<record::CaseStatus, std::string>> skip_;
  std::map<std::string, std::string> outcomes_;
  std::string relaxation_;
  int64_t assertions_ = 0;
};

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_CASE_LOG_H_

#include "conformance/harness/case_log.h"

#include <algorithm>

#include "conformance/harness/assertions.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr size_t kLineLimit = 400;
constexpr size_t kTranscriptLimit = 2000;  // lines
constexpr size_t kTailLines = 12;          // of the transcript, in the text of a failure
constexpr size_t kMessageLimit = 300;

// One line of a text of several: blanks squeezed, lines joined.
std::string OneLine(std::string_view text) {
  std::string out;
  for (const std::string& line : Lines(text)) {
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty()) continue;
    if (!out.empty()) out += out.back() == ':' || out.back() == ';' ? " " : "; ";
    out += trimmed;
  }
  return Sanitize(out, kMessageLimit);
}

}  // namespace

void CountAssertion() { CaseLog::Current().Asserted(); }

CaseLog& CaseLog::Current() {
  static CaseLog log;
  return log;
}

void CaseLog::Begin() {
  const std::lock_guard lock(mutex_);
  transcript_.clear();
  failures_.clear();
  error_.reset();
  skip_.reset();
  outcomes_.clear();
  relaxation_.clear();
  assertions_ = 0;
}

void CaseLog::Did(std::string line) {
  const std::lock_guard lock(mutex_);
  if (transcript_.size() >= kTranscriptLimit) return;
  transcript_.push_back(Sanitize(line, kLineLimit));
}

void CaseLog::Failed(record::AssertionFailure failure) {
  const std::lock_guard lock(mutex_);
  if (!transcript_.empty()) {
    const size_t first = transcript_.size() - std::min(transcript_.size(), kTailLines);
    failure.text += "\nwhat was done before:";
    if (first > 0) failure.text += "\n  … (" + std::to_string(first) + " earlier)";
    for (size_t i = first; i < transcript_.size(); ++i)
      failure.text += "\n  " + transcript_[i];
  }
  failures_.push_back(std::move(failure));
}

void CaseLog::Broke(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = why;
}

void CaseLog::Skipped(record::CaseStatus status, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!skip_) skip_ = {status, reason};
}

void CaseLog::Outcome(const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  outcomes_[key] = value;
}

void CaseLog::Relaxed(const std::string& why) {
  const std::lock_guard lock(mutex_);
  relaxation_ = why;
}

void CaseLog::Asserted() {
  const std::lock_guard lock(mutex_);
  ++assertions_;
}

void CaseLog::Conclude(record::CaseResult& result) {
  const std::lock_guard lock(mutex_);
  result.failures = failures_;
  result.transcript = transcript_;
  result.outcomes = outcomes_;
  result.assertions = assertions_;
  if (!failures_.empty()) {
    result.status = record::CaseStatus::kFail;
    result.type = record::kTypeAssert;
    result.relaxation = relaxation_;
    const std::string& text = failures_.front().text;
    result.message = OneLine(text.substr(0, text.find("\nwhat was done before:")));
  } else if (error_) {
    result.status = record::CaseStatus::kError;
    result.type = record::kTypeHarness;
    result.message = OneLine(*error_);
  } else if (skip_) {
    result.status = skip_->first;
    result.type = skip_->first == record::CaseStatus::kSkippedBlocked ? record::kTypeBlocked
                                                                      : record::kTypeNotApplicable;
    result.message = OneLine(skip_->second);
  } else if (assertions_ == 0) {
    result.status = record::CaseStatus::kError;
    result.type = record::kTypeHarness;
    result.message = "the case judged nothing: no assertion was evaluated";
  } else {
    result.status = record::CaseStatus::kPass;
    result.type.clear();
    result.message.clear();
  }
}

}  // namespace cowbell::conformance

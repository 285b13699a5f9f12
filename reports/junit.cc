#include "reports/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "reports/record/verdict.h"
#include "reports/terminal.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

using record::CaseResult;
using record::CaseStatus;

constexpr size_t kMessageLimit = 200;
constexpr size_t kBodyLimit = 64 << 10;
constexpr size_t kStreamLimit = 64 << 10;

// What stands inside a testcase; an empty element means that it passed.
struct Child {
  const char* element = "";
  std::string type;
  std::string message;
  std::string body;
};

struct Case {
  std::string name;
  const CaseResult* result = nullptr;  // nullptr: a finding of the run
  Child child;
};

struct SuiteCounts {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  double time = 0;
};

// "2026-11-23T15:54:02.913Z" -> "2026-11-23T15:54:02Z".
std::string Seconds(const std::string& time) {
  const size_t dot = time.find('.');
  return dot == std::string::npos ? time : time.substr(0, dot) + "Z";
}

std::string Time(double seconds) { return fmt::format("{:.3f}", std::max(seconds, 0.0)); }

std::string OneLine(std::string_view text) {
  std::string line = Sanitize(text, kMessageLimit);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\t', ' ');
  return line;
}

std::string Where(const CaseResult& result) {
  const bool failed = !result.failures.empty();
  const std::string& file = failed ? result.failures[0].file : result.file;
  if (file.empty()) return {};
  const int line = failed ? result.failures[0].line : result.line;
  const std::string base = file.substr(file.rfind('/') + 1);
  std::string method = file.substr(0, file.rfind('.')) + "/" + result.clause;
  std::replace(method.begin(), method.end(), '/', '.');
  std::replace(method.begin(), method.end(), '-', '_');
  // The second line is the form in which some readers look for a place in the source.
  return fmt::format("Where:   {}:{}\n    at {}({}:{})\n", file, line, method, base, line);
}

std::string Body(const CaseResult& result, const record::RunRecord& run,
                 const std::string& message) {
  std::string body = message + "\n\n";
  body += "Clause:  " + result.clause + " " + result.level + " " + result.sentence + "\n";
  if (!result.source.empty()) body += "Source:  " + result.source + "\n";
  body += Where(result);
  for (size_t i = 0; i < result.failures.size(); ++i) {
    const record::AssertionFailure& f = result.failures[i];
    body += fmt::format("\nFailure {} of {}: {}:{}\n{}\n", i + 1, result.failures.size(), f.file,
                        f.line, f.text);
  }
  if (result.failures.empty() && !result.transcript.empty()) {
    body += "\nWhat was done:\n  " + Join(result.transcript, "\n  ") + "\n";
  }
  for (const record::SubjectRecord& subject : run.subjects) {
    if (subject.name != result.subject) continue;
    body += fmt::format("\nSubject: {} {} ({}), kernel {}, {}\n", subject.name, subject.version,
                        subject.driver, run.environment.kernel, run.environment.backing_fs);
    body += "Rerun:   " + RerunCommand(result, subject, "cowbell") + "\n";
  }
  return body;
}

Child Skipped(const std::string& type, const std::string& reason, const std::string& observed) {
  const std::string message = OneLine(reason);
  return {"skipped", type, message,
          observed.empty() ? message : message + "\nobserved: " + observed};
}

Child ChildOf(const CaseResult& result, const record::RunRecord& run) {
  const std::string clause = result.clause + (result.level.empty() ? "" : " " + result.level);
  if (result.gates) {
    if (result.status == CaseStatus::kPass) {
      const std::string message = OneLine(clause + ": passes, but a failure was expected");
      return {"failure", "cowbell.xpass", message, Body(result, run, message)};
    }
    const std::string message = OneLine(clause + ": " + result.message);
    return {result.status == CaseStatus::kError ? "error" : "failure", result.type, message,
            Body(result, run, message)};
  }
  if (result.status == CaseStatus::kPass) return {};
  if (result.verdict == record::Verdict::kExpected && result.expectation) {
    return Skipped(
        "cowbell.xfail",
        "expected failure: " + result.expectation->reason +
            (result.expectation->url.empty() ? "" : " " + result.expectation->url) +
            (result.expectation->expires.empty() ? "" : ", until " + result.expectation->expires),
        result.message);
  }
  if (result.verdict == record::Verdict::kRelaxed) {
    return Skipped("cowbell.relaxed", result.relaxation, result.message);
  }
  if (result.status == CaseStatus::kFail) {
    return Skipped("cowbell.should", result.level + " clause not met: " + result.message,
                   result.failures.empty() ? "" : result.failures[0].text);
  }
  return Skipped(result.type, result.message, "");
}

Child ChildOf(const record::Finding& finding) {
  const bool error = finding.kind != record::Finding::Kind::kExpectationDrift;
  const std::string message = OneLine(finding.message);
  return {error ? "error" : "failure", "cowbell." + std::string(ToString(finding.kind)), message,
          message};
}

void AddProperty(pugi::xml_node properties, const char* name, const std::string& value) {
  if (value.empty()) return;
  pugi::xml_node property = properties.append_child("property");
  property.append_attribute("name") = name;
  property.append_attribute("value") = OneLine(value).c_str();
}

class Writer {
 public:
  Writer(const record::RunRecord& run, JunitDialect dialect)
      : run_(run), ci_(dialect == JunitDialect::kCi) {}

  std::string Write() {
    Collect();
    pugi::xml_node declaration = document_.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    root_ = document_.append_child("testsuites");
    root_.append_attribute("name") = "cowbell";
    SuiteCounts total;
    for (const auto& [key, cases] : suites_)
      Add(total, WriteSuite(key, cases));
    WriteTotals(total);
    std::ostringstream out;
    document_.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
    return out.str();
  }

 private:
  // {place of the subject, suite name}: subjects in their order, areas sorted.
  using Key = std::pair<size_t, std::string>;

  Key KeyOf(const std::string& subject, const std::string& area) const {
    size_t place = 0;
    while (place < run_.subjects.size() && run_.subjects[place].name != subject)
      ++place;
    return {place, "cowbell." + (subject.empty() ? "" : subject + ".") + area};
  }

  void Collect() {
    std::set<std::pair<Key, std::string>> seen;
    const auto unique = [&](const Key& key, const std::string& name) {
      std::string candidate = name;
      for (int i = 2; !seen.insert({key, candidate}).second; ++i)
        candidate = fmt::format("{} ({})", name, i);
      return candidate;
    };
    for (const CaseResult& result : run_.results) {
      const Key key = KeyOf(result.subject, result.area);
      suites_[key].push_back(
          {unique(key, OneLine(CaseKey(result))), &result, ChildOf(result, run_)});
    }
    for (const record::Finding& finding : run_.findings) {
      const Key key = KeyOf(finding.subject, "run");
      suites_[key].push_back({unique(key, OneLine(finding.name)), nullptr, ChildOf(finding)});
    }
  }

  static void Add(SuiteCounts& total, const SuiteCounts& counts) {
    total.tests += counts.tests;
    total.failures += counts.failures;
    total.errors += counts.errors;
    total.skipped += counts.skipped;
  }

  void WriteTotals(const SuiteCounts& total) {
    root_.append_attribute("tests") = total.tests;
    root_.append_attribute("failures") = total.failures;
    root_.append_attribute("errors") = total.errors;
    if (ci_) root_.append_attribute("skipped") = total.skipped;
    root_.append_attribute("time") = Time(run_.wall_s).c_str();
    if (ci_) root_.append_attribute("timestamp") = Seconds(run_.started).c_str();
  }

  SuiteCounts WriteSuite(const Key& key, const std::vector<Case>& cases) {
    pugi::xml_node suite = root_.append_child("testsuite");
    SuiteCounts counts;
    for (const Case& each : cases) {
      ++counts.tests;
      const std::string_view element = each.child.element;
      counts.failures += element == "failure" ? 1 : 0;
      counts.errors += element == "error" ? 1 : 0;
      counts.skipped += element == "skipped" ? 1 : 0;
      if (each.result != nullptr) counts.time += each.result->duration_s;
    }
    suite.append_attribute("name") = key.second.c_str();
    suite.append_attribute("tests") = counts.tests;
    suite.append_attribute("failures") = counts.failures;
    suite.append_attribute("errors") = counts.errors;
    suite.append_attribute("skipped") = counts.skipped;
    suite.append_attribute("time") = Time(counts.time).c_str();
    suite.append_attribute("timestamp") = Seconds(run_.started).c_str();
    suite.append_attribute("hostname") = Hostname().c_str();
    suite.append_attribute("id") = suite_number_++;
    WriteSuiteProperties(suite, key.first);
    for (const Case& each : cases)
      WriteCase(suite, key.second, each);
    return counts;
  }

  // No real host name: reports are passed on.
  std::string Hostname() const {
    const std::string& print = run_.environment.fingerprint;
    const size_t colon = print.find(':');
    return "host-" + (colon == std::string::npos ? "unknown" : print.substr(colon + 1, 8));
  }

  void WriteSuiteProperties(pugi::xml_node suite, size_t place) const {
    pugi::xml_node properties = suite.append_child("properties");
    AddProperty(properties, "cowbell.run_id", run_.id);
    AddProperty(properties, "cowbell.suite_version", run_.suite_version);
    AddProperty(properties, "cowbell.clauses_sha256", run_.clauses_sha256);
    if (place < run_.subjects.size()) {
      const record::SubjectRecord& subject = run_.subjects[place];
      AddProperty(properties, "cowbell.gate", subject.gate);
      AddProperty(properties, "subject.name", subject.name);
      AddProperty(properties, "subject.kind", subject.kind);
      AddProperty(properties, "subject.driver", subject.driver);
      AddProperty(properties, "subject.version", subject.version);
      AddProperty(properties, "subject.capabilities", Join(subject.capabilities, " "));
    }
    AddProperty(properties, "host.kernel", run_.environment.kernel);
    AddProperty(properties, "host.arch", run_.environment.arch);
    AddProperty(properties, "host.backing_fs",
                run_.environment.backing_fs + " " + run_.environment.backing_options);
    AddProperty(properties, "host.cgroup", run_.environment.cgroup);
    AddProperty(properties, "host.fingerprint", run_.environment.fingerprint);
  }

  void WriteCase(pugi::xml_node suite, const std::string& suite_name, const Case& each) const {
    pugi::xml_node node = suite.append_child("testcase");
    node.append_attribute("classname") = suite_name.c_str();
    node.append_attribute("name") = each.name.c_str();
    node.append_attribute("time") =
        Time(each.result != nullptr ? each.result->duration_s : 0).c_str();
    if (ci_ && each.result != nullptr) WriteCaseFacts(node, *each.result);
    const Child& child = each.child;
    if (*child.element == '\0') return;
    pugi::xml_node element = node.append_child(child.element);
    element.append_attribute("type") = child.type.c_str();
    element.append_attribute("message") = child.message.c_str();
    element.text().set(Sanitize(child.body, kBodyLimit).c_str());
    if (each.result == nullptr) return;
    WriteStream(node, "system-out", each.result->out);
    WriteStream(node, "system-err", each.result->err);
  }

  static void WriteCaseFacts(pugi::xml_node node, const CaseResult& result) {
    if (!result.started.empty()) {
      node.append_attribute("timestamp") = Seconds(result.started).c_str();
    }
    if (!result.file.empty()) {
      node.append_attribute("file") = OneLine(result.file).c_str();
      node.append_attribute("line") = result.line;
    }
    node.append_attribute("assertions") = std::to_string(result.assertions).c_str();
    pugi::xml_node properties = node.append_child("properties");
    AddProperty(properties, "clause", result.clause);
    AddProperty(properties, "clause.level", result.level);
    AddProperty(properties, "clause.title", result.sentence);
    for (const auto& [key, value] : result.outcomes)
      AddProperty(properties, ("outcome." + OneLine(key)).c_str(), value);
  }

  static void WriteStream(pugi::xml_node node, const char* name, const std::string& text) {
    if (Trim(text).empty()) return;
    node.append_child(name).text().set(Sanitize(text, kStreamLimit).c_str());
  }

  const record::RunRecord& run_;
  const bool ci_;
  pugi::xml_document document_;
  pugi::xml_node root_;
  std::map<Key, std::vector<Case>> suites_;
  int suite_number_ = 0;
};

}  // namespace

std::string JunitXml(const record::RunRecord& run, JunitDialect dialect) {
  return Writer(run, dialect).Write();
}

}  // namespace cowbell

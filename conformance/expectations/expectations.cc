#include "conformance/expectations/expectations.h"

#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>
#include <sstream>

#include "conformance/clauses/clause.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

const std::set<std::string_view> kKeys = {"clause", "case",   "subject", "engine_version",
                                          "status", "reason", "url",     "expires"};

Error At(const std::string& path, const toml::node& node, const std::string& what) {
  return Error::FromMessage(path + ":" + std::to_string(node.source().begin.line) + ": " + what);
}

std::string DateText(const toml::date& date) {
  std::ostringstream text;
  text << date;
  return text.str();
}

Result<Expectation> ReadEntry(const toml::table& table, const std::string& path, bool needs_url) {
  Expectation entry;
  entry.line = static_cast<int>(table.source().begin.line);
  for (const auto& [key, value] : table) {
    if (!kKeys.contains(key.str())) {
      return At(path, value, "unknown key '" + std::string(key.str()) + "'");
    }
  }
  const auto text = [&](const char* key, std::string& into) -> Status {
    const toml::node* const node = table.get(key);
    if (node == nullptr) return Ok();
    if (!node->is_string()) return At(path, *node, std::string("'") + key + "' is no string");
    into = **node->as_string();
    return Ok();
  };
  TRY(text("clause", entry.clause));
  TRY(text("subject", entry.subject));
  TRY(text("engine_version", entry.versions));
  TRY(text("status", entry.status));
  TRY(text("reason", entry.reason));
  TRY(text("url", entry.url));
  if (const toml::node* const node = table.get("expires"); node != nullptr) {
    if (!node->is_date()) return At(path, *node, "'expires' is no date such as 2027-03-01");
    entry.expires = DateText(**node->as_date());
  }
  if (!IsClauseId(entry.clause)) {
    return At(path, table, "'" + entry.clause + "' is no clause such as 'COW-058'");
  }
  if (entry.status != "fail" && entry.status != "error") {
    return At(path, table, "status '" + entry.status + "' is neither 'fail' nor 'error'");
  }
  if (entry.reason.empty()) return At(path, table, "an expectation needs a reason");
  if (needs_url && entry.url.empty()) {
    return At(path, table, "an expectation of a foreign engine needs the url of the report");
  }
  if (!entry.versions.empty()) {
    const Result<bool> readable = VersionMatches("1", entry.versions);
    if (!readable.has_value()) return At(path, table, readable.error().message());
  }
  return entry;
}

// The cases of one entry: a name, an array of names, or every case.
Result<std::vector<std::string>> ReadCases(const toml::table& table, const std::string& path) {
  const toml::node* const node = table.get("case");
  if (node == nullptr) return std::vector<std::string>{""};
  if (node->is_string()) return std::vector<std::string>{**node->as_string()};
  const toml::array* const array = node->as_array();
  if (array == nullptr || array->empty() || !array->is_homogeneous(toml::node_type::string)) {
    return At(path, *node, "'case' is neither the name of a case nor an array of names");
  }
  std::vector<std::string> cases;
  for (const toml::node& name : *array)
    cases.push_back(**name.as_string());
  return cases;
}

std::vector<uint64_t> VersionNumbers(std::string_view version) {
  std::vector<uint64_t> numbers;
  const size_t first = version.find_first_of("0123456789");
  if (first == std::string_view::npos) return numbers;
  const char* at = version.data() + first;
  const char* const end = version.data() + version.size();
  while (true) {
    uint64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return numbers;
    numbers.push_back(number);
    if (next == end || *next != '.') break;
    at = next + 1;
  }
  while (!numbers.empty() && numbers.back() == 0)
    numbers.pop_back();  // 1.0 is 1
  if (numbers.empty()) numbers.push_back(0);
  return numbers;
}

Result<bool> ConditionHolds(const std::vector<uint64_t>& version, std::string_view condition) {
  condition = Trim(condition);
  const size_t digits = condition.find_first_of("0123456789");
  const std::string_view relation = Trim(condition.substr(0, digits));
  if (digits == std::string_view::npos) {
    return Error::FromMessage("'" + std::string(condition) + "' is no condition such as '<1.9'");
  }
  const std::vector<uint64_t> bound = VersionNumbers(condition.substr(digits));
  if (relation == "<") return version < bound;
  if (relation == "<=") return version <= bound;
  if (relation == ">") return version > bound;
  if (relation == ">=") return version >= bound;
  if (relation == "=" || relation.empty()) return version == bound;
  return Error::FromMessage("'" + std::string(relation) + "' is none of < <= > >= =");
}

bool Names(const Expectation& entry, const record::CaseResult& result) {
  return entry.clause == result.clause &&
         (entry.case_name.empty() || entry.case_name == result.name);
}

}  // namespace

std::string Expectation::Name() const {
  return clause + (case_name.empty() ? "" : "/" + case_name) + " (line " + std::to_string(line) +
         ")";
}

Result<std::vector<Expectation>> ParseExpectations(const std::string& toml_text,
                                                   const std::string& path, bool needs_url) {
  toml::table table;
  try {
    table = toml::parse(toml_text, path);
  } catch (const toml::parse_error& error) {
    return Error::FromMessage(path + ":" + std::to_string(error.source().begin.line) + ": " +
                              std::string(error.description()));
  }
  for (const auto& [key, value] : table) {
    if (key.str() != "schema" && key.str() != "expect") {
      return At(path, value, "unknown key '" + std::string(key.str()) + "'");
    }
  }
  if (table["schema"].value<int64_t>() != 1) {
    return Error::FromMessage(path + ": 'schema = 1' is missing");
  }
  std::vector<Expectation> entries;
  const toml::node* const list = table.get("expect");
  if (list == nullptr) return entries;
  if (!list->is_array()) return At(path, *list, "'expect' is no array of tables: write [[expect]]");
  for (const toml::node& node : *list->as_array()) {
    if (!node.is_table()) return At(path, node, "'expect' holds something that is no table");
    Expectation entry = TRY(ReadEntry(*node.as_table(), path, needs_url));
    const std::vector<std::string> cases = TRY(ReadCases(*node.as_table(), path));
    for (const std::string& name : cases) {
      entry.case_name = name;
      entries.push_back(entry);
    }
  }
  return entries;
}

std::string FindExpectationsFile(const std::string& subject) {
  std::vector<std::string> dirs;
  const char* const own = getenv("COWBELL_EXPECTATIONS_DIR");
  if (own != nullptr && *own != '\0') dirs.emplace_back(own);
  const Result<std::string> program_dir = ProgramDir();
  if (program_dir.has_value()) {
    dirs.push_back(program_dir.value() + "/" + COWBELL_EXPECTATIONS_FROM_BIN);
  }
  for (const std::string& dir : dirs) {
    const std::string path = dir + "/" + subject + ".toml";
    if (Exists(path)) return path;
  }
  return {};
}

Result<bool> VersionMatches(const std::string& version, const std::string& conditions) {
  const std::vector<uint64_t> numbers = VersionNumbers(version);
  if (numbers.empty()) return Error::FromMessage("version '" + version + "' holds no number");
  bool all = true;
  for (const std::string& condition : Split(conditions, ',')) {
    const bool holds = TRY(ConditionHolds(numbers, condition));
    all = all && holds;
  }
  return all;
}

Status ApplyExpectations(const std::vector<Expectation>& expectations, const std::string& today,
                         record::SubjectRecord& subject, record::RunRecord& run) {
  for (const Expectation& entry : expectations) {
    if (!entry.subject.empty() && entry.subject != subject.name) continue;
    if (!entry.versions.empty()) {
      const bool matches = TRY(
          VersionMatches(subject.version, entry.versions).Within("expectation " + entry.Name()));
      if (!matches) continue;
    }
    if (!entry.expires.empty() && entry.expires <= today) {
      subject.expired_expectations.push_back(entry.Name() + " on " + entry.expires);
      continue;
    }
    bool selected = false;
    bool used = false;
    for (record::CaseResult& result : run.results) {
      if (result.subject != subject.name || result.clause != entry.clause) continue;
      selected = true;
      if (!Names(entry, result) || result.type == record::kTypeNotRun) continue;
      result.expectation = record::ExpectationNote{entry.reason, entry.url, entry.expires};
      result.expected_status = entry.status;
      used = used || ToString(result.status) == entry.status;
    }
    if (selected && !used) subject.unused_expectations.push_back(entry.Name());
  }
  return Ok();
}

}  // namespace cowbell::conformance

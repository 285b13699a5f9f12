#include "reports/junit.h"

#include <map>
#include <pugixml.hpp>
#include <regex>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "reports/record/verdict.h"

namespace cowbell {
namespace {

using record::CaseResult;
using record::CaseStatus;
using record::Finding;
using record::RunRecord;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

CaseResult Case(CaseStatus status, const std::string& level = "MUST",
                const std::string& clause = "COW-058") {
  CaseResult result;
  result.subject = "calf";
  result.clause = clause;
  result.level = level;
  result.area = clause.substr(0, 3);
  result.name = "UnlinkedFileStaysGone";
  result.sentence = "An unlinked file of the image stays gone.";
  result.source = "overlayfs.rst";
  result.status = status;
  result.duration_s = 0.25;
  result.assertions = 3;
  result.started = "2026-11-23T15:54:02.913Z";
  result.file = "conformance/suites/cow_remove.cc";
  result.line = 41;
  switch (status) {
    case CaseStatus::kPass:
      break;
    case CaseStatus::kFail:
      result.type = record::kTypeAssert;
      result.message = "Expected: fails with ENOENT; Actual: value";
      result.failures = {{"conformance/suites/cow_remove.cc", 50, "Expected: ENOENT\nActual: 0"}};
      break;
    case CaseStatus::kError:
      result.type = record::kTypeTimeout;
      result.message = "no result within 30.0 s";
      break;
    case CaseStatus::kSkippedNotApplicable:
      result.type = record::kTypeNotApplicable;
      result.message = "asked of engines only";
      break;
    case CaseStatus::kSkippedBlocked:
      result.type = record::kTypeBlocked;
      result.message = "needs loop devices";
      break;
  }
  return result;
}

CaseResult Expected(CaseResult result, const std::string& status) {
  result.expectation = record::ExpectationNote{"known", "https://example.org/1", "2027-03-01"};
  result.expected_status = status;
  return result;
}

RunRecord RunOf(std::vector<CaseResult> results, const std::string& gate = "must") {
  RunRecord run;
  run.id = "01KB3M6Q9C4V8Y2TZ0N5RXDGHJ";
  run.suite_version = "0.1.0";
  run.started = "2026-11-23T15:54:02Z";
  run.environment.fingerprint = "sha256:5b1e0c2f9d";
  run.environment.kernel = "6.18";
  run.subjects.push_back({.name = "calf",
                          .kind = "engine",
                          .driver = "docker-like",
                          .version = "0.1.0",
                          .profile = "",
                          .gate = gate,
                          .capabilities = {},
                          .by_name = true,
                          .unavailable = "",
                          .expectations_file = "",
                          .unused_expectations = {},
                          .expired_expectations = {}});
  // Unique names, as the runner makes them.
  int number = 0;
  for (CaseResult& result : results)
    result.name += std::to_string(++number);
  run.results = std::move(results);
  return run;
}

pugi::xml_document Parse(const std::string& xml) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_string(xml.c_str(), pugi::parse_full);
  EXPECT_TRUE(parsed) << parsed.description() << "\n" << xml;
  return document;
}

struct Totals {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
};

// Counts elements, and checks that every attribute says the same.
Totals CountElements(const pugi::xml_document& document) {
  Totals total;
  const pugi::xml_node root = document.child("testsuites");
  for (const pugi::xml_node suite : root.children("testsuite")) {
    Totals counts;
    for (const pugi::xml_node node : suite.children("testcase")) {
      ++counts.tests;
      counts.failures += node.child("failure") ? 1 : 0;
      counts.errors += node.child("error") ? 1 : 0;
      counts.skipped += node.child("skipped") ? 1 : 0;
      EXPECT_STREQ(node.attribute("classname").value(), suite.attribute("name").value());
    }
    EXPECT_EQ(suite.attribute("tests").as_int(-1), counts.tests);
    EXPECT_EQ(suite.attribute("failures").as_int(-1), counts.failures);
    EXPECT_EQ(suite.attribute("errors").as_int(-1), counts.errors);
    EXPECT_EQ(suite.attribute("skipped").as_int(-1), counts.skipped);
    total.tests += counts.tests;
    total.failures += counts.failures;
    total.errors += counts.errors;
    total.skipped += counts.skipped;
  }
  EXPECT_EQ(root.attribute("tests").as_int(-1), total.tests);
  EXPECT_EQ(root.attribute("failures").as_int(-1), total.failures);
  EXPECT_EQ(root.attribute("errors").as_int(-1), total.errors);
  return total;
}

// The rules of Jenkins' junit-10.xsd, as far as a document of ours can break them.
struct Rule {
  std::set<std::string> attributes;
  std::set<std::string> required;
  std::set<std::string> children;
};
const std::map<std::string, Rule>& SchemaRules() {
  static const std::map<std::string, Rule> kRules = {
      {"testsuites",
       {{"name", "time", "tests", "failures", "disabled", "errors"}, {}, {"testsuite"}}},
      {"testsuite",
       {{"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname",
         "id", "package", "file", "log", "url", "version"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"}}},
      {"properties", {{}, {}, {"property"}}},
      {"property", {{"name", "value"}, {"name", "value"}, {}}},
      {"testcase",
       {{"name", "time", "classname", "group"},
        {"name"},
        {"skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError",
         "system-out", "system-err"}}},
      {"failure", {{"type", "message"}, {}, {}}},
      {"error", {{"type", "message"}, {}, {}}},
      {"skipped", {{"type", "message"}, {}, {}}},
      {"system-out", {{}, {}, {}}},
      {"system-err", {{}, {}, {}}},
  };
  return kRules;
}

void FindViolations(const pugi::xml_node node, std::vector<std::string>& violations) {
  const std::string name = node.name();
  const auto rule = SchemaRules().find(name);
  if (rule == SchemaRules().end()) {
    violations.push_back("element " + name);
    return;
  }
  static const std::regex kTime("[0-9]*(\\.[0-9]{0,3})?");
  std::set<std::string> seen;
  for (const pugi::xml_attribute attribute : node.attributes()) {
    seen.insert(attribute.name());
    if (!rule->second.attributes.contains(attribute.name())) {
      violations.push_back(name + "@" + attribute.name());
    }
    if (std::string(attribute.name()) == "time" && !std::regex_match(attribute.value(), kTime)) {
      violations.push_back(name + "@time=" + attribute.value());
    }
  }
  for (const std::string& required : rule->second.required) {
    if (!seen.contains(required)) violations.push_back(name + " lacks @" + required);
  }
  for (const pugi::xml_node child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    if (!rule->second.children.contains(child.name())) {
      violations.push_back(name + "/" + child.name());
    }
    FindViolations(child, violations);
  }
}

std::vector<std::string> Violations(const pugi::xml_document& document) {
  std::vector<std::string> violations;
  FindViolations(document.child("testsuites"), violations);
  return violations;
}

struct Synthetic {
  const char* name;
  RunRecord run;
  int exit_code;
};

RunRecord With(RunRecord run, Finding finding) {
  run.findings.push_back(std::move(finding));
  return run;
}
RunRecord Strict(RunRecord run) {
  run.strict_expectations = true;
  return run;
}
RunRecord Interrupted(RunRecord run) {
  run.interrupted_by = 2;
  run.results.back().type = record::kTypeNotRun;
  return run;
}
RunRecord Unavailable(bool by_name) {
  RunRecord run = RunOf({});
  run.subjects[0].unavailable = "no program 'calf'";
  run.subjects[0].by_name = by_name;
  if (by_name) run.findings.push_back({Finding::Kind::kUnavailable, "calf", "available", "no"});
  return run;
}
RunRecord Drift(bool strict) {
  RunRecord run = RunOf({Case(CaseStatus::kPass)});
  run.subjects[0].unused_expectations = {"COW-001 (line 2)"};
  run.subjects[0].expired_expectations = {"COW-002 (line 9)"};
  run.strict_expectations = strict;
  return run;
}

std::vector<Synthetic> SyntheticRuns() {
  constexpr auto kPass = CaseStatus::kPass;
  constexpr auto kFail = CaseStatus::kFail;
  constexpr auto kError = CaseStatus::kError;
  constexpr auto kNa = CaseStatus::kSkippedNotApplicable;
  constexpr auto kBlocked = CaseStatus::kSkippedBlocked;
  CaseResult leak = Case(kFail, "SHOULD");
  leak.type = record::kTypeLeak;
  CaseResult relaxed = Case(kFail);
  relaxed.relaxation = "the kernel's overlayfs does the same";
  const CaseResult pass = Case(kPass);
  return {
      {"Pass", RunOf({pass, pass}), 0},
      {"Fail", RunOf({pass, Case(kFail)}), 1},
      {"Error", RunOf({pass, Case(kError)}), 4},
      {"FailAndError", RunOf({Case(kFail), Case(kError)}), 1},
      {"ShouldOutsideTheGate", RunOf({pass, Case(kFail, "SHOULD")}), 0},
      {"ShouldInsideTheGate", RunOf({pass, Case(kFail, "SHOULD")}, "should"), 1},
      {"MayNeverGates", RunOf({pass, Case(kFail, "MAY")}, "should"), 0},
      {"ErrorOfMayGates", RunOf({pass, Case(kError, "MAY")}), 4},
      {"LeakGatesAtAnyLevel", RunOf({pass, leak}), 1},
      {"ExpectedFailure", RunOf({pass, Expected(Case(kFail), "fail")}), 0},
      {"ExpectedFailureThatIsAnError", RunOf({pass, Expected(Case(kError), "fail")}), 4},
      {"ExpectedError", RunOf({pass, Expected(Case(kError), "error")}), 0},
      {"UnexpectedPass", RunOf({Expected(pass, "fail")}), 0},
      {"UnexpectedPassStrict", Strict(RunOf({Expected(pass, "fail")})), 5},
      {"Relaxed", RunOf({pass, relaxed}), 0},
      {"AllNotApplicable", RunOf({Case(kNa), Case(kNa)}), 3},
      {"AllBlocked", RunOf({Case(kBlocked)}), 3},
      {"SomeSkipped", RunOf({pass, Case(kNa), Case(kBlocked)}), 0},
      {"Nothing", RunOf({}), 3},
      {"UnavailableByName", Unavailable(true), 4},
      {"UnavailableListed", Unavailable(false), 3},
      {"Drift", Drift(false), 0},
      {"DriftStrict", Drift(true), 5},
      {"LeftBehind", With(RunOf({pass}), {Finding::Kind::kHarness, "", "clean", "a mount"}), 4},
      {"Interrupted", Interrupted(RunOf({pass, Case(kError)})), 130},
      {"NoSubject", RunRecord{}, 3},
  };
}

class SyntheticRun : public ::testing::TestWithParam<Synthetic> {};

TEST_P(SyntheticRun, IsRedExactlyWhenTheExitCodeIsNotZero) {
  RunRecord run = GetParam().run;
  record::Conclude(run);
  EXPECT_EQ(record::ExitCodeOf(run), GetParam().exit_code);
  for (const JunitDialect dialect : {JunitDialect::kCi, JunitDialect::kStrict}) {
    const pugi::xml_document document = Parse(JunitXml(run, dialect));
    const Totals totals = CountElements(document);
    EXPECT_EQ(totals.failures + totals.errors > 0, GetParam().exit_code != 0);
    EXPECT_EQ(totals.tests, static_cast<int>(run.results.size() + run.findings.size()));
  }
}

TEST_P(SyntheticRun, IsValidInTheStrictDialect) {
  RunRecord run = GetParam().run;
  record::Conclude(run);
  EXPECT_THAT(Violations(Parse(JunitXml(run, JunitDialect::kStrict))), IsEmpty());
}

TEST_P(SyntheticRun, ConcludingTwiceChangesNothing) {
  RunRecord once = GetParam().run;
  record::Conclude(once);
  RunRecord twice = once;
  record::Conclude(twice);
  EXPECT_TRUE(once == twice);
}

INSTANTIATE_TEST_SUITE_P(All, SyntheticRun, ::testing::ValuesIn(SyntheticRuns()),
                         [](const auto& test) { return test.param.name; });

TEST(JunitXml, TheRichDialectIsNoStrictOne) {
  RunRecord run = RunOf({Case(CaseStatus::kPass)});
  record::Conclude(run);
  EXPECT_THAT(Violations(Parse(JunitXml(run, JunitDialect::kCi))), Not(IsEmpty()));
}

TEST(JunitXml, AFailureStandsAlone) {
  RunRecord run = RunOf({Case(CaseStatus::kFail)});
  run.results[0].out = "printed";
  record::Conclude(run);
  const pugi::xml_document document = Parse(JunitXml(run, JunitDialect::kCi));
  const pugi::xml_node node = document.select_node("//testcase").node();
  EXPECT_STREQ(node.attribute("file").value(), "conformance/suites/cow_remove.cc");
  EXPECT_STREQ(node.attribute("assertions").value(), "3");
  const pugi::xml_node failure = node.child("failure");
  const std::string message = failure.attribute("message").value();
  const std::string body = failure.text().get();
  EXPECT_EQ(message, "COW-058 MUST: Expected: fails with ENOENT; Actual: value");
  EXPECT_THAT(body, StartsWith(message + "\n"));
  EXPECT_THAT(body, HasSubstr("An unlinked file of the image stays gone."));
  EXPECT_THAT(body, HasSubstr("conformance/suites/cow_remove.cc:50"));
  EXPECT_THAT(body, HasSubstr("Rerun:   cowbell run --engine calf --clause COW-058"));
  EXPECT_STREQ(node.child("system-out").text().get(), "printed");
}

TEST(JunitXml, ReasonsOfSkipsStandInAttributeAndText) {
  RunRecord run = RunOf({Case(CaseStatus::kSkippedBlocked), Case(CaseStatus::kPass)});
  record::Conclude(run);
  const pugi::xml_document document = Parse(JunitXml(run, JunitDialect::kCi));
  const pugi::xml_node skipped = document.select_node("//skipped").node();
  EXPECT_STREQ(skipped.attribute("type").value(), "cowbell.blocked");
  EXPECT_STREQ(skipped.attribute("message").value(), "needs loop devices");
  EXPECT_STREQ(skipped.text().get(), "needs loop devices");
}

TEST(JunitXml, EveryByteCanBeReported) {
  std::string bytes = "]]>&<>\"' \xef\xbf\xbe ";
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  CaseResult result = Case(CaseStatus::kFail);
  result.message = bytes;
  result.failures[0].text = bytes + std::string(1 << 20, 'x');
  result.out = bytes;
  RunRecord run = RunOf({result});
  run.results[0].name = bytes;
  record::Conclude(run);
  const std::string xml = JunitXml(run, JunitDialect::kCi);
  EXPECT_LT(xml.size(), size_t{1} << 20);
  const pugi::xml_document document = Parse(xml);
  EXPECT_THAT(std::string(document.select_node("//failure").node().text().get()),
              HasSubstr("\\xff"));
}

TEST(JunitXml, NamesAreUnique) {
  RunRecord run = RunOf({Case(CaseStatus::kPass), Case(CaseStatus::kPass)});
  run.results[1].name = run.results[0].name;
  record::Conclude(run);
  const pugi::xml_document document = Parse(JunitXml(run, JunitDialect::kCi));
  std::set<std::string> names;
  for (const auto& found : document.select_nodes("//testcase"))
    names.insert(found.node().attribute("name").value());
  EXPECT_EQ(names.size(), 2U);
}

}  // namespace
}  // namespace cowbell

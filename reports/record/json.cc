#include "reports/record/json.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/record/verdict.h"
#include "runtime/base/text.h"

namespace cowbell::record {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "cowbell.run/1";
constexpr size_t kTextLimit = 64 << 10;

constexpr std::array<std::pair<Event::Kind, std::string_view>, 7> kEventKinds = {{
    {Event::Kind::kRunStart, "run-start"},
    {Event::Kind::kCaseStart, "case-start"},
    {Event::Kind::kCaseEnd, "case-end"},
    {Event::Kind::kLeak, "leak"},
    {Event::Kind::kUnswept, "unswept"},
    {Event::Kind::kCheckEnd, "check-end"},
    {Event::Kind::kRunEnd, "run-end"},
}};

constexpr std::array<Finding::Kind, 4> kFindingKinds = {
    Finding::Kind::kUnavailable, Finding::Kind::kNothingExecuted, Finding::Kind::kExpectationDrift,
    Finding::Kind::kHarness};

std::string Clean(std::string_view text) { return Sanitize(text, kTextLimit); }

Json CleanAll(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts)
    array.push_back(Clean(text));
  return array;
}

Json ToJson(const std::map<std::string, std::string>& map) {
  Json object = Json::object();
  for (const auto& [key, value] : map)
    object[Clean(key)] = Clean(value);
  return object;
}

// Members that are empty are left out; readers take their absence for it.
void Put(Json& object, const char* key, std::string_view value) {
  if (!value.empty()) object[key] = Clean(value);
}
void PutJson(Json& object, const char* key, Json value) {
  if (!value.empty()) object[key] = std::move(value);
}

Json ToJson(const CaseResult& r) {
  Json json = {{"subject", r.subject}, {"clause", r.clause}};
  Put(json, "case", r.name);
  Put(json, "fault", r.fault);
  json["level"] = r.level;
  json["area"] = r.area;
  Put(json, "sentence", r.sentence);
  Put(json, "source", r.source);
  json["status"] = ToString(r.status);
  json["verdict"] = ToString(r.verdict);
  json["gates"] = r.gates;
  Put(json, "type", r.type);
  Put(json, "message", r.message);
  Json failures = Json::array();
  for (const AssertionFailure& f : r.failures) {
    failures.push_back({{"file", Clean(f.file)}, {"line", f.line}, {"text", Clean(f.text)}});
  }
  PutJson(json, "failures", std::move(failures));
  PutJson(json, "outcomes", ToJson(r.outcomes));
  if (r.expectation) {
    json["expectation"] = {{"status", r.expected_status},
                           {"reason", Clean(r.expectation->reason)},
                           {"url", Clean(r.expectation->url)},
                           {"expires", Clean(r.expectation->expires)}};
  }
  Put(json, "relaxation", r.relaxation);
  Put(json, "started", r.started);
  json["duration_s"] = r.duration_s;
  json["assertions"] = r.assertions;
  json["check"] = {{"file", Clean(r.file)}, {"line", r.line}};
  PutJson(json, "transcript", CleanAll(r.transcript));
  Put(json, "out", r.out);
  Put(json, "err", r.err);
  return json;
}

std::string Text(const Json& object, const char* key) { return object.value(key, std::string()); }

std::vector<std::string> Texts(const Json& object, const char* key) {
  return object.value(key, std::vector<std::string>());
}

std::runtime_error Wrong(const std::string& what) { return std::runtime_error(what); }

CaseResult ResultFrom(const Json& json) {
  CaseResult r;
  r.subject = json.at("subject");
  r.clause = json.at("clause");
  r.name = Text(json, "case");
  r.fault = Text(json, "fault");
  r.level = json.at("level");
  r.area = json.at("area");
  r.sentence = Text(json, "sentence");
  r.source = Text(json, "source");
  const auto status = ParseCaseStatus(json.at("status").get<std::string>());
  const auto verdict = ParseVerdict(json.at("verdict").get<std::string>());
  if (!status || !verdict) throw Wrong("unknown status or verdict of " + CaseKey(r));
  r.status = *status;
  r.verdict = *verdict;
  r.gates = json.at("gates");
  r.type = Text(json, "type");
  r.message = Text(json, "message");
  for (const Json& f : json.value("failures", Json::array())) {
    r.failures.push_back({f.at("file"), f.at("line"), f.at("text")});
  }
  r.outcomes = json.value("outcomes", std::map<std::string, std::string>());
  if (json.contains("expectation")) {
    const Json& e = json.at("expectation");
    r.expected_status = e.at("status");
    r.expectation = ExpectationNote{e.at("reason"), Text(e, "url"), Text(e, "expires")};
  }
  r.relaxation = Text(json, "relaxation");
  r.started = Text(json, "started");
  r.duration_s = json.at("duration_s");
  r.assertions = json.at("assertions");
  r.file = json.at("check").at("file");
  r.line = json.at("check").at("line");
  r.transcript = Texts(json, "transcript");
  r.out = Text(json, "out");
  r.err = Text(json, "err");
  return r;
}

Json ToJson(const SubjectRecord& s) {
  Json json = {{"name", s.name}, {"kind", s.kind}, {"driver", s.driver}};
  Put(json, "version", s.version);
  Put(json, "profile", s.profile);
  Put(json, "word", s.word);
  json["gate"] = s.gate;
  json["capabilities"] = s.capabilities;
  json["by_name"] = s.by_name;
  Put(json, "unavailable", s.unavailable);
  Put(json, "expectations_file", s.expectations_file);
  PutJson(json, "unused_expectations", CleanAll(s.unused_expectations));
  PutJson(json, "expired_expectations", CleanAll(s.expired_expectations));
  return json;
}

SubjectRecord SubjectFrom(const Json& json) {
  SubjectRecord s;
  s.name = json.at("name");
  s.kind = json.at("kind");
  s.driver = json.at("driver");
  s.version = Text(json, "version");
  s.profile = Text(json, "profile");
  s.word = Text(json, "word");
  s.gate = json.at("gate");
  s.capabilities = Texts(json, "capabilities");
  s.by_name = json.at("by_name");
  s.unavailable = Text(json, "unavailable");
  s.expectations_file = Text(json, "expectations_file");
  s.unused_expectations = Texts(json, "unused_expectations");
  s.expired_expectations = Texts(json, "expired_expectations");
  return s;
}

Json ToJson(const Environment& e) {
  return {{"fingerprint", e.fingerprint},
          {"kernel", e.kernel},
          {"arch", e.arch},
          {"cpu", {{"model", e.cpu_model}, {"threads", e.cpus}}},
          {"memory_kib", e.memory_kib},
          {"os", e.os},
          {"backing_fs", {{"type", e.backing_fs}, {"mount_options", e.backing_options}}},
          {"cgroup", e.cgroup},
          {"user", {{"uid", e.uid}}}};
}

Environment EnvironmentFrom(const Json& json) {
  Environment e;
  e.fingerprint = json.at("fingerprint");
  e.kernel = json.at("kernel");
  e.arch = json.at("arch");
  e.cpu_model = json.at("cpu").at("model");
  e.cpus = json.at("cpu").at("threads");
  e.memory_kib = json.at("memory_kib");
  e.os = json.at("os");
  e.backing_fs = json.at("backing_fs").at("type");
  e.backing_options = json.at("backing_fs").at("mount_options");
  e.cgroup = json.at("cgroup");
  e.uid = json.at("user").at("uid");
  return e;
}

Json Summary(const RunRecord& run, std::string_view subject) {
  const Counts c = Count(run, subject);
  return {{"planned", c.total},
          {"executed", c.executed},
          {"passed", c.passed},
          {"failures", c.failures},
          {"errors", c.errors},
          {"expected", c.expected},
          {"relaxed", c.relaxed},
          {"advisory", c.advisory},
          {"not_applicable", c.not_applicable},
          {"blocked", c.blocked},
          {"unexpected_passes", c.unexpected_passes}};
}

Json ToJson(const RunRecord& run) {
  Json json = {{"schema", kSchema}};
  json["run"] = {{"id", run.id},
                 {"started", run.started},
                 {"finished", run.finished},
                 {"wall_s", run.wall_s},
                 {"complete", run.complete},
                 {"interrupted_by", run.interrupted_by},
                 {"argv", CleanAll(run.argv)},
                 {"jobs", run.jobs},
                 {"strict_expectations", run.strict_expectations},
                 {"exit_code", run.exit_code}};
  json["suite"] = {{"version", run.suite_version}, {"clauses_sha256", run.clauses_sha256}};
  json["environment"] = ToJson(run.environment);
  json["subjects"] = Json::array();
  json["summary"] = Summary(run, {});
  json["summary"]["by_subject"] = Json::object();
  for (const SubjectRecord& subject : run.subjects) {
    json["subjects"].push_back(ToJson(subject));
    json["summary"]["by_subject"][subject.name] = Summary(run, subject.name);
  }
  json["findings"] = Json::array();
  for (const Finding& f : run.findings) {
    json["findings"].push_back({{"kind", ToString(f.kind)},
                                {"subject", f.subject},
                                {"name", Clean(f.name)},
                                {"message", Clean(f.message)}});
  }
  json["notes"] = CleanAll(run.notes);
  json["results"] = Json::array();
  for (const CaseResult& result : run.results)
    json["results"].push_back(ToJson(result));
  return json;
}

Finding FindingFrom(const Json& json) {
  const std::string word = json.at("kind");
  for (const Finding::Kind kind : kFindingKinds) {
    if (ToString(kind) == word) {
      return {kind, json.at("subject"), json.at("name"), json.at("message")};
    }
  }
  throw Wrong("unknown kind of finding '" + word + "'");
}

RunRecord RunFrom(const Json& json) {
  if (json.at("schema") != kSchema) throw Wrong("schema is not " + std::string(kSchema));
  RunRecord run;
  const Json& r = json.at("run");
  run.id = r.at("id");
  run.started = r.at("started");
  run.finished = r.at("finished");
  run.wall_s = r.at("wall_s");
  run.complete = r.at("complete");
  run.interrupted_by = r.at("interrupted_by");
  run.argv = Texts(r, "argv");
  run.jobs = r.at("jobs");
  run.strict_expectations = r.at("strict_expectations");
  run.exit_code = r.at("exit_code");
  run.suite_version = json.at("suite").at("version");
  run.clauses_sha256 = json.at("suite").at("clauses_sha256");
  run.environment = EnvironmentFrom(json.at("environment"));
  for (const Json& subject : json.at("subjects"))
    run.subjects.push_back(SubjectFrom(subject));
  for (const Json& finding : json.at("findings"))
    run.findings.push_back(FindingFrom(finding));
  run.notes = Texts(json, "notes");
  for (const Json& result : json.at("results"))
    run.results.push_back(ResultFrom(result));
  return run;
}

}  // namespace

std::string EncodeRun(const RunRecord& run) { return ToJson(run).dump(2) + "\n"; }

Result<RunRecord> DecodeRun(std::string_view json) {
  try {
    return RunFrom(Json::parse(json));
  } catch (const std::exception& e) {
    return Error::FromMessage(std::string("not a run record: ") + e.what());
  }
}

std::string EncodeEvent(const Event& event) {
  Json json = Json::object();
  for (const auto& [kind, word] : kEventKinds) {
    if (kind == event.kind) json["event"] = word;
  }
  if (event.kind == Event::Kind::kRunStart) {
    json["text"] = event.text;  // a whole record, clean already
  } else {
    Put(json, "text", event.text);
  }
  if (event.kind == Event::Kind::kCaseStart || event.kind == Event::Kind::kCaseEnd) {
    json["result"] = ToJson(event.result);
  }
  return json.dump() + "\n";
}

Result<Event> DecodeEvent(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    const std::string word = json.at("event");
    for (const auto& [kind, known] : kEventKinds) {
      if (known != word) continue;
      Event event{.kind = kind, .result = {}, .text = Text(json, "text")};
      if (json.contains("result")) event.result = ResultFrom(json.at("result"));
      return event;
    }
    return Error::FromMessage("unknown event '" + word + "'");
  } catch (const std::exception& e) {
    return Error::FromMessage(std::string("not an event: ") + e.what());
  }
}

}  // namespace cowbell::record

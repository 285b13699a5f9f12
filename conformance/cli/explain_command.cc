#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "conformance/cli/program.h"
#include "conformance/cli/selection.h"
#include "conformance/expectations/expectations.h"
#include "reports/record/verdict.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

std::string_view ViaText(Via via) {
  switch (via) {
    case Via::kEngine:
      return "engines";
    case Via::kMount:
      return "file systems";
    case Via::kBoth:
      return "engines and file systems";
  }
  return "?";
}

// Known failures of every profile there is.
std::string ExpectationsOf(const Program& program, std::string_view clause) {
  std::string text;
  const auto names = program.suite.profile_names();
  if (!names.has_value()) return "  " + names.error().ToString() + "\n";
  for (const std::string& name : names.value()) {
    const std::string path = FindExpectationsFile(name);
    if (path.empty()) continue;
    const Result<std::string> content = ReadFile(path, 16 << 20);
    if (!content.has_value()) continue;
    const auto entries = ParseExpectations(content.value(), path, false);
    if (!entries.has_value()) {
      text += "  " + entries.error().ToString() + "\n";
      continue;
    }
    for (const Expectation& entry : entries.value()) {
      if (entry.clause != clause) continue;
      text += fmt::format("  {} {} {}: {} {}\n", name, entry.versions, entry.case_name,
                          entry.reason, entry.url);
    }
  }
  return text;
}

void Section(std::string& text, const char* title, const std::string& body) {
  if (!body.empty()) text += fmt::format("\n{}\n{}", title, body);
}

std::string ExplainText(const Program& program, const Clause& clause) {
  std::string text =
      fmt::format("{}  {}  asked of {}\n\n  {}\n\nsource   {}\n", clause.id, ToString(clause.level),
                  ViaText(clause.via), clause.sentence, clause.source);
  if (!clause.needs.empty()) text += fmt::format("needs    {}\n", clause.needs);
  if (!clause.labels.empty()) text += fmt::format("labels   {}\n", clause.labels);
  if (!clause.excluded.empty()) text += fmt::format("excluded {}\n", clause.excluded);
  std::string cases;
  for (const CaseInfo& each : CasesOf(clause.id))
    cases += fmt::format("  {}  {}:{}\n", each.name, each.file, each.line);
  Section(text, "cases", cases.empty() ? "  none\n" : cases);
  std::string mutants;
  for (const Mutant& mutant : program.mutants) {
    const std::vector<std::string> claims = Words(mutant.claims);
    if (std::find(claims.begin(), claims.end(), clause.id) == claims.end()) continue;
    mutants += fmt::format("  {}: {} in {}\n", mutant.id, mutant.fault, mutant.subject);
  }
  Section(text, "proven by mutants", mutants.empty() ? "  none: unproven\n" : mutants);
  Section(text, "known failures", ExpectationsOf(program, clause.id));
  return text;
}

}  // namespace

void AddExplainCommand(CLI::App& app, const Program& program, int& exit_code) {
  CLI::App* const command = app.add_subcommand("explain", "Say what a clause asks for, and why.");
  auto ids = std::make_shared<std::vector<std::string>>();
  command->add_option("clause", *ids, "Clause ids or globs")->required()->type_name("CLAUSE");
  command->footer("Example:\n  cowbell explain COW-058");
  command->callback([ids, &program, &exit_code] {
    const auto clauses =
        Select(program.suite.clauses, {.clauses = *ids, .areas = {}, .levels = {}});
    if (!clauses.has_value()) {
      std::fprintf(stderr, "%s: %s\n", program.name.c_str(), clauses.error().ToString().c_str());
      exit_code = record::kExitNothingExecuted;
      return;
    }
    std::string text;
    for (const Clause* clause : clauses.value())
      text += (text.empty() ? "" : "\n") + ExplainText(program, *clause);
    std::fputs(text.c_str(), stdout);
    exit_code = record::kExitConforming;
  });
}

}  // namespace cowbell::conformance

#include "conformance/cli/specification.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "conformance/harness/suite.h"

namespace cowbell::conformance {
namespace {

constexpr std::pair<std::string_view, std::string_view> kAreas[] = {
    {"LAY", "How layers become one tree"},
    {"COW", "Copy on write, as a process sees it"},
    {"ISO", "Isolation of containers from each other and of the image from all"},
    {"RWL", "The RW layer on disk: place, size, life"},
    {"DIF", "diff, commit, export, import, save and load"},
    {"LIF", "The life of a container"},
    {"CPY", "cp"},
    {"IMG", "Images"},
    {"BLD", "Builds"},
};

// Text in a cell of a table.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '<' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

std::string_view AskedOf(Via via) {
  switch (via) {
    case Via::kEngine:
      return "engines";
    case Via::kMount:
      return "mounts";
    case Via::kBoth:
      return "both";
  }
  return "?";
}

std::string Conditions(const Clause& clause) {
  std::string text(clause.needs);
  if (!clause.needs.empty() && !clause.labels.empty()) text += "; ";
  return Cell(text + std::string(clause.labels));
}

struct Counts {
  size_t clauses = 0;
  size_t checked = 0;
  size_t cases = 0;
  size_t proven = 0;
};

std::string Row(std::string_view name, const Counts& counts) {
  return fmt::format("| {} | {} | {} | {} | {} |\n", name, counts.clauses, counts.checked,
                     counts.cases, counts.proven);
}

}  // namespace

std::string SpecificationText(const std::vector<const Clause*>& clauses,
                              std::span<const Mutant> mutants) {
  std::map<std::string, size_t> mutants_of;
  for (const Mutant& mutant : mutants) {
    for (const std::string& claim : Words(mutant.claims))
      ++mutants_of[claim];
  }
  std::map<std::string_view, std::string> tables;
  std::map<std::string_view, Counts> counts;
  Counts all;
  std::string excluded;
  for (const Clause* clause : clauses) {
    const std::string_view area = AreaOf(*clause);
    const size_t cases = CasesOf(clause->id).size();
    const auto found = mutants_of.find(std::string(clause->id));
    const size_t proofs = found == mutants_of.end() ? 0 : found->second;
    for (Counts* each : {&counts[area], &all}) {
      ++each->clauses;
      each->checked += cases > 0 ? 1 : 0;
      each->cases += cases;
      each->proven += proofs > 0 ? 1 : 0;
    }
    tables[area] +=
        fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", clause->id,
                    ToString(clause->level), AskedOf(clause->via), Cell(clause->sentence),
                    Cell(clause->source), Conditions(*clause), cases, proofs);
    if (!clause->excluded.empty()) {
      excluded += fmt::format("| {} | {} |\n", clause->id, Cell(clause->excluded));
    }
  }
  std::string text =
      "# What Cowbell asks for\n\n"
      "Written by `cowbell list --format markdown`; a test compares this file with a fresh one.\n"
      "Levels are those of RFC 2119. A clause is asked of *engines* (through their commands), of\n"
      "*mounts* (a union file system mounted directly), or of *both*. *Conditions* are "
      "capabilities\n"
      "that a subject needs and labels of the check. *Cases* are the variants in which a check\n"
      "judges the clause; *mutants* the planted faults that must make it fail.\n\n"
      "| area | clauses | with a check | cases | with a mutant |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const auto& [area, title] : kAreas) {
    if (counts.contains(area)) text += Row(area, counts[area]);
  }
  text += Row("all", all);
  for (const auto& [area, title] : kAreas) {
    if (!tables.contains(area)) continue;
    text += fmt::format(
        "\n## {}: {}\n\n"
        "| clause | level | asked of | requirement | source | conditions | cases | mutants |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n{}",
        area, title, tables[area]);
  }
  if (!excluded.empty()) {
    text += "\n## Excluded\n\n| clause | why it has no check |\n| --- | --- |\n" + excluded;
  }
  return text;
}

}  // namespace cowbell::conformance

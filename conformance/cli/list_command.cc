#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "conformance/cli/program.h"
#include "conformance/cli/selection.h"
#include "conformance/cli/session.h"
#include "conformance/cli/specification.h"
#include "reports/record/verdict.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

struct ListOptions {
  Selection selection;
  std::vector<std::string> subjects;
  std::string format = "text";
  std::string cowbell;  // the program that the tests run; cmake only
  std::string out;      // where their results go; cmake only
};

Result<std::vector<Profile>> FindProfiles(const Suite& suite,
                                          const std::vector<std::string>& names) {
  std::vector<Profile> profiles;
  for (const std::string& name : names) {
    Profile profile = TRY(suite.find_profile(name));
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

std::string ListText(const std::vector<const Clause*>& clauses,
                     const std::vector<Profile>& profiles) {
  std::string text;
  size_t checks = 0;
  size_t cases = 0;
  for (const Clause* clause : clauses) {
    const size_t count = CasesOf(clause->id).size();
    checks += count > 0 ? 1 : 0;
    cases += count;
    text += fmt::format("{}  {:<6} {}  {:2} case{}  {}\n", clause->id, ToString(clause->level),
                        ToString(clause->via), count, count == 1 ? " " : "s", clause->sentence);
    if (!clause->excluded.empty()) text += fmt::format("         excluded: {}\n", clause->excluded);
    for (const Profile& profile : profiles) {
      const std::string reason = NotApplicableReason(*clause, profile);
      if (!reason.empty()) text += fmt::format("         not for {}: {}\n", profile.name, reason);
    }
  }
  return text + fmt::format("{} clauses, {} of them with a check, {} cases\n", clauses.size(),
                            checks, cases);
}

std::string ListJson(const std::vector<const Clause*>& clauses,
                     const std::vector<Profile>& profiles) {
  using Json = nlohmann::ordered_json;
  Json all = Json::array();
  for (const Clause* clause : clauses) {
    Json json = {{"id", clause->id},
                 {"area", AreaOf(*clause)},
                 {"level", ToString(clause->level)},
                 {"via", ToString(clause->via)},
                 {"sentence", clause->sentence},
                 {"source", clause->source},
                 {"needs", Words(clause->needs)},
                 {"labels", Words(clause->labels)},
                 {"excluded", clause->excluded},
                 {"cases", Json::array()}};
    for (const CaseInfo& each : CasesOf(clause->id)) {
      json["cases"].push_back({{"name", each.name}, {"file", each.file}, {"line", each.line}});
    }
    for (const Profile& profile : profiles) {
      json["not_applicable"][profile.name] = NotApplicableReason(*clause, profile);
    }
    all.push_back(std::move(json));
  }
  return all.dump(2) + "\n";
}

// A bracket argument that no content of ours can end.
std::string Quoted(const std::string& text) { return "[==[" + text + "]==]"; }

std::string CmakeTest(const Clause& clause, const Profile& profile, const std::string& subject,
                      const std::string& cowbell, const std::string& out) {
  const std::string name = fmt::format("conformance.{}.{}", profile.name, clause.id);
  const bool slow = HasLabel(clause, "slow");
  const auto deadline = DeadlineOf(clause, 0).count() / 1000;
  const size_t cases = CasesOf(clause.id).size();
  std::string script =
      fmt::format("add_test({} {} run --single --subject {} --clause {} --out {})\n", Quoted(name),
                  Quoted(cowbell), Quoted(subject), clause.id,
                  Quoted(fmt::format("{}/{}/{}", out, profile.name, clause.id)));
  std::string level(ToString(clause.level));
  for (char& c : level)
    c = static_cast<char>(c + 32);
  // The runner's own deadline is per case: it kills, cleans up and reports long before this.
  script += fmt::format(
      "set_tests_properties({} PROPERTIES LABELS \"conformance;subject:{};area:{};level:{};{}\" "
      "SKIP_RETURN_CODE 77 TIMEOUT {}",
      Quoted(name), profile.name, AreaOf(clause), level, slow ? "slow" : "fast",
      deadline * static_cast<int64_t>(std::max<size_t>(cases, 1) + 2));
  const bool alone = HasLabel(clause, "exclusive") ||
                     (HasLabel(clause, "private") && profile.private_store.empty());
  if (alone && !profile.always_private) script += " RUN_SERIAL TRUE";
  if (slow) script += " COST 100";
  return script + ")\n";
}

std::string ListCmake(const std::vector<const Clause*>& clauses,
                      const std::vector<Profile>& profiles,
                      const std::vector<std::string>& subjects, const ListOptions& options) {
  std::string script = "# Written by `cowbell list --format cmake` when ctest starts.\n";
  for (size_t i = 0; i < profiles.size(); ++i) {
    size_t added = 0;
    for (const Clause* clause : clauses) {
      if (!NotApplicableReason(*clause, profiles[i]).empty()) continue;
      script += CmakeTest(*clause, profiles[i], subjects[i], options.cowbell, options.out);
      ++added;
    }
    if (added == 0) {
      script += fmt::format("message(FATAL_ERROR \"no clause applies to {}\")\n", profiles[i].name);
    }
  }
  return script;
}

int List(const Program& program, const ListOptions& options) {
  const auto fail = [&](const Error& error, int code) {
    std::fprintf(stderr, "%s: %s\n", program.name.c_str(), error.ToString().c_str());
    return code;
  };
  const Status sound = CheckCases(program.suite);
  if (!sound.has_value()) return fail(sound.error(), record::kExitHarness);
  const auto clauses = Select(program.suite.clauses, options.selection);
  if (!clauses.has_value()) return fail(clauses.error(), record::kExitNothingExecuted);
  std::vector<std::string> subjects = SplitNames(options.subjects);
  const bool by_name = !subjects.empty();
  if (!by_name && options.format == "cmake") subjects = program.default_ctest_subjects;
  const auto profiles = FindProfiles(program.suite, subjects);
  if (!profiles.has_value()) return fail(profiles.error(), record::kExitUsage);
  std::string text;
  if (options.format == "json") {
    text = ListJson(clauses.value(), profiles.value());
  } else if (options.format == "markdown") {
    text = SpecificationText(clauses.value(), program.mutants);
  } else if (options.format == "cmake") {
    text = ListCmake(clauses.value(), profiles.value(), subjects, options);
    for (const Mutant& mutant : program.mutants) {
      if (by_name &&
          std::find(subjects.begin(), subjects.end(), mutant.subject) == subjects.end()) {
        continue;
      }
      const std::string name = "selftest." + std::string(mutant.id);
      text += fmt::format(
          "add_test({} {} selftest --mutant {} --out {})\n"
          "set_tests_properties({} PROPERTIES LABELS \"selftest;subject:{}\" TIMEOUT 900)\n",
          Quoted(name), Quoted(options.cowbell), Quoted(std::string(mutant.id)),
          Quoted(options.out + "/" + name), Quoted(name), mutant.subject);
    }
  } else {
    text = ListText(clauses.value(), profiles.value());
  }
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? record::kExitConforming
                                                                           : record::kExitHarness;
}

}  // namespace

void AddListCommand(CLI::App& app, const Program& program, int& exit_code) {
  CLI::App* const command = app.add_subcommand("list", "Show the clauses and their checks.");
  auto options = std::make_shared<ListOptions>();
  AddSelectionOptions(*command, options->selection);
  command
      ->add_option("--subject,--engine", options->subjects,
                   "Say which clauses do not apply to it; repeat, or a,b")
      ->type_name("NAME|FILE.toml");
  command
      ->add_option("--format", options->format,
                   "text [default], json, markdown, or cmake for ctest")
      ->check(CLI::IsMember({"text", "json", "markdown", "cmake"}));
  command->add_option("--cowbell", options->cowbell, "With cmake: the program the tests run")
      ->type_name("FILE");
  command->add_option("--out", options->out, "With cmake: where the tests' results go")
      ->type_name("DIR");
  command->footer(
      "Examples:\n  cowbell list --area COW --level must\n"
      "  cowbell list --subject docker --format json");
  command->callback([options, &program, &exit_code] {
    if (options->format == "cmake" && (options->cowbell.empty() || options->out.empty())) {
      throw CLI::RequiredError("--format cmake: --cowbell and --out");
    }
    exit_code = List(program, *options);
  });
}

}  // namespace cowbell::conformance

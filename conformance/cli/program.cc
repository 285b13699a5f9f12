#include "conformance/cli/program.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <exception>

#include "conformance/harness/assertions.h"
#include "reports/record/verdict.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  cowbell run                                 judge calf, the reference runtime\n"
    "  cowbell run --subject docker --area COW     copy on write on this Docker\n"
    "  cowbell run --subject ./mine.toml -j 4      an engine described by a profile\n"
    "  cowbell list --subject podman               which clauses apply, and which do not\n"
    "  cowbell explain COW-058                     what a clause asks for, and why\n"
    "  cowbell bench --subject calf,docker         ratios to the bare system calls\n"
    "  cowbell selftest                            can the suite tell broken from whole?\n"
    "\n"
    "Exit codes: 0 conforming, 1 not conforming, 2 wrong use, 3 nothing was judged,\n"
    "4 a subject is missing or the suite could not judge, 5 expectations no longer hold,\n"
    "130 and 143 interrupted; with --single also 77 skipped and 99 could not judge.";

}  // namespace

int RunProgram(int argc, char** argv, const Program& program) {
  // The cases are known to GoogleTest from the start; its own options are not offered.
  int no_arguments = 1;
  ::testing::InitGoogleMock(&no_arguments, argv);
  CLI::App app(
      "Cowbell judges container engines and union file systems, clause by clause: images are "
      "shared and never change, every container has a writable layer of its own.",
      program.name);
  app.set_version_flag("--version", program.name + " " + program.version);
  app.require_subcommand(1);
  app.footer(kFooter);
  int exit_code = record::kExitHarness;
  AddRunCommand(app, program, exit_code);
  AddListCommand(app, program, exit_code);
  AddExplainCommand(app, program, exit_code);
  AddBenchCommand(app, program, exit_code);
  AddReportCommand(app, program, exit_code);
  AddSelftestCommand(app, program, exit_code);
  AddCheckCommand(app, program, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    std::string command = program.name;
    for (const CLI::App* sub : app.get_subcommands())
      command += " " + sub->get_name();
    // CLI11 misses a command before it looks at a word that is none.
    const std::vector<std::string> extra = app.remaining();
    const bool unknown = app.get_subcommands().empty() && !extra.empty();
    const std::string what = unknown ? "unknown command '" + extra.front() + "'" : error.what();
    std::fprintf(stderr, "%s: %s\nTry '%s --help'.\n", program.name.c_str(), Sanitize(what).c_str(),
                 command.c_str());
    return record::kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program.name.c_str(), error.what());
    return record::kExitHarness;
  }
  return exit_code;
}

}  // namespace cowbell::conformance

// The command line of a suite: `cowbell`, or a test's own suite under the same commands.

#ifndef COWBELL_CONFORMANCE_CLI_PROGRAM_H_
#define COWBELL_CONFORMANCE_CLI_PROGRAM_H_

#include <CLI/App.hpp>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "conformance/harness/suite.h"
#include "conformance/mutants/mutants.h"

namespace cowbell::conformance {

struct Program {
  std::string name = "cowbell";
  std::string version;
  Suite suite;
  std::span<const Mutant> mutants;
  std::vector<std::string> default_subjects;        // of `run`
  std::vector<std::string> default_ctest_subjects;  // of `list --format cmake`
};

// The exit code of the process.
int RunProgram(int argc, char** argv, const Program& program);

// Each adds one sub-command to `app`; it runs through a callback that sets `exit_code`. One file
// per sub-command: a new one is added here and in program.cc.
void AddRunCommand(CLI::App& app, const Program& program, int& exit_code);
void AddListCommand(CLI::App& app, const Program& program, int& exit_code);
void AddExplainCommand(CLI::App& app, const Program& program, int& exit_code);
void AddBenchCommand(CLI::App& app, const Program& program, int& exit_code);
void AddReportCommand(CLI::App& app, const Program& program, int& exit_code);
void AddSelftestCommand(CLI::App& app, const Program& program, int& exit_code);
// Hidden: one check, started by the runner.
void AddCheckCommand(CLI::App& app, const Program& program, int& exit_code);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLI_PROGRAM_H_

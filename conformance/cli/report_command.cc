#include <sys/stat.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "conformance/cli/program.h"
#include "reports/matrix.h"
#include "reports/record/json.h"
#include "reports/record/verdict.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

constexpr uint64_t kMaxRecord = uint64_t{256} << 20;

// A record, or a run's directory.
Result<record::RunRecord> ReadRun(const std::string& path) {
  struct stat st {};
  const bool is_directory = stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
  const std::string file = is_directory ? path + "/run.json" : path;
  const std::string json = TRY(ReadFile(file, kMaxRecord));
  record::RunRecord run = TRY(record::DecodeRun(json).Within("'" + file + "'"));
  record::Conclude(run);
  return run;
}

Status Report(const std::vector<std::string>& paths) {
  std::vector<record::RunRecord> runs;
  for (const std::string& path : paths)
    runs.push_back(TRY(ReadRun(path)));
  const std::string text = TRY(MatrixMarkdown(runs));
  return WriteAll(STDOUT_FILENO, text);
}

}  // namespace

void AddReportCommand(CLI::App& app, const Program& program, int& exit_code) {
  CLI::App* const command =
      app.add_subcommand("report", "Make one Markdown matrix of several runs.");
  auto paths = std::make_shared<std::vector<std::string>>();
  command->add_option("run", *paths, "Directories of runs, or their run.json")
      ->required()
      ->type_name("DIR|FILE");
  command->footer(
      "Example:\n"
      "  cowbell report cowbell-out/runs/* > matrix.md\n\n"
      "The exit code says whether the report was made, not what is in it: 0, or 2.");
  command->callback([paths, &program, &exit_code] {
    const Status made = Report(*paths);
    if (!made.has_value()) {
      std::fprintf(stderr, "%s: %s\n", program.name.c_str(), made.error().ToString().c_str());
    }
    exit_code = made.has_value() ? record::kExitConforming : record::kExitUsage;
  });
}

}  // namespace cowbell::conformance

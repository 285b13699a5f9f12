#include <memory>

#include "conformance/cli/program.h"
#include "conformance/harness/check.h"

namespace cowbell::conformance {

void AddCheckCommand(CLI::App& app, const Program& program, int& exit_code) {
  CLI::App* const command = app.add_subcommand("check", "One check; started by the runner.");
  command->group("");  // not in the help
  auto plan = std::make_shared<CheckPlan>();
  auto deadline_ms = std::make_shared<int64_t>(30'000);
  command->add_option("--clause", plan->clause)->required();
  command->add_option("--subject", plan->subject)->required();
  command->add_option("--fault", plan->fault);
  command->add_option("--work-dir", plan->work_dir)->required();
  command->add_option("--run-label", plan->run_label)->required();
  command->add_option("--store-dir", plan->store_dir);
  command->add_option("--probe", plan->probe_path)->required();
  command->add_option("--deadline-ms", *deadline_ms);
  command->add_option("--event-fd", plan->event_fd)->required();
  command->add_flag("--private-store", plan->private_store);
  command->callback([plan, deadline_ms, &program, &exit_code] {
    plan->deadline = std::chrono::milliseconds(*deadline_ms);
    exit_code = RunCheck(program.suite, *plan);
  });
}

}  // namespace cowbell::conformance

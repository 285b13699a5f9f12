// The commands of the second executable: those that need the network or archives.

#ifndef COWBELL_RUNTIME_CLI_IMAGE_COMMANDS_H_
#define COWBELL_RUNTIME_CLI_IMAGE_COMMANDS_H_

#include <string>
#include <vector>

#include "runtime/cli/command.h"

namespace cowbell {

const std::vector<Command>& ImageCommands();

int CommitCommand(const CommandContext& context, const std::vector<std::string>& args);
int ExportCommand(const CommandContext& context, const std::vector<std::string>& args);
int ImportCommand(const CommandContext& context, const std::vector<std::string>& args);
int LoadCommand(const CommandContext& context, const std::vector<std::string>& args);
int PullCommand(const CommandContext& context, const std::vector<std::string>& args);
int SaveCommand(const CommandContext& context, const std::vector<std::string>& args);
int BuildCommand(const CommandContext& context, const std::vector<std::string>& args);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_IMAGE_COMMANDS_H_

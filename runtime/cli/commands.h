// The commands of `calf`, one function each, each in the file of its name.

#ifndef COWBELL_RUNTIME_CLI_COMMANDS_H_
#define COWBELL_RUNTIME_CLI_COMMANDS_H_

#include <string>
#include <vector>

#include "runtime/cli/command.h"

namespace cowbell {

const std::vector<Command>& CalfCommands();

int CpCommand(const CommandContext& context, const std::vector<std::string>& args);
int CreateCommand(const CommandContext& context, const std::vector<std::string>& args);
int DiffCommand(const CommandContext& context, const std::vector<std::string>& args);
int ExecCommand(const CommandContext& context, const std::vector<std::string>& args);
int ImagesCommand(const CommandContext& context, const std::vector<std::string>& args);
int InspectCommand(const CommandContext& context, const std::vector<std::string>& args);
int KillCommand(const CommandContext& context, const std::vector<std::string>& args);
int LogsCommand(const CommandContext& context, const std::vector<std::string>& args);
int PauseCommand(const CommandContext& context, const std::vector<std::string>& args);
int PsCommand(const CommandContext& context, const std::vector<std::string>& args);
int RenameCommand(const CommandContext& context, const std::vector<std::string>& args);
int RestartCommand(const CommandContext& context, const std::vector<std::string>& args);
int RmCommand(const CommandContext& context, const std::vector<std::string>& args);
int RmiCommand(const CommandContext& context, const std::vector<std::string>& args);
int RunCommandLine(const CommandContext& context, const std::vector<std::string>& args);
int StartCommand(const CommandContext& context, const std::vector<std::string>& args);
int StopCommand(const CommandContext& context, const std::vector<std::string>& args);
int UnpauseCommand(const CommandContext& context, const std::vector<std::string>& args);
int TagCommand(const CommandContext& context, const std::vector<std::string>& args);
int VolumeCreateCommand(const CommandContext& context, const std::vector<std::string>& args);
int VolumeLsCommand(const CommandContext& context, const std::vector<std::string>& args);
int VolumePruneCommand(const CommandContext& context, const std::vector<std::string>& args);
int VolumeRmCommand(const CommandContext& context, const std::vector<std::string>& args);
int WaitCommand(const CommandContext& context, const std::vector<std::string>& args);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_COMMANDS_H_

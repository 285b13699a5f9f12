// The flags that `create` and `run` share.

#ifndef COWBELL_RUNTIME_CLI_CREATE_OPTIONS_H_
#define COWBELL_RUNTIME_CLI_CREATE_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/flags.h"
#include "runtime/container/create.h"

namespace cowbell {

// The flags as typed; Options() turns them into what a container is made from.
class CreateFlags {
 public:
  // Declares the flags and the operands IMAGE [COMMAND] [ARG...].
  explicit CreateFlags(FlagSet& flags);
  CreateFlags(const CreateFlags&) = delete;
  CreateFlags& operator=(const CreateFlags&) = delete;

  // After Parse. Errors: an environment or label file that cannot be read, a flag that calf does
  // not have yet.
  Result<CreateOptions> Options() const;

  const std::string& cidfile() const { return cidfile_; }
  // "always", "missing" or "never".
  const std::string& pull() const { return pull_; }
  const std::string& platform() const { return platform_; }

 private:
  void Refuse(FlagSet& flags, char shorthand, const char* name, const char* help);

  CreateOptions options_;
  std::vector<std::string> operands_, env_, env_files_, labels_, label_files_;
  std::vector<std::string> refused_;  // flags of later versions that were given
  std::string cidfile_;
  std::string pull_ = "missing";
  std::string platform_;
  bool quiet_ = false;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_CREATE_OPTIONS_H_

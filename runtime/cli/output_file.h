// Where `save` and `export` put their archive: standard output, or a file that appears under its
// name only when it is complete.

#ifndef COWBELL_RUNTIME_CLI_OUTPUT_FILE_H_
#define COWBELL_RUNTIME_CLI_OUTPUT_FILE_H_

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

class OutputFile {
 public:
  // `path` empty: standard output, which must not be a terminal. Errors, in Docker's words:
  // "invalid output path: …", "cowardly refusing to save to a terminal. …".
  static Result<OutputFile> Create(const std::string& path);
  OutputFile(OutputFile&&) noexcept = default;
  OutputFile& operator=(OutputFile&&) = delete;
  // A file that is not finished is removed.
  ~OutputFile();

  Status Write(std::string_view bytes);
  // Gives the file its name, in place of an older one.
  Status Finish();

 private:
  OutputFile() = default;
  std::string path_;
  std::string temporary_;
  UniqueFd fd_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_OUTPUT_FILE_H_

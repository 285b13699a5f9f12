// A container as `ps` and `inspect` describe it.

#ifndef COWBELL_RUNTIME_CLI_PS_ROW_H_
#define COWBELL_RUNTIME_CLI_PS_ROW_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/format.h"
#include "runtime/store/containers.h"
#include "runtime/store/layout.h"

namespace cowbell {

// "created", "running", "paused", "exited".
const char* StateWord(const ContainerState& state);

// "Created", "Up 5 seconds", "Exited (0) About a minute ago".
std::string StatusText(const ContainerState& state, const TimePoint& now);

// The program and its arguments: entry point, then command.
std::vector<std::string> CommandLine(const ContainerConfig& config);

// The command line as one text; arguments with blanks in single quotes.
std::string CommandText(const ContainerConfig& config);

// A Go string literal of `text`: what strconv.Quote gives.
std::string GoQuote(const std::string& text);

// Bytes of the RW layer, and of it and the image.
struct ContainerSize {
  uint64_t rw = 0;
  uint64_t root_fs = 0;
};
Result<ContainerSize> SizeOf(const Store& store, const ContainerConfig& config);

// What a row's texts depend on besides the record.
struct RowContext {
  TimePoint now;
  bool truncate = true;
  std::string image;                  // as it is to be shown
  std::optional<ContainerSize> size;  // only where it is asked for
};

// The fields of --format, all texts, in the order of their names.
nlohmann::ordered_json RowFields(const ContainerRecord& record, const RowContext& context);

// The titles of their columns.
const nlohmann::ordered_json& RowTitles();

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_PS_ROW_H_

// Columns as Go's text/tabwriter aligns them with (minwidth 10, tabwidth 1, padding 3): the form of
// all tables that Docker prints.

#ifndef COWBELL_RUNTIME_CLI_TABLE_H_
#define COWBELL_RUNTIME_CLI_TABLE_H_

#include <string>
#include <string_view>

namespace cowbell {

// Cells end with TAB, lines with LF; what follows the last TAB of a line belongs to no column.
// Widths count code points.
std::string AlignColumns(std::string_view text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_TABLE_H_

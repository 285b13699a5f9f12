#include "runtime/cli/table.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr size_t kMinWidth = 10;
constexpr size_t kPadding = 3;

using Row = std::vector<std::string>;

size_t Width(const std::string& cell) {
  return static_cast<size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

class Aligner {
 public:
  explicit Aligner(std::string_view text) {
    for (const std::string& line : Lines(text))
      rows_.push_back(Split(line, '\t'));
  }

  std::string Run() {
    Format(0, rows_.size());
    return std::move(out_);
  }

 private:
  bool HasCell(size_t row, size_t column) const { return column + 1 < rows_[row].size(); }

  // A column is a run of lines that all have a cell in it; the columns to its right are made of
  // parts of that run.
  void Format(size_t first, size_t last) {
    const size_t column = widths_.size();
    size_t begin = first;
    for (size_t row = first; row < last; ++row) {
      if (!HasCell(row, column)) continue;
      Write(begin, row);
      begin = row;
      size_t width = kMinWidth;
      while (row < last && HasCell(row, column)) {
        width = std::max(width, Width(rows_[row][column]) + kPadding);
        ++row;
      }
      widths_.push_back(width);
      Format(begin, row);
      widths_.pop_back();
      begin = row;
    }
    Write(begin, last);
  }

  void Write(size_t first, size_t last) {
    for (size_t row = first; row < last; ++row) {
      for (size_t i = 0; i < rows_[row].size(); ++i) {
        const std::string& cell = rows_[row][i];
        out_ += cell;
        if (i < widths_.size()) out_.append(widths_[i] - std::min(widths_[i], Width(cell)), ' ');
      }
      out_ += '\n';
    }
  }

  std::vector<Row> rows_;
  std::vector<size_t> widths_;
  std::string out_;
};

}  // namespace

std::string AlignColumns(std::string_view text) { return Aligner(text).Run(); }

}  // namespace cowbell

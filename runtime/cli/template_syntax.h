// The syntax tree of a Go template (text/template), as far as Docker's --format needs it: actions
// with pipelines, parentheses, variables, if / else if / else, range, with, comments and trim
// markers. Not taken over: define, template, block, break, continue.

#ifndef COWBELL_RUNTIME_CLI_TEMPLATE_SYNTAX_H_
#define COWBELL_RUNTIME_CLI_TEMPLATE_SYNTAX_H_

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

struct TemplatePipe;

// One word of a command, with the fields selected from it: `$x.A.B`, `(index .M "k").C`.
struct TemplateOperand {
  enum class Kind { kDot, kVariable, kFunction, kPipe, kLiteral };
  Kind kind = Kind::kDot;
  std::string name;                                       // of the variable or function
  std::shared_ptr<const TemplatePipe> pipe;               // kPipe
  std::shared_ptr<const nlohmann::ordered_json> literal;  // kLiteral
  std::vector<std::string> fields;
  std::string source;  // as written, for messages
  std::string place;   // "1:2": line and byte column that Go reports for it
};

struct TemplateCommand {
  std::vector<TemplateOperand> words;
};

struct TemplatePipe {
  std::vector<std::string> variables;  // with their `$`; two only in `range $k, $v := …`
  bool declares = false;               // `:=`, else `=`
  std::vector<TemplateCommand> commands;
};

struct TemplateNode {
  enum class Kind { kText, kAction, kIf, kRange, kWith };
  Kind kind = Kind::kText;
  std::string text;
  TemplatePipe pipe;
  std::vector<TemplateNode> body;
  std::vector<TemplateNode> otherwise;
};

// Errors, in Go's words: "template: :1: unclosed action".
Result<std::vector<TemplateNode>> ParseTemplate(std::string_view text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_TEMPLATE_SYNTAX_H_

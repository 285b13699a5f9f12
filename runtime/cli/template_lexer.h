// The words of a Go template: text outside actions, and the tokens inside `{{` and `}}`.

#ifndef COWBELL_RUNTIME_CLI_TEMPLATE_LEXER_H_
#define COWBELL_RUNTIME_CLI_TEMPLATE_LEXER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

struct TemplateToken {
  enum class Kind {
    kText,
    kOpen,   // {{
    kClose,  // }}
    kDot,
    kField,     // ".Name"; text is "Name"
    kVariable,  // "$", "$x"
    kWord,      // identifier or keyword
    kString,    // value unquoted
    kNumber,
    kSymbol,  // ( ) | , = :=
    kSpace,   // at least one blank between two tokens
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;
  std::string source;  // as written
  size_t line = 1;
  size_t column = 0;  // bytes from the start of the line
};

// Ends with a kEnd token. Trim markers and comments are worked in. Errors, in Go's words.
Result<std::vector<TemplateToken>> LexTemplate(std::string_view text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_TEMPLATE_LEXER_H_

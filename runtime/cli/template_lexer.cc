#include "runtime/cli/template_lexer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cowbell {
namespace {

using Kind = TemplateToken::Kind;

constexpr std::string_view kBlanks = " \t\r\n";

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// Bytes of non-ASCII letters count as letters.
bool IsWordByte(char c) {
  return IsDigit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

void AppendUtf8(std::string& out, uint32_t code_point) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

// The bytes a Go string literal (with its double quotes) stands for; false when it is malformed.
bool Unquote(std::string_view literal, std::string* out) {
  constexpr std::string_view kNames = "abfnrtv\\\"'";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"'";
  const std::string_view body = literal.substr(1, literal.size() - 2);
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      *out += body[i];
      continue;
    }
    if (++i == body.size()) return false;
    if (const size_t at = kNames.find(body[i]); at != std::string_view::npos) {
      *out += kValues[at];
      continue;
    }
    const size_t digits = body[i] == 'x' ? 2 : body[i] == 'u' ? 4 : body[i] == 'U' ? 8 : 0;
    if (digits == 0 || i + digits >= body.size()) return false;
    uint32_t value = 0;
    for (size_t k = 1; k <= digits; ++k) {
      constexpr std::string_view kHex = "0123456789abcdef";
      const char lower = static_cast<char>(body[i + k] | 0x20);
      const size_t digit = kHex.find(lower);
      if (digit == std::string_view::npos) return false;
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    if (value > 0x10FFFF) return false;
    if (body[i] == 'x') {
      *out += static_cast<char>(value);
    } else {
      AppendUtf8(*out, value);
    }
    i += digits;
  }
  return true;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<TemplateToken>> Run() {
    while (at_ < text_.size()) {
      TRY(LexText());
      if (at_ < text_.size()) TRY(LexAction());
    }
    Add(Kind::kEnd, at_, at_);
    return std::move(tokens_);
  }

 private:
  Error Fail(const std::string& what) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<long>(at_), '\n');
    return Error::FromMessage("template: :" + std::to_string(line) + ": " + what);
  }

  TemplateToken& Add(Kind kind, size_t from, size_t to) {
    while (counted_ < from) {
      if (text_[counted_++] == '\n') {
        ++line_;
        line_start_ = counted_;
      }
    }
    const std::string source(text_.substr(from, to - from));
    tokens_.push_back({kind, source, source, line_, from - line_start_});
    return tokens_.back();
  }

  // Up to the next "{{"; blanks beside "{{- " and " -}}" are dropped.
  Status LexText() {
    const size_t start = at_;
    at_ = std::min(text_.find("{{", at_), text_.size());
    size_t from = start;
    size_t to = at_;
    if (trim_next_) {
      while (from < to && IsBlank(text_[from]))
        ++from;
    }
    const bool trim =
        text_.substr(at_, 3) == "{{-" && at_ + 3 < text_.size() && IsBlank(text_[at_ + 3]);
    if (trim) {
      while (to > from && IsBlank(text_[to - 1]))
        --to;
    }
    trim_next_ = false;
    if (to > from) Add(Kind::kText, from, to);
    return Ok();
  }

  // At "}}" or " -}}"; `length` is what it takes.
  bool AtClose(size_t* length) {
    if (text_.substr(at_, 2) == "}}") {
      *length = 2;
      return true;
    }
    if (at_ < text_.size() && IsBlank(text_[at_]) && text_.substr(at_ + 1, 3) == "-}}") {
      *length = 4;
      return true;
    }
    return false;
  }

  void Close(size_t length) {
    Add(Kind::kClose, at_, at_ + length);
    at_ += length;
    trim_next_ = length == 4;
  }

  Status LexAction() {
    const size_t start = at_;
    at_ += 2;
    if (text_.substr(at_, 1) == "-" && at_ + 1 < text_.size() && IsBlank(text_[at_ + 1])) at_ += 2;
    if (text_.substr(at_, 2) == "/*") return LexComment();
    Add(Kind::kOpen, start, at_);
    size_t length = 0;
    while (!AtClose(&length)) {
      if (at_ >= text_.size()) return Fail("unclosed action");
      TRY(LexToken());
    }
    Close(length);
    return Ok();
  }

  Status LexComment() {
    const size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) return Fail("unclosed comment");
    at_ = end + 2;
    size_t length = 0;
    if (!AtClose(&length)) return Fail("comment ends before closing delimiter");
    at_ += length;
    trim_next_ = length == 4;
    return Ok();
  }

  size_t EndOfWord(size_t from) const {
    while (from < text_.size() && IsWordByte(text_[from]))
      ++from;
    return from;
  }

  void Take(Kind kind, size_t to) {
    Add(kind, at_, to);
    at_ = to;
  }

  Status LexToken() {
    const char c = text_[at_];
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (IsBlank(c)) {
      const size_t start = at_;
      size_t length = 0;
      while (at_ < text_.size() && IsBlank(text_[at_]) && !AtClose(&length))
        ++at_;
      if (at_ > start) Add(Kind::kSpace, start, at_);
      return Ok();
    }
    if (c == '"') return LexString();
    if (c == '`') return LexRawString();
    if (c == '$') {
      Take(Kind::kVariable, EndOfWord(at_ + 1));
      return Ok();
    }
    if (IsDigit(c) || ((c == '-' || c == '+') && IsDigit(next))) return LexNumber();
    if (c == '.') {
      const size_t end = EndOfWord(at_ + 1);
      const bool field = end > at_ + 1;
      TemplateToken& token = Add(field ? Kind::kField : Kind::kDot, at_, end);
      if (field) token.text.erase(0, 1);
      at_ = end;
      return Ok();
    }
    if (c == ':' && next == '=') {
      Take(Kind::kSymbol, at_ + 2);
      return Ok();
    }
    if (std::string_view("()|,=").find(c) != std::string_view::npos) {
      Take(Kind::kSymbol, at_ + 1);
      return Ok();
    }
    if (IsWordByte(c)) {
      Take(Kind::kWord, EndOfWord(at_));
      return Ok();
    }
    return Fail("unexpected " + ("\"" + std::string(1, c) + "\"") + " in command");
  }

  Status LexString() {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') {
      if (text_[end] == '\n') return Fail("unterminated quoted string");
      end += text_[end] == '\\' ? 2U : 1U;
    }
    if (end >= text_.size()) return Fail("unterminated quoted string");
    TemplateToken& token = Add(Kind::kString, at_, end + 1);
    token.text.clear();
    if (!Unquote(token.source, &token.text)) return Fail("invalid syntax");
    at_ = end + 1;
    return Ok();
  }

  Status LexRawString() {
    const size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) return Fail("unterminated raw quoted string");
    TemplateToken& token = Add(Kind::kString, at_, end + 1);
    token.text = token.source.substr(1, token.source.size() - 2);
    at_ = end + 1;
    return Ok();
  }

  Status LexNumber() {
    size_t end = at_ + 1;
    while (end < text_.size() && (IsWordByte(text_[end]) || text_[end] == '.'))
      ++end;
    Take(Kind::kNumber, end);
    return Ok();
  }

  std::string_view text_;
  size_t at_ = 0;
  bool trim_next_ = false;
  size_t counted_ = 0;  // bytes whose line ends are counted in line_
  size_t line_ = 1;
  size_t line_start_ = 0;
  std::vector<TemplateToken> tokens_;
};

}  // namespace

Result<std::vector<TemplateToken>> LexTemplate(std::string_view text) { return Lexer(text).Run(); }

}  // namespace cowbell

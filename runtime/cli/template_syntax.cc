#include "runtime/cli/template_syntax.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/cli/template_functions.h"
#include "runtime/cli/template_lexer.h"

namespace cowbell {
namespace {

using Kind = TemplateToken::Kind;
using Json = nlohmann::ordered_json;

// Deeper nesting is an attack on the stack, not a template.
constexpr int kMaxDepth = 100;

class Parser {
 public:
  explicit Parser(std::vector<TemplateToken> tokens) : tokens_(std::move(tokens)) {}

  Result<std::vector<TemplateNode>> Run() {
    std::vector<TemplateNode> nodes;
    const std::string stop = TRY(ParseList(&nodes, ""));
    if (!stop.empty()) return Fail("unexpected {{" + stop + "}}");
    return nodes;
  }

 private:
  const TemplateToken& Peek() const { return tokens_[at_]; }
  const TemplateToken& Next() { return tokens_[Peek().kind == Kind::kEnd ? at_ : at_++]; }
  void SkipSpace() {
    while (Peek().kind == Kind::kSpace)
      Next();
  }
  bool PeekSymbol(std::string_view symbol) const {
    return Peek().kind == Kind::kSymbol && Peek().text == symbol;
  }

  Error Fail(const std::string& what) const {
    return Error::FromMessage("template: :" + std::to_string(Peek().line) + ": " + what);
  }
  Error Unexpected(const std::string& where) const {
    if (Peek().kind == Kind::kEnd) return Fail("unexpected EOF");
    return Fail("unexpected \"" + Peek().source + "\" in " + where);
  }

  // Nodes up to the end or to {{end}} / {{else}}; returns which, "" for the end of the text.
  Result<std::string> ParseList(std::vector<TemplateNode>* nodes, const std::string& inside) {
    if (++depth_ > kMaxDepth) return Fail("nested too deeply");
    while (Peek().kind != Kind::kEnd) {
      if (Peek().kind == Kind::kText) {
        TemplateNode node;
        node.text = Next().text;
        nodes->push_back(std::move(node));
        continue;
      }
      Next();  // {{
      SkipSpace();
      const std::string word = Peek().kind == Kind::kWord ? Peek().text : "";
      if (word == "end") {
        Next();
        TRY(ExpectClose("end"));
        --depth_;
        return word;
      }
      if (word == "else") {
        Next();
        SkipSpace();
        --depth_;
        if (Peek().kind == Kind::kClose) Next();
        return word;  // otherwise an "if" or "with" follows
      }
      TemplateNode node = TRY(ParseAction(word));
      nodes->push_back(std::move(node));
    }
    --depth_;
    if (!inside.empty()) return Fail("unexpected EOF");
    return std::string();
  }

  Status ExpectClose(const std::string& where) {
    SkipSpace();
    if (Peek().kind != Kind::kClose) return Unexpected(where);
    Next();
    return Ok();
  }

  Result<TemplateNode> ParseAction(const std::string& word) {
    if (word == "if" || word == "range" || word == "with") {
      Next();
      return ParseControl(word);
    }
    for (const char* other : {"define", "template", "block", "break", "continue"}) {
      if (word == other) return Fail("{{" + word + "}} is not supported");
    }
    TemplateNode node;
    node.kind = TemplateNode::Kind::kAction;
    node.pipe = TRY(ParsePipe(false));
    TRY(ExpectClose("command"));
    return node;
  }

  Result<TemplateNode> ParseControl(const std::string& word) {
    TemplateNode node;
    node.kind = word == "if"      ? TemplateNode::Kind::kIf
                : word == "range" ? TemplateNode::Kind::kRange
                                  : TemplateNode::Kind::kWith;
    const size_t variables = variables_.size();
    node.pipe = TRY(ParsePipe(word == "range"));
    if (node.pipe.commands.empty()) return Fail("missing value for " + word);
    TRY(ExpectClose(word));
    std::string stop = TRY(ParseList(&node.body, word));
    if (stop == "else") {
      const std::string chained = Peek().kind == Kind::kWord ? Peek().text : "";
      if (!chained.empty() && at_ > 0 && tokens_[at_ - 1].kind != Kind::kClose) {
        if (chained != "if" && chained != "with") return Unexpected("else");
        Next();
        TemplateNode inner = TRY(ParseControl(chained));  // its {{end}} is ours too
        node.otherwise.push_back(std::move(inner));
        variables_.resize(variables);
        return node;
      }
      stop = TRY(ParseList(&node.otherwise, word));
      if (stop == "else") return Fail("expected end; found {{else}}");
    }
    variables_.resize(variables);
    return node;
  }

  // `$x := `, `$x = ` and, in range, `$k, $v := ` in front of the commands.
  Status ParseVariables(bool in_range, TemplatePipe* pipe) {
    const size_t start = at_;
    std::vector<std::string> names;
    while (Peek().kind == Kind::kVariable) {
      names.push_back(Next().text);
      SkipSpace();
      if (!(in_range && names.size() == 1 && PeekSymbol(","))) break;
      Next();
      SkipSpace();
    }
    if (names.empty() || !(PeekSymbol(":=") || PeekSymbol("="))) {
      at_ = start;  // an ordinary use of a variable
      return Ok();
    }
    pipe->declares = Next().text == ":=";
    for (const std::string& name : names) {
      if (pipe->declares) {
        variables_.push_back(name);
      } else {
        TRY(CheckVariable(name));
      }
    }
    pipe->variables = std::move(names);
    return Ok();
  }

  Status CheckVariable(const std::string& name) const {
    for (const std::string& known : variables_) {
      if (known == name) return Ok();
    }
    return Fail("undefined variable \"" + name + "\"");
  }

  Result<TemplatePipe> ParsePipe(bool in_range) {
    if (++depth_ > kMaxDepth) return Fail("nested too deeply");
    TemplatePipe pipe;
    SkipSpace();
    TRY(ParseVariables(in_range, &pipe));
    while (true) {
      SkipSpace();
      if (Peek().kind == Kind::kClose || PeekSymbol(")")) {
        if (pipe.commands.empty()) return Fail("missing value for command");
        return Fail("empty command");
      }
      TemplateCommand command = TRY(ParseCommand());
      pipe.commands.push_back(std::move(command));
      SkipSpace();
      if (!PeekSymbol("|")) break;
      Next();
    }
    for (size_t i = 1; i < pipe.commands.size(); ++i) {
      if (pipe.commands[i].words[0].kind == TemplateOperand::Kind::kLiteral) {
        return Fail("non executable command in pipeline stage " + std::to_string(i + 1));
      }
    }
    --depth_;
    return pipe;
  }

  Result<TemplateCommand> ParseCommand() {
    TemplateCommand command;
    while (true) {
      SkipSpace();
      const Kind kind = Peek().kind;
      if (kind == Kind::kClose || PeekSymbol("|") || PeekSymbol(")")) break;
      TemplateOperand operand = TRY(ParseOperand());
      command.words.push_back(std::move(operand));
      if (Peek().kind == Kind::kClose || PeekSymbol("|") || PeekSymbol(")")) break;
      if (Peek().kind != Kind::kSpace) return Unexpected("operand");
    }
    if (command.words.empty()) return Unexpected("command");
    return command;
  }

  Result<TemplateOperand> ParseOperand() {
    TemplateOperand operand;
    const TemplateToken& token = Peek();
    operand.source = token.source;
    operand.place = Place(token);
    switch (token.kind) {
      case Kind::kDot:
        break;
      case Kind::kField:
        operand.fields.push_back(token.text);
        break;
      case Kind::kVariable:
        TRY(CheckVariable(token.text));
        operand.kind = TemplateOperand::Kind::kVariable;
        operand.name = token.text;
        break;
      case Kind::kString:
        SetLiteral(&operand, Json(token.text));
        break;
      case Kind::kNumber: {
        Json number = TRY(ParseNumber(token.text));
        SetLiteral(&operand, std::move(number));
        break;
      }
      case Kind::kWord:
        TRY(ParseWord(token.text, &operand));
        break;
      default:
        if (PeekSymbol("(")) return ParseParentheses();
        return Unexpected("command");
    }
    Next();
    return ParseFields(std::move(operand));
  }

  static std::string Place(const TemplateToken& token) {
    return std::to_string(token.line) + ":" + std::to_string(token.column);
  }

  static void SetLiteral(TemplateOperand* operand, Json value) {
    operand->kind = TemplateOperand::Kind::kLiteral;
    operand->literal = std::make_shared<const Json>(std::move(value));
  }

  Status ParseWord(const std::string& word, TemplateOperand* operand) const {
    if (word == "true" || word == "false") {
      SetLiteral(operand, Json(word == "true"));
    } else if (word == "nil") {
      SetLiteral(operand, Json(nullptr));
    } else if (IsTemplateFunction(word)) {
      operand->kind = TemplateOperand::Kind::kFunction;
      operand->name = word;
    } else {
      return Fail("function \"" + word + "\" not defined");
    }
    return Ok();
  }

  Result<Json> ParseNumber(const std::string& text) const {
    const std::string digits = text[0] == '+' ? text.substr(1) : text;
    const char* end = digits.data() + digits.size();
    int64_t integer = 0;
    if (std::from_chars(digits.data(), end, integer).ptr == end) return Json(integer);
    double real = 0;
    if (std::from_chars(digits.data(), end, real).ptr == end) return Json(real);
    return Fail("bad number syntax: \"" + text + "\"");
  }

  Result<TemplateOperand> ParseParentheses() {
    TemplateOperand operand;
    operand.kind = TemplateOperand::Kind::kPipe;
    operand.place = Place(Next());
    const size_t first = at_;
    TemplatePipe pipe = TRY(ParsePipe(false));
    operand.pipe = std::make_shared<const TemplatePipe>(std::move(pipe));
    SkipSpace();
    if (!PeekSymbol(")")) return Fail("unclosed left paren");
    operand.source = "(";
    for (size_t i = first; i <= at_; ++i)
      operand.source += tokens_[i].source;
    Next();
    return ParseFields(std::move(operand));
  }

  // Fields that follow without a blank. Go reports a chain at the place of its second part.
  Result<TemplateOperand> ParseFields(TemplateOperand operand) {
    bool first = true;
    while (Peek().kind == Kind::kField) {
      if (operand.kind == TemplateOperand::Kind::kLiteral ||
          operand.kind == TemplateOperand::Kind::kFunction) {
        return Fail("unexpected . after term \"" + operand.source + "\"");
      }
      if (std::exchange(first, false)) operand.place = Place(Peek());
      operand.source += Peek().source;
      operand.fields.push_back(Next().text);
    }
    return operand;
  }

  std::vector<TemplateToken> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> variables_ = {"$"};
};

}  // namespace

Result<std::vector<TemplateNode>> ParseTemplate(std::string_view text) {
  std::vector<TemplateToken> tokens = TRY(LexTemplate(text));
  return Parser(std::move(tokens)).Run();
}

}  // namespace cowbell

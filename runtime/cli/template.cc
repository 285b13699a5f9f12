#include "runtime/cli/template.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/cli/template_functions.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;
using Kind = TemplateOperand::Kind;

// A part of the data, or a value of its own. Parts are not copied: documents may be large.
class Value {
 public:
  Value() = default;
  explicit Value(Json own) : own_(std::move(own)) {}
  static Value Part(const Json* part) {
    Value value;
    value.part_ = part;
    return value;
  }
  const Json& get() const { return part_ != nullptr ? *part_ : own_; }

  // REQUIRES: get() is an object that has `key`, or an array that has `index`.
  Value Member(const std::string& key) const {
    return part_ != nullptr ? Part(&part_->at(key)) : Value(own_.at(key));
  }
  Value Element(size_t index) const {
    return part_ != nullptr ? Part(&part_->at(index)) : Value(own_.at(index));
  }

 private:
  const Json* part_ = nullptr;
  Json own_;
};

Error Locate(Error error, const TemplateOperand& at) {
  return std::move(error).Within("template: :" + at.place + ": executing \"\" at <" + at.source +
                                 ">");
}

class Executor {
 public:
  explicit Executor(const TemplateData& data) : data_(data), dot_(Value::Part(data.root)) {
    variables_.emplace_back("$", dot_);
  }

  Status Run(const std::vector<TemplateNode>& nodes) {
    const size_t variables = variables_.size();
    for (const TemplateNode& node : nodes)
      TRY(RunNode(node));
    variables_.resize(variables);
    return Ok();
  }

  std::string TakeOutput() { return std::move(out_); }

 private:
  Status RunNode(const TemplateNode& node) {
    const size_t variables = variables_.size();
    switch (node.kind) {
      case TemplateNode::Kind::kText:
        out_ += node.text;
        return Ok();
      case TemplateNode::Kind::kAction: {
        const Value value = TRY(Evaluate(node.pipe));
        if (node.pipe.variables.empty()) out_ += TemplateText(value.get());
        return Ok();  // a variable declared here lives on
      }
      case TemplateNode::Kind::kIf: {
        const Value value = TRY(Evaluate(node.pipe));
        TRY(Run(TemplateTruth(value.get()) ? node.body : node.otherwise));
        break;
      }
      case TemplateNode::Kind::kWith: {
        Value value = TRY(Evaluate(node.pipe));
        const bool truth = TemplateTruth(value.get());
        TRY(truth ? RunWithDot(std::move(value), node.body) : Run(node.otherwise));
        break;
      }
      case TemplateNode::Kind::kRange:
        TRY(RunRange(node));
        break;
    }
    variables_.resize(variables);
    return Ok();
  }

  Status RunWithDot(Value value, const std::vector<TemplateNode>& nodes) {
    Value saved = std::exchange(dot_, std::move(value));
    const Status status = Run(nodes);
    dot_ = std::move(saved);
    return status;
  }

  // The pipe's value without binding its variables: range binds them per round.
  Status RunRange(const TemplateNode& node) {
    const Value value = TRY(EvaluateCommands(node.pipe));
    const Json& range = value.get();
    if (range.is_null() || (range.is_structured() && range.empty())) return Run(node.otherwise);
    if (!range.is_structured()) {
      return Locate(Error::FromMessage("range can't iterate over " + TemplateText(range)),
                    node.pipe.commands[0].words[0]);
    }
    if (range.is_array()) {
      for (size_t i = 0; i < range.size(); ++i)
        TRY(RunRound(node, Json(i), value.Element(i)));
      return Ok();
    }
    std::vector<std::string> keys;
    for (const auto& [key, element] : range.items())
      keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys)
      TRY(RunRound(node, Json(key), value.Member(key)));
    return Ok();
  }

  Status RunRound(const TemplateNode& node, Json key, Value element) {
    const size_t variables = variables_.size();
    const std::vector<std::string>& names = node.pipe.variables;
    if (names.size() == 2) Bind(node.pipe, names[0], Value(std::move(key)));
    if (!names.empty()) Bind(node.pipe, names.back(), element);
    TRY(RunWithDot(std::move(element), node.body));
    variables_.resize(variables);
    return Ok();
  }

  void Bind(const TemplatePipe& pipe, const std::string& name, Value value) {
    if (pipe.declares) {
      variables_.emplace_back(name, std::move(value));
    } else if (Value* variable = FindVariable(name); variable != nullptr) {
      *variable = std::move(value);
    }
  }

  Value* FindVariable(const std::string& name) {
    for (size_t i = variables_.size(); i-- > 0;) {
      if (variables_[i].first == name) return &variables_[i].second;
    }
    return nullptr;
  }

  Result<Value> Evaluate(const TemplatePipe& pipe) {
    Value value = TRY(EvaluateCommands(pipe));
    for (const std::string& name : pipe.variables)
      Bind(pipe, name, value);
    return value;
  }

  Result<Value> EvaluateCommands(const TemplatePipe& pipe) {
    Value value;
    for (size_t i = 0; i < pipe.commands.size(); ++i) {
      value = TRY(EvaluateCommand(pipe.commands[i], i > 0 ? &value : nullptr));
    }
    return value;
  }

  // `last` is the value of the command before in the pipeline: one more, last argument.
  Result<Value> EvaluateCommand(const TemplateCommand& command, const Value* last) {
    const TemplateOperand& first = command.words[0];
    const bool has_arguments = command.words.size() > 1 || last != nullptr;
    if (first.kind == Kind::kFunction) {
      if (first.name == "and" || first.name == "or") return EvaluateLogic(command, last);
      return CallFunction(command, last);
    }
    const bool on_root =
        first.fields.size() == 1 &&
        (first.kind == Kind::kDot ? &dot_.get() == data_.root
                                  : first.kind == Kind::kVariable && first.name == "$");
    if (on_root && data_.methods != nullptr) {
      const auto method = data_.methods->find(first.fields[0]);
      if (method != data_.methods->end()) {
        const std::vector<Json> arguments = TRY(Arguments(command, last));
        Result<Json> result = method->second(arguments);
        if (!result.has_value()) return Locate(std::move(result).error(), first);
        return Value(std::move(result).value());
      }
    }
    if (has_arguments) {
      return Locate(
          Error::FromMessage(first.fields.empty()
                                 ? "can't give argument to non-function " + first.source
                                 : first.fields.back() + " is not a method but has arguments"),
          first);
    }
    return EvaluateOperand(first);
  }

  Result<std::vector<Json>> Arguments(const TemplateCommand& command, const Value* last) {
    std::vector<Json> arguments;
    for (size_t i = 1; i < command.words.size(); ++i) {
      const Value argument = TRY(EvaluateOperand(command.words[i]));
      arguments.push_back(argument.get());
    }
    if (last != nullptr) arguments.push_back(last->get());
    return arguments;
  }

  Result<Value> CallFunction(const TemplateCommand& command, const Value* last) {
    const TemplateOperand& function = command.words[0];
    std::vector<Json> arguments = TRY(Arguments(command, last));
    if (data_.header) return Value(arguments.empty() ? Json("") : std::move(arguments[0]));
    Result<Json> result = CallTemplateFunction(function.name, arguments);
    if (!result.has_value()) return Locate(std::move(result).error(), function);
    return Value(std::move(result).value());
  }

  // The first argument that decides; the ones after it are not evaluated.
  Result<Value> EvaluateLogic(const TemplateCommand& command, const Value* last) {
    const bool stop_at = command.words[0].name == "or";
    Value value;
    for (size_t i = 1; i < command.words.size(); ++i) {
      value = TRY(EvaluateOperand(command.words[i]));
      if (TemplateTruth(value.get()) == stop_at) return value;
    }
    if (last != nullptr) value = *last;
    if (last == nullptr && command.words.size() == 1) {
      return Locate(Error::FromMessage("wrong number of args for " + command.words[0].name +
                                       ": want at least 1 got 0"),
                    command.words[0]);
    }
    return value;
  }

  Result<Value> EvaluateOperand(const TemplateOperand& operand) {
    Value value;
    switch (operand.kind) {
      case Kind::kDot:
        value = dot_;
        break;
      case Kind::kVariable: {
        const Value* variable = FindVariable(operand.name);
        if (variable != nullptr) value = *variable;
        break;
      }
      case Kind::kLiteral:
        return Value(*operand.literal);
      case Kind::kPipe:
        value = TRY(Evaluate(*operand.pipe));
        break;
      case Kind::kFunction:
        return EvaluateCommand({{operand}}, nullptr);
    }
    for (size_t i = 0; i < operand.fields.size(); ++i) {
      Result<Value> next = Field(value, operand.fields[i]);
      if (!next.has_value()) return Locate(std::move(next).error(), operand);
      value = std::move(next).value();
    }
    return value;
  }

  Result<Value> Field(const Value& value, const std::string& name) const {
    const Json& object = value.get();
    if (object.is_object()) {
      if (object.contains(name)) return value.Member(name);
      // Structs of Docker's API spell it so; its JSON says "Id".
      if (name == "ID" && object.contains("Id")) return value.Member("Id");
      if (&object == data_.root && !data_.type_name.empty()) return NoField(name, data_.type_name);
      if (IsStringMap(object)) return Value();
      return Error::FromMessage("map has no entry for key \"" + name + "\"");
    }
    if (object.is_null()) {
      return Error::FromMessage("nil data; no entry for key \"" + name + "\"");
    }
    return NoField(name, object.is_string() ? "string" : "interface {}");
  }

  static Error NoField(const std::string& name, const std::string& type) {
    return Error::FromMessage("can't evaluate field " + name + " in type " + type);
  }

  const TemplateData& data_;
  Value dot_;
  std::vector<std::pair<std::string, Value>> variables_;
  std::string out_;
};

bool PipeMentions(const TemplatePipe& pipe, std::string_view field) {
  for (const TemplateCommand& command : pipe.commands) {
    for (const TemplateOperand& word : command.words) {
      if (std::find(word.fields.begin(), word.fields.end(), field) != word.fields.end()) {
        return true;
      }
      if (word.pipe != nullptr && PipeMentions(*word.pipe, field)) return true;
    }
  }
  return false;
}

bool NodesMention(const std::vector<TemplateNode>& nodes, std::string_view field) {
  return std::any_of(nodes.begin(), nodes.end(), [&](const TemplateNode& node) {
    return PipeMentions(node.pipe, field) || NodesMention(node.body, field) ||
           NodesMention(node.otherwise, field);
  });
}

}  // namespace

Result<Template> Template::Parse(std::string_view text) {
  std::vector<TemplateNode> nodes = TRY(ParseTemplate(text));
  return Template(std::make_shared<const std::vector<TemplateNode>>(std::move(nodes)));
}

Result<std::string> Template::Execute(const TemplateData& data) const {
  Executor executor(data);
  TRY(executor.Run(*nodes_));
  return executor.TakeOutput();
}

Result<std::string> Template::Execute(const Json& root) const {
  TemplateData data;
  data.root = &root;
  return Execute(data);
}

bool Template::Mentions(std::string_view field) const { return NodesMention(*nodes_, field); }

}  // namespace cowbell

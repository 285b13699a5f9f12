// Go templates over JSON values: what Docker's --format and -f take.

#ifndef COWBELL_RUNTIME_CLI_TEMPLATE_H_
#define COWBELL_RUNTIME_CLI_TEMPLATE_H_

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/template_syntax.h"

namespace cowbell {

// A field of the root that takes arguments: `{{.Label "com.example.x"}}`.
using TemplateMethod =
    std::function<Result<nlohmann::ordered_json>(const std::vector<nlohmann::ordered_json>&)>;

// What a template is executed on. Borrows all its parts.
struct TemplateData {
  const nlohmann::ordered_json* root = nullptr;
  const std::map<std::string, TemplateMethod>* methods = nullptr;
  // The Go type whose fields the root's members are ("*formatter.ContainerContext"): how a missing
  // field is reported. Empty: a map.
  std::string type_name;
  // Header lines of tables: functions give back their first argument.
  bool header = false;
};

// A parsed template. A value; cheap to copy; thread-safe.
class Template {
 public:
  // Errors: Go's, "template: :1: unclosed action".
  static Result<Template> Parse(std::string_view text);

  // Errors: Go's, `template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"`.
  Result<std::string> Execute(const TemplateData& data) const;
  Result<std::string> Execute(const nlohmann::ordered_json& root) const;

  // Whether a field of this name stands anywhere in it.
  bool Mentions(std::string_view field) const;

 private:
  explicit Template(std::shared_ptr<const std::vector<TemplateNode>> nodes)
      : nodes_(std::move(nodes)) {}
  std::shared_ptr<const std::vector<TemplateNode>> nodes_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_TEMPLATE_H_

#include "runtime/cli/template.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

const Json& Document() {
  static const Json kDocument = Json::parse(R"({
    "Id": "96aabd577230", "Name": "/web",
    "State": {"Status": "running", "Running": true, "Pid": 42, "ExitCode": 0, "Health": null},
    "Config": {"Cmd": ["sh", "-c", "a b"], "Env": [], "Labels": {"b": "2", "a": "1"}},
    "Mounts": [{"Type": "bind", "Source": "/s", "RW": false}, {"Type": "volume", "Source": "v", "RW": true}]
  })");
  return kDocument;
}

std::string Render(const std::string& text) {
  const Result<Template> parsed = Template::Parse(text);
  if (!parsed.has_value()) return "parse error: " + parsed.error().ToString();
  const Result<std::string> out = parsed.value().Execute(Document());
  return out.has_value() ? out.value() : "error: " + out.error().ToString();
}

struct Case {
  const char* text;
  const char* expected;
};

TEST(Template, Renders) {
  const Case cases[] = {
      {"", ""},
      {"plain }} text", "plain }} text"},
      {"{{.Id}} {{.Name}}", "96aabd577230 /web"},
      {"{{.ID}}", "96aabd577230"},
      {"{{.State.Running}}|{{.State.Pid}}|{{.State.Health}}", "true|42|<no value>"},
      {"{{ .State.Status }}\t{{`raw`}}{{\"a\\tb\\u00e9\\x41\"}}", "running\trawa\tb\u00e9A"},
      {"{{.Config.Cmd}} {{.Config.Labels}} {{.Config.Env}}", "[sh -c a b] map[a:1 b:2] []"},
      {"{{json .Config.Cmd}}", R"(["sh","-c","a b"])"},
      {"{{json .State}}",
       R"({"Status":"running","Running":true,"Pid":42,"ExitCode":0,"Health":null})"},
      {"{{.Config.Cmd | json}}", R"(["sh","-c","a b"])"},
      {"{{join .Config.Cmd \",\"}}", "sh,-c,a b"},
      {"{{range .Config.Cmd}}<{{.}}>{{end}}", "<sh><-c><a b>"},
      {"{{range .Config.Env}}x{{else}}none{{end}}", "none"},
      {"{{range $i, $m := .Mounts}}{{$i}}={{$m.Type}}:{{.Source}};{{end}}",
       "0=bind:/s;1=volume:v;"},
      {"{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}", "a=1 b=2 "},
      {"{{range .Mounts}}{{if .RW}}{{$.Name}}:{{.Source}}{{end}}{{end}}", "/web:v"},
      {"{{if eq .State.Status \"exited\"}}E{{else if eq .State.Status "
       "\"running\"}}R{{else}}?{{end}}",
       "R"},
      {"{{if and .State.Running (gt .State.Pid 1)}}yes{{end}}", "yes"},
      {"{{if or .State.Health .State.Running}}yes{{end}}{{if not .State.Running}}no{{end}}", "yes"},
      {"{{with .State}}{{.Pid}}{{end}}{{with .Config.Env}}x{{else}}empty{{end}}", "42empty"},
      {"{{index .Config.Labels \"a\"}}{{index .Config.Labels \"none\"}}{{index .Config.Cmd 2}}",
       "1a b"},
      {"{{(index .Mounts 1).Source}}", "v"},
      {"{{.Config.Labels.none}}", "<no value>"},
      {"{{len .Mounts}} {{upper .Name}} {{title \"up to\"}} {{truncate .Id 4}}",
       "2 /WEB Up To 96aa"},
      {"{{$x := .State.Pid}}{{$x}}{{$x = 7}}{{$x}}", "427"},
      {"{{$x := \"\"}}{{range $x = split \"a,b\" \",\"}}{{end}}{{$x}}", "b"},
      {"a {{- /* gone */ -}} b", "ab"},
      {"a\n {{- .State.Pid -}} \n b", "a42b"},
      {"{{printf \"%s-%05d-%v%%\" .Name .State.Pid .State.Running}}", "/web-00042-true%"},
      {"{{println .State.Pid 1}}{{print 1 2 \"x\" 3}}", "42 1\n1 2x3"},
      {"{{eq .State.ExitCode 0 1}} {{ne 1 2}} {{lt \"a\" \"b\"}} {{ge 1 2}}",
       "true true true false"},
      {"{{true}} {{1.5}} {{-3}}", "true 1.5 -3"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(Render(c.text), c.expected) << c.text;
}

TEST(Template, RefusesInGosWords) {
  const Case cases[] = {
      {"{{.Nope}}",
       "error: template: :1:2: executing \"\" at <.Nope>: map has no entry for key \"Nope\""},
      {"{{.State.Nope}}",
       "error: template: :1:8: executing \"\" at <.State.Nope>: map has no entry for key \"Nope\""},
      {"x\n{{.Name.Nope}}",
       "error: template: :2:7: executing \"\" at <.Name.Nope>: can't evaluate field Nope in type "
       "string"},
      {"{{index .Config.Cmd 9}}",
       "error: template: :1:2: executing \"\" at <index>: error calling index: reflect: slice "
       "index "
       "out of range"},
      {"{{eq .Name 1}}",
       "error: template: :1:2: executing \"\" at <eq>: error calling eq: incompatible types for "
       "comparison"},
      {"{{range .State.Pid}}{{end}}",
       "error: template: :1:14: executing \"\" at <.State.Pid>: range can't iterate over 42"},
      {"{{len}}",
       "error: template: :1:2: executing \"\" at <len>: wrong number of args for len: want 1 got "
       "0"},
      {"{{.Name 1}}",
       "error: template: :1:2: executing \"\" at <.Name>: Name is not a method but has arguments"},
      {"{{.Name", "parse error: template: :1: unclosed action"},
      {"{{nope .Name}}", "parse error: template: :1: function \"nope\" not defined"},
      {"{{if .Name}}", "parse error: template: :1: unexpected EOF"},
      {"{{end}}", "parse error: template: :1: unexpected {{end}}"},
      {"{{}}", "parse error: template: :1: missing value for command"},
      {"{{.Name | }}", "parse error: template: :1: empty command"},
      {"{{\"a}}", "parse error: template: :1: unterminated quoted string"},
      {"{{$x}}", "parse error: template: :1: undefined variable \"$x\""},
      {"{{(.Name}}", "parse error: template: :1: unclosed left paren"},
      {"{{.Name}{}}", "parse error: template: :1: unexpected \"}\" in command"},
      {"{{/* x }}", "parse error: template: :1: unclosed comment"},
      {"{{template \"x\"}}", "parse error: template: :1: {{template}} is not supported"},
      {"{{1 | 2}}", "parse error: template: :1: non executable command in pipeline stage 2"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(Render(c.text), c.expected) << c.text;
}

TEST(Template, NestingHasALimit) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "{{if .Name}}";
  EXPECT_EQ(Render(text), "parse error: template: :1: nested too deeply");
  EXPECT_EQ(Render("{{" + std::string(5000, '(')), "parse error: template: :1: unclosed action");
  EXPECT_EQ(Render("{{" + std::string(5000, '(') + "}}"),
            "parse error: template: :1: nested too deeply");
}

TEST(Template, MethodsOfTheRoot) {
  const std::map<std::string, TemplateMethod> methods = {
      {"Label", [](const std::vector<Json>& arguments) -> Result<Json> {
         return Json("<" + arguments.at(0).get<std::string>() + ">");
       }}};
  TemplateData data;
  data.root = &Document();
  data.methods = &methods;
  data.type_name = "*formatter.ContainerContext";
  const auto render = [&](const char* text) { return Template::Parse(text).value().Execute(data); };
  EXPECT_EQ(render("{{.Label \"a.b\"}}").value(), "<a.b>");
  EXPECT_EQ(render("{{upper (.Label \"a\")}}{{range .Mounts}}{{$.Label \"x\"}}{{end}}").value(),
            "<A><x><x>");
  EXPECT_EQ(render("{{.Nope}}").error().ToString(),
            "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type "
            "*formatter.ContainerContext");
}

TEST(Template, Mentions) {
  const Template parsed = Template::Parse("{{if .A}}{{json (upper .Size)}}{{end}}").value();
  EXPECT_TRUE(parsed.Mentions("Size"));
  EXPECT_TRUE(parsed.Mentions("A"));
  EXPECT_FALSE(parsed.Mentions("json"));
}

}  // namespace
}  // namespace cowbell

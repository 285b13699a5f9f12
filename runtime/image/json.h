// Reading foreign JSON member by member. Go writes null for what is empty and leaves out what is
// not set: both are the empty value here; anything else of the wrong type is an error.

#ifndef COWBELL_RUNTIME_IMAGE_JSON_H_
#define COWBELL_RUNTIME_IMAGE_JSON_H_

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/text.h"

namespace cowbell {

// Null when it is missing. REQUIRES: called below WithJson.
inline const nlohmann::json& JsonMember(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kNull;
  if (object.is_null()) return kNull;
  if (!object.is_object()) throw std::runtime_error(std::string("no object around ") + key);
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

template <typename T>
T JsonGet(const nlohmann::json& object, const char* key) {
  const nlohmann::json& member = JsonMember(object, key);
  if (member.is_null()) return T{};
  try {
    return member.get<T>();
  } catch (const nlohmann::json::exception&) {
    throw std::runtime_error(std::string(key) + " has the wrong type");
  }
}

// Keys of an object used as a set: {"/data": {}}.
inline std::vector<std::string> JsonKeys(const nlohmann::json& object, const char* key) {
  std::vector<std::string> out;
  const nlohmann::json& member = JsonMember(object, key);
  if (member.is_null()) return out;
  if (!member.is_object()) throw std::runtime_error(std::string(key) + " has the wrong type");
  for (const auto& item : member.items())
    out.push_back(item.key());
  return out;
}

// Parses `text` and gives it to `read`, whose exceptions become Errors. `what` names the text.
template <typename Read>
auto WithJson(std::string_view text, std::string_view what, const Read& read)
    -> decltype(read(nlohmann::json())) {
  try {
    return read(nlohmann::json::parse(text));
  } catch (const std::exception& e) {
    return Error::FromMessage(std::string(what) + ": " + Sanitize(e.what(), 200));
  }
}

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_JSON_H_

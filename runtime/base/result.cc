#include "runtime/base/result.h"

#include <cstring>

namespace cowbell {

std::string ErrnoName(int errno_value) {
  const char* name = strerrorname_np(errno_value);
  return name != nullptr ? name : "E" + std::to_string(errno_value);
}

std::string ErrnoText(int errno_value) {
  const char* text = strerrordesc_np(errno_value);
  return std::string(text != nullptr ? text : "Unknown error") + " (" + ErrnoName(errno_value) +
         ")";
}

std::string Error::ToString() const {
  if (errno_value_ == 0) return message_;
  return message_ + ": " + ErrnoText(errno_value_);
}

}  // namespace cowbell

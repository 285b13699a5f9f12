// Foreign bytes as one printable word, and back: what line protocols and text records are made of.

#ifndef COWBELL_RUNTIME_BASE_TOKEN_H_
#define COWBELL_RUNTIME_BASE_TOKEN_H_

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace cowbell {

// Bytes outside 0x21..0x7e and '%', '=' become %XX (upper-case hex); an empty string is "%-". The
// result holds no blank, no '=' and no line end.
std::string EscapeToken(std::string_view bytes);

// The inverse; accepts nothing but what EscapeToken gives. Errors: EINVAL with the offset.
Result<std::string> UnescapeToken(std::string_view token);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BASE_TOKEN_H_

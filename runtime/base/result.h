// Result<T>: a value of type T, or the Error that says why there is none.
//
// The members are spelled as std::expected spells them, so that Result can become an alias once the
// supported compilers have one. It differs on purpose in one point: ignoring a Result is a warning.

#ifndef COWBELL_RUNTIME_BASE_RESULT_H_
#define COWBELL_RUNTIME_BASE_RESULT_H_

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace cowbell {

// Why an operation failed: an errno (0 when no system call failed) and a text whose contexts stand
// outermost first. A value; cheap to move.
class [[nodiscard]] Error {
 public:
  // `what` names the call and its arguments: "openat 'etc/motd' under fd 7".
  static Error FromErrno(int errno_value, std::string what) {
    return Error(errno_value, std::move(what));
  }
  static Error FromMessage(std::string what) { return Error(0, std::move(what)); }

  // Puts `context` and ": " in front of the text.
  Error Within(std::string_view context) && {
    message_.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }

  int errno_value() const { return errno_value_; }
  // The text without the errno's.
  const std::string& message() const { return message_; }

  // "start container 'a': mount overlay on '/m': Invalid argument (EINVAL)".
  std::string ToString() const;

 private:
  Error(int errno_value, std::string message)
      : errno_value_(errno_value), message_(std::move(message)) {}

  int errno_value_;
  std::string message_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // Implicit, so that a function returns what converts to a T, or a plain Error.
  template <typename U = T>
  requires(std::is_convertible_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error>)
      Result(U&& value)  // NOLINT(*-explicit-*)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // REQUIRES: has_value(). Throws std::bad_variant_access otherwise.
  const T& value() const& { return std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }

  // REQUIRES: !has_value().
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  // The same result; an error gets `context` in front:
  //   const UniqueFd index = TRY(OpenAt(layout, "index.json").Within("load image 'web'"));
  Result Within(std::string_view context) && {
    if (has_value()) return std::move(*this);
    return std::move(*this).error().Within(context);
  }

 private:
  std::variant<T, Error> state_;
};

// Done is the value of an operation that has nothing to return.
struct Done {
  bool operator==(const Done&) const = default;
};
using Status = Result<Done>;
inline Status Ok() { return Done{}; }

// "No such file or directory (ENOENT)".
std::string ErrnoText(int errno_value);
// "ENOENT"; "E999" for a number without a name.
std::string ErrnoName(int errno_value);

}  // namespace cowbell

// Evaluates to the value of `expression`, or returns its Error from the enclosing function. Only as
// a whole statement or a whole initialiser: inside a braced list g++ 12 and clang 14 do not destroy
// the members already built when it returns.
#define TRY(expression)                      \
  __extension__({                            \
    auto try_result_ = (expression);         \
    if (!try_result_.has_value()) {          \
      return std::move(try_result_).error(); \
    }                                        \
    std::move(try_result_).value();          \
  })

#endif  // COWBELL_RUNTIME_BASE_RESULT_H_

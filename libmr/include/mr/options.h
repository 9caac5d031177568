// A job's own options and arguments: their types as the table names them.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "abi.h"
#include "text.h"

namespace mr::detail {

// String literals declare string options.
template <class T>
using option_t = std::conditional_t<std::is_convertible_v<T, std::string_view>, std::string, T>;

template <class T>
constexpr std::int32_t option_type() {
  if (std::is_same_v<T, bool>) return MR_OPTION_BOOL;
  if (std::is_integral_v<T>) return MR_OPTION_INT;
  if (std::is_floating_point_v<T>) return MR_OPTION_DOUBLE;
  return MR_OPTION_STRING;
}

// Declares one and reads its value. The default value is null for a required one, whose value is T{} while the host only
// describes the job.
template <class T>
T declare_option(mr_job* job, const char* name, const char* help, const char* default_value, bool positional) {
  static_assert(can_parse<T>(), "mr: an option is text, a number, a bool, or a type with an mr::Text<T>::parse()");
  mr_option option{};
  option.size = sizeof option;
  option.type = option_type<T>();
  option.positional = positional ? 1 : 0;
  option.name = name;
  option.default_value = default_value;
  option.help = help;
  mr_bytes value{};
  const std::int32_t code = job->api->option(job, &option, &value);
  if (code == MR_FAILED) throw Unwind{};
  if (code != MR_OK || value.data == nullptr || (default_value == nullptr && value.size == 0)) return T{};
  try {
    return parse<T>(to_view(value));
  } catch (const ParseError& error) {
    throw ParseError(std::string(positional ? "argument " : "option --") + name + ": " + error.what());
  }
}

}  // namespace mr::detail

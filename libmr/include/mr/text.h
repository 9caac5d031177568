// Keys and values as text, both ways: what a text output prints and what a text input or an option is read from.
//
//   integers    decimal
//   double      the shortest digits that read back to the same number: 1.0, 0.1, 1e+16, nan, inf (as Python prints)
//   bool        true, false
//   tuples      fields joined by TAB; by a comma where the tuple stands inside something else
//   lists       elements joined by a space; by a comma where the list stands inside a list
//   optional    its value, or nothing
//   None        nothing, and no separator either
//
// For a type of one's own specialise mr::Text with `static void append(std::string& out, const T& value)`, and with
// `static T parse(std::string_view)` if it is to be read, too. A type with MR_FIELDS prints as a tuple.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "codec.h"
#include "error.h"
#include "type_name.h"
#include "types.h"

namespace mr {

template <class T, class Enable = void>
struct Text {
  using NotPrintable = void;
};

namespace detail {

template <class T, class = void>
struct has_text : std::true_type {};
template <class T>
struct has_text<T, std::void_t<typename Text<T>::NotPrintable>> : std::false_type {};

template <class T, class = void>
struct can_parse_own : std::false_type {};
template <class T>
struct can_parse_own<T, std::void_t<decltype(Text<T>::parse(std::string_view()))>> : std::true_type {};

// What surrounds the value being printed.
struct TextPlace {
  bool inside = false;
  bool inside_list = false;
};

template <class T>
void append_text(std::string& out, const T& value, TextPlace place);

template <class T>
void append_floating(std::string& out, T value) {
  if (value != value) {
    out += "nan";
    return;
  }
  char digits[64];
  const T magnitude = std::fabs(value);
  const bool plain = magnitude == 0 || (magnitude >= T(1e-4) && magnitude < T(1e16));
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  char* end = std::to_chars(digits, digits + sizeof digits, value, format).ptr;
  out.append(digits, end);
  if (plain && std::string_view(digits, static_cast<std::size_t>(end - digits)).find('.') == std::string_view::npos) {
    out += ".0";
  }
}

template <class List>
void append_list(std::string& out, const List& list, TextPlace place) {
  const char separator = place.inside_list ? ',' : ' ';
  bool first = true;
  for (const auto& element : list) {
    if (!first) out += separator;
    first = false;
    append_text(out, element, TextPlace{true, true});
  }
}

template <class Tie>
void append_fields(std::string& out, const Tie& tie, TextPlace place) {
  const char separator = place.inside ? ',' : '\t';
  bool first = true;
  std::apply(
      [&](const auto&... field) {
        ((first ? static_cast<void>(first = false) : out.push_back(separator),
          append_text(out, field, TextPlace{true, place.inside_list})),
         ...);
      },
      tie);
}

template <class T>
struct is_list : std::false_type {};
template <class T>
struct is_list<std::vector<T>> : std::true_type {};
template <class T, std::size_t N>
struct is_list<std::array<T, N>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_desc : std::false_type {};
template <class T>
struct is_desc<Desc<T>> : std::true_type {};
template <class T>
struct is_variant : std::false_type {};
template <class... T>
struct is_variant<std::variant<T...>> : std::true_type {};

template <class T>
void append_text(std::string& out, const T& value, TextPlace place) {
  if constexpr (has_text<T>::value) {
    Text<T>::append(out, value);
  } else if constexpr (is_text_type<T>) {
    out.append(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, char>) {
    out += value;
  } else if constexpr (std::is_integral_v<T>) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  } else if constexpr (std::is_floating_point_v<T>) {
    append_floating(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    append_text(out, static_cast<std::underlying_type_t<T>>(value), place);
  } else if constexpr (std::is_same_v<T, None>) {
  } else if constexpr (is_desc<T>::value) {
    append_text(out, value.value, place);
  } else if constexpr (is_optional<T>::value) {
    if (value) append_text(out, *value, place);
  } else if constexpr (is_list<T>::value) {
    append_list(out, value, place);
  } else if constexpr (is_variant<T>::value) {
    std::visit([&](const auto& v) { append_text(out, v, place); }, value);
  } else if constexpr (has_fields<T>::value) {
    append_fields(out, value.mr_fields(), place);
  } else if constexpr (has_parts<T>) {
    append_fields(out, value, place);
  } else {
    // The type has an encoding of its own but no text. That matters only when it reaches a text output.
    throw Error("a " + std::string(type_name<T>()) +
                " cannot be written as text: specialise mr::Text for it or set an output format");
  }
}

// Text that lives for the length of a call; strings stay where they are.
template <class T>
class Printed {
 public:
  Printed(const T& value, [[maybe_unused]] std::string& buffer) {
    if constexpr (std::is_same_v<T, None>) {
      text_ = {nullptr, 0};
    } else if constexpr (is_text_type<T> && !has_text<T>::value) {
      text_ = {value.data() == nullptr ? "" : value.data(), value.size()};
    } else {
      buffer.clear();
      append_text(buffer, value, TextPlace{});
      text_ = to_bytes(buffer);
    }
  }
  const char* data() const { return text_.data; }
  std::size_t size() const { return text_.size; }

 private:
  mr_bytes text_;
};

// The first 60 bytes of a text, for messages.
inline std::string excerpt(std::string_view text) {
  return text.size() <= 60 ? std::string(text) : std::string(text.substr(0, 57)) + "...";
}

[[noreturn]] inline void throw_unparsable(std::string_view text, const std::string& what) {
  throw ParseError("\"" + excerpt(text) + "\" is not " + what);
}

template <class T>
T parse_number(std::string_view text) {
  T value{};
  const char* first = text.data();
  const char* last = first + text.size();
  if (text.size() > 1 && *first == '+' && first[1] != '-') ++first;
  const auto [end, error] = std::from_chars(first, last, value);
  const std::string kind = std::is_floating_point_v<T> ? "a number" : "a whole number";
  if (error == std::errc::result_out_of_range) {
    throw_unparsable(text, kind + " within the range of " + type_name<T>());
  }
  if (error != std::errc() || end != last) throw_unparsable(text, kind);
  return value;
}

inline bool parse_bool(std::string_view text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "0" || text == "no" || text == "off") return false;
  throw_unparsable(text, "true or false");
}

// Takes the field before the next separator off the front; the last field takes all that is left.
inline std::string_view take_field(std::string_view& rest, char separator, bool last) {
  if (last) return std::exchange(rest, {});
  const std::size_t at = rest.find(separator);
  if (at == std::string_view::npos) throw_unparsable(rest, "enough: a field is missing after it");
  const std::string_view field = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return field;
}

template <class T>
T parse_text(std::string_view text, char separator);

template <class... T, std::size_t... I>
std::tuple<T...> parse_fields(std::string_view text, char separator, std::tuple<T...>*, std::index_sequence<I...>) {
  return std::tuple<T...>{parse_text<T>(take_field(text, separator, I + 1 == sizeof...(T)), ',')...};
}

template <class Tuple>
Tuple parse_tuple(std::string_view text, char separator) {
  return parse_fields(
      text, separator, static_cast<Tuple*>(nullptr), std::make_index_sequence<std::tuple_size_v<Tuple>>());
}

template <class T>
T parse_text(std::string_view text, char separator) {
  if constexpr (can_parse_own<T>::value) {
    return Text<T>::parse(text);
  } else if constexpr (is_text_type<T>) {
    return T(text);
  } else if constexpr (std::is_same_v<T, bool>) {
    return parse_bool(text);
  } else if constexpr (std::is_same_v<T, char>) {
    if (text.size() != 1) throw_unparsable(text, "a single character");
    return text[0];
  } else if constexpr (std::is_arithmetic_v<T>) {
    return parse_number<T>(text);
  } else if constexpr (std::is_same_v<T, None>) {
    return none;
  } else if constexpr (is_desc<T>::value) {
    return T(parse_text<decltype(T::value)>(text, separator));
  } else if constexpr (is_optional<T>::value) {
    if (text.empty()) return std::nullopt;
    return parse_text<typename T::value_type>(text, separator);
  } else if constexpr (has_fields<T>::value) {
    T value{};
    value.mr_fields() = parse_tuple<parts_t<T>>(text, separator);
    return value;
  } else if constexpr (has_parts<T>) {
    auto parsed = parse_tuple<parts_t<T>>(text, separator);
    if constexpr (std::is_same_v<T, parts_t<T>>) {
      return parsed;
    } else {
      return T(std::get<0>(std::move(parsed)), std::get<1>(std::move(parsed)));
    }
  } else {
    static_assert(always_false<T>, "mr: this type cannot be read from text; specialise mr::Text with a parse()");
  }
}

// Whether parse_text<T> compiles.
template <class T>
constexpr bool can_parse();

template <class Tuple>
struct can_parse_all : std::false_type {};
template <class... T>
struct can_parse_all<std::tuple<T...>> : std::bool_constant<(can_parse<T>() && ...)> {};

template <class T>
constexpr bool can_parse() {
  if constexpr (can_parse_own<T>::value || is_text_type<T> || std::is_arithmetic_v<T> || std::is_same_v<T, None>) {
    return true;
  } else if constexpr (is_desc<T>::value) {
    return can_parse<decltype(T::value)>();
  } else if constexpr (is_optional<T>::value) {
    return can_parse<typename T::value_type>();
  } else {
    return can_parse_all<parts_t<T>>::value;
  }
}

}  // namespace detail

// The text of a key or value.
template <class T>
std::string to_text(const T& value) {
  std::string out;
  detail::append_text(out, value, detail::TextPlace{});
  return out;
}

// Reads a value from text; throws ParseError, which quotes the text. Fields of a tuple are separated by TAB.
template <class T>
T parse(std::string_view text) {
  return detail::parse_text<T>(text, '\t');
}

}  // namespace mr

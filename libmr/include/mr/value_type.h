// What the operations need to know of a type of keys or values, as data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "abi.h"
#include "codec.h"
#include "text.h"
#include "type_name.h"

namespace mr::detail {

enum class NumberKind { kNone, kSigned, kUnsigned, kFloating };

struct ValueType {
  const char* name;
  std::ptrdiff_t size;  // encoded; negative: varies
  NumberKind number;
  // An encoded value as text, which lives in the value, the buffer or the arena. Throws Error for types without text.
  mr_bytes (*print)(std::string_view encoded, std::string& buffer, Arena& arena);
  // Of numbers alone.
  std::int64_t (*to_integer)(std::string_view encoded, Arena& arena);  // unsigned ones of 8 bytes wrap
  double (*to_double)(std::string_view encoded, Arena& arena);
  bool (*put_integer)(std::int64_t value, std::string& out);  // encoded; false: it does not fit, nothing was put

  bool fits(std::string_view encoded) const { return static_cast<std::ptrdiff_t>(encoded.size()) == size; }
  bool is_wide_unsigned() const { return number == NumberKind::kUnsigned && size == 8; }
};

template <class T>
mr_bytes print_encoded(std::string_view encoded, std::string& buffer, Arena& arena) {
  if constexpr (std::is_same_v<T, std::string_view> && !has_text<T>::value) {
    return to_bytes(decode<T>(encoded, arena));
  } else {
    const T value = decode<T>(encoded, arena);
    const Printed<T> printed(value, buffer);
    if constexpr (is_text_type<T> && !has_text<T>::value) {
      buffer.assign(printed.data(), printed.size());  // the value ends here
      return to_bytes(buffer);
    } else {
      return {printed.data(), printed.size()};
    }
  }
}

template <class T>
constexpr NumberKind number_kind() {
  if (std::is_same_v<T, bool> || !std::is_arithmetic_v<T>) return NumberKind::kNone;
  if (std::is_floating_point_v<T>) return NumberKind::kFloating;
  return std::is_signed_v<T> ? NumberKind::kSigned : NumberKind::kUnsigned;
}

template <class T>
std::int64_t integer_of(std::string_view encoded, Arena& arena) {
  return static_cast<std::int64_t>(decode<T>(encoded, arena));
}

template <class T>
double double_of(std::string_view encoded, Arena& arena) {
  return static_cast<double>(decode<T>(encoded, arena));
}

template <class T>
bool put_integer_as(std::int64_t value, std::string& out) {
  if (static_cast<std::int64_t>(static_cast<T>(value)) != value) return false;
  Codec<T>::put(out, static_cast<T>(value));
  return true;
}

template <class T>
const ValueType* value_type() {
  static const ValueType type = [] {
    ValueType made{type_name<T>(), fixed_size<T>::value, number_kind<T>(), &print_encoded<T>, nullptr, nullptr, nullptr};
    if constexpr (number_kind<T>() == NumberKind::kSigned || number_kind<T>() == NumberKind::kUnsigned) {
      made.to_integer = &integer_of<T>;
      made.put_integer = &put_integer_as<T>;
    } else if constexpr (number_kind<T>() == NumberKind::kFloating) {
      made.to_double = &double_of<T>;
    }
    return made;
  }();
  return &type;
}

}  // namespace mr::detail

// Names of key and value types as the host compares them and people read them: equal names, equal encodings.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "codec.h"
#include "error.h"
#include "types.h"

namespace mr {
namespace detail {

template <class T, class = void>
struct TypeName {
  static std::string get() { return demangle(typeid(T).name()); }
};
template <class T>
std::string name_of_type() {
  return TypeName<T>::get();
}
template <class... T>
std::string names_of_types() {
  std::string names;
  ((names += (names.empty() ? "" : ",") + name_of_type<T>()), ...);
  return names;
}

template <class T>
struct TypeName<T, std::enable_if_t<is_text_type<T>>> {
  static std::string get() { return "string"; }
};
template <class T>
struct TypeName<T, std::enable_if_t<std::is_integral_v<T>>> {
  static std::string get() {
    if (std::is_same_v<T, bool>) return "bool";
    if (std::is_same_v<T, char>) return "char";
    return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(sizeof(T) * 8);
  }
};
template <>
struct TypeName<None> {
  static std::string get() { return "none"; }
};
template <class T>
struct TypeName<Desc<T>> {
  static std::string get() { return "desc<" + name_of_type<T>() + ">"; }
};
template <class A, class B>
struct TypeName<std::pair<A, B>> {
  static std::string get() { return "tuple<" + names_of_types<A, B>() + ">"; }
};
template <class... T>
struct TypeName<std::tuple<T...>> {
  static std::string get() { return "tuple<" + names_of_types<T...>() + ">"; }
};
template <class T>
struct TypeName<std::vector<T>> {
  static std::string get() { return "vector<" + name_of_type<T>() + ">"; }
};
template <class T, std::size_t N>
struct TypeName<std::array<T, N>> {
  static std::string get() { return "array<" + name_of_type<T>() + "," + std::to_string(N) + ">"; }
};
template <class T>
struct TypeName<std::optional<T>> {
  static std::string get() { return "optional<" + name_of_type<T>() + ">"; }
};
template <class... T>
struct TypeName<std::variant<T...>> {
  static std::string get() { return "variant<" + names_of_types<T...>() + ">"; }
};

}  // namespace detail

// Valid as long as the program runs.
template <class T>
const char* type_name() {
  static const std::string name = detail::name_of_type<T>();
  return name.c_str();
}

}  // namespace mr

// How keys and values become bytes whose comparison gives their natural order.
//
//   integers       big-endian, sign bit flipped for signed ones; the width of the type (char counts as unsigned)
//   bool, enum     one byte; the underlying integer
//   float, double  IEEE total order: -inf … -0.0 < 0.0 … inf < NaN (all NaN are one)
//   strings        raw as a whole key or value; inside anything else 0x00 becomes 0x00 0xFF and 0x00 0x01 ends it
//   pair, tuple, array, MR_FIELDS   the parts, one after the other
//   vector         0x01 before each element, 0x00 at the end
//   optional       0x00, or 0x01 and the value
//   variant        one byte for the alternative, then its value
//   Desc<T>        the bytes of T inverted
//   None           nothing
//
// No encoding of a part is the beginning of another of the same type, so parts can follow each other. A type of one's
// own gets an encoding by MR_FIELDS (types.h) or, where that will not do, by a specialisation of mr::Codec with
//
//   static void put(std::string& out, const T& value);  // appends
//   static T get(mr::Reader& in);                       // takes the same bytes off, or throws mr::CodecError
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "bytes.h"
#include "types.h"

namespace mr {

template <class T, class Enable = void>
struct Codec {
  using NotEncodable = void;
};

namespace detail {

template <class T, class = void>
struct is_encodable : std::true_type {};
template <class T>
struct is_encodable<T, std::void_t<typename Codec<T>::NotEncodable>> : std::false_type {};

template <class T>
inline constexpr bool is_pointer_like = std::is_pointer_v<T> || std::is_reference_v<T>;

template <class T>
constexpr void require_encodable() {
  static_assert(!is_pointer_like<T>,
                "mr: a pointer or reference cannot be a key or value; for text use std::string_view or std::string");
  static_assert(is_pointer_like<T> || is_encodable<T>::value,
                "mr: this type cannot be a key or value; write MR_FIELDS(members…) into it or specialise mr::Codec");
}

template <class T>
void put([[maybe_unused]] std::string& out, [[maybe_unused]] const T& value) {
  require_encodable<T>();
  if constexpr (is_encodable<T>::value) Codec<T>::put(out, value);
}

template <class T>
T get(Reader& in) {
  require_encodable<T>();
  return Codec<T>::get(in);
}

template <class T, class = void>
struct has_skip : std::false_type {};
template <class T>
struct has_skip<T, std::void_t<decltype(Codec<T>::skip(std::declval<Reader&>()))>> : std::true_type {};

template <class T>
void skip(Reader& in) {
  if constexpr (has_skip<T>::value) {
    Codec<T>::skip(in);
  } else {
    static_cast<void>(get<T>(in));
  }
}

inline constexpr std::ptrdiff_t kVariableSize = -1;

template <class T, class = void>
struct fixed_size : std::integral_constant<std::ptrdiff_t, kVariableSize> {};
template <class T>
struct fixed_size<T, std::void_t<decltype(Codec<T>::kSize)>>
    : std::integral_constant<std::ptrdiff_t, Codec<T>::kSize> {};

template <class... T>
constexpr std::ptrdiff_t sum_of_sizes() {
  std::ptrdiff_t sum = 0;
  bool fixed = true;
  ((fixed_size<T>::value < 0 ? static_cast<void>(fixed = false) : static_cast<void>(sum += fixed_size<T>::value)),
   ...);
  return fixed ? sum : kVariableSize;
}

template <class T>
inline constexpr bool is_text_type = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;

// One scalar of a fixed width: `Bits` turns it into an unsigned integer of the same order and back.
template <class T, class U, class Bits>
struct ScalarCodec {
  static constexpr std::ptrdiff_t kSize = sizeof(U);
  static void store(char* to, T value) { store_big_endian(to, Bits::to(value)); }
  static void put(std::string& out, T value) { append_big_endian(out, Bits::to(value)); }
  static T get(Reader& in) { return Bits::from(in.big_endian<U>()); }
  static void skip(Reader& in) { in.skip(sizeof(U)); }
};

template <class T>
struct IntegerBits {
  using U = std::make_unsigned_t<T>;
  static constexpr bool kSigned = std::is_signed_v<T> && !std::is_same_v<T, char>;
  static constexpr U kFlip = kSigned ? static_cast<U>(U{1} << (sizeof(U) * 8 - 1)) : U{0};
  static U to(T value) { return static_cast<U>(static_cast<U>(value) ^ kFlip); }
  static T from(U bits) { return static_cast<T>(static_cast<U>(bits ^ kFlip)); }
};

template <class T, class U>
struct FloatBits {
  static_assert(std::numeric_limits<T>::is_iec559, "mr: floating-point keys need IEEE 754");
  static constexpr U kSign = U{1} << (sizeof(U) * 8 - 1);
  static U to(T value) {
    if (value != value) value = std::numeric_limits<T>::quiet_NaN();
    U bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (value != value) bits &= ~kSign;
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  }
  static T from(U bits) {
    bits = (bits & kSign) != 0 ? bits & ~kSign : ~bits;
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
};

template <class T, class = void>
struct has_fields : std::false_type {};
template <class T>
struct has_fields<T, std::void_t<decltype(std::declval<const T&>().mr_fields())>> : std::true_type {};

// The members behind a tuple of references.
template <class Tie>
struct untie;
template <class... T>
struct untie<std::tuple<T...>> {
  using type = std::tuple<std::remove_cv_t<std::remove_reference_t<T>>...>;
};

// The parts of a type that consists of parts, as a std::tuple; void for others.
template <class T, class = void>
struct parts {
  using type = void;
};
template <class A, class B>
struct parts<std::pair<A, B>> {
  using type = std::tuple<A, B>;
};
template <class... T>
struct parts<std::tuple<T...>> {
  using type = std::tuple<T...>;
};
template <class T>
struct parts<T, std::enable_if_t<has_fields<T>::value>> {
  using type = typename untie<decltype(std::declval<const T&>().mr_fields())>::type;
};

template <class T>
using parts_t = typename parts<T>::type;
template <class T>
inline constexpr bool has_parts = !std::is_void_v<parts_t<T>>;

template <class Tuple>
struct PartsCodec;
template <class... T>
struct PartsCodec<std::tuple<T...>> {
  static constexpr std::ptrdiff_t kSize = sum_of_sizes<T...>();
  template <class Whole>
  static void put(std::string& out, const Whole& whole) {
    std::apply([&](const auto&... part) { (detail::put<T>(out, part), ...); }, whole);
  }
  // Braces fix the order of evaluation.
  static std::tuple<T...> get([[maybe_unused]] Reader& in) { return std::tuple<T...>{detail::get<T>(in)...}; }
  static void skip([[maybe_unused]] Reader& in) { (detail::skip<T>(in), ...); }
};

}  // namespace detail

template <>
struct Codec<bool> {
  static constexpr std::ptrdiff_t kSize = 1;
  static void store(char* to, bool value) { *to = value ? 1 : 0; }
  static void put(std::string& out, bool value) { out.push_back(value ? 1 : 0); }
  static bool get(Reader& in) {
    const unsigned char c = in.byte();
    if (c > 1) throw CodecError("an encoded bool is neither 0 nor 1");
    return c == 1;
  }
};

template <class T>
struct Codec<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>>
    : detail::ScalarCodec<T, std::make_unsigned_t<T>, detail::IntegerBits<T>> {};

template <>
struct Codec<float> : detail::ScalarCodec<float, std::uint32_t, detail::FloatBits<float, std::uint32_t>> {};
template <>
struct Codec<double> : detail::ScalarCodec<double, std::uint64_t, detail::FloatBits<double, std::uint64_t>> {};

template <class T>
struct Codec<T, std::enable_if_t<std::is_enum_v<T>>> {
  using U = std::underlying_type_t<T>;
  static constexpr std::ptrdiff_t kSize = Codec<U>::kSize;
  static void store(char* to, T value) { Codec<U>::store(to, static_cast<U>(value)); }
  static void put(std::string& out, T value) { Codec<U>::put(out, static_cast<U>(value)); }
  static T get(Reader& in) { return static_cast<T>(Codec<U>::get(in)); }
};

template <class T>
struct Codec<T, std::enable_if_t<detail::is_text_type<T>>> {
  static void put(std::string& out, std::string_view text) {
    while (!text.empty()) {
      const std::size_t zero = text.find('\0');
      if (zero == std::string_view::npos) break;
      out.append(text.data(), zero).append("\0\xFF", 2);
      text.remove_prefix(zero + 1);
    }
    out.append(text).append("\0\x01", 2);
  }
  static T get(Reader& in) { return T(in.escaped()); }
  static void skip(Reader& in) { in.skip_escaped(); }
};

template <>
struct Codec<None> {
  static constexpr std::ptrdiff_t kSize = 0;
  static void store(char*, None) {}
  static void put(std::string&, None) {}
  static None get(Reader&) { return {}; }
};

template <class A, class B>
struct Codec<std::pair<A, B>> {
  using Parts = detail::PartsCodec<std::tuple<A, B>>;
  static constexpr std::ptrdiff_t kSize = Parts::kSize;
  static void put(std::string& out, const std::pair<A, B>& value) { Parts::put(out, value); }
  static std::pair<A, B> get(Reader& in) { return std::pair<A, B>{detail::get<A>(in), detail::get<B>(in)}; }
  static void skip(Reader& in) { Parts::skip(in); }
};

template <class... T>
struct Codec<std::tuple<T...>> : detail::PartsCodec<std::tuple<T...>> {};

template <class T>
struct Codec<T, std::enable_if_t<detail::has_fields<T>::value>> {
  using Parts = detail::PartsCodec<detail::parts_t<T>>;
  static constexpr std::ptrdiff_t kSize = Parts::kSize;
  static void put(std::string& out, const T& value) { Parts::put(out, value.mr_fields()); }
  static T get(Reader& in) {
    T value{};
    value.mr_fields() = Parts::get(in);
    return value;
  }
  static void skip(Reader& in) { Parts::skip(in); }
};

template <class T, std::size_t N>
struct Codec<std::array<T, N>> {
  static constexpr std::ptrdiff_t kSize =
      detail::fixed_size<T>::value < 0 ? detail::kVariableSize : detail::fixed_size<T>::value * static_cast<int>(N);
  static void put(std::string& out, const std::array<T, N>& value) {
    for (const T& element : value) detail::put<T>(out, element);
  }
  static std::array<T, N> get(Reader& in) {
    std::array<T, N> value{};
    for (T& element : value) element = detail::get<T>(in);
    return value;
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static void put(std::string& out, const std::vector<T>& value) {
    for (const T& element : value) {
      out.push_back('\x01');
      detail::put<T>(out, element);
    }
    out.push_back('\0');
  }
  static std::vector<T> get(Reader& in) {
    std::vector<T> value;
    while (more(in)) value.push_back(detail::get<T>(in));
    return value;
  }
  static void skip(Reader& in) {
    while (more(in)) detail::skip<T>(in);
  }

 private:
  static bool more(Reader& in) {
    const unsigned char c = in.byte();
    if (c > 1) throw CodecError("an encoded vector has neither an element nor its end where one should be");
    return c == 1;
  }
};

template <class T>
struct Codec<std::optional<T>> {
  static void put(std::string& out, const std::optional<T>& value) {
    out.push_back(value ? '\x01' : '\0');
    if (value) detail::put<T>(out, *value);
  }
  static std::optional<T> get(Reader& in) {
    const unsigned char c = in.byte();
    if (c > 1) throw CodecError("an encoded optional begins with neither 0 nor 1");
    if (c == 0) return std::nullopt;
    return detail::get<T>(in);
  }
};

template <class... T>
struct Codec<std::variant<T...>> {
  static_assert(sizeof...(T) < 256, "mr: a variant may have at most 255 alternatives");
  static void put(std::string& out, const std::variant<T...>& value) {
    if (value.valueless_by_exception()) throw CodecError("a variant without a value cannot be encoded");
    out.push_back(static_cast<char>(value.index()));
    std::visit([&](const auto& v) { detail::put(out, v); }, value);
  }
  static std::variant<T...> get(Reader& in) { return alternative<0>(in, in.byte()); }

 private:
  template <std::size_t I>
  static std::variant<T...> alternative(Reader& in, std::size_t index) {
    if constexpr (I == sizeof...(T)) {
      throw CodecError("an encoded variant names an alternative that it does not have");
    } else {
      using A = std::variant_alternative_t<I, std::variant<T...>>;
      if (index == I) return std::variant<T...>(std::in_place_index<I>, detail::get<A>(in));
      return alternative<I + 1>(in, index);
    }
  }
};

template <class T>
struct Codec<Desc<T>> {
  static constexpr std::ptrdiff_t kSize = detail::fixed_size<T>::value;
  static void put(std::string& out, const Desc<T>& value) {
    const std::size_t start = out.size();
    detail::put<T>(out, value.value);
    for (std::size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
  }
  static Desc<T> get(Reader& in) {
    in.invert();
    Desc<T> value(detail::get<T>(in));
    in.invert();
    return value;
  }
  static void skip(Reader& in) {
    in.invert();
    detail::skip<T>(in);
    in.invert();
  }
};

// Appends the encoding of a whole key or value.
template <class T>
void encode(const T& value, std::string& out) {
  if constexpr (detail::is_text_type<T>) {
    out.append(value);
  } else {
    detail::put<T>(out, value);
  }
}

template <class T>
std::string encode(const T& value) {
  std::string out;
  encode<T>(value, out);
  return out;
}

// Reads a whole key or value; throws CodecError where the bytes are no such thing. Views in the result point into
// `bytes` or into `arena`.
template <class T>
T decode(std::string_view bytes, Arena& arena) {
  detail::require_encodable<T>();
  if constexpr (detail::is_text_type<T>) {
    return T(bytes);
  } else {
    Reader in(bytes, arena);
    T value = detail::get<T>(in);
    if (detail::unlikely(in.left() != 0)) {
      throw CodecError(std::to_string(in.left()) + " bytes too many after an encoded value of " +
                       std::to_string(bytes.size() - in.left()));
    }
    return value;
  }
}

// The same for types without views.
template <class T>
T decode(std::string_view bytes) {
  Arena arena;
  return decode<T>(bytes, arena);
}

namespace detail {

// The encoding of one whole key or value for the length of a call: strings stay where they are, fixed widths go to
// the stack, the rest to a buffer that the caller keeps.
template <class T>
class Encoded {
  static constexpr std::ptrdiff_t kSize = fixed_size<T>::value;
  template <class U, class = void>
  struct can_store : std::false_type {};
  template <class U>
  struct can_store<U, std::void_t<decltype(&Codec<U>::store)>> : std::true_type {};

 public:
  static constexpr bool kNeedsBuffer = !is_text_type<T> && !can_store<T>::value;

  Encoded(const T& value, [[maybe_unused]] std::string& buffer) {
    require_encodable<T>();
    if constexpr (is_text_type<T>) {
      data_ = value.data();
      size_ = value.size();
    } else if constexpr (can_store<T>::value) {
      Codec<T>::store(fixed_, value);
      data_ = fixed_;
      size_ = static_cast<std::size_t>(kSize);
    } else if constexpr (is_encodable<T>::value) {
      buffer.clear();
      Codec<T>::put(buffer, value);
      data_ = buffer.data();
      size_ = buffer.size();
    }
  }
  Encoded(const Encoded&) = delete;
  Encoded& operator=(const Encoded&) = delete;

  const char* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  char fixed_[can_store<T>::value ? (kSize > 0 ? kSize : 1) : 1];
  const char* data_;
  std::size_t size_;
};

}  // namespace detail
}  // namespace mr

// Sums of doubles that are exact until they are read, so that the result does not depend on how the numbers were
// grouped: what a sum needs in order to be a combiner.
//
// Follows Radford M. Neal, "Fast exact summation using small and large superaccumulators", arXiv:1505.05571, 2015: the
// small superaccumulator, a fixed-point number with a digit for every 32 positions of the exponent, each digit in 64
// bits so that carries need to be passed on only now and then. Before it, as long as every addition happens to be exact
// (Knuth's two-sum shows it), one double is enough; for whole numbers and ratings that is always.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "codec.h"
#include "text.h"
#include "type_name.h"

namespace mr {

namespace detail {

// A fixed-point number that holds every finite double, and sums of up to 2^64 of them, exactly.
class SuperAccumulator {
 public:
  static constexpr int kDigits = 67;

  // REQUIRES: value is finite.
  void add(double value) {
    if (pending_ == kPendingMax) carry();
    ++pending_;
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    int exponent = static_cast<int>(bits >> 52) & 0x7FF;
    std::uint64_t mantissa = bits & ((std::uint64_t{1} << 52) - 1);
    if (exponent == 0) {
      exponent = 1;
    } else {
      mantissa |= std::uint64_t{1} << 52;
    }
    const int shift = exponent & 31;
    const auto low = static_cast<std::int64_t>(mantissa << shift & kMask);
    const auto high = static_cast<std::int64_t>(mantissa >> (32 - shift));
    std::int64_t* digit = digits_ + (exponent >> 5);
    if (bits >> 63 != 0) {
      digit[0] -= low;
      digit[1] -= high;
    } else {
      digit[0] += low;
      digit[1] += high;
    }
  }

  void add(SuperAccumulator& other) {
    carry();
    other.carry();
    for (int i = 0; i < kDigits; ++i) digits_[i] += other.digits_[i];
    carry();
  }

  // Passes carries on: afterwards all digits but the last lie in 0 … 2^32-1 and the last has the sign.
  void carry() {
    for (int i = 0; i + 1 < kDigits; ++i) {
      digits_[i + 1] += digits_[i] >> 32;
      digits_[i] &= kMask;
    }
    pending_ = 0;
  }

  // Sign and magnitude. Leaves the magnitude in the digits; true when the number was negative.
  bool take_sign() {
    carry();
    if (digits_[kDigits - 1] >= 0) return false;
    for (std::int64_t& digit : digits_) digit = -digit;
    carry();
    return true;
  }

  std::int64_t digit(int i) const { return digits_[i]; }
  void set_digit(int i, std::int64_t value) { digits_[i] = value; }
  void negate() {
    for (std::int64_t& digit : digits_) digit = -digit;
  }

  // The number rounded to nearest, ties to even; `exact` tells whether that changed nothing.
  double round(bool& exact) const {
    SuperAccumulator magnitude = *this;
    const bool negative = magnitude.take_sign();
    const double value = magnitude.round_magnitude(exact);
    return negative ? -value : value;
  }

 private:
  static constexpr std::int64_t kMask = 0xFFFFFFFF;
  // A digit grows by less than 2^52 with each addition and starts below 2^32.
  static constexpr int kPendingMax = 2046;
  // Bit b of the number stands for 2^(b-1075); a double has no bits below 2^-1074.
  static constexpr int kExponent = -1075;
  static constexpr int kLowestBit = 1;

  bool bit(int b) const { return b >= 0 && (digits_[b >> 5] >> (b & 31) & 1) != 0; }
  bool any_below(int b) const {
    for (int i = 0; i < b >> 5; ++i) {
      if (digits_[i] != 0) return true;
    }
    return (digits_[b >> 5] & ((std::int64_t{1} << (b & 31)) - 1)) != 0;
  }

  double round_magnitude(bool& exact) const {
    exact = true;
    int top = kDigits - 1;
    while (top >= 0 && digits_[top] == 0) --top;
    if (top < 0) return 0.0;
    const int highest = top * 32 + 63 - __builtin_clzll(static_cast<std::uint64_t>(digits_[top]));
    const int lowest = highest - 52 > kLowestBit ? highest - 52 : kLowestBit;
    std::uint64_t mantissa = 0;
    for (int b = highest; b >= lowest; --b) mantissa = mantissa << 1 | (bit(b) ? 1 : 0);
    const bool half = bit(lowest - 1);
    const bool rest = any_below(lowest - 1);
    exact = !half && !rest;
    if (half && (rest || (mantissa & 1) != 0)) ++mantissa;
    const double value = std::ldexp(static_cast<double>(mantissa), lowest + kExponent);
    if (std::isinf(value)) exact = false;
    return value;
  }

  std::int64_t digits_[kDigits] = {};
  int pending_ = 0;
};

}  // namespace detail

// An exact sum of doubles. A value type: copy it, encode it, add one to another. As the value type of a reducer,
// mr::Values<mr::ExactSum>, it reads both plain doubles and what the combiner mr::sum made of them.
//
// Infinities and NaN give what adding them one by one would; the sum of nothing is 0.0, and so is every exact zero.
class ExactSum {
 public:
  ExactSum() = default;
  ExactSum(double value) { add(value); }  // NOLINT: a double is a sum.

  void add(double value) {
    if (!spilled_) {
      const double sum = plain_ + value;
      const double part = sum - plain_;
      const double error = (plain_ - (sum - part)) + (value - part);
      if (error == 0) {  // False for NaN, too.
        plain_ = sum;
        return;
      }
      spill();
    }
    if (std::isfinite(value)) {
      digits_.add(value);
    } else {
      special_ += value;
    }
  }
  void add(const ExactSum& other) {
    if (!other.spilled_) {
      add(other.plain_);
      return;
    }
    if (!spilled_) spill();
    detail::SuperAccumulator digits = other.digits_;
    digits_.add(digits);
    special_ += other.special_;
  }
  ExactSum& operator+=(const ExactSum& other) {
    add(other);
    return *this;
  }
  // Adds a*b, exactly unless the product's lower half falls below the smallest double. Then, and where a*b is too large
  // for a double, what is added still depends on a and b alone.
  void add_product(double a, double b) {
    const double product = a * b;
    add(product);
    if (std::isfinite(product)) add(std::fma(a, b, -product));
  }
  void add_integer(std::int64_t value) {
    const std::int64_t low = value & 0xFFFFFFFF;
    add(static_cast<double>(value - low));
    add(static_cast<double>(low));
  }

  // The sum rounded once, to nearest even.
  double value() const {
    bool exact;
    return round(exact);
  }
  void clear() {
    plain_ = 0;
    spilled_ = false;
  }
  bool is_finite() const { return !spilled_ || special_ == 0; }

  // Writes an encoding: the double itself (8 bytes) where the sum is one, else 12 bytes or more:
  //   flags (bit 0: negative), number of the lowest digit, count of digits, 0x00, the digits from lowest to highest
  //   in 4 bytes each, big-endian.
  void put(std::string& out) const;
  // Reads what put() wrote, or a plain double, off the whole of `bytes`.
  static ExactSum from(std::string_view bytes);

  friend bool operator==(const ExactSum& a, const ExactSum& b) {
    std::string x;
    std::string y;
    a.put(x);
    b.put(y);
    return x == y;
  }
  friend bool operator!=(const ExactSum& a, const ExactSum& b) { return !(a == b); }

 private:
  void spill() {
    spilled_ = true;
    digits_ = {};
    special_ = 0;
    if (std::isfinite(plain_)) {
      digits_.add(plain_);
    } else {
      special_ = plain_;
    }
  }
  double round(bool& exact) const {
    exact = true;
    if (!spilled_) return plain_;
    if (special_ != 0) return special_;
    return digits_.round(exact);
  }

  double plain_ = 0;
  double special_ = 0;  // sum of the infinities and NaN
  bool spilled_ = false;
  detail::SuperAccumulator digits_;  // meaningful once spilled_
};

inline void ExactSum::put(std::string& out) const {
  bool exact;
  const double rounded = round(exact);
  if (exact) {
    Codec<double>::put(out, rounded + 0.0);
    return;
  }
  detail::SuperAccumulator magnitude = digits_;
  const bool negative = magnitude.take_sign();
  int low = 0;
  while (magnitude.digit(low) == 0) ++low;
  int high = detail::SuperAccumulator::kDigits - 1;
  while (magnitude.digit(high) == 0) --high;
  if (high == low) high < detail::SuperAccumulator::kDigits - 1 ? ++high : --low;
  out.push_back(negative ? 1 : 0);
  out.push_back(static_cast<char>(low));
  out.push_back(static_cast<char>(high - low + 1));
  out.push_back(0);
  for (int i = low; i <= high; ++i) detail::append_big_endian(out, static_cast<std::uint32_t>(magnitude.digit(i)));
}

inline ExactSum ExactSum::from(std::string_view bytes) {
  if (bytes.size() <= 8) return ExactSum(decode<double>(bytes));
  Arena arena;
  Reader in(bytes, arena);
  const int flags = in.byte();
  const int low = in.byte();
  const int count = in.byte();
  if (flags > 1 || in.byte() != 0 || count < 2 || low + count > detail::SuperAccumulator::kDigits ||
      in.left() != static_cast<std::size_t>(count) * 4) {
    throw CodecError("an encoded exact sum is malformed");
  }
  ExactSum sum;
  sum.spilled_ = true;
  for (int i = 0; i < count; ++i) sum.digits_.set_digit(low + i, in.big_endian<std::uint32_t>());
  if (flags == 1) sum.digits_.negate();
  sum.digits_.carry();
  return sum;
}

// As a part of something else the sum has its length before it.
template <>
struct Codec<ExactSum> {
  static void put(std::string& out, const ExactSum& value) {
    std::string bytes;
    value.put(bytes);
    detail::append_big_endian(out, static_cast<std::uint16_t>(bytes.size()));
    out += bytes;
  }
  static ExactSum get(Reader& in) {
    const std::size_t size = in.big_endian<std::uint16_t>();
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(in.byte()));
    return ExactSum::from(bytes);
  }
};

// What travels is a double as far as a job's types go.
template <>
struct detail::TypeName<ExactSum> {
  static std::string get() { return "double"; }
};

template <>
struct Text<ExactSum> {
  static void append(std::string& out, const ExactSum& value) { out += to_text(value.value()); }
};

}  // namespace mr

// Count, sum and sum of squares of numbers, exactly: what mean and variance are made from.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "codec.h"
#include "exact_sum.h"

namespace mr {

// A value type, like ExactSum. Whatever the order and grouping of the numbers, equal numbers give equal results.
class Moments {
 public:
  template <class T>
  void add(T value) {
    static_assert(std::is_arithmetic_v<T>, "mr: mean and variance are of numbers");
    ++count_;
    if constexpr (std::is_floating_point_v<T>) {
      add_double(value);
    } else if constexpr (sizeof(T) == 8) {
      add_integer(static_cast<std::int64_t>(value));
      if (std::is_unsigned_v<T> && static_cast<std::int64_t>(value) < 0) sum_.add(0x1.0p64);
    } else {
      add_double(static_cast<double>(value));
    }
  }
  void add(const Moments& other) {
    count_ += other.count_;
    sum_.add(other.sum_);
    squares_.add(other.squares_);
  }

  std::int64_t count() const { return count_; }
  double sum() const { return sum_.value(); }
  // NaN when there are no numbers, here and below.
  double mean() const { return sum_.value() / static_cast<double>(count_); }
  // Of the population: the mean of (x - mean)². The squares are summed exactly around the rounded mean, so nothing
  // cancels.
  double variance() const {
    const double m = mean();
    if (!std::isfinite(m)) return std::numeric_limits<double>::quiet_NaN();
    ExactSum deviation = squares_;
    // - 2 m Σx + n m², where Σx is taken apart into doubles that do not overlap.
    ExactSum rest = sum_;
    for (double part = rest.value(); part != 0 && std::isfinite(part); part = rest.value()) {
      deviation.add_product(-2 * m, part);
      rest.add(-part);
    }
    const double n = static_cast<double>(count_);
    const double square = m * m;
    deviation.add_product(n, square);
    deviation.add_product(n, std::fma(m, m, -square));
    const double sum = deviation.value();
    return sum < 0 ? 0.0 : sum / n;
  }

  // 9 bytes or more, so never taken for a plain number.
  void put(std::string& out) const {
    Codec<std::int64_t>::put(out, count_);
    Codec<ExactSum>::put(out, sum_);
    Codec<ExactSum>::put(out, squares_);
  }
  static Moments from(std::string_view bytes) {
    Arena arena;
    Reader in(bytes, arena);
    Moments moments;
    moments.count_ = Codec<std::int64_t>::get(in);
    moments.sum_ = Codec<ExactSum>::get(in);
    moments.squares_ = Codec<ExactSum>::get(in);
    if (in.left() != 0) throw CodecError("an encoded mean or variance has bytes too many");
    return moments;
  }

 private:
  void add_double(double value) {
    sum_.add(value);
    squares_.add_product(value, value);
  }
  void add_integer(std::int64_t value) {
    sum_.add_integer(value);
    squares_.add_product(static_cast<double>(value), static_cast<double>(value));
  }

  std::int64_t count_ = 0;
  ExactSum sum_;
  ExactSum squares_;
};

}  // namespace mr

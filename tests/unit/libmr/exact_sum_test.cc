// Proves that sums do not depend on order or grouping, to the last bit, and are the exact sum rounded once: compared with
// sums in __float128 of numbers that fit it, and with known hard cases.
#include <mr/exact_sum.h>
#include <mr/moments.h>
#include <mr/random.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <vector>

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

std::uint64_t Bits(double value) {
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

double Sum(const std::vector<double>& numbers) {
  mr::ExactSum sum;
  for (const double number : numbers) sum.add(number);
  return sum.value();
}

std::string Encoded(const mr::ExactSum& sum) {
  std::string bytes;
  sum.put(bytes);
  return bytes;
}

// Adds the numbers in groups of random size, each group going through its encoding as between combiner and reducer.
mr::ExactSum Grouped(const std::vector<double>& numbers, mr::Random& random) {
  mr::ExactSum total;
  for (std::size_t at = 0; at < numbers.size();) {
    mr::ExactSum group;
    for (auto n = 1 + random.below(20); n > 0 && at < numbers.size(); --n) group.add(numbers[at++]);
    total.add(mr::ExactSum::from(Encoded(group)));
  }
  return total;
}

void Shuffle(std::vector<double>& numbers, mr::Random& random) {
  for (std::size_t i = numbers.size(); i > 1; --i) std::swap(numbers[i - 1], numbers[random.below(i)]);
}

std::vector<double> WildNumbers(mr::Random& random, std::size_t count, int exponents) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < count; ++i) {
    const int exponent = static_cast<int>(random.below(static_cast<std::uint64_t>(exponents))) - exponents / 2;
    numbers.push_back(std::ldexp(random.uniform() - 0.5, exponent));
  }
  return numbers;
}

}  // namespace

TEST_CASE("exact sum: known cases", "[exact_sum]") {
  CHECK(Sum({}) == 0.0);
  CHECK(Sum({0.1, 0.2, 0.3}) == 0.6);
  CHECK(Sum(std::vector<double>(10, 0.1)) == 1.0);
  CHECK(Sum({1e100, 1.0, -1e100}) == 1.0);
  CHECK(Sum({1e308, 1e308, -1e308, -1e308, 3.0}) == 3.0);
  CHECK(Sum({1e308, 1e308}) == kInf);
  CHECK(Sum({5e-324, 5e-324}) == 1e-323);
  CHECK(Sum({1.0, 5e-324, -1.0}) == 5e-324);
  CHECK(Sum({0x1p53, 1.0}) == 0x1p53);                   // tie, to even
  CHECK(Sum({0x1p53, 1.0, 0x1p-60}) == 0x1p53 + 2);      // above the tie
  CHECK(Sum({-0x1p53, -1.0, -0x1p-60}) == -0x1p53 - 2);
  CHECK(Sum({0x1p53 + 2, 1.0}) == 0x1p53 + 4);           // tie, to even upwards
  CHECK(Bits(Sum({-0.0})) == Bits(0.0));
  CHECK(Bits(Sum({1e-300, 1.0, -1.0, -1e-300})) == Bits(0.0));
  CHECK(Sum({std::numeric_limits<double>::max(), 1.0}) == std::numeric_limits<double>::max());
}

TEST_CASE("exact sum: infinities and NaN are what adding them gives", "[exact_sum]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(Sum({1.0, kInf, 2.0}) == kInf);
  CHECK(Sum({kInf, kInf}) == kInf);
  CHECK(Sum({-kInf, 1.0}) == -kInf);
  CHECK(std::isnan(Sum({kInf, -kInf})));
  CHECK(std::isnan(Sum({1.0, nan, 2.0})));
  mr::ExactSum sum;
  sum.add(kInf);
  CHECK(mr::ExactSum::from(Encoded(sum)).value() == kInf);
  CHECK_FALSE(sum.is_finite());
}

TEST_CASE("exact sum: order and grouping leave identical bits", "[exact_sum]") {
  mr::Random random(3);
  for (const int exponents : {4, 60, 600, 2000}) {
    for (int round = 0; round < 30; ++round) {
      std::vector<double> numbers = WildNumbers(random, 300, exponents);
      mr::ExactSum plain;
      for (const double number : numbers) plain.add(number);
      Shuffle(numbers, random);
      const mr::ExactSum grouped = Grouped(numbers, random);
      REQUIRE(Bits(plain.value()) == Bits(grouped.value()));
      REQUIRE(Encoded(plain) == Encoded(grouped));
    }
  }
}

TEST_CASE("exact sum: agrees with quadruple precision where that is exact", "[exact_sum]") {
  mr::Random random(5);
  for (int round = 0; round < 300; ++round) {
    // Exponents within 40 and few numbers: 53 + 40 + 10 bits fit the 113 of __float128.
    const std::vector<double> numbers = WildNumbers(random, 1000, 40);
    __float128 quad = 0;
    for (const double number : numbers) quad += number;
    REQUIRE(Bits(Sum(numbers)) == Bits(static_cast<double>(quad)));
  }
}

TEST_CASE("exact sum: carries survive many additions of one sign", "[exact_sum]") {
  mr::ExactSum sum;
  sum.add(0x1p-200);
  for (int i = 0; i < 100000; ++i) sum.add(-0x1.fffffffffffffp100);
  for (int i = 0; i < 100000; ++i) sum.add(0x1.fffffffffffffp100);
  CHECK(sum.value() == 0x1p-200);
}

TEST_CASE("exact sum: the encoding is a plain double where that is enough, else longer", "[exact_sum]") {
  CHECK(Encoded(mr::ExactSum(4.5)) == mr::encode(4.5));
  mr::ExactSum sum(1.0);
  sum.add(0x1p-80);
  CHECK(Encoded(sum).size() >= 12);
  CHECK(mr::ExactSum::from(Encoded(sum)) == sum);
  sum.add(-1.0);
  CHECK(Encoded(sum) == mr::encode(0x1p-80));
}

TEST_CASE("exact sum: malformed encodings throw", "[exact_sum]") {
  mr::Random random(9);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes;
    for (auto n = random.below(30); n > 0; --n) bytes += static_cast<char>(random.below(4) == 0 ? random() : random.below(4));
    const std::vector<char> exact(bytes.begin(), bytes.end());
    try {
      static_cast<void>(mr::ExactSum::from(std::string_view(exact.data(), exact.size())).value());
      static_cast<void>(mr::Moments::from(std::string_view(exact.data(), exact.size())).variance());
    } catch (const mr::CodecError&) {
    }
  }
  CHECK_THROWS_AS(mr::ExactSum::from("123456789"), mr::CodecError);
}

TEST_CASE("moments: mean and variance of easy and of hard numbers", "[exact_sum]") {
  mr::Moments easy;
  for (const int x : {2, 4, 4, 4, 5, 5, 7, 9}) easy.add(x);
  CHECK(easy.count() == 8);
  CHECK(easy.mean() == 5.0);
  CHECK(easy.variance() == 4.0);
  // The textbook formula loses everything here.
  mr::Moments hard;
  for (const double x : {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) hard.add(x);
  CHECK(hard.variance() == 22.5);
  mr::Moments same;
  for (int i = 0; i < 1000; ++i) same.add(0.1);
  CHECK(same.mean() == 0.1);
  CHECK(same.variance() < 1e-33);
  mr::Moments large;
  large.add(std::numeric_limits<std::int64_t>::max());
  large.add(std::numeric_limits<std::uint64_t>::max());
  CHECK(large.sum() == 0x1.8p64);
  CHECK(std::isnan(mr::Moments().mean()));
}

TEST_CASE("moments: grouping leaves identical bits", "[exact_sum]") {
  mr::Random random(11);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> numbers = WildNumbers(random, 200, 80);
    mr::Moments plain;
    for (const double number : numbers) plain.add(number);
    Shuffle(numbers, random);
    mr::Moments total;
    for (std::size_t at = 0; at < numbers.size();) {
      mr::Moments group;
      for (auto n = 1 + random.below(9); n > 0 && at < numbers.size(); --n) group.add(numbers[at++]);
      std::string bytes;
      group.put(bytes);
      REQUIRE(bytes.size() > 8);
      total.add(mr::Moments::from(bytes));
    }
    REQUIRE(Bits(plain.mean()) == Bits(total.mean()));
    REQUIRE(Bits(plain.variance()) == Bits(total.variance()));
  }
}

// Proves that encodings keep the natural order, come back as they were, have the bytes that are promised for ever, and
// that no bytes at all make the decoder read out of bounds.
#include <mr/codec.h>
#include <mr/random.h>
#include <mr/type_name.h>

#include <catch2/catch.hpp>
#include <limits>

namespace {

enum class Color : std::int16_t { kRed = -2, kBlue = 7 };

struct Visit {
  std::string page;
  std::int64_t seconds = 0;
  MR_FIELDS(page, seconds)
};

std::string Hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

template <class T>
std::string HexOf(const T& value) {
  return Hex(mr::encode<T>(value));
}

// Short strings over few letters, so that prefixes, zeros and equal ones turn up.
std::string AnyString(mr::Random& random) {
  std::string text;
  for (auto n = random.below(6); n > 0; --n) text += "\0\1\xFF" "ab"[random.below(5)];
  return text;
}

template <class T>
T AnyInteger(mr::Random& random) {
  return static_cast<T>(random() >> random.below(64));
}

double AnyDouble(mr::Random& random) {
  const double special[] = {0.0, -0.0, 1.0, -1.0, std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::denorm_min()};
  if (random.below(3) == 0) return special[random.below(7)];
  return (random.uniform() - 0.5) * std::pow(2.0, static_cast<double>(random.below(200)) - 100);
}

// `less` on values must agree with the order of bytes, and bytes must give the value back.
template <class T, class Make, class Less>
void CheckOrder(Make make, Less less) {
  mr::Random random(42);
  for (int i = 0; i < 4000; ++i) {
    const T a = make(random);
    const T b = make(random);
    const std::string x = mr::encode<T>(a);
    const std::string y = mr::encode<T>(b);
    REQUIRE((x < y) == less(a, b));
    REQUIRE((y < x) == less(b, a));
    const T back = mr::decode<T>(x);
    REQUIRE_FALSE(less(a, back));
    REQUIRE_FALSE(less(back, a));
  }
}

template <class T, class Make>
void CheckOrder(Make make) {
  CheckOrder<T>(make, [](const T& a, const T& b) { return a < b; });
}

// Whatever the bytes, decoding returns or throws CodecError. (Under AddressSanitizer this shows reads out of bounds.)
template <class T>
void CheckMalformed() {
  mr::Random random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes;
    for (auto n = random.below(12); n > 0; --n) bytes += "\0\1\2\xFE\xFF" "a"[random.below(6)];
    // An exact copy on the heap, so that the byte behind the end is not ours.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    try {
      static_cast<void>(mr::decode<T>(std::string_view(exact.data(), exact.size())));
    } catch (const mr::CodecError& error) {
      REQUIRE(std::string(error.what()).size() > 10);
    }
  }
}

}  // namespace

TEST_CASE("codec: bytes order as values do", "[codec]") {
  CheckOrder<std::int8_t>(AnyInteger<std::int8_t>);
  CheckOrder<std::int32_t>(AnyInteger<std::int32_t>);
  CheckOrder<std::int64_t>([](auto& r) { return AnyInteger<std::int64_t>(r) * (r.below(2) == 0 ? 1 : -1); });
  CheckOrder<std::uint16_t>(AnyInteger<std::uint16_t>);
  CheckOrder<std::uint64_t>(AnyInteger<std::uint64_t>);
  CheckOrder<bool>([](auto& r) { return r.below(2) == 1; });
  CheckOrder<Color>([](auto& r) { return static_cast<Color>(AnyInteger<std::int16_t>(r)); });
  CheckOrder<std::string>(AnyString);
  CheckOrder<std::vector<std::string>>([](auto& r) {
    std::vector<std::string> list;
    for (auto n = r.below(4); n > 0; --n) list.push_back(AnyString(r));
    return list;
  });
  CheckOrder<std::optional<std::string>>([](auto& r) {
    return r.below(3) == 0 ? std::optional<std::string>() : std::optional<std::string>(AnyString(r));
  });
  CheckOrder<std::variant<std::int32_t, std::string>>([](auto& r) {
    using V = std::variant<std::int32_t, std::string>;
    return r.below(2) == 0 ? V(AnyInteger<std::int32_t>(r)) : V(AnyString(r));
  });
  CheckOrder<mr::Desc<std::string>>([](auto& r) { return mr::Desc<std::string>(AnyString(r)); });
  CheckOrder<mr::Desc<mr::Desc<std::string>>>(
      [](auto& r) { return mr::Desc<mr::Desc<std::string>>(mr::Desc<std::string>(AnyString(r))); });
  using Key = std::tuple<std::string, mr::Desc<std::string>, std::pair<mr::Desc<std::int32_t>, std::string>>;
  CheckOrder<Key>([](auto& r) {
    return Key(AnyString(r), AnyString(r), std::make_pair(mr::Desc<std::int32_t>(AnyInteger<std::int32_t>(r)), AnyString(r)));
  });
}

TEST_CASE("codec: doubles have a total order with NaN last", "[codec]") {
  const auto less = [](double a, double b) {
    if (a == 0 && b == 0) return std::signbit(a) && !std::signbit(b);
    return a < b;
  };
  CheckOrder<double>(AnyDouble, less);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(mr::encode(std::numeric_limits<double>::infinity()) < mr::encode(nan));
  CHECK(mr::encode(nan) == mr::encode(-nan));
  CHECK(std::isnan(mr::decode<double>(mr::encode(nan))));
  CHECK(mr::encode(-0.0f) < mr::encode(0.0f));
  CHECK(mr::decode<float>(mr::encode(-1.5f)) == -1.5f);
}

TEST_CASE("codec: golden bytes", "[codec]") {
  CHECK(HexOf<std::int64_t>(1) == "8000000000000001");
  CHECK(HexOf<std::int64_t>(-1) == "7fffffffffffffff");
  CHECK(HexOf<std::int32_t>(258) == "80000102");
  CHECK(HexOf<std::uint16_t>(258) == "0102");
  CHECK(HexOf<char>('a') == "61");
  CHECK(HexOf<bool>(true) == "01");
  CHECK(HexOf<double>(1.0) == "bff0000000000000");
  CHECK(HexOf<double>(-1.0) == "400fffffffffffff");
  CHECK(HexOf<Color>(Color::kRed) == "7ffe");
  CHECK(HexOf<std::string>(std::string("a\0b", 3)) == "610062");
  CHECK(HexOf<std::tuple<std::string>>({std::string("a\0b", 3)}) == "6100ff620001");
  CHECK(HexOf<std::pair<std::string_view, std::int8_t>>({"x", 1}) == "78000181");
  CHECK(HexOf<std::vector<std::uint8_t>>({5, 6}) == "0105010600");
  CHECK(HexOf<std::optional<bool>>(std::nullopt) == "00");
  CHECK(HexOf<std::optional<bool>>(false) == "0100");
  CHECK(HexOf<mr::Desc<std::string>>(std::string("a")) == "9efffe");
  CHECK(HexOf<mr::None>(mr::none).empty());
  CHECK(HexOf<Visit>({"p", 2}) == "700001" "8000000000000002");
  CHECK(HexOf<std::array<std::int8_t, 2>>({1, 2}) == "8182");
  CHECK(HexOf<std::variant<bool, std::int8_t>>(std::int8_t{3}) == "0183");
}

TEST_CASE("codec: views point into the bytes, or into the arena where there were escapes", "[codec]") {
  using Key = std::tuple<std::string_view, mr::Desc<std::string_view>>;
  const std::string plain = mr::encode<Key>({"left", std::string_view("right")});
  const std::string escaped = mr::encode<Key>({std::string_view("l\0t", 3), std::string_view("right")});
  mr::Arena arena;
  const Key a = mr::decode<Key>(plain, arena);
  CHECK(std::get<0>(a) == "left");
  CHECK(std::get<0>(a).data() == plain.data());
  CHECK(std::get<1>(a).value == "right");
  const Key b = mr::decode<Key>(escaped, arena);
  CHECK(std::get<0>(b) == std::string_view("l\0t", 3));
  CHECK(std::get<1>(a).value == "right");
}

TEST_CASE("codec: malformed bytes throw and are never read beyond their end", "[codec]") {
  CheckMalformed<std::int64_t>();
  CheckMalformed<bool>();
  CheckMalformed<std::tuple<std::string, std::string>>();
  CheckMalformed<mr::Desc<std::string>>();
  CheckMalformed<std::vector<std::optional<std::string>>>();
  CheckMalformed<std::variant<bool, std::string>>();
  CheckMalformed<Visit>();
  CHECK_THROWS_AS(mr::decode<std::int64_t>("short"), mr::CodecError);
  CHECK_THROWS_WITH(mr::decode<std::int32_t>("toolong"), Catch::Contains("3 bytes too many"));
  CHECK_THROWS_AS(mr::decode<bool>("\x02"), mr::CodecError);
}

TEST_CASE("codec: names of types tell encodings apart", "[codec]") {
  using Pair = std::pair<std::string_view, int>;
  CHECK(std::string(mr::type_name<std::string>()) == "string");
  CHECK(std::string(mr::type_name<long long>()) == "int64");
  CHECK(std::string(mr::type_name<char>()) == "char");
  CHECK(std::string(mr::type_name<Pair>()) == "tuple<string,int32>");
  CHECK(std::string(mr::type_name<std::vector<mr::Desc<double>>>()) == "vector<desc<double>>");
  CHECK(std::string(mr::type_name<Visit>()).find("Visit") != std::string::npos);
}

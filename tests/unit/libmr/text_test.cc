#include <mr/text.h>

#include <catch2/catch.hpp>
#include <limits>

namespace {

struct Visit {
  std::string page;
  std::int64_t seconds = 0;
  MR_FIELDS(page, seconds)
};

struct Celsius {
  double degrees = 0;
  MR_FIELDS(degrees)
};

}  // namespace

template <>
struct mr::Text<Celsius> {
  static void append(std::string& out, const Celsius& value) { out += mr::to_text(value.degrees) + "C"; }
  static Celsius parse(std::string_view text) { return Celsius{mr::parse<double>(text.substr(0, text.size() - 1))}; }
};

TEST_CASE("text: numbers print as short as they read back", "[text]") {
  CHECK(mr::to_text(std::int64_t{-42}) == "-42");
  CHECK(mr::to_text(std::uint8_t{200}) == "200");
  CHECK(mr::to_text(1.0) == "1.0");
  CHECK(mr::to_text(-0.0) == "-0.0");
  CHECK(mr::to_text(0.1) == "0.1");
  CHECK(mr::to_text(0.1f) == "0.1");
  CHECK(mr::to_text(100000.0) == "100000.0");
  CHECK(mr::to_text(123456789012345.0) == "123456789012345.0");
  CHECK(mr::to_text(1e16) == "1e+16");
  CHECK(mr::to_text(0.0001) == "0.0001");
  CHECK(mr::to_text(0.00001) == "1e-05");
  CHECK(mr::to_text(2.0 / 3) == "0.6666666666666666");
  CHECK(mr::to_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(mr::to_text(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(mr::to_text(-std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(mr::to_text(true) == "true");
  CHECK(mr::to_text('x') == "x");
}

TEST_CASE("text: composed values are joined as stated", "[text]") {
  using Posting = std::tuple<std::string, int>;
  CHECK(mr::to_text(Posting("a", 1)) == "a\t1");
  CHECK(mr::to_text(std::vector<int>{1, 2, 3}) == "1 2 3");
  CHECK(mr::to_text(std::vector<Posting>{{"a", 1}, {"b", 2}}) == "a,1 b,2");
  CHECK(mr::to_text(std::vector<std::vector<int>>{{1, 2}, {3}}) == "1,2 3");
  CHECK(mr::to_text(std::make_pair(std::string("k"), std::vector<int>{1, 2})) == "k\t1 2");
  CHECK(mr::to_text(std::make_pair(1, std::make_pair(2, 3))) == "1\t2,3");
  CHECK(mr::to_text(std::optional<int>()).empty());
  CHECK(mr::to_text(std::optional<int>(5)) == "5");
  CHECK(mr::to_text(mr::Desc<int>(5)) == "5");
  CHECK(mr::to_text(mr::none).empty());
  CHECK(mr::to_text(Visit{"p", 3}) == "p\t3");
  CHECK(mr::to_text(Celsius{21.5}) == "21.5C");
  CHECK(mr::to_text(std::variant<int, std::string>("s")) == "s");
}

TEST_CASE("text: values are read back", "[text]") {
  CHECK(mr::parse<int>("-7") == -7);
  CHECK(mr::parse<int>("+7") == 7);
  CHECK(mr::parse<double>("2.5e3") == 2500.0);
  CHECK(mr::parse<bool>("true"));
  CHECK_FALSE(mr::parse<bool>("0"));
  CHECK(mr::parse<std::string_view>("as it is") == "as it is");
  CHECK(mr::parse<std::tuple<std::string, int>>("a\t5") == std::make_tuple(std::string("a"), 5));
  CHECK(mr::parse<std::pair<int, int>>("1\t2") == std::make_pair(1, 2));
  CHECK(mr::parse<std::optional<int>>("") == std::nullopt);
  CHECK(mr::parse<Visit>("p\t9").seconds == 9);
  CHECK(mr::parse<Celsius>("3.5C").degrees == 3.5);
}

TEST_CASE("text: what does not read is quoted", "[text]") {
  CHECK_THROWS_WITH(mr::parse<int>("many"), "\"many\" is not a whole number");
  CHECK_THROWS_WITH(mr::parse<int>(""), "\"\" is not a whole number");
  CHECK_THROWS_WITH(mr::parse<int>("1.5"), "\"1.5\" is not a whole number");
  CHECK_THROWS_WITH(mr::parse<int>("+-5"), "\"+-5\" is not a whole number");
  CHECK_THROWS_WITH(mr::parse<std::int8_t>("300"), Catch::Contains("within the range of int8"));
  CHECK_THROWS_WITH(mr::parse<double>("x"), "\"x\" is not a number");
  CHECK_THROWS_WITH(mr::parse<bool>("perhaps"), "\"perhaps\" is not true or false");
  CHECK_THROWS_AS((mr::parse<std::pair<int, int>>("1")), mr::ParseError);
  CHECK_THROWS_WITH(mr::parse<int>(std::string(100, 'x')), Catch::Contains("..."));
}

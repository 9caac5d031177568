// Mappers and reducers alone, chains, the library's mappers, what the context offers.
#include "jobs.h"

#include <catch2/catch.hpp>

namespace {

using Counts = std::vector<std::pair<std::string, std::int64_t>>;

struct Upper : mr::Mapper<std::string_view, std::int64_t, std::string, std::int64_t> {
  void setup(mr::Context& context) { ++context.counter("upper", "setups"); }
  void map(std::string_view word, std::int64_t n, Emit& emit) {
    std::string text(word);
    for (char& c : text) c = static_cast<char>(c & ~0x20);
    emit(text, n);
    last_ = text;
  }
  void cleanup(Emit& emit) { emit("last:" + last_, 0); }

 private:
  std::string last_;
};

void Twice(std::string_view word, std::int64_t n, mr::Emit<std::string_view, std::int64_t>& emit) {
  emit(word, n);
  emit(word, 10 * n);
}

}  // namespace

TEST_CASE("stage: a mapper alone", "[stage]") {
  auto test = mr::testing::map(mr::TokenMapper()).lines({"b a", "b"});
  CHECK(test.output() == Counts{{"b", 1}, {"a", 1}, {"b", 1}});
}

TEST_CASE("stage: mappers of pairs read offsets, keys and values", "[stage]") {
  auto offsets = mr::testing::map(
      [](std::int64_t offset, std::string_view line, mr::Emit<std::string_view, std::int64_t>& emit) {
        emit(line, offset);
      });
  CHECK(offsets.text("ab\r\nc\n\nd").output() == Counts{{"ab", 0}, {"c", 4}, {"", 6}, {"d", 7}});
  auto pairs = mr::testing::map(Upper(), mr::key_value).lines({"a\t1", "b\t2"});
  CHECK(pairs.output() == Counts{{"A", 1}, {"B", 2}, {"last:B", 0}});
  CHECK_THAT(mr::testing::map(Upper(), mr::key_value).lines({"a\tx"}).error(), Catch::Contains("\"x\""));
}

TEST_CASE("stage: a reducer alone", "[stage]") {
  auto test = mr::testing::reduce(
      [](std::string_view key, mr::Values<int>& values, mr::Emit<std::string_view, int>& emit, mr::Context& context) {
        int most = 0;
        for (const int v : values) most = std::max(most, v);
        for ([[maybe_unused]] const int v : values) context.fail("values can be read once only");
        emit(key, most);
      });
  test.group("b", {1, 3, 2}).group("a", {4});
  using Result = std::vector<std::pair<std::string, int>>;
  CHECK(test.output() == Result{{"b", 3}, {"a", 4}});
}

TEST_CASE("stage: values that are not read are skipped", "[stage]") {
  auto test = mr::testing::reduce([](int key, mr::Values<int>& values, mr::Emit<int, int>& emit) {
    for (const int v : values) {
      emit(key, v);
      break;
    }
  });
  test.group(1, {7, 8, 9}).group(2, {5});
  using Result = std::vector<std::pair<int, int>>;
  CHECK(test.output() == Result{{1, 7}, {2, 5}});
}

TEST_CASE("stage: chains pass pairs on, in order, with setup and cleanup of each link", "[stage]") {
  auto mapper = mr::testing::map(mr::chain(mr::TokenMapper(), Upper(), &Twice)).lines({"a b"});
  CHECK(mapper.output() ==
        Counts{{"A", 1}, {"A", 10}, {"B", 1}, {"B", 10}, {"last:B", 0}, {"last:B", 0}});
  CHECK(mapper.counter("upper", "setups") == 1);

  auto reducer = mr::testing::reduce(mr::chain(
      [](std::string_view key, mr::Values<std::int64_t>& values, mr::Emit<std::string_view, std::int64_t>& emit) {
        std::int64_t sum = 0;
        for (const auto v : values) sum += v;
        emit(key, sum);
      },
      mr::InverseMapper<std::string_view, std::int64_t>()));
  reducer.group("x", {1, 2}).group("y", {5});
  using Inverse = std::vector<std::pair<std::int64_t, std::string>>;
  CHECK(reducer.output() == Inverse{{3, "x"}, {5, "y"}});
}

TEST_CASE("stage: whole jobs may be chains", "[stage]") {
  auto test = mr::testing::job([](mr::Job& job) {
    job.map(mr::chain(mr::TokenMapper(), Upper()));
    job.combine(mr::sum).reduce(mr::sum);
  });
  CHECK(test.lines({"a b a"}).output() == Pairs{{"A", "2"}, {"B", "1"}, {"last:A", "0"}});
}

TEST_CASE("stage: regular expressions", "[stage]") {
  auto test = mr::testing::map(mr::RegexMapper("[a-z]+=(\\d+)", 1)).lines({"a=12 b=x c=3", "", "d=4"});
  CHECK(test.output() == Counts{{"12", 1}, {"3", 1}, {"4", 1}});
  CHECK(mr::testing::map(mr::RegexMapper("^x")).lines({"xx"}).output() == Counts{{"x", 1}});
  CHECK(mr::testing::map(mr::RegexMapper("a*")).lines({"baa"}).output().size() == 3);
  CHECK_THROWS_WITH(mr::Regex("(a"), Catch::Contains("\"(a\" is no regular expression"));
  CHECK(mr::Regex("b[\\d_]").matches(std::string_view("a\0b_", 4)));
  CHECK_FALSE(mr::Regex("\\\\d").matches("5"));
  // A line that breaks matchers which recurse.
  CHECK(mr::Regex("(a|b)*c").matches(std::string(300000, 'a') + "c"));
}

TEST_CASE("stage: named outputs, files, side files", "[stage]") {
  auto test = mr::testing::job([](mr::Job& job) {
    job.named_output("errors").map_only();
    job.map([](mr::Line line, mr::Emit<std::string_view, mr::None>& emit, mr::Context& context) {
      if (line.text == "bad") {
        context.output<std::string_view, double>("errors")(line, 1);
        return;
      }
      mr::File list = context.open(context.side_file("list.txt"));
      std::string_view entry;
      while (list.read_line(entry)) {
        if (entry == line.text) emit(line);
      }
      mr::File log = context.create("log-" + std::to_string(context.partition()));
      log.write(context.input_file());
      log.close();
    });
  });
  test.side_file("list.txt", "x\r\ny").input_file("in.txt", "x\nbad\nz\ny\n");
  CHECK(test.output() == Pairs{{"x", ""}, {"y", ""}});
  CHECK(test.part_bytes() == "x\ny\n");
  CHECK(test.named("errors") == Pairs{{"bad", "1.0"}});
  CHECK(test.named("others").empty());
  CHECK(test.created("log-0") == "in.txt");
  auto missing = mr::testing::map([](mr::Line, mr::Emit<int, int>&, mr::Context& context) {
    context.side_file("list.txt");
  });
  CHECK_THAT(missing.lines({""}).error(), Catch::Contains("use -files list.txt"));
}

TEST_CASE("stage: chance repeats with the task", "[stage]") {
  const auto draw = [] {
    return mr::testing::map([](mr::Line, mr::Emit<std::uint64_t, double>& emit, mr::Context& context) {
             emit(context.random().below(1000), context.random().uniform());
           })
        .lines({"", ""})
        .lines({""})
        .output();
  };
  const auto first = draw();
  CHECK(first == draw());
  CHECK(first[0] != first[1]);
  CHECK(first[0] != first[2]);
  CHECK(first[0].second < 1);
}

TEST_CASE("random: a published sequence", "[stage]") {
  mr::Random random(1234567);
  CHECK(random() == 6457827717110365317u);
  CHECK(random() == 3203168211198807973u);
  CHECK(mr::Random(1).below(0) == 0);
}

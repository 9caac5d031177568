// Whole jobs, as the test harness runs them: stages of every shape, operations, order, errors.
#include "jobs.h"

#include <algorithm>
#include <catch2/catch.hpp>

using mr::testing::run;

TEST_CASE("line: compares with texts as a text does", "[libmr]") {
  const mr::Line line{"bad", 7};
  CHECK(line == "bad");
  CHECK("bad" == line);
  CHECK(line == std::string("bad"));
  CHECK(line == mr::Line{"bad", 9});
  CHECK(line != "good");
  CHECK(std::string_view("good") != line);
  CHECK_FALSE(line != mr::Line{"bad", 9});
}

TEST_CASE("job: word count", "[job]") {
  auto test = run("wordcount").lines({"a b a", "", "c"}).lines({"b c"});
  CHECK(test.output() == Pairs{{"a", "2"}, {"b", "2"}, {"c", "2"}});
  CHECK(test.output_as<std::string, std::int64_t>()[0] == std::make_pair(std::string("a"), std::int64_t{2}));
  CHECK(test.part_bytes() == "a\t2\nb\t2\nc\t2\n");
  CHECK(run("wordcount").output().empty());
}

TEST_CASE("job: reduces share the keys, none is lost", "[job]") {
  auto test = run("wordcount").lines({"a b c d e f g h"}).reduces(3);
  CHECK(test.parts() == 3);
  CHECK(test.output().size() == 8);
}

TEST_CASE("job: classes with state, options, configuration and counters", "[job]") {
  auto test = run("frequent").lines({"A b a", "b B c"}).option("prefix", "w:").set("lower", 1);
  CHECK(test.output() == Pairs{{"w:a", "2"}, {"w:b", "3"}});
  CHECK(test.counter("words", "seen") == 6);
  CHECK(test.counter("words", "unseen") == 0);
  CHECK(test.status() == "done");
  CHECK(run("frequent").lines({"a a b"}).option("limit", 1).output() == Pairs{{"a", "2"}, {"b", "1"}});
}

TEST_CASE("job: an option that does not read names itself", "[job]") {
  auto test = run("frequent").lines({"a"}).option("limit", "few");
  CHECK(test.error() == "option --limit: \"few\" is not a whole number");
  CHECK_THROWS_AS(test.output(), mr::testing::Failed);
  CHECK_THAT(run("failing").lines({"a"}).error(), Catch::Contains("needs the argument how"));
}

TEST_CASE("job: secondary sort", "[job]") {
  auto test = run("longest").lines({"a", "a bb", "a b c", "bb"}).reduces(2);
  auto output = test.output();
  std::sort(output.begin(), output.end());
  CHECK(output == Pairs{{"a", "a b c=5|a bb=4|a=1"}, {"b", "a b c=5"}, {"bb", "a bb=4|bb=2"}, {"c", "a b c=5"}});
}

TEST_CASE("job: two inputs with mappers and formats of their own", "[job]") {
  auto test = run("join").lines({"1\tann", "2\tbob"}, 0).lines({"2\t4.5", "1\t3", "9\t1", "2\t5"}, 1);
  CHECK(test.output() == Pairs{{"ann", "3.0"}, {"bob", "4.5"}, {"bob", "5.0"}, {"?", "1.0"}});
  CHECK(test.counter("join", "nameless") == 1);
}

TEST_CASE("job: operations give the same with any number of combine passes", "[job]") {
  const std::pair<const char*, Pairs> expected[] = {
      {"sum", {{"x", "0.6"}, {"y", "-2.5"}}},      {"average", {{"x", "0.19999999999999998"}, {"y", "-2.5"}}},
      {"min", {{"x", "0.1"}, {"y", "-2.5"}}},      {"max", {{"x", "0.3"}, {"y", "-2.5"}}},
      {"count", {{"x", "3"}, {"y", "1"}}},         {"own", {{"x", "0.6"}, {"y", "-2.5"}}},
  };
  for (const auto& [operation, output] : expected) {
    for (const int passes : {0, 1, 2}) {
      auto test = run("ratings").lines({"x,0.1", "y,-2.5", "x,0.2"}).lines({"x,0.3"});
      CHECK(test.option("operation", operation).combine_passes(passes).output() == output);
    }
  }
  auto variance = run("ratings").lines({"x,1", "x,3"}).lines({"x,5"}).option("operation", "variance");
  CHECK(variance.output_as<std::string, double>()[0].second == Approx(8.0 / 3));
}

TEST_CASE("job: the exact sums do not depend on grouping", "[job]") {
  const auto bytes = [](int passes, int splits) {
    auto test = run("ratings").option("operation", "sum").combine_passes(passes);
    for (int s = 0; s < splits; ++s) {
      std::string text;
      for (int i = s; i < 120; i += splits) text += "x," + mr::to_text(0.1 * i * (i % 7 == 0 ? 1e12 : 1e-9)) + "\n";
      test.text(text);
    }
    return test.part_bytes();
  };
  const std::string expected = bytes(0, 1);
  for (const int passes : {0, 1, 2}) {
    for (const int splits : {1, 2, 5}) CHECK(bytes(passes, splits) == expected);
  }
}

TEST_CASE("job: operations that do not fit are refused with their names", "[job]") {
  CHECK_THAT(run("ratings").lines({"x,1"}).option("operation", "mixed").error(),
             Catch::Contains("the combiner is mr::sum but the reducer is mr::average"));
  const auto error = [](auto describe) { return mr::testing::job(describe).lines({"a"}).error(); };
  const auto lines = [](mr::Line line, mr::Emit<std::string_view, std::string_view>& emit) { emit(line, line); };
  CHECK_THAT(error([&](mr::Job& job) { job.map(lines).reduce(mr::sum); }),
             Catch::Contains("mr::sum cannot be its reducer: the mapper emits values of type string"));
  CHECK_THAT(error([&](mr::Job& job) { job.map(lines).combine(mr::count).reduce(mr::count); }),
             Catch::Contains("mr::count cannot be its combiner"));
  CHECK_THAT(error([&](mr::Job& job) {
               job.map(lines).reduce([](int, mr::Values<int>&, mr::Emit<int, int>&) {});
             }),
             Catch::Contains("the mapper emits (string, string) but the reducer takes (int32, int32)"));
  CHECK_THAT(error([&](mr::Job& job) {
               job.map(lines).combine(
                   [](std::string_view, mr::Values<std::string_view>&, mr::Emit<std::string_view, int>&) {});
             }),
             Catch::Contains("so the combiner must take and emit the same"));
  CHECK_THAT(error([&](mr::Job& job) { job.map(lines).secondary_sort<1>(); }), Catch::Contains("needs a tuple key"));
  CHECK_THAT(error([&](mr::Job& job) { job.map(lines).partition(mr::by_fields(0)); }),
             Catch::Contains("mr::by_fields names field 0, but the key is string"));
  CHECK_THAT(error([&](mr::Job& job) { job.map(lines).sort([](int a, int b) { return a < b; }); }),
             Catch::Contains("the sort comparator takes keys of type int32 but the mapper emits string"));
  CHECK_THAT(error([&](mr::Job& job) {
               job.map(lines);
               job.input(1).map([](mr::Line, mr::Emit<int, int>&) {});
             }),
             Catch::Contains("emit different pairs: (string, string) and (int32, int32)"));
}

TEST_CASE("job: integer sums of narrow values do not overflow", "[job]") {
  const auto test = [](int passes) {
    return mr::testing::job([](mr::Job& job) {
             job.map([](mr::Line, mr::Emit<int, std::int8_t>& emit) { emit(1, std::int8_t{100}); });
             job.combine(mr::sum).reduce(mr::sum);
           })
        .lines({"", "", "", ""})
        .lines({"", ""})
        .combine_passes(passes)
        .output();
  };
  for (const int passes : {0, 1, 2}) CHECK(test(passes) == Pairs{{"1", "600"}});
}

TEST_CASE("job: the host may do 64-bit integer combiners itself", "[job]") {
  const auto builtin = [](mr::Operation operation, auto value) {
    return mr::detail::pair_operations<std::string_view, decltype(value)>()->define(operation, true)->builtin;
  };
  CHECK(builtin(mr::Operation::kSum, std::int64_t{}) == MR_BUILTIN_SUM_I64);
  CHECK(builtin(mr::Operation::kMin, 0LL) == MR_BUILTIN_MIN_I64);
  CHECK(builtin(mr::Operation::kMax, std::int64_t{}) == MR_BUILTIN_MAX_I64);
  CHECK(builtin(mr::Operation::kSum, std::uint64_t{}) == MR_BUILTIN_NONE);
  CHECK(builtin(mr::Operation::kSum, std::int32_t{}) == MR_BUILTIN_NONE);
  CHECK(builtin(mr::Operation::kSum, 0.0) == MR_BUILTIN_NONE);
}

TEST_CASE("job: without mapper and reducer pairs come out sorted", "[job]") {
  CHECK(mr::testing::job([](mr::Job&) {}).lines({"b", "a"}).output() == Pairs{{"0", "b"}, {"2", "a"}});
  auto key_value = [](mr::Job& job) { job.format(mr::key_value); };
  CHECK(mr::testing::job(key_value).lines({"b\t1", "a", "b\t0"}).output() ==
        Pairs{{"a", ""}, {"b", "1"}, {"b", "0"}});
}

TEST_CASE("job: comparators, partitioners, grouping", "[job]") {
  auto test = mr::testing::job([](mr::Job& job) {
    job.map([](mr::Line line, mr::Emit<std::string_view, std::int64_t>& emit) {
      for (auto word : mr::words(line)) emit(word, 1);
    });
    job.sort([](std::string_view a, std::string_view b) { return a.size() > b.size(); });
    job.group([](std::string_view a, std::string_view b) { return a.size() == b.size() ? 0 : 1; });
    job.partition([](std::string_view key, std::int64_t value, int reduces) {
      return static_cast<int>(value) * (key[0] == 'x' ? reduces - 1 : 0);
    });
    job.reduce(mr::sum);
  });
  test.lines({"a bb x c dd xx eee"}).reduces(4);
  CHECK(test.part(0) == Pairs{{"eee", "1"}, {"bb", "2"}, {"a", "2"}});
  CHECK(test.part(3) == Pairs{{"xx", "1"}, {"x", "1"}});
}

TEST_CASE("job: by_fields sends equal fields to one reduce", "[job]") {
  auto test = mr::testing::job([](mr::Job& job) {
    job.map([](mr::Line line, mr::Emit<std::tuple<int, std::string_view>, mr::None>& emit) {
      for (auto word : mr::words(line)) emit({static_cast<int>(line.offset), word});
    });
    job.partition(mr::by_fields(1));
  });
  test.lines({"a b c", "a b c", "a b c"}).reduces(5);
  for (std::size_t i = 0; i < test.parts(); ++i) CHECK(test.part(i).size() % 3 == 0);
  CHECK(test.output().size() == 9);
}

TEST_CASE("job: what a stage throws becomes the attempt's message", "[job]") {
  const auto error = [](const char* how) { return run("failing").lines({"first"}).option("how", how).error(); };
  CHECK(error("not") == "");
  CHECK(error("configure") == "the configuration is no good");
  CHECK(error("throw") == "std::runtime_error: bad line first");
  CHECK(error("integer") == "exception of type int");
  CHECK(error("fail") == "gave up");
  CHECK(error("swallow") == "said once");
  CHECK_THAT(error("thread"), Catch::Contains("thread that does not own the task"));
  CHECK_THAT(error("output"), Catch::Contains("declare it with job.named_output(\"nosuch\")"));
  CHECK_THAT(error("conf"), Catch::Contains("needed is not set"));
}

TEST_CASE("job: errors in partitioners and comparators reach the attempt", "[job]") {
  const auto error = [](const char* how) {
    return run("failing").lines({"first", "second"}).option("how", how).error();
  };
  CHECK(error("partition") == "the partition function returned 1; with 1 reduces it must return 0 … 0");
  CHECK(error("comparator") == "std::runtime_error: cannot compare");
}

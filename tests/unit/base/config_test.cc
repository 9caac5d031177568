#include "common/base/config.h"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "common/base/environment.h"
#include "tests/support/temporary_dir.h"

namespace mrd {
namespace {

constexpr ConfigKey kKeys[] = {
    {.name = "mapreduce.job.reduces",
     .old_name = "mapred.reduce.tasks",
     .type = KeyType::kInt,
     .default_value = "1",
     .unit = "",
     .description = "Reduces.",
     .file = "mapred",
     .min = 0},
    {.name = "mapreduce.task.io.sort.mb",
     .old_name = "io.sort.mb",
     .type = KeyType::kSize,
     .default_value = "100",
     .unit = "MB",
     .description = "Memory.",
     .file = "mapred",
     .min = 1,
     .max = 1048576},
    {.name = "poll.interval",
     .old_name = nullptr,
     .type = KeyType::kDuration,
     .default_value = "3",
     .unit = "s",
     .description = "Interval.",
     .file = "core"},
    {.name = "compress",
     .old_name = nullptr,
     .type = KeyType::kBool,
     .default_value = "false",
     .unit = "",
     .description = "Compress.",
     .file = "core"},
    {.name = "tmp.dir",
     .old_name = nullptr,
     .type = KeyType::kString,
     .default_value = "${env.MRD_TEST_DATA:-${env.MRD_TEST_HOME}/.local/share}/mr",
     .unit = "",
     .description = "Directory.",
     .file = "core"},
    {.name = "local.dir",
     .old_name = nullptr,
     .type = KeyType::kList,
     .default_value = "${tmp.dir}/local",
     .unit = "",
     .description = "Directories.",
     .file = "core"},
    {.name = "mr.combine.hit.rate.min",
     .old_name = nullptr,
     .type = KeyType::kDouble,
     .default_value = "0.25",
     .unit = "",
     .description = "Rate.",
     .file = "mapred",
     .min = 0,
     .max = 1},
    {.name = "no.default",
     .old_name = nullptr,
     .type = KeyType::kInt,
     .default_value = nullptr,
     .unit = "",
     .description = "Unset.",
     .file = "core"},
};

struct Fixture {
  Fixture() { registry.Add(kKeys); }
  KeyRegistry registry;
  Config config{registry};
};

std::string Property(const std::string& name, const std::string& value, bool final = false) {
  return "<property><name>" + name + "</name><value>" + value + "</value>" +
         (final ? "<final>true</final>" : "") + "</property>";
}

std::string Site(const std::string& properties) {
  return "<configuration>" + properties + "</configuration>";
}

}  // namespace

TEST_CASE_METHOD(Fixture, "config: defaults are there, with their source", "[config]") {
  CHECK(*config.GetInt("mapreduce.job.reduces") == 1);
  CHECK(config.Source("mapreduce.job.reduces") == "default");
  CHECK(config.Explicit().empty());
  CHECK_FALSE(config.Get("no.default").has_value());
  CHECK(config.Source("no.default").empty());
  CHECK(config.GetInt("no.default").status().code() == Code::kNotFound);
  CHECK(config.GetString("no.default", "x") == "x");
}

TEST_CASE_METHOD(Fixture,
                 "config: later resources win over earlier ones, Set over all, in whatever order",
                 "[config]") {
  REQUIRE(config
              .AddResourceText(Site(Property("a", "1") + Property("b", "1") + Property("c", "1")),
                               "one.xml")
              .ok());
  REQUIRE(config.SetFromCommandLine("c=3").ok());
  REQUIRE(config.AddResourceText(Site(Property("b", "2") + Property("c", "2")), "two.xml").ok());
  CHECK(config.GetString("a") == "1");
  CHECK(config.GetString("b") == "2");
  CHECK(config.GetString("c") == "3");
  CHECK(config.Source("a") == "one.xml");
  CHECK(config.Source("b") == "two.xml");
  CHECK(config.Source("c") == "command line");
  CHECK(config.Explicit() ==
        std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}, {"c", "3"}});
}

TEST_CASE_METHOD(Fixture, "config: a final property keeps its value and says so", "[config]") {
  REQUIRE(config.AddResourceText(Site(Property("a", "1", true)), "one.xml").ok());
  REQUIRE(config.AddResourceText(Site(Property("a", "2")), "two.xml").ok());
  REQUIRE(config.Set("a", "3", "program").ok());
  CHECK(config.GetString("a") == "1");
  REQUIRE(config.notices().size() == 2);
  CHECK(config.notices()[0] == "a is final in one.xml; the value from two.xml is ignored.");
  CHECK(config.notices()[1] == "a is final in one.xml; the value from program is ignored.");
}

TEST_CASE_METHOD(Fixture,
                 "config: a final property wins over what was set before it was read",
                 "[config]") {
  REQUIRE(config.SetFromCommandLine("a=3").ok());
  REQUIRE(config.AddResourceText(Site(Property("a", "1", true)), "one.xml").ok());
  CHECK(config.GetString("a") == "1");
  CHECK(config.notices().size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "config: an old name sets and reads the new one, with one notice",
                 "[config]") {
  REQUIRE(config.SetFromCommandLine("mapred.reduce.tasks=7").ok());
  REQUIRE(config.SetFromCommandLine("mapred.reduce.tasks=8").ok());
  CHECK(*config.GetInt("mapreduce.job.reduces") == 8);
  CHECK(*config.GetInt("mapred.reduce.tasks") == 8);
  CHECK(config.Explicit().begin()->first == "mapreduce.job.reduces");
  CHECK(config.notices() ==
        std::vector<std::string>{
            "mapred.reduce.tasks is deprecated. Instead, use mapreduce.job.reduces"});
}

TEST_CASE_METHOD(Fixture,
                 "config: a slip of the fingers in a key of the command line is noticed, a key of one's own is not",
                 "[config]") {
  REQUIRE(config.SetFromCommandLine("mapreduce.job.reducers=7").ok());
  REQUIRE(config.SetFromCommandLine("my.job.reduces=7").ok());
  REQUIRE(config.SetFromCommandLine("mapreduce.job.reduces=8").ok());
  CHECK(config.notices() ==
        std::vector<std::string>{
            "mapreduce.job.reducers is not a key of this version; did you mean mapreduce.job.reduces?"});
}

TEST_CASE_METHOD(Fixture,
                 "config: a value of the wrong type or range is refused where it is set",
                 "[config]") {
  const auto error = [&](std::string_view assignment) {
    return config.SetFromCommandLine(assignment).message();
  };
  CHECK(error("mapreduce.job.reduces=many") ==
        "mapreduce.job.reduces=many: not a whole number (from command line)");
  CHECK(error("mapreduce.job.reduces=-3") ==
        "mapreduce.job.reduces=-3: must be at least 0 (from command line)");
  CHECK(error("mapred.reduce.tasks=x") ==
        "mapred.reduce.tasks=x: not a whole number (from command line)");
  CHECK(error("io.sort.mb=0") ==
        "io.sort.mb=0: must be between 1 and 1048576 MB (from command line)");
  CHECK(error("compress=yes") == "compress=yes: neither true nor false (from command line)");
  CHECK(config.Explicit().empty());
}

TEST_CASE_METHOD(Fixture,
                 "config: a wrong value in a file is refused where it is read, naming the file",
                 "[config]") {
  REQUIRE(
      config.AddResourceText(Site(Property("mapreduce.job.reduces", "many")), "conf/m.xml").ok());
  const Status status = config.GetInt("mapreduce.job.reduces").status();
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message() == "mapreduce.job.reduces=many: not a whole number (from conf/m.xml)");
}

TEST_CASE_METHOD(Fixture, "config: malformed assignments say what to write", "[config]") {
  CHECK(config.SetFromCommandLine("foo").message() ==
        "-D foo: there is no '=' in it; write -D name=value");
  CHECK(config.SetFromCommandLine("=foo").message() ==
        "-D =foo: there is no name before '='; write -D name=value");
  REQUIRE(config.SetFromCommandLine("a=b=c").ok());
  CHECK(config.GetString("a") == "b=c");
  REQUIRE(config.SetFromCommandLine("e=").ok());
  CHECK(config.Get("e") == "");
}

TEST_CASE_METHOD(Fixture,
                 "config: unknown names below our prefix are refused, others are the job's own",
                 "[config]") {
  CHECK(config.SetFromCommandLine("mr.combine.hit.rate=1").message() ==
        "mr.combine.hit.rate: unknown configuration key (from command line); did you mean "
        "mr.combine.hit.rate.min?");
  CHECK_THAT(config.SetFromCommandLine("mr.zzz=1").message(),
             Catch::Contains("docs/configuration.md"));
  CHECK_THAT(config
                 .AddResourceText(
                     "<configuration>\n" + Property("mr.zzz", "1") + "</configuration>", "m.xml")
                 .message(),
             Catch::Contains("(from m.xml:2)"));
  CHECK(config.SetFromCommandLine("my.own=1").ok());
  CHECK(*config.GetInt("my.own") == 1);
}

TEST_CASE_METHOD(Fixture, "config: typed reads know the unit", "[config]") {
  CHECK(*config.GetSize("mapreduce.task.io.sort.mb") == 100 << 20);
  CHECK(*config.GetInt("mapreduce.task.io.sort.mb") == 100);
  REQUIRE(config.SetFromCommandLine("io.sort.mb=1g").ok());
  CHECK(*config.GetSize("mapreduce.task.io.sort.mb") == 1 << 30);
  CHECK(*config.GetInt("mapreduce.task.io.sort.mb") == 1024);
  CHECK(*config.GetDurationMs("poll.interval") == 3000);
  CHECK_FALSE(*config.GetBool("compress"));
  CHECK(*config.GetDouble("mr.combine.hit.rate.min") == 0.25);
  REQUIRE(config.Set("foreign", "5m", "program").ok());
  CHECK(*config.GetSize("foreign") == 5 << 20);
  CHECK(*config.GetDurationMs("foreign") == 300'000);
  CHECK(config.GetInt("foreign").status().message() ==
        "foreign=5m: not a whole number (from program)");
}

TEST_CASE_METHOD(Fixture,
                 "config: references to keys and variables, nested defaults too",
                 "[config]") {
  ::unsetenv("MRD_TEST_DATA");
  ::setenv("MRD_TEST_HOME", "/home/alice", 1);
  CHECK(config.GetString("local.dir") == "/home/alice/.local/share/mr/local");
  ::setenv("MRD_TEST_DATA", "", 1);
  CHECK(config.GetString("tmp.dir") == "/home/alice/.local/share/mr");
  ::setenv("MRD_TEST_DATA", "/data", 1);
  CHECK(config.GetList("local.dir") == std::vector<std::string>{"/data/mr/local"});
  REQUIRE(config.Set("tmp.dir", "/t-${user.name}", "program").ok());
  CHECK(config.GetString("local.dir") == "/t-" + CurrentUserName() + "/local");
  CHECK(config.Explicit().at("tmp.dir") == "/t-${user.name}");
  REQUIRE(config.Set("x", "${env.MRD_TEST_DATA-unset}${env.MRD_TEST_NONE-unset}", "program").ok());
  CHECK(config.GetString("x") == "/dataunset");
  REQUIRE(config.Set("old", "${mapred.reduce.tasks}", "program").ok());
  CHECK(config.GetString("old") == "1");
  ::unsetenv("MRD_TEST_DATA");
  ::unsetenv("MRD_TEST_HOME");
}

TEST_CASE_METHOD(Fixture,
                 "config: references to nothing and to themselves stay as written",
                 "[config]") {
  const auto expanded = [&](const char* name, const char* value) {
    REQUIRE(config.Set(name, value, "program").ok());
    return config.GetString(name);
  };
  CHECK(expanded("a", "${nothing}") == "${nothing}");
  CHECK(expanded("a", "x${a}y") == "x${a}y");
  CHECK(expanded("a", "${open") == "${open");
  CHECK(expanded("a", "$ {} $") == "$ {} $");
  REQUIRE(config.Set("p", "${q}", "program").ok());
  REQUIRE(config.Set("q", "${p}", "program").ok());
  CHECK_THAT(config.GetString("p"), Catch::Contains("${"));
}

TEST_CASE_METHOD(Fixture, "config: values that double at each level stay bounded", "[config]") {
  REQUIRE(config.Set("v0", std::string(1000, 'x'), "program").ok());
  for (int i = 1; i < 19; ++i) {
    const std::string before = "${v" + std::to_string(i - 1) + "}";
    REQUIRE(config.Set("v" + std::to_string(i), before + before, "program").ok());
  }
  CHECK(config.GetString("v18").size() < 4'000'000);
}

TEST_CASE_METHOD(Fixture,
                 "config: a value with references is checked when it is read",
                 "[config]") {
  REQUIRE(config.Set("mapreduce.job.reduces", "${wanted}", "program").ok());
  CHECK_FALSE(config.GetInt("mapreduce.job.reduces").ok());
  REQUIRE(config.Set("wanted", "4", "program").ok());
  CHECK(*config.GetInt("mapreduce.job.reduces") == 4);
  REQUIRE(config.Set("wanted", "-4", "program").ok());
  CHECK_THAT(config.GetInt("mapreduce.job.reduces").status().message(),
             Catch::Contains("must be at least 0"));
}

TEST_CASE_METHOD(Fixture, "config: a missing file and a broken one are named", "[config]") {
  const test::TemporaryDir dir;
  const Status missing = config.AddResource(Env::Posix(), dir / "none.xml");
  CHECK(missing.code() == Code::kNotFound);
  CHECK_THAT(missing.message(), Catch::Contains(dir / "none.xml"));
  REQUIRE(
      WriteFileDurably(Env::Posix(), dir / "bad.xml", "<configuration>\n<property></configuration>")
          .ok());
  const Status broken = config.AddResource(Env::Posix(), dir / "bad.xml");
  CHECK(broken.code() == Code::kInvalidArgument);
  CHECK_THAT(broken.message(), Catch::StartsWith((dir / "bad.xml") + ":2: "));
  REQUIRE(WriteFileDurably(Env::Posix(), dir / "good.xml", Site(Property("a", "1"))).ok());
  CHECK(config.AddResource(Env::Posix(), dir / "good.xml").ok());
  CHECK(config.Source("a") == dir / "good.xml");
}

TEST_CASE_METHOD(Fixture, "config: a copy is independent", "[config]") {
  Config copy = config;
  REQUIRE(copy.Set("a", "1", "program").ok());
  CHECK_FALSE(config.Get("a").has_value());
}

}  // namespace mrd

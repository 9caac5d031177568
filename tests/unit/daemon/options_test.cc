#include "common/daemon/options.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "common/daemon/keys.h"
#include "tests/support/temporary_dir.h"

namespace mrd::daemon {
namespace {

const std::vector<Switch> kSwitches = {{"format", nullptr, "f"}, {"id", "ID", "i"}};

TEST_CASE("options: words with one dash or two, values after a blank or '='", "[daemon]") {
  const std::vector<std::string> words = {"-conf", "a.xml", "--conf=dir", "-Dx=1", "-D", "y=2=3", "--daemon", "--log=l",
                                          "-format", "--id", "C-1"};
  const Result<Options> options = ParseOptions(words, kSwitches);
  INFO(options.status().ToString());
  REQUIRE(options.ok());
  CHECK(options->configurations == std::vector<std::string>{"a.xml", "dir"});
  CHECK(options->assignments == std::vector<std::string>{"x=1", "y=2=3"});
  CHECK(options->background);
  CHECK(options->log_file == "l");
  CHECK(options->switches == std::map<std::string, std::string>{{"format", ""}, {"id", "C-1"}});
}

TEST_CASE("options: what is wrong is named", "[daemon]") {
  const auto message = [](std::vector<std::string> words) { return ParseOptions(words, kSwitches).status().message(); };
  CHECK(message({"--id"}) == "--id: its value is missing; see --help");
  CHECK(message({"--format=yes"}) == "--format=yes: unknown, or takes no value; see --help");
  CHECK(message({"--what"}) == "--what: unknown; see --help");
  CHECK(message({"stray"}) == "stray: unknown; see --help");
  CHECK(message({"-D"}) == "-D: its value is missing; see --help");
}

TEST_CASE("options: a directory's site files, a file, then -D", "[daemon]") {
  const test::TemporaryDir dir;
  const auto site = [&](const std::string& name, const std::string& key, const std::string& value) {
    REQUIRE(WriteFileDurably(Env::Posix(), dir / name,
                             "<configuration><property><name>" + key + "</name><value>" + value +
                                 "</value></property></configuration>")
                .ok());
  };
  site("core-site.xml", "a", "core");
  site("hdfs-site.xml", "b", "hdfs");
  site("mapred-site.xml", "d", "mapred");
  site("extra.xml", "a", "extra");
  KeyRegistry keys;
  keys.Add(DaemonKeys());
  Config config(keys);
  Options options;
  options.configurations = {dir.path(), dir / "extra.xml"};
  options.assignments = {"c=line"};
  REQUIRE(LoadConfiguration(Env::Posix(), options, &config).ok());
  CHECK(config.GetString("a") == "extra");
  CHECK(config.GetString("b") == "hdfs");
  CHECK(config.GetString("c") == "line");
  CHECK_FALSE(config.Get("d"));
  options.configurations = {dir / "absent"};
  const Status absent = LoadConfiguration(Env::Posix(), options, &config);
  CHECK(absent.code() == Code::kNotFound);
  CHECK(absent.message().find(dir / "absent") != std::string::npos);
}

}  // namespace
}  // namespace mrd::daemon

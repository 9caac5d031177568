#include "common/fs/registry.h"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "common/base/environment.h"
#include "common/fs/local_file_system.h"
#include "tests/support/temporary_dir.h"

namespace mrd::fs {
namespace {

Path P(std::string_view text) {
  Result<Path> path = Path::Parse(text);
  REQUIRE(path.ok());
  return *path;
}

std::string Qualified(const Registry& registry, std::string_view text) {
  const Result<Path> path = registry.Qualify(P(text));
  return path.ok() ? path->ToString() : path.status().ToString();
}

Registry WithLocal(const std::string& default_uri) {
  Registry registry(default_uri, "/start dir");
  registry.Register("file", [](const std::string&) -> Result<std::shared_ptr<FileSystem>> {
    return MakeLocalFileSystem(Env::Posix());
  });
  return registry;
}

}  // namespace

TEST_CASE("registry: with a local default, local paths come out bare and absolute", "[registry]") {
  const Registry registry = WithLocal("file:///");
  CHECK(Qualified(registry, "in/x") == "/start dir/in/x");
  CHECK(Qualified(registry, "/in") == "/in");
  CHECK(Qualified(registry, "file:///in") == "/in");
  CHECK(Qualified(registry, "hdfs://h:1/in") == "hdfs://h:1/in");
  CHECK(Qualified(WithLocal("local"), "x") == "/start dir/x");
}

TEST_CASE("registry: with a remote default, bare paths belong to it", "[registry]") {
  const Registry registry = WithLocal("hdfs://nn:8020");
  ::setenv("HADOOP_USER_NAME", "ann", 1);
  CHECK(Qualified(registry, "/in") == "hdfs://nn:8020/in");
  CHECK(Qualified(registry, "in") == "hdfs://nn:8020/user/ann/in");
  CHECK(Qualified(registry, "hdfs:///in") == "hdfs://nn:8020/in");
  CHECK(Qualified(registry, "hdfs://other/in") == "hdfs://other/in");
  CHECK(Qualified(registry, "file:///in") == "file:///in");
  ::unsetenv("HADOOP_USER_NAME");
  CHECK(Qualified(registry, "in") == "hdfs://nn:8020/user/" + CurrentUserName() + "/in");
}

TEST_CASE("registry: a default that is no URI is named", "[registry]") {
  Registry registry = WithLocal("nowhere");
  CHECK_THAT(Qualified(registry, "/in"), Catch::Contains("fs.defaultFS=nowhere"));
  CHECK(registry.For(P("/in")).status().code() == Code::kInvalidArgument);
}

TEST_CASE("registry: an unknown scheme is refused with the known ones", "[registry]") {
  Registry registry = WithLocal("file:///");
  const Status status = registry.For(P("s3a://bucket/x")).status();
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message() == "s3a://bucket/x: no file system for the scheme \"s3a\"; known: file");
}

TEST_CASE("registry: a file system is made once per scheme and authority", "[registry]") {
  int made = 0;
  Registry registry = WithLocal("file:///");
  registry.Register("dfs",
                    [&made](const std::string& authority) -> Result<std::shared_ptr<FileSystem>> {
                      if (authority == "down") return Unavailable("connection refused");
                      ++made;
                      return MakeLocalFileSystem(Env::Posix());
                    });
  const auto first = registry.For(P("dfs://a/x"));
  REQUIRE(first.ok());
  CHECK(*first == *registry.For(P("dfs://a/y")));
  CHECK(*first != *registry.For(P("dfs://b/x")));
  CHECK(made == 2);
  CHECK(registry.For(P("dfs://down/x")).status().message() == "dfs://down/x: connection refused");
}

TEST_CASE("registry: statistics are summed by scheme", "[registry]") {
  const test::TemporaryDir dir;
  Registry registry = WithLocal("file:///");
  const auto file_system = registry.For(P(dir.path()));
  REQUIRE(file_system.ok());
  auto file = (*file_system)->Create(P(dir / "f"), false);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append("12345", 5).ok());
  REQUIRE((*file)->Close().ok());
  const auto statistics = registry.Statistics();
  REQUIRE(statistics.size() == 1);
  CHECK(statistics.at("file").bytes_written == 5);
  CHECK(statistics.at("file").write_operations == 1);
}

}  // namespace mrd::fs

#include "common/daemon/exposure.h"

#include <catch2/catch.hpp>

#include "dfs/keys.h"
#include "tests/support/temporary_dir.h"

namespace mrd::daemon {
namespace {

// A configuration in which nothing is set but what a test sets.
struct Settings {
  Settings() : config(Registry()) {}
  KeyRegistry& Registry() {
    keys.Add(dfs::DfsKeys());
    return keys;
  }
  void Set(const char* key, const std::string& value) { REQUIRE(config.Set(key, value, "test").ok()); }
  Result<std::optional<Secret>> Read(const std::vector<std::string>& hosts) {
    std::vector<Binding> bindings;
    for (const std::string& host : hosts) bindings.push_back({"the.key.of." + host, host});
    return ReadSecretFor(Env::Posix(), config, bindings);
  }
  KeyRegistry keys;
  Config config;
};

}  // namespace

TEST_CASE("exposure: loopback is 127.0.0.0/8, ::1 and names that stand for them", "[exposure]") {
  for (const char* host : {"127.0.0.1", "127.255.1.2", "::1", "::ffff:127.0.0.1", "localhost"}) {
    INFO(host);
    CHECK(IsLoopback(host));
  }
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::ffff:10.0.0.1", "fe80::1", "no such host"}) {
    INFO(host);
    CHECK_FALSE(IsLoopback(host));
  }
}

TEST_CASE("exposure: at loopback no secret is needed", "[exposure]") {
  Settings settings;
  const Result<std::optional<Secret>> secret = settings.Read({"127.0.0.1", "localhost"});
  REQUIRE(secret.ok());
  CHECK_FALSE(secret->has_value());
}

TEST_CASE("exposure: elsewhere a daemon without a secret is refused, with key, address and ways out", "[exposure]") {
  Settings settings;
  const Status status = settings.Read({"127.0.0.1", "0.0.0.0"}).status();
  CHECK(status.code() == Code::kPermissionDenied);
  for (const char* part : {"the.key.of.0.0.0.0 is 0.0.0.0", "mr.security.secret.file", "mr.security.allow.insecure=true"}) {
    INFO(part);
    CHECK(status.message().find(part) != std::string::npos);
  }
  settings.Set("mr.security.allow.insecure", "true");
  CHECK(settings.Read({"0.0.0.0"}).ok());
}

TEST_CASE("exposure: a secret lets a daemon listen anywhere; one that cannot be used stops it anywhere", "[exposure]") {
  const test::TemporaryDir dir;
  const std::string path = dir.path() + "/secret";
  Settings settings;
  settings.Set("mr.security.secret.file", path);
  settings.Set("mr.security.allow.insecure", "true");
  CHECK(settings.Read({"127.0.0.1"}).status().code() == Code::kNotFound);
  REQUIRE(WriteFileDurably(Env::Posix(), path, "0123456789abcdef\n").ok());
  REQUIRE(Env::Posix().SetMode(path, 0644).ok());
  const Status open = settings.Read({"127.0.0.1"}).status();
  CHECK(open.code() == Code::kPermissionDenied);
  CHECK(open.message().find("mr.security.secret.file: " + path) == 0);
  REQUIRE(Env::Posix().SetMode(path, 0600).ok());
  const Result<std::optional<Secret>> secret = settings.Read({"0.0.0.0"});
  REQUIRE(secret.ok());
  CHECK(secret->has_value());
}

}  // namespace mrd::daemon

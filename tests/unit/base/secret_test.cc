#include "common/base/secret.h"

#include <catch2/catch.hpp>

#include "common/base/hex.h"
#include "tests/support/temporary_dir.h"

namespace mrd {
namespace {

std::string Hex(const std::string& bytes) { return ToHex(bytes.data(), bytes.size()); }

struct SecretFile {
  SecretFile(const std::string& content, std::uint32_t mode) : path(dir.path() + "/secret") {
    REQUIRE(WriteFileDurably(Env::Posix(), path, content).ok());
    REQUIRE(Env::Posix().SetMode(path, mode).ok());
  }
  test::TemporaryDir dir;
  std::string path;
};

}  // namespace

TEST_CASE("secret: its MAC is HMAC-SHA256 (RFC 4231, case 2)", "[secret]") {
  const Secret secret("Jefe");
  const std::string mac = secret.Mac("what do ya want for nothing?");
  CHECK(Hex(mac) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(secret.Verify("what do ya want for nothing?", mac));
  CHECK_FALSE(secret.Verify("what do ya want for something?", mac));
  CHECK_FALSE(secret.Verify("what do ya want for nothing?", mac.substr(0, 31)));
  CHECK_FALSE(secret.Verify("what do ya want for nothing?", ""));
  CHECK_FALSE(Secret("Jefe2").Verify("what do ya want for nothing?", mac));
}

TEST_CASE("secret: keys for different purposes have nothing to do with each other", "[secret]") {
  const Secret secret("0123456789abcdef");
  CHECK(secret.Derive("one").Mac("m") == secret.Derive("one").Mac("m"));
  CHECK(secret.Derive("one").Mac("m") != secret.Derive("two").Mac("m"));
  CHECK(secret.Derive("one").Mac("m") != secret.Mac("m"));
}

TEST_CASE("secret: is read from a file, without the line end of an editor", "[secret]") {
  const SecretFile file("0123456789abcdef\r\n", 0600);
  const Result<Secret> secret = Secret::ReadFile(Env::Posix(), file.path);
  REQUIRE(secret.ok());
  CHECK(secret->Mac("m") == Secret("0123456789abcdef").Mac("m"));
}

TEST_CASE("secret: a file that others can get at is refused with its mode and what to do", "[secret]") {
  for (const std::uint32_t mode : {0640U, 0604U, 0620U, 0601U}) {
    const SecretFile file("0123456789abcdef", mode);
    const Status status = Secret::ReadFile(Env::Posix(), file.path).status();
    CHECK(status.code() == Code::kPermissionDenied);
    CHECK(status.message().find(file.path + " has mode 0") == 0);
    CHECK(status.message().find("chmod 600 " + file.path) != std::string::npos);
    CHECK(status.message().find("0123456789abcdef") == std::string::npos);
  }
  const SecretFile read_only("0123456789abcdef", 0400);
  CHECK(Secret::ReadFile(Env::Posix(), read_only.path).ok());
}

TEST_CASE("secret: what is too short, too long, absent or no file is refused", "[secret]") {
  const SecretFile small("0123456789abcde   \n", 0600);
  CHECK(Secret::ReadFile(Env::Posix(), small.path).status().code() == Code::kInvalidArgument);
  const SecretFile large(std::string(5000, 'x'), 0600);
  CHECK(Secret::ReadFile(Env::Posix(), large.path).status().code() == Code::kInvalidArgument);
  CHECK(Secret::ReadFile(Env::Posix(), large.path + "2").status().code() == Code::kNotFound);
  REQUIRE(Env::Posix().SetMode(large.dir.path(), 0700).ok());
  CHECK(Secret::ReadFile(Env::Posix(), large.dir.path()).status().code() == Code::kInvalidArgument);
}

TEST_CASE("secret: unpredictable bytes differ", "[secret]") {
  CHECK(UnpredictableBytes(32).size() == 32);
  CHECK(UnpredictableBytes(32) != UnpredictableBytes(32));
}

}  // namespace mrd

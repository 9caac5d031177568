#include "common/base/sha256.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_dir.h"

namespace mrd {

TEST_CASE("sha256: the known answers of FIPS 180", "[sha256]") {
  CHECK(Sha256Hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("sha256: a file larger than the buffer gives the hash of its content", "[sha256]") {
  const test::TemporaryDir dir;
  std::string content;
  for (int i = 0; content.size() < 1'000'000; ++i) content += std::to_string(i);
  REQUIRE(WriteFileDurably(Env::Posix(), dir / "f", content).ok());
  const auto hash = Sha256HexOfFile(Env::Posix(), dir / "f");
  REQUIRE(hash.ok());
  CHECK(*hash == Sha256Hex(content));
}

TEST_CASE("sha256: a missing file is an error that names it", "[sha256]") {
  const test::TemporaryDir dir;
  const Status status = Sha256HexOfFile(Env::Posix(), dir / "none").status();
  CHECK(status.code() == Code::kNotFound);
  CHECK_THAT(status.message(), Catch::Contains(dir / "none"));
}

}  // namespace mrd

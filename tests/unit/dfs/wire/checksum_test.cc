#include "dfs/wire/checksum.h"

#include <catch2/catch.hpp>

#include "dfs/wire/crc_combine.h"
#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

constexpr ChecksumType kTypes[] = {ChecksumType::kCrc32, ChecksumType::kCrc32c};

std::string RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 12345;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

TEST_CASE("checksum: the check values of both polynomials", "[wire]") {
  CHECK(ChecksumOf(ChecksumType::kCrc32c, "123456789") == 0xE3069283);
  CHECK(ChecksumOf(ChecksumType::kCrc32, "123456789") == 0xCBF43926);
  CHECK(ChecksumOf(ChecksumType::kNull, "123456789") == 0);
  for (const ChecksumType type : kTypes) {
    CHECK(ChecksumOf(type, "56789", ChecksumOf(type, "1234")) == ChecksumOf(type, "123456789"));
  }
}

TEST_CASE("checksum: one for each chunk, big-endian, the last chunk may be short", "[wire]") {
  const ChecksumSpec spec{ChecksumType::kCrc32c, 9};
  CHECK(spec.ChecksumBytes(0) == 0);
  CHECK(spec.ChecksumBytes(9) == 4);
  CHECK(spec.ChecksumBytes(10) == 8);
  std::string out(8, '\0');
  ComputeChecksums(spec, "123456789a", out.data());
  CHECK(Hex(out.substr(0, 4)) == "e3069283");
  CHECK(LoadChecksum(out.data() + 4) == ChecksumOf(ChecksumType::kCrc32c, "a"));
}

TEST_CASE("checksum: a changed byte is found in its chunk, wherever it is", "[wire]") {
  for (const ChecksumType type : kTypes) {
    const ChecksumSpec spec{type, 100};
    std::string data = RandomBytes(1'050);
    std::string checksums(spec.ChecksumBytes(data.size()), '\0');
    ComputeChecksums(spec, data, checksums.data());
    REQUIRE_FALSE(FindBadChunk(spec, data, checksums).has_value());
    for (std::size_t at = 0; at < data.size(); ++at) {
      data[at] = static_cast<char>(data[at] ^ 0x10);
      const auto bad = FindBadChunk(spec, data, checksums);
      REQUIRE(bad.has_value());
      REQUIRE(*bad == at / 100 * 100);
      data[at] = static_cast<char>(data[at] ^ 0x10);
    }
  }
}

TEST_CASE("checksum: without checksums everything matches", "[wire]") {
  const ChecksumSpec spec{ChecksumType::kNull, 512};
  CHECK(spec.ChecksumBytes(10'000) == 0);
  CHECK_FALSE(FindBadChunk(spec, "whatever", "").has_value());
}

TEST_CASE("checksum: kinds that do not exist are refused", "[wire]") {
  CHECK(MakeChecksumSpec(2, 512).ok());
  CHECK(MakeChecksumSpec(0, 1).ok());
  CHECK(MakeChecksumSpec(2, kChunkBytesMax).ok());
  for (const auto& [type, bytes] : {std::pair{3, 512ull}, {-1, 512ull}, {2, 0ull}, {2, kChunkBytesMax + 1ull}}) {
    CHECK(MakeChecksumSpec(type, bytes).status().code() == Code::kInvalidArgument);
  }
  hadoop::hdfs::ChecksumProto proto;
  ToProto({ChecksumType::kCrc32, 4096}, &proto);
  CHECK(*FromProto(proto) == ChecksumSpec{ChecksumType::kCrc32, 4096});
  proto.set_bytesperchecksum(0);
  CHECK_FALSE(FromProto(proto).ok());
}

TEST_CASE("crc of a concatenation: wherever the cut is, it is the crc of the whole", "[wire]") {
  const std::string data = RandomBytes(3'000);
  for (const ChecksumType type : kTypes) {
    const std::uint32_t whole = ChecksumOf(type, data);
    for (std::size_t cut = 0; cut <= data.size(); ++cut) {
      const std::string_view view = data;
      const std::string_view second = view.substr(cut);
      REQUIRE(CrcOfConcatenation(type, ChecksumOf(type, view.substr(0, cut)), ChecksumOf(type, second),
                                 second.size()) == whole);
    }
  }
  CHECK(CrcOfConcatenation(ChecksumType::kNull, 1, 2, 3) == 0);
}

TEST_CASE("crc of a concatenation: lengths beyond four gigabytes", "[wire]") {
  // a + (b + c) against (a + b) + c, where b stands for 2^33 + 5 bytes of which only the crc is known.
  const std::uint64_t long_bytes = (std::uint64_t{1} << 33) + 5;
  for (const ChecksumType type : kTypes) {
    const std::uint32_t a = 0x12345678, b = 0x9ABCDEF0, c = 0x0F1E2D3C;
    const std::uint32_t right = CrcOfConcatenation(type, a, CrcOfConcatenation(type, b, c, 77), long_bytes + 77);
    const std::uint32_t left = CrcOfConcatenation(type, CrcOfConcatenation(type, a, b, long_bytes), c, 77);
    CHECK(left == right);
  }
}

}  // namespace
}  // namespace mrd::dfs::wire

#include "dfs/wire/file_checksum.h"

#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

std::vector<Md5Digest> Blocks(std::string_view names) {
  std::vector<Md5Digest> blocks;
  for (std::size_t i = 0; i < names.size(); ++i) blocks.push_back(Md5(names.substr(i, 1)));
  return blocks;
}

TEST_CASE("file checksum: the empty file", "[wire]") {
  const FileChecksum checksum = FileChecksumOfMd5s({ChecksumType::kCrc32c, 512, 7}, {});
  CHECK(checksum.algorithm == "MD5-of-0MD5-of-0CRC32");
  CHECK(Hex(checksum.bytes) == "00000000" "0000000000000000" "70bc8f4b72a86921468bf8e8441dce51");
}

TEST_CASE("file checksum: MD5s of blocks are padded to 32, 64, 128 bytes", "[wire]") {
  // Computed with another MD5, over the padded buffers.
  const auto md5 = [](std::string_view blocks) {
    return Hex(FileChecksumOfMd5s({ChecksumType::kCrc32c, 512, 262'144}, Blocks(blocks)).bytes.substr(12));
  };
  CHECK(md5("a") == "a395e6674a1c5a2c8a9f3bdcd603d2db");
  CHECK(md5("ab") == "96e024ba2074fe77e8e965ba43a704be");
  CHECK(md5("abc") == "4ebb81b64afb7fe874c80ff717b392e8");
  CHECK(md5("abcab") == "fa6bca5119cc060615a31a990fa03b3f");
}

TEST_CASE("file checksum: the checksums of the first block count only where there are more blocks", "[wire]") {
  const FileChecksumInput input{ChecksumType::kCrc32c, 512, 262'144};
  const FileChecksum one = FileChecksumOfMd5s(input, Blocks("a"));
  CHECK(one.algorithm == "MD5-of-0MD5-of-512CRC32C");
  CHECK(Hex(one.bytes.substr(0, 12)) == "00000200" "0000000000000000");
  const FileChecksum two = FileChecksumOfMd5s(input, Blocks("ab"));
  CHECK(two.algorithm == "MD5-of-262144MD5-of-512CRC32C");
  CHECK(Hex(two.bytes.substr(0, 12)) == "00000200" "0000000000040000");
  CHECK(two.bytes.size() == 28);
}

TEST_CASE("file checksum: the composite is the crc of the content, however it is cut", "[wire]") {
  std::string content;
  for (int i = 0; i < 5'000; ++i) content.push_back(static_cast<char>(i * 37 + i / 251));
  for (const ChecksumType type : {ChecksumType::kCrc32, ChecksumType::kCrc32c}) {
    const std::uint32_t whole = ChecksumOf(type, content);
    for (const std::uint32_t chunk : {1u, 7u, 512u, 8'192u}) {
      const ChecksumSpec spec{type, chunk};
      for (const std::size_t block_bytes : {700u, 1'024u, 5'000u, 9'000u}) {
        std::vector<BlockCrc> blocks;
        for (std::size_t at = 0; at < content.size(); at += block_bytes) {
          const std::string_view data = std::string_view(content).substr(at, block_bytes);
          std::string checksums(spec.ChecksumBytes(data.size()), '\0');
          ComputeChecksums(spec, data, checksums.data());
          const auto crc = BlockCompositeCrc(spec, checksums, data.size());
          REQUIRE(crc.ok());
          REQUIRE(*crc == ChecksumOf(type, data));
          blocks.push_back({*crc, data.size()});
        }
        const auto composite = CompositeFileChecksum(type, blocks);
        REQUIRE(composite.ok());
        REQUIRE(composite->bytes.size() == 4);
        REQUIRE(LoadChecksum(composite->bytes.data()) == whole);
      }
    }
  }
  CHECK(CompositeFileChecksum(ChecksumType::kCrc32c, {})->algorithm == "COMPOSITE-CRC32C");
}

TEST_CASE("file checksum: without checksums there is no composite", "[wire]") {
  CHECK(CompositeFileChecksum(ChecksumType::kNull, {}).status().code() == Code::kInvalidArgument);
  CHECK(BlockCompositeCrc({ChecksumType::kNull, 512}, "", 5).status().code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace mrd::dfs::wire

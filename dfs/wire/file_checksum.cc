#include "dfs/wire/file_checksum.h"

#include <algorithm>

#include <openssl/evp.h>

#include "common/base/check.h"
#include "dfs/wire/crc_combine.h"

namespace mrd::dfs::wire {
namespace {

// Hadoop hashes the whole buffer into which it collected the MD5s, which starts at this size and doubles; what is
// unused of it is zero. All clients repeat that.
constexpr std::size_t kMd5BufferBytesMin = 32;

std::string BigEndian(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
  return out;
}

FileChecksum Md5OfMd5s(const FileChecksumInput& input, std::string_view md5s) {
  std::string buffer(md5s);
  std::size_t size = kMd5BufferBytesMin;
  while (size < buffer.size()) size *= 2;
  buffer.resize(size);
  const Md5Digest digest = Md5(buffer);
  return {.algorithm = "MD5-of-" + std::to_string(input.crcs_per_block) + "MD5-of-" +
                       std::to_string(input.bytes_per_crc) + std::string(ChecksumTypeName(input.type)),
          .bytes = BigEndian(input.bytes_per_crc, 4) + BigEndian(input.crcs_per_block, 8) +
                   std::string(digest.data(), digest.size())};
}

}  // namespace

Md5Digest Md5(std::string_view data) {
  Md5Digest digest;
  unsigned int size = 0;
  // Fails only without memory or with an OpenSSL that was built without MD5.
  MRD_CHECK(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_md5(),
                       nullptr) == 1);
  MRD_CHECK(size == digest.size());
  return digest;
}

Result<std::uint32_t> BlockCompositeCrc(const ChecksumSpec& spec,
                                        std::string_view checksums,
                                        std::uint64_t data_bytes) {
  if (spec.type == ChecksumType::kNull) return InvalidArgument("a block without checksums has no composite CRC");
  MRD_CHECK(checksums.size() == spec.ChecksumBytes(data_bytes));
  const CrcShift whole_chunk(spec.type, spec.bytes_per_chunk);
  std::uint32_t crc = 0;  // of nothing
  for (std::size_t at = 0; at < checksums.size(); at += kChecksumBytes) {
    const std::uint32_t next = LoadChecksum(checksums.data() + at);
    const std::uint64_t chunk_bytes = std::min<std::uint64_t>(data_bytes, spec.bytes_per_chunk);
    crc = chunk_bytes == spec.bytes_per_chunk ? whole_chunk.Concatenate(crc, next)
                                              : CrcOfConcatenation(spec.type, crc, next, chunk_bytes);
    data_bytes -= chunk_bytes;
  }
  return crc;
}

FileChecksum FileChecksumOfMd5s(const FileChecksumInput& input, std::span<const Md5Digest> blocks) {
  // The empty file was never summed; Hadoop names the type of old.
  if (blocks.empty()) return Md5OfMd5s({.type = ChecksumType::kCrc32, .bytes_per_crc = 0, .crcs_per_block = 0}, "");
  FileChecksumInput named = input;
  if (blocks.size() == 1) named.crcs_per_block = 0;
  std::string md5s;
  for (const Md5Digest& md5 : blocks) md5s.append(md5.data(), md5.size());
  return Md5OfMd5s(named, md5s);
}

Result<FileChecksum> CompositeFileChecksum(ChecksumType type, std::span<const BlockCrc> blocks) {
  if (type == ChecksumType::kNull) return InvalidArgument("a file without checksums has no composite CRC");
  std::uint32_t crc = 0;
  for (const BlockCrc& block : blocks) crc = CrcOfConcatenation(type, crc, block.crc, block.length);
  return FileChecksum{.algorithm = "COMPOSITE-" + std::string(ChecksumTypeName(type)), .bytes = BigEndian(crc, 4)};
}

}  // namespace mrd::dfs::wire

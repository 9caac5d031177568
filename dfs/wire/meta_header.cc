#include "dfs/wire/meta_header.h"

#include <string>

namespace mrd::dfs::wire {

std::array<char, kMetaHeaderBytes> EncodeMetaHeader(const ChecksumSpec& spec) {
  std::array<char, kMetaHeaderBytes> header{0, kMetaVersion, static_cast<char>(spec.type)};
  StoreChecksum(spec.bytes_per_chunk, header.data() + 3);  // the same four bytes, big-endian
  return header;
}

Result<ChecksumSpec> DecodeMetaHeader(std::string_view bytes) {
  if (bytes.size() < kMetaHeaderBytes) {
    return Corruption("checksum file has " + std::to_string(bytes.size()) + " bytes, its header alone has " +
                      std::to_string(kMetaHeaderBytes));
  }
  const int version = static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
  if (version != kMetaVersion) {
    return Corruption("checksum file has version " + std::to_string(version) + ", expected " +
                      std::to_string(kMetaVersion));
  }
  Result<ChecksumSpec> spec = MakeChecksumSpec(static_cast<unsigned char>(bytes[2]), LoadChecksum(bytes.data() + 3));
  if (!spec.ok()) return Corruption("checksum file: " + spec.status().message());
  return spec;
}

}  // namespace mrd::dfs::wire

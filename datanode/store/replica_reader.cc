#include "datanode/store/replica_reader.h"

#include "datanode/store/replica_tail.h"

namespace mrd::datanode {

using dfs::ChecksumType;
using dfs::wire::kChecksumBytes;

Status ReplicaReader::ReadExactly(File& file, std::uint64_t offset, std::size_t size, char* out) const {
  MRD_ASSIGN_OR_RETURN(const std::size_t got, file.ReadAt(offset, out, size));
  if (got == size) return Status::Ok();
  return Corruption(ToString(parts_.block) + " on " + volume_.dir() + ": a file ends at " +
                    std::to_string(offset + got) + ", before " + std::to_string(offset + size));
}

Status ReplicaReader::Read(std::uint64_t offset, std::size_t size, char* data, char* checksums) {
  MRD_RETURN_IF_ERROR(ReadExactly(*parts_.data, offset, size, data));
  if (checksums == nullptr || parts_.spec.type == ChecksumType::kNull || size == 0) return Status::Ok();
  const std::size_t checksum_bytes = static_cast<std::size_t>(parts_.spec.ChecksumBytes(size));
  const std::uint64_t first_chunk = offset / parts_.spec.bytes_per_chunk;
  MRD_RETURN_IF_ERROR(ReadExactly(*parts_.meta, ChecksumOffset(first_chunk), checksum_bytes, checksums));
  const std::size_t partial = size % parts_.spec.bytes_per_chunk;
  if (partial == 0) return Status::Ok();
  const std::uint32_t checksum =
      dfs::wire::ChecksumOf(parts_.spec.type, std::string_view(data + size - partial, partial));
  char* last = checksums + checksum_bytes - kChecksumBytes;
  if (dfs::wire::LoadChecksum(last) == checksum) return Status::Ok();
  // Only growth excuses the difference. Otherwise the reader must see it.
  MRD_ASSIGN_OR_RETURN(const std::uint64_t size_now, parts_.data->Size());
  if (size_now > length()) dfs::wire::StoreChecksum(checksum, last);
  return Status::Ok();
}

Result<std::string> ReplicaReader::Checksums(std::uint64_t length) {
  const dfs::wire::ChecksumSpec& spec = parts_.spec;
  std::string checksums(static_cast<std::size_t>(spec.ChecksumBytes(length)), '\0');
  if (checksums.empty()) return checksums;
  const std::size_t partial = static_cast<std::size_t>(length % spec.bytes_per_chunk);
  const std::size_t whole = checksums.size() - (partial != 0 ? kChecksumBytes : 0);
  MRD_RETURN_IF_ERROR(ReadExactly(*parts_.meta, ChecksumOffset(0), whole, checksums.data()));
  if (partial == 0) return checksums;
  std::string chunk(partial, '\0');
  char* const last = checksums.data() + whole;
  if (length == parts_.block.length) {
    MRD_RETURN_IF_ERROR(Read(length - partial, partial, chunk.data(), last));
  } else {
    MRD_RETURN_IF_ERROR(ReadExactly(*parts_.data, length - partial, partial, chunk.data()));
    dfs::wire::StoreChecksum(dfs::wire::ChecksumOf(spec.type, chunk), last);
  }
  return checksums;
}

Status ReplicaReader::Verify(std::uint64_t offset, std::size_t size) {
  std::string data(size, '\0');
  std::string checksums(static_cast<std::size_t>(parts_.spec.ChecksumBytes(size)), '\0');
  MRD_RETURN_IF_ERROR(Read(offset, size, data.data(), checksums.data()));
  if (const auto bad = dfs::wire::FindBadChunk(parts_.spec, data, checksums)) {
    return Corruption(ToString(parts_.block) + " on " + volume_.dir() + ": the chunk at " +
                      std::to_string(offset + *bad) + " does not match its checksum");
  }
  return Status::Ok();
}

}  // namespace mrd::datanode

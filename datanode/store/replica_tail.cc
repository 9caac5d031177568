#include "datanode/store/replica_tail.h"

#include <algorithm>
#include <array>
#include <string>

#include "dfs/wire/meta_header.h"

namespace mrd::datanode {
namespace {

using dfs::ChecksumType;
using dfs::wire::ChecksumOf;
using dfs::wire::ChecksumSpec;
using dfs::wire::kChecksumBytes;
using dfs::wire::kMetaHeaderBytes;

// Exactly `size` bytes, or kCorruption.
Result<std::string> ReadPiece(File& file, std::uint64_t offset, std::size_t size) {
  std::string piece(size, '\0');
  MRD_ASSIGN_OR_RETURN(const std::size_t got, file.ReadAt(offset, piece.data(), size));
  if (got != size) {
    return Corruption("the file ends at " + std::to_string(offset + got) + ", before " + std::to_string(offset + size));
  }
  return piece;
}

Result<std::uint32_t> ReadChecksum(File& meta, std::uint64_t index) {
  MRD_ASSIGN_OR_RETURN(const std::string bytes, ReadPiece(meta, ChecksumOffset(index), kChecksumBytes));
  return dfs::wire::LoadChecksum(bytes.data());
}

// The longest beginning of `chunk` with this checksum; 0 when there is none.
std::size_t LongestMatch(const ChecksumSpec& spec, std::string_view chunk, std::uint32_t checksum) {
  if (ChecksumOf(spec.type, chunk) == checksum) return chunk.size();
  std::size_t longest = 0;
  std::uint32_t running = 0;
  for (std::size_t size = 1; size < chunk.size(); ++size) {
    running = ChecksumOf(spec.type, chunk.substr(size - 1, 1), running);
    if (running == checksum) longest = size;
  }
  return longest;
}

}  // namespace

std::uint64_t ChecksumOffset(std::uint64_t index) { return kMetaHeaderBytes + index * kChecksumBytes; }

Result<ChecksumSpec> ReadMetaHeader(File& meta) {
  std::array<char, kMetaHeaderBytes> header;
  MRD_ASSIGN_OR_RETURN(const std::size_t got, meta.ReadAt(0, header.data(), header.size()));
  return dfs::wire::DecodeMetaHeader(std::string_view(header.data(), got));
}

Result<ValidPrefix> FindValidPrefix(const ReplicaFiles& files) {
  ValidPrefix prefix;
  MRD_ASSIGN_OR_RETURN(prefix.spec, ReadMetaHeader(files.meta));
  const ChecksumSpec& spec = prefix.spec;
  MRD_ASSIGN_OR_RETURN(const std::uint64_t data_bytes, files.data.Size());
  if (spec.type == ChecksumType::kNull) {
    prefix.length = data_bytes;
    return prefix;
  }
  MRD_ASSIGN_OR_RETURN(const std::uint64_t meta_bytes, files.meta.Size());
  std::uint64_t chunks = std::min(spec.Chunks(data_bytes), (meta_bytes - kMetaHeaderBytes) / kChecksumBytes);
  for (; chunks > 0; --chunks) {
    const std::uint64_t begin = (chunks - 1) * spec.bytes_per_chunk;
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(spec.bytes_per_chunk, data_bytes - begin));
    MRD_ASSIGN_OR_RETURN(const std::uint32_t checksum, ReadChecksum(files.meta, chunks - 1));
    MRD_ASSIGN_OR_RETURN(const std::string chunk, ReadPiece(files.data, begin, size));
    if (const std::size_t match = LongestMatch(spec, chunk, checksum); match > 0) {
      prefix.length = begin + match;
      break;
    }
  }
  return prefix;
}

Result<std::uint32_t> LoadPartialChecksum(const ReplicaFiles& files, const ChecksumSpec& spec, std::uint64_t length) {
  const std::uint64_t partial = length % spec.bytes_per_chunk;
  if (partial == 0 || spec.type == ChecksumType::kNull) return std::uint32_t{0};
  const std::uint64_t begin = length - partial;
  MRD_ASSIGN_OR_RETURN(const std::string chunk, ReadPiece(files.data, begin, static_cast<std::size_t>(partial)));
  MRD_ASSIGN_OR_RETURN(const std::uint32_t stored, ReadChecksum(files.meta, begin / spec.bytes_per_chunk));
  const std::uint32_t checksum = ChecksumOf(spec.type, chunk);
  if (checksum != stored) {
    return Corruption("the last chunk, at " + std::to_string(begin) + ", does not match its checksum");
  }
  return checksum;
}

Result<std::uint32_t> CutReplica(const ReplicaFiles& files,
                                 const ChecksumSpec& spec,
                                 std::uint64_t length,
                                 CrashPoints& crash_points) {
  MRD_ASSIGN_OR_RETURN(const std::uint64_t data_bytes, files.data.Size());
  if (length > data_bytes) {
    return InvalidArgument("cannot be cut to " + std::to_string(length) + " bytes, it has " +
                           std::to_string(data_bytes));
  }
  std::uint32_t checksum = 0;
  // Later checksums first: while one of them is there, the chunk that becomes partial must keep its own.
  crash_points.Pass("cut.before_meta");
  MRD_RETURN_IF_ERROR(files.meta.Truncate(kMetaHeaderBytes + spec.ChecksumBytes(length)));
  const std::uint64_t partial = length % spec.bytes_per_chunk;
  if (partial != 0 && spec.type != ChecksumType::kNull) {
    const std::uint64_t begin = length - partial;
    MRD_ASSIGN_OR_RETURN(const std::string chunk, ReadPiece(files.data, begin, static_cast<std::size_t>(partial)));
    checksum = ChecksumOf(spec.type, chunk);
    char bytes[kChecksumBytes];
    dfs::wire::StoreChecksum(checksum, bytes);
    crash_points.Pass("cut.before_checksum");
    MRD_RETURN_IF_ERROR(files.meta.WriteAt(ChecksumOffset(begin / spec.bytes_per_chunk), bytes, sizeof(bytes)));
  }
  crash_points.Pass("cut.before_data");
  MRD_RETURN_IF_ERROR(files.data.Truncate(length));
  return checksum;
}

}  // namespace mrd::datanode

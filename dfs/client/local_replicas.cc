#include "dfs/client/local_replicas.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "dfs/client/short_circuit.h"
#include "dfs/wire/meta_header.h"

namespace mrd::dfs::client {
namespace {

// Chunks are compared in pieces of this size while their bytes are in the cache.
constexpr std::size_t kPieceBytes = 256 << 10;
// Waking another thread takes about as long as reading 64 KiB: what is shorter than this one thread reads alone.
constexpr std::size_t kSharedBytesMin = 1 << 20;

Status ReadAll(int fd, std::uint64_t offset, char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::pread(fd, out, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(errno, "read replica");
    if (got == 0) return Corruption("the replica's file ends at " + std::to_string(offset));
    offset += static_cast<std::uint64_t>(got);
    out += got;
    size -= static_cast<std::size_t>(got);
  }
  return Status::Ok();
}

}  // namespace

LocalReplica::LocalReplica(LocatedBlock block, UniqueFd data, UniqueFd meta, wire::ChecksumSpec spec, bool verify)
    : block_(std::move(block)), data_(std::move(data)), meta_(std::move(meta)), spec_(spec), verify_(verify) {}

Status LocalReplica::ReadChunks(std::uint64_t block_offset, char* out, std::size_t size) const {
  MRD_RETURN_IF_ERROR(ReadAll(data_.get(), block_offset, out, size));
  std::vector<char> checksums(spec_.ChecksumBytes(size));
  const std::uint64_t first = block_offset / spec_.bytes_per_chunk;
  MRD_RETURN_IF_ERROR(ReadAll(meta_.get(), wire::kMetaHeaderBytes + first * wire::kChecksumBytes, checksums.data(),
                              checksums.size()));
  const std::optional<std::size_t> bad = wire::FindBadChunk(spec_, {out, size}, {checksums.data(), checksums.size()});
  if (!bad) return Status::Ok();
  return Corruption("checksum mismatch at " + std::to_string(block_offset + *bad) + " of " + ToString(block_.block.block));
}

Status LocalReplica::Read(std::uint64_t offset, char* out, std::size_t size) const {
  std::uint64_t at = offset - begin();
  if (!verify_ || spec_.type == ChecksumType::kNull) return ReadAll(data_.get(), at, out, size);
  const std::uint64_t length = block_.block.block.length;
  const std::size_t chunk = spec_.bytes_per_chunk;
  const std::size_t piece = std::max(chunk, kPieceBytes / chunk * chunk);
  std::vector<char> partial;
  while (size > 0) {
    const std::size_t skip = at % chunk;
    const std::size_t whole = std::min(piece, size / chunk * chunk);
    const bool ends_block = at + size == length;
    if (skip == 0 && (whole > 0 || ends_block)) {
      const std::size_t part = whole > 0 ? whole : size;
      MRD_RETURN_IF_ERROR(ReadChunks(at, out, part));
      at += part;
      out += part;
      size -= part;
      continue;
    }
    // A chunk of which only a part is wanted.
    const std::uint64_t begin = at - skip;
    partial.resize(std::min<std::uint64_t>(chunk, length - begin));
    MRD_RETURN_IF_ERROR(ReadChunks(begin, partial.data(), partial.size()));
    const std::size_t part = std::min(size, partial.size() - skip);
    std::memcpy(out, partial.data() + skip, part);
    at += part;
    out += part;
    size -= part;
  }
  return Status::Ok();
}

Status LocalReplicas::Read(const LocalReplica& replica, std::uint64_t offset, char* out, std::size_t size) {
  if (size < kSharedBytesMin) return replica.Read(offset, out, size);
  // Parted where a chunk begins, so that none is read twice.
  const std::uint64_t middle = offset - replica.begin() + size / 2;
  const std::size_t first = size / 2 - std::min<std::size_t>(size / 2, middle % replica.bytes_per_chunk());
  Status ours;
  Status theirs;
  second_.RunBoth([&] { ours = replica.Read(offset, out, first); },
                  [&] { theirs = replica.Read(offset + first, out + first, size - first); });
  return ours.ok() ? theirs : ours;
}

const LocalReplicas::Entry* LocalReplicas::Find(std::uint64_t offset) const {
  const auto after = entries_.upper_bound(offset);
  if (after == entries_.begin()) return nullptr;
  const Entry& entry = std::prev(after)->second;
  return offset < entry.end ? &entry : nullptr;
}

std::shared_ptr<LocalReplica> LocalReplicas::Known(std::uint64_t offset) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = Find(offset);
  return entry != nullptr ? entry->replica : nullptr;
}

bool LocalReplicas::KnownRemote(std::uint64_t offset) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = Find(offset);
  return entry != nullptr && entry->replica == nullptr;
}

void LocalReplicas::Keep(std::uint64_t begin, Entry entry) {
  const std::lock_guard lock(mutex_);
  entries_[begin] = std::move(entry);
}

std::shared_ptr<LocalReplica> LocalReplicas::Open(const LocatedBlock& block) {
  Entry entry;
  entry.end = block.offset + block.block.block.length;
  for (const ReplicaLocation& replica : block.locations) {
    if (!IsLocalAddress(replica.node.id.ip)) continue;
    // Whatever goes wrong here, the datanode's port is the way that always works.
    Result<ReplicaFiles> files =
        RequestReplicaFiles(SocketPathOf(options_.domain_socket_path, replica.node.id.xfer_port), block.block, tokens_);
    if (!files.ok()) continue;
    std::array<char, wire::kMetaHeaderBytes> header{};
    if (!ReadAll(files->meta.get(), 0, header.data(), header.size()).ok()) continue;
    const Result<wire::ChecksumSpec> spec = wire::DecodeMetaHeader({header.data(), header.size()});
    if (!spec.ok()) continue;
    entry.replica = std::make_shared<LocalReplica>(block, std::move(files->data), std::move(files->meta), *spec,
                                                   !options_.short_circuit_skip_checksum);
    break;
  }
  Keep(block.offset, entry);
  return entry.replica;
}

}  // namespace mrd::dfs::client

#include "datanode/store/replica_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "datanode/store/own_file.h"
#include "datanode/store/replica_tail.h"

namespace mrd::datanode {

using dfs::ChecksumType;
using dfs::wire::kChecksumBytes;

ReplicaWriter::ReplicaWriter(Volume& volume, CrashPoints& crash_points, Start start)
    : volume_(volume),
      crash_points_(crash_points),
      block_(start.block),
      spec_(start.spec),
      received_(start.block.length),
      acknowledged_(start.acknowledged),
      data_(std::move(start.data)),
      meta_(std::move(start.meta)),
      partial_checksum_(start.partial_checksum),
      reserved_(start.reserved) {}

ReplicaWriter::~ReplicaWriter() {
  if (reserved_ > 0) volume_.Release(reserved_);  // a session that ends late may outlive the store
}

Status ReplicaWriter::CheckPlace(std::uint64_t offset, std::uint64_t bytes, std::string_view checksums) const {
  const std::uint64_t received = received_;
  const auto misplaced = [&](const std::string& why) {
    return InvalidArgument(ToString(block_) + ": packet of " + std::to_string(bytes) + " bytes at " +
                           std::to_string(offset) + " cannot be stored: " + why);
  };
  if (offset > received) return misplaced("the replica ends at " + std::to_string(received));
  const std::uint64_t into_chunk = offset % spec_.bytes_per_chunk;
  if (into_chunk != 0 && bytes > spec_.bytes_per_chunk - into_chunk)
    return misplaced("it begins inside a chunk and goes beyond it");
  if (checksums.size() != spec_.ChecksumBytes(bytes))
    return misplaced("it has " + std::to_string(checksums.size()) + " bytes of checksums");
  const std::uint64_t end = offset + bytes;
  const std::uint64_t last_chunk = received - received % spec_.bytes_per_chunk;
  if (end > received && offset < last_chunk) return misplaced("it rewrites more than the last chunk");
  if (end > received && into_chunk != 0 && offset != received)
    return misplaced("it overlaps the " + std::to_string(received) + " bytes that are there");
  return Status::Ok();
}

Status ReplicaWriter::Write(const Packet& packet, bool verify) {
  const std::lock_guard lock(mutex_);
  if (revoked_ || data_ == nullptr)
    return Cancelled(ToString(block_) + ": another writer or a recovery has taken the replica over");
  return WriteLocked(packet, verify);
}

Status ReplicaWriter::WriteLocked(const Packet& packet, bool verify) {
  MRD_RETURN_IF_ERROR(CheckPlace(packet.offset, packet.data.size(), packet.checksums));
  if (packet.data.empty()) return Status::Ok();
  const std::uint64_t into_chunk = packet.offset % spec_.bytes_per_chunk;
  // A mid-chunk checksum is not stored as it came, so this is the last time that it can be compared.
  if (verify || into_chunk != 0) {
    if (const auto bad = dfs::wire::FindBadChunk(spec_, packet.data, packet.checksums)) {
      return Corruption(ToString(block_) + ": bytes at " + std::to_string(packet.offset + *bad) +
                        " do not match the checksum that came with them");
    }
  }
  const std::uint64_t received = received_;
  const std::uint64_t end = packet.offset + packet.data.size();
  if (end <= received) return Status::Ok();  // repeated after a recovery

  const std::size_t known = static_cast<std::size_t>(received - packet.offset);
  const bool has_checksums = spec_.type != ChecksumType::kNull;
  if (has_checksums && known > 0 &&
      dfs::wire::ChecksumOf(spec_.type, packet.data.substr(0, known)) != partial_checksum_) {
    return InvalidArgument(ToString(block_) + ": packet at " + std::to_string(packet.offset) +
                           " repeats bytes of the last chunk, but not the ones that are there");
  }
  crash_points_.Pass("write.before_data");
  const std::string_view fresh = packet.data.substr(known);
  MRD_RETURN_IF_ERROR(data_->WriteAt(received, fresh.data(), fresh.size()));
  if (!has_checksums) return Stored(end, 0);
  if (into_chunk == 0) return StoreChecksums(packet.offset, end, packet.checksums);
  // What is stored is the checksum of the whole chunk as it is now.
  char whole_chunk[kChecksumBytes];
  dfs::wire::StoreChecksum(dfs::wire::ChecksumOf(spec_.type, packet.data, partial_checksum_), whole_chunk);
  return StoreChecksums(packet.offset, end, {whole_chunk, sizeof(whole_chunk)});
}

Status ReplicaWriter::StoreChecksums(std::uint64_t offset, std::uint64_t end, std::string_view checksums) {
  crash_points_.Pass("write.before_meta");
  MRD_RETURN_IF_ERROR(
      meta_->WriteAt(ChecksumOffset(offset / spec_.bytes_per_chunk), checksums.data(), checksums.size()));
  const bool ends_in_chunk = end % spec_.bytes_per_chunk != 0;
  return Stored(end, ends_in_chunk ? dfs::wire::LoadChecksum(checksums.data() + checksums.size() - kChecksumBytes) : 0);
}

Result<UniqueFd> ReplicaWriter::Lend(Env& env, const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (revoked_ || data_ == nullptr)
    return Cancelled(ToString(block_) + ": another writer or a recovery has taken the replica over");
  if (data_->descriptor() < 0) return Unimplemented(path + " is no file of the system, and cannot be lent");
  MRD_ASSIGN_OR_RETURN(const bool seen, OpenForWriting(env, path));
  // This writer itself has it open: a disk that does not notice that would not notice others.
  if (!seen) return Unimplemented("the disk of " + path + " cannot tell who has a file open for writing");
  UniqueFd lent(::fcntl(data_->descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!lent.valid()) return FromErrno(errno, "lend " + path);
  lent_ = true;
  return lent;
}

Status ReplicaWriter::WritePlaced(const PlacedPacket& packet) {
  const std::lock_guard lock(mutex_);
  if (revoked_ || data_ == nullptr)
    return Cancelled(ToString(block_) + ": another writer or a recovery has taken the replica over");
  if (!lent_) return InvalidArgument(ToString(block_) + ": a packet without data, although its file was not lent");
  MRD_RETURN_IF_ERROR(CheckPlace(packet.offset, packet.bytes, packet.checksums));
  if (packet.bytes == 0) return Status::Ok();
  const std::uint64_t end = packet.offset + packet.bytes;
  if (packet.offset != received_) {
    return InvalidArgument(ToString(block_) + ": a packet without data at " + std::to_string(packet.offset) +
                           ", where the replica has " + std::to_string(received_) + " bytes");
  }
  MRD_ASSIGN_OR_RETURN(const std::uint64_t there, data_->Size());
  if (there < end) {
    return InvalidArgument(ToString(block_) + ": a packet says that there are " + std::to_string(end) +
                           " bytes in the file, which has " + std::to_string(there));
  }
  if (spec_.type == ChecksumType::kNull) return Stored(end, 0);
  if (packet.offset % spec_.bytes_per_chunk == 0) return StoreChecksums(packet.offset, end, packet.checksums);
  // The checksum of the whole chunk needs the bytes; they are less than a chunk.
  std::string data(static_cast<std::size_t>(packet.bytes), '\0');
  MRD_ASSIGN_OR_RETURN(const std::size_t got, data_->ReadAt(packet.offset, data.data(), data.size()));
  if (got != data.size()) return Corruption(ToString(block_) + ": its file ends at " + std::to_string(packet.offset + got));
  return WriteLocked({packet.offset, data, packet.checksums}, /*verify=*/true);
}

Status ReplicaWriter::Stored(std::uint64_t end, std::uint32_t partial_checksum) {
  const std::uint64_t before = received_;
  volume_.AddUsed(static_cast<std::int64_t>(end - before + spec_.ChecksumBytes(end) - spec_.ChecksumBytes(before)));
  const std::uint64_t returned = std::min(reserved_, end - before);
  volume_.Release(returned);
  reserved_ -= returned;
  partial_checksum_ = partial_checksum;
  received_ = end;
  return Status::Ok();
}

Status ReplicaWriter::Sync() {
  const std::lock_guard lock(mutex_);
  if (revoked_ || data_ == nullptr)
    return Cancelled(ToString(block_) + ": another writer or a recovery has taken the replica over");
  MRD_RETURN_IF_ERROR(data_->Sync());
  return meta_->Sync();
}

void ReplicaWriter::Acknowledge(std::uint64_t length) {
  std::uint64_t seen = acknowledged_;
  while (seen < length && !acknowledged_.compare_exchange_weak(seen, length)) {
  }
}

void ReplicaWriter::OnRevoked(std::function<void()> stop) {
  {
    const std::lock_guard lock(mutex_);
    if (!revoked_) {
      stop_ = std::move(stop);
      return;
    }
  }
  if (stop) stop();
}

void ReplicaWriter::Revoke() {
  std::function<void()> stop;
  {
    const std::lock_guard lock(mutex_);
    revoked_ = true;
    data_.reset();
    meta_.reset();
    volume_.Release(std::exchange(reserved_, 0));
    stop = std::exchange(stop_, nullptr);
  }
  if (stop) stop();
}

Status ReplicaWriter::Close() {
  const std::lock_guard lock(mutex_);
  stop_ = nullptr;
  volume_.Release(std::exchange(reserved_, 0));
  if (data_ == nullptr) return Status::Ok();
  const std::unique_ptr<File> data = std::move(data_);
  const std::unique_ptr<File> meta = std::move(meta_);
  Status status = data->Close();
  const Status meta_status = meta->Close();
  return status.ok() ? meta_status : status;
}

}  // namespace mrd::datanode

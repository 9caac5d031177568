#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "datanode/store/volume.h"
#include "dfs/types.h"
#include "dfs/wire/checksum.h"

namespace mrd::datanode {

// Writes one replica that is RBW or TEMPORARY. Shared by the store and by the session that writes. There is at most one
// that is not revoked for a block: a recovery takes the replica over by revoking its writer, whose calls then fail with
// kCancelled.
//
// Order on disk: data before their checksums, so that after the death of the process FindValidPrefix() still finds every
// byte that was acknowledged.
// Threads: any; calls that touch the disk exclude each other.
class ReplicaWriter {
 public:
  struct Packet {
    std::uint64_t offset = 0;    // in the block
    std::string_view data;
    std::string_view checksums;  // of each chunk, as sent
  };
  // A packet whose data the client has put into the file itself.
  struct PlacedPacket {
    std::uint64_t offset = 0;  // in the block
    std::uint64_t bytes = 0;
    std::string_view checksums;
  };

  // Takes over files with `length` valid bytes, of which the last chunk, if partial, has `partial_checksum`.
  struct Start {
    dfs::Block block;
    dfs::wire::ChecksumSpec spec;
    std::unique_ptr<File> data;
    std::unique_ptr<File> meta;
    std::uint32_t partial_checksum = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t reserved = 0;  // of the volume, given back as bytes are written and at the end
  };
  ReplicaWriter(Volume& volume, CrashPoints& crash_points, Start start);
  ~ReplicaWriter();

  const dfs::Block& block() const { return block_; }  // the length is that at the start
  const dfs::wire::ChecksumSpec& spec() const { return spec_; }
  Volume& volume() const { return volume_; }
  // Bytes on disk, bytes that readers may see.
  std::uint64_t received() const { return received_; }
  std::uint64_t acknowledged() const { return acknowledged_; }
  bool revoked() const { return revoked_; }

  // Stores a packet. It must begin where the replica ends, or repeat bytes of the last chunk, or lie wholly within what is
  // there. One that begins inside a chunk must end in it; its checksum is of its own bytes alone. With `verify` all
  // checksums are compared first: kCorruption, and nothing is stored. A misplaced packet is kInvalidArgument.
  Status Write(const Packet& packet, bool verify);
  // The data file, for a client on this host that puts its bytes there itself and sends packets without them. Whoever takes
  // the replica over, or finalizes it, makes sure with OwnFile() that nobody else can still write to it. kUnimplemented on
  // a disk that cannot tell.
  Result<UniqueFd> Lend(Env& env, const std::string& path);
  bool lent() const { return lent_; }
  // As Write() for a packet that begins where the replica ends and whose data lie in the file. They are not compared with
  // their checksums, unless the packet begins inside a chunk.
  Status WritePlaced(const PlacedPacket& packet);
  // Flushes data and checksums to the disk.
  Status Sync();
  // Makes the bytes below `length` visible.
  void Acknowledge(std::uint64_t length);

  // Runs `stop` when the replica is taken over, on the thread that does it; at once if it already was.
  void OnRevoked(std::function<void()> stop);
  // No call of this writer touches the files after this returns. The lengths stay as they are.
  void Revoke();
  // Makes later calls fail like Revoke() does, without waiting for one in flight or stopping the session.
  void Disown() { revoked_ = true; }
  // Closes the files; the writer's session is over. Writing fails with kCancelled afterwards. Idempotent.
  Status Close();

 private:
  Status WriteLocked(const Packet& packet, bool verify);
  Status CheckPlace(std::uint64_t offset, std::uint64_t bytes, std::string_view checksums) const;
  Status StoreChecksums(std::uint64_t offset, std::uint64_t end, std::string_view checksums);
  Status Stored(std::uint64_t end, std::uint32_t partial_checksum);

  Volume& volume_;
  CrashPoints& crash_points_;
  const dfs::Block block_;
  const dfs::wire::ChecksumSpec spec_;

  std::atomic<std::uint64_t> received_;
  std::atomic<std::uint64_t> acknowledged_;
  std::atomic<bool> revoked_{false};
  std::atomic<bool> lent_{false};

  std::mutex mutex_;
  // Guarded by the mutex.
  std::unique_ptr<File> data_;
  std::unique_ptr<File> meta_;
  std::uint32_t partial_checksum_;
  std::uint64_t reserved_;
  std::function<void()> stop_;
};

}  // namespace mrd::datanode

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dfs/client/packet.h"
#include "dfs/client/packet_buffers.h"
#include "dfs/wire/checksum.h"

namespace mrd::dfs::client {

// Cuts the bytes of a file into blocks and packets. Pure: no I/O.
//
// A packet holds whole chunks, except where the data so far ended within one (after a flush, or where an append begins):
// then the next packet only fills that chunk up, since its checksum covers just the packet's own bytes. A block ends with
// an empty packet.
class PacketBuilder {
 public:
  // REQUIRES: packet_bytes >= 1; it is rounded down to whole chunks, at least one.
  PacketBuilder(wire::ChecksumSpec spec, std::size_t packet_bytes, std::uint64_t block_size);

  // Goes on with a block that has `length` bytes already (append); nothing was added so far.
  void ResumeBlock(std::uint64_t length);

  // Takes as many bytes as fit in the packet at hand and returns how many. After that, TakeFull() until it gives nothing.
  std::size_t Add(const char* data, std::size_t size);
  // The packet at hand when it is full, then the end of the block when that is full; null when there is room.
  std::unique_ptr<Packet> TakeFull();
  // The packet at hand, for a flush; null when it is empty, unless `sync` asks the datanodes of an open block for something.
  std::unique_ptr<Packet> TakePartial(bool sync);
  // The end of the open block. REQUIRES: block_open(), TakePartial() came before.
  std::unique_ptr<Packet> EndBlock();

  // Something was added to a block, or resumed, that was not ended.
  bool block_open() const { return open_; }
  std::int64_t next_seqno() const { return next_seqno_; }

 private:
  std::size_t Capacity() const;
  std::unique_ptr<Packet> Finish(bool last, bool sync);

  const wire::ChecksumSpec spec_;
  const std::size_t packet_bytes_;
  const std::uint64_t block_size_;
  const std::shared_ptr<PacketBuffers> buffers_;
  std::unique_ptr<char[]> data_;
  std::size_t filled_ = 0;
  std::uint64_t offset_ = 0;  // in the block, of the packet at hand
  std::int64_t next_seqno_ = 0;
  std::uint64_t block_number_ = 0;
  bool open_ = false;
};

}  // namespace mrd::dfs::client

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/client/block_token_store.h"
#include "dfs/client/buffered_stream.h"
#include "dfs/client/connection_cache.h"
#include "dfs/client/options.h"
#include "dfs/types.h"
#include "dfs/wire/packet.h"

namespace mrd::dfs::client {

// What every transfer needs. All outlive the readers and writers made with it.
struct Transport {
  net::Connector& connector;
  const Options& options;
  ConnectionCache& cache;
  const std::string& client_name;
  const BlockTokenStore& tokens;
};

struct BlockRange {
  ExtendedBlock block;
  std::uint64_t offset = 0;  // in the block
  std::uint64_t length = 0;
};

// Ends a read that is not wanted any more, from its connection's first byte on. The client's thread's.
class ReadInterrupt {
 public:
  // The stream in use; null: none. False when the read was interrupted already.
  bool Use(net::Stream* stream) {
    stream_ = stream;
    return !fired_;
  }
  void Fire() {
    fired_ = true;
    if (stream_ != nullptr) stream_->Close();
  }

 private:
  net::Stream* stream_ = nullptr;
  bool fired_ = false;
};

// One READ_BLOCK: a range of a block from one datanode, in order, each chunk compared with its checksum. kCorruption is
// bytes that do not match theirs; every other error is the datanode's or the network's. One coroutine at a time.
class BlockReader {
 public:
  // Over a cached connection where there is one; a cached one that turns out to be dead is replaced once.
  // `interrupt`, if any, must outlive the reader, or be told with Use(nullptr) that it has gone.
  static awaitable<Result<std::unique_ptr<BlockReader>>> Open(Transport transport, DatanodeId node, BlockRange range,
                                                              ReadInterrupt* interrupt = nullptr);

  // The next `size` bytes of the range, straight into `out` where packets allow. After an error the reader is of no use, and
  // what `out` holds is undefined. REQUIRES: size <= remaining().
  awaitable<Status> Read(char* out, std::size_t size);
  std::uint64_t position() const { return position_; }  // in the block
  std::uint64_t remaining() const { return end_ - position_; }
  // REQUIRES: remaining() == 0. Tells the datanode that all was well and keeps the connection for the next reader. Errors
  // do not matter any more.
  static awaitable<void> Finish(std::unique_ptr<BlockReader> reader);

 private:
  BlockReader(Transport transport, DatanodeId node, BlockRange range, std::unique_ptr<BufferedStream> stream);
  static awaitable<Result<std::unique_ptr<BlockReader>>> OpenOn(Transport transport, DatanodeId node, BlockRange range,
                                                                std::unique_ptr<BufferedStream> stream);
  awaitable<Result<wire::PacketHeader>> ReadPacketHeader();
  awaitable<Status> ReadBody(wire::PacketHeader header, char* out);

  const Transport transport_;
  const DatanodeId node_;
  const ExtendedBlock block_;
  const std::uint64_t end_;  // in the block
  std::uint64_t position_;
  std::unique_ptr<BufferedStream> stream_;
  wire::ChecksumSpec checksum_;
  std::int64_t next_seqno_ = 0;
  std::uint64_t next_offset_ = 0;  // in the block, of the next packet
  std::vector<char> checksums_;
  // A packet that the caller has not taken whole: [held_begin_, held_end_) is still wanted.
  std::vector<char> held_;
  std::size_t held_begin_ = 0;
  std::size_t held_end_ = 0;
};

}  // namespace mrd::dfs::client

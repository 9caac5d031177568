#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/net/runtime.h"
#include "common/net/stream.h"
#include "datanode/store/block_store.h"
#include "datanode/transfer/block_events.h"
#include "datanode/transfer/byte_rate.h"
#include "datanode/transfer/disk_pools.h"
#include "dfs/wire/block_token.h"

namespace mrd::datanode {

// Bounds and times of the data port. Hadoop's keys in brackets.
struct TransferOptions {
  std::size_t sessions_max = 4096;                           // dfs.datanode.max.transfer.threads
  std::chrono::milliseconds first_operation_timeout{60'000};
  std::chrono::milliseconds keepalive{4'000};                // dfs.datanode.socket.reuse.keepalive
  std::chrono::milliseconds connect_timeout{60'000};         // to the next node, for each node that follows
  std::chrono::milliseconds answer_timeout{60'000};          // of the next node
  std::chrono::milliseconds mirror_ack_timeout{55'000};      // an ack that stays away longer condemns the next node
  std::chrono::milliseconds stream_idle_timeout{480'000};    // a client that neither sends nor takes anything
  std::chrono::milliseconds reader_wait{3'000};              // for a replica being written to grow to what is asked
  std::chrono::milliseconds drain_timeout{3'000};            // for the peer to take the news before the stream is closed
  std::size_t packet_data_bytes = std::size_t{1} << 20;      // of packets that we send
  std::size_t window_bytes = std::size_t{16} << 20;          // received and not yet acknowledged, per session
  std::size_t window_packets = 4096;
  std::uint64_t balance_bytes_per_second = 100u << 20;       // dfs.datanode.balance.bandwidthPerSec
  bool use_hostnames = false;                                // dial other datanodes by name
  std::optional<dfs::wire::BlockTokens> tokens;              // unset: none are asked for (dfs.block.access.token.enable)
};

// What sessions count. For heartbeats and pages.
struct TransferCounters {
  std::atomic<std::uint32_t> sessions{0};    // connections on the data port
  std::atomic<std::uint32_t> copies{0};      // replicas being sent to other datanodes
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_written{0};
  std::atomic<std::uint64_t> blocks_read{0};
  std::atomic<std::uint64_t> blocks_written{0};
};

// What everything on the data port works with. Outlives every session.
struct TransferContext {
  net::Runtime& runtime;
  net::Connector& connector;
  Clock& clock;
  BlockStore& store;
  DiskPools& disks;
  BlockEvents& events;
  Logger log;
  TransferOptions options;
  TransferCounters counters{};
  ByteRate balancing{options.balance_bytes_per_second};  // of replicas that a balancer moves away from here
  std::atomic<bool> stopping{false};  // long work ends at its next step
};

}  // namespace mrd::datanode

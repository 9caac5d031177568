#pragma once

#include <chrono>
#include <cstdint>

#include "common/net/event.h"
#include "common/net/runtime.h"
#include "datanode/transfer/transfer_context.h"

namespace mrd::datanode {

struct ScannerOptions {
  std::uint64_t bytes_per_second = 1 << 20;        // dfs.block.scanner.volume.bytes.per.second; 0: no scanning
  std::chrono::milliseconds period{std::chrono::hours(504)};  // dfs.datanode.scan.period.hours: a round takes at least this
};

// Reads every finalized replica against its checksums, round after round, each volume at a bounded rate, so that rot is
// found before the last good replica is gone.
class Scanner {
 public:
  Scanner(TransferContext& context, ScannerOptions options) : context_(context), options_(options) {}

  // Begins in the background, on the calling coroutine's executor, as soon as the store is attached.
  net::awaitable<void> Start();
  net::awaitable<void> Stop();

 private:
  net::awaitable<void> ScanVolume(const Volume* volume);
  // Sleeps so long, or until stopping.
  net::awaitable<void> Pause(std::chrono::milliseconds time);

  TransferContext& context_;
  const ScannerOptions options_;
  net::Gate gate_;
  bool stopping_ = false;
};

}  // namespace mrd::datanode

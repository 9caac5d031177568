#include "datanode/actor/replica_check.h"

#include <algorithm>
#include <chrono>

namespace mrd::datanode {
namespace {

// Read at a time. The pause after each makes the rate.
constexpr std::uint64_t kSliceBytes = std::uint64_t{1} << 20;

}  // namespace

net::awaitable<Status> CheckReplica(TransferContext& context, dfs::ExtendedBlock block, std::uint64_t bytes_per_second) {
  Result<std::unique_ptr<ReplicaReader>> opened =
      co_await context.disks.any().Run([&] { return context.store.OpenReader(block); });
  if (!opened.ok()) {
    const bool gone = opened.status().code() == Code::kNotFound || opened.status().code() == Code::kFailedPrecondition;
    co_return gone ? Status::Ok() : opened.status();
  }
  ReplicaReader& reader = **opened;
  if (!reader.finalized()) co_return Status::Ok();  // not whole yet; its writers verify
  const std::uint64_t chunk = reader.spec().bytes_per_chunk;
  const std::uint64_t slice = std::max(chunk, kSliceBytes - kSliceBytes % chunk);
  for (std::uint64_t offset = 0; offset < reader.length() && !context.stopping; offset += slice) {
    const std::size_t size = static_cast<std::size_t>(std::min(slice, reader.length() - offset));
    Status status =
        co_await context.disks.Of(reader.volume()).Run([&] { return reader.Verify(offset, size); });
    if (!status.ok()) {
      if (status.code() == Code::kCorruption) {
        const dfs::ExtendedBlock bad{block.pool, reader.block()};
        context.events.Corrupt(bad, reader.volume().storage_id());
        co_return status;
      }
      co_return context.store.Blame(reader.volume(), std::move(status));
    }
    if (bytes_per_second > 0)
      (void)co_await net::SleepFor(std::chrono::milliseconds(1000 * size / bytes_per_second));
  }
  co_return Status::Ok();
}

}  // namespace mrd::datanode

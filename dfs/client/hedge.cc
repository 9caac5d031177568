#include "dfs/client/hedge.h"

#include <cstring>
#include <deque>
#include <memory>
#include <utility>

#include "common/net/co_status.h"
#include "dfs/client/signal.h"

namespace mrd::dfs::client {
namespace {

// Shared by the waiting reader and the attempts, which may outlive its wait.
struct Race {
  explicit Race(Context& race_context) : context(race_context), changed(race_context.executor()) {}

  Context& context;
  Signal changed;
  std::size_t running = 0;
  std::deque<ReadInterrupt> interrupts;  // of the attempts, in their order
  bool won = false;
  std::size_t winner = 0;         // of the nodes
  std::vector<char> bytes;  // the winner's
  Status last_error;
};

// Each attempt reads into memory of its own: the caller's is gone when a slow one comes in.
awaitable<Result<std::vector<char>>> ReadWhole(Context& context, DatanodeId node, BlockRange range,
                                               ReadInterrupt& interrupt) {
  std::vector<char> bytes(range.length);
  Result<std::unique_ptr<BlockReader>> reader =
      co_await BlockReader::Open(context.transport(), std::move(node), std::move(range), &interrupt);
  if (!reader.ok()) co_return reader.status();
  MRD_CO_RETURN_IF_ERROR(co_await (*reader)->Read(bytes.data(), bytes.size()));
  interrupt.Use(nullptr);
  co_await BlockReader::Finish(*std::move(reader));
  co_return bytes;
}

awaitable<void> Attempt(std::shared_ptr<Race> race, std::size_t number, DatanodeId node, BlockRange range) {
  const std::string peer = node.XferAddress();
  ReadInterrupt& interrupt = race->interrupts[number];
  Result<std::vector<char>> bytes = co_await ReadWhole(race->context, std::move(node), std::move(range), interrupt);
  interrupt.Use(nullptr);
  --race->running;
  if (!bytes.ok()) {
    race->last_error = bytes.status().WithContext(peer);
  } else if (!race->won) {
    race->won = true;
    race->winner = number;
    race->bytes = *std::move(bytes);
  }
  race->changed.Notify();
}

}  // namespace

awaitable<Result<std::size_t>> HedgedRead(Context& context, std::vector<DatanodeId> nodes, BlockRange range, char* out) {
  auto race = std::make_shared<Race>(context);
  race->last_error = NotFound("no datanode to read from");
  const std::size_t at_once = static_cast<std::size_t>(context.options.hedged_reads_max) + 1;
  std::size_t next = 0;
  while (!race->won && (next < nodes.size() || race->running > 0)) {
    if (next < nodes.size() && race->running < at_once) {
      ++race->running;
      race->interrupts.emplace_back();
      auto attempt = [race, next, node = nodes[next], range] { return Attempt(race, next, node, range); };
      ++next;
      context.Spawn(std::move(attempt));
    }
    // An attempt may have ended already: then there is nothing to wait for.
    if (race->won || race->running == 0) continue;
    if (next < nodes.size() && race->running < at_once) {
      co_await race->changed.WaitFor(context.options.hedged_threshold);
    } else {
      co_await race->changed.Wait();
    }
  }
  // Nobody waits for those that were slower: not the end of the client either.
  for (ReadInterrupt& interrupt : race->interrupts) interrupt.Fire();
  if (!race->won) co_return race->last_error;
  std::memcpy(out, race->bytes.data(), race->bytes.size());
  co_return race->winner;
}

}  // namespace mrd::dfs::client

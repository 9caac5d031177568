#include "namenode/core/core.h"

#include <utility>

namespace mrd::namenode {
namespace {

// Of one Tick(), so that no call waits long behind it.
constexpr std::size_t kFilesReleasedMax = 1'000;
constexpr std::size_t kInodesCollectedMax = 2'000;

}  // namespace

Core::Core(CoreOptions options, dfs::NamespaceInfo info, Random random)
    : state_(std::move(options), std::move(info), std::move(random)),
      recovery_(state_),
      naming_(state_),
      reading_(state_),
      writing_(state_, recovery_, reading_) {}

Status Core::Load(std::string_view key, std::string_view value) {
  if (IsTruncationKey(key)) {
    const std::string text(value);
    return LoadTruncation(key, &text, &state_.truncations);
  }
  if (Pipelines::IsKey(key)) {
    const std::string text(value);
    return state_.pipelines.Load(key, &text);
  }
  return state_.tree.Load(key, value);
}

Status Core::Apply(const Edit& edit) {
  for (const Mutation& mutation : edit.mutations) {
    const std::string* const value = mutation.value ? &*mutation.value : nullptr;
    Status status;
    if (IsTruncationKey(mutation.key)) {
      status = LoadTruncation(mutation.key, value, &state_.truncations);
    } else if (Pipelines::IsKey(mutation.key)) {
      status = state_.pipelines.Load(mutation.key, value);
    } else {
      status = state_.tree.Apply(mutation);
    }
    if (!status.ok()) {
      return std::move(status).WithContext("edit " + std::to_string(edit.id.value) + " (" + edit.operation + ")");
    }
  }
  return Status::Ok();
}

void Core::Format(std::int64_t now_ms) {
  state_.tree.Format(now_ms, state_.sink);
  formatted_ = true;
}

Status Core::FinishLoading(std::int64_t now_ms, MonoMs mono_ms) {
  if (!formatted_) MRD_RETURN_IF_ERROR(state_.tree.Finish());
  state_.tree.ForEachFile([this](FileRef file) {
    const std::size_t count = file.block_count();
    for (std::size_t i = 0; i < count; ++i) {
      const dfs::Block block = file.block(i);
      const bool open = i + 1 == count && file.under_construction() && file.last_block_open();
      if (open) {
        state_.blocks.AddOpen(block, file.id(), file.replication(), {});
      } else {
        state_.blocks.AddLoaded(block, file.id(), file.replication());
      }
    }
  });
  state_.tree.ForEachOpenFile(
      [&](FileRef file) { state_.leases.Add(file.client_name(), file.id(), mono_ms); });
  const auto last = [this](std::string_view name, std::int64_t first) {
    return static_cast<std::int64_t>(state_.tree.Counter(name, static_cast<std::uint64_t>(first))) - 1;
  };
  state_.blocks.SetIssued(dfs::BlockId{last("block-id", dfs::kFirstBlockId.value)},
                          dfs::GenerationStamp{last("generation-stamp", dfs::kFirstGenerationStamp.value)});
  state_.blocks.FinishLoading(mono_ms);
  recovery_.Resume(now_ms, mono_ms);
  return Status::Ok();
}

bool Core::Tick(std::int64_t now_ms, MonoMs mono_ms, bool order_copies) {
  const TickOutcome outcome = state_.blocks.Tick(mono_ms);
  recovery_.Retry(outcome.recoveries_due, mono_ms);
  recovery_.ReleaseExpired(now_ms, mono_ms, kFilesReleasedMax);
  const bool more_detached = naming_.CollectDetached(kInodesCollectedMax);
  // The blocks of a node that just died shall not wait for the next round.
  if (order_copies || !outcome.died.empty()) state_.blocks.ComputeWork(mono_ms);
  return outcome.more || more_detached;
}

void Core::TakeIn(const ReportOutcome& outcome) {
  for (const dfs::BlockId block : outcome.satisfied) state_.blocks.Complete(block);
}

void Core::SuspectCorrupt(const dfs::ExtendedBlock& block, const std::vector<dfs::DatanodeId>& nodes) {
  if (block.pool != state_.info.pool_id) return;
  for (const dfs::DatanodeId& id : nodes) {
    if (const auto node = state_.blocks.nodes().FindUuid(id.uuid)) state_.blocks.SuspectCorrupt(*node, block.block);
  }
}

}  // namespace mrd::namenode

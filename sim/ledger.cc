#include "sim/ledger.h"

#include <algorithm>
#include <utility>

namespace mrd::sim {

void Ledger::Acknowledge(dfs::BlockId block, std::string_view bytes, bool synced) {
  std::string& known = bytes_[block];
  if (bytes.size() > known.size()) known = bytes;
  if (synced) synced_[block] = std::max<std::uint64_t>(synced_[block], bytes.size());
}

void Ledger::Limit(dfs::BlockId block, std::uint64_t length) {
  const auto known = bytes_.find(block);
  if (known != bytes_.end() && known->second.size() > length) known->second.resize(length);
  const auto synced = synced_.find(block);
  if (synced != synced_.end()) synced->second = std::min(synced->second, length);
}

void Ledger::Release(dfs::BlockId block) {
  bytes_.erase(block);
  synced_.erase(block);
}

const std::string& Ledger::Bytes(dfs::BlockId block) const {
  static const std::string nothing;
  const auto known = bytes_.find(block);
  return known == bytes_.end() ? nothing : known->second;
}

void Ledger::MarkFragile(dfs::BlockId block, Damage damage) {
  const auto [known, added] = fragile_.emplace(block, damage);
  if (!added && damage == Damage::kDisk) known->second = damage;
}

void Ledger::GaveBlock(const dfs::Block& block, dfs::InodeId file) {
  const auto [known, added] = files_.emplace(block.id, file);
  if (!added && known->second != file) Broken("block id " + std::to_string(block.id.value) + " was given out twice");
  GaveStamp(block.id, block.stamp);
}

void Ledger::Joined(dfs::InodeId source, dfs::InodeId target) {
  for (auto& [block, file] : files_) {
    if (file == source) file = target;
  }
}

void Ledger::GaveStamp(dfs::BlockId block, dfs::GenerationStamp stamp) {
  const auto [known, added] = stamps_.emplace(stamp, block);
  if (!added && known->second != block) {
    Broken("generation stamp " + std::to_string(stamp.value) + " was given out for " +
           std::to_string(known->second.value) + " and for " + std::to_string(block.value));
  }
}

void Ledger::Broken(std::string what) {
  clock_.Trace("CHECK", what);
  if (broken()) return;
  what_ = std::move(what);
  step_ = clock_.steps();
}

void Ledger::BrokenFile(dfs::InodeId file, std::uint64_t length, std::string what) {
  std::uint64_t synced = 0;
  bool power = false;
  bool disk = false;
  for (const auto& [block, owner] : files_) {
    if (owner != file) continue;
    const auto damage = fragile_.find(block);
    const bool fragile = damage != fragile_.end();
    if (fragile) (damage->second == Damage::kDisk ? disk : power) = true;
    const auto kept = synced_.find(block);
    if (!fragile) synced += Bytes(block).size();
    if (fragile && kept != synced_.end()) synced += kept->second;
  }
  if (disk || (power && length >= synced)) return Excuse(what);
  Broken(std::move(what));
}

void Ledger::Excuse(const std::string& what) {
  clock_.Trace("CHECK", "excused: " + what);
  excused_ = true;
}

}  // namespace mrd::sim

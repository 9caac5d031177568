#include "namenode/blocks/report_assembly.h"

#include <string>

#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

constexpr std::uint32_t kPartsMax = 1u << 16;
// Replicas of unknown blocks kept per volume; the next report brings the rest.
constexpr std::size_t kUnknownMax = 1'000'000;

}  // namespace

Result<ReportAssembly::Report*> ReportAssembly::Take(StorageIndex storage,
                                                     std::uint64_t epoch,
                                                     const BlockReportPart& part,
                                                     MonoMs now) {
  if (part.part_count == 0 || part.part_count > kPartsMax || part.part_index >= part.part_count) {
    return InvalidArgument("block report of storage " + part.storage_uuid + ": part " +
                           std::to_string(part.part_index) + " of " + std::to_string(part.part_count) +
                           " is impossible; at most " + std::to_string(kPartsMax) + " parts are taken");
  }
  const Volume& volume = volumes_[storage];
  if (volume.finished_any && volume.epoch == epoch && part.report_id <= volume.last_id) return nullptr;
  Report& report = reports_[storage];
  if (!report.parts.empty() && report.epoch == epoch && part.report_id < report.id) return nullptr;
  if (report.parts.empty() || report.epoch != epoch || report.id != part.report_id) {
    report = Report();
    report.epoch = epoch;
    report.id = part.report_id;
    report.parts.resize(part.part_count);
    report.missing = part.part_count;
    report.begun_ms = now;
  }
  if (part.part_count != report.parts.size()) {
    const std::size_t before = report.parts.size();
    reports_.erase(storage);
    return InvalidArgument("block report " + std::to_string(part.report_id) + " of storage " + part.storage_uuid +
                           " had " + std::to_string(before) + " parts and now has " +
                           std::to_string(part.part_count) + "; send it again from the start");
  }
  if (report.parts[part.part_index]) return nullptr;
  report.parts[part.part_index] = true;
  --report.missing;
  return &report;
}

ReportAssembly::Report* ReportAssembly::Current(StorageIndex storage) {
  auto at = reports_.find(storage);
  return at == reports_.end() ? nullptr : &at->second;
}

void ReportAssembly::Finish(StorageIndex storage) {
  auto at = reports_.find(storage);
  if (at == reports_.end()) return;
  const Report& report = at->second;
  Volume& volume = volumes_[storage];
  volume.finished_any = true;
  volume.epoch = report.epoch;
  volume.last_id = report.id;
  volume.future = report.future;
  // What this report did not list is no longer there. An event may have come since it began.
  std::erase_if(volume.unknown, [&](const auto& entry) {
    const Unknown& unknown = entry.second;
    return !unknown.by_event && (unknown.epoch != report.epoch || unknown.report != report.id);
  });
  reports_.erase(at);
}

void ReportAssembly::Drop(StorageIndex storage) {
  reports_.erase(storage);
  auto at = volumes_.find(storage);
  if (at != volumes_.end()) at->second.finished_any = false;
}

void ReportAssembly::ForgetSlot(Slot slot) {
  for (auto& [storage, report] : reports_) report.seen.Erase(slot);
}

void ReportAssembly::Timeout(MonoMs before) {
  std::erase_if(reports_, [&](const auto& entry) { return entry.second.begun_ms < before; });
}

std::uint64_t ReportAssembly::future_replicas() const {
  std::uint64_t sum = 0;
  for (const auto& [storage, volume] : volumes_) sum += volume.future;
  return sum;
}

bool ReportAssembly::ConfirmUnknown(StorageIndex storage,
                                    const dfs::Block& replica,
                                    std::uint64_t epoch,
                                    const Report* report) {
  auto& unknown = volumes_[storage].unknown;
  const Unknown now{replica.stamp, epoch, report == nullptr ? 0 : report->id, report == nullptr};
  auto at = unknown.find(replica.id);
  if (at == unknown.end()) {
    if (unknown.size() < kUnknownMax) unknown.emplace(replica.id, now);
    return false;
  }
  const Unknown& before = at->second;
  const bool same_generation =
      before.epoch == now.epoch && before.by_event == now.by_event && before.report == now.report;
  // An event adds nothing to what is known; another stamp is another replica.
  if (same_generation || now.by_event || before.stamp != now.stamp) {
    if (before.stamp != now.stamp) at->second = now;
    return false;
  }
  unknown.erase(at);
  return true;
}

void ReportAssembly::ForgetUnknown(StorageIndex storage, dfs::BlockId id) {
  auto at = volumes_.find(storage);
  if (at != volumes_.end()) at->second.unknown.erase(id);
}

std::size_t ReportAssembly::UnknownOf(StorageIndex storage) const {
  auto at = volumes_.find(storage);
  return at == volumes_.end() ? 0 : at->second.unknown.size();
}

}  // namespace mrd::namenode

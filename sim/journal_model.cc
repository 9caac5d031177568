#include "sim/journal_model.h"

#include <algorithm>
#include <utility>

#include "namenode/journal/edit_codec.h"
#include "namenode/journal/segment_codec.h"

namespace mrd::sim {
namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::uint32_t kNamespaceId = 7;

}  // namespace

Status JournalModel::Read(const Segment& segment, std::size_t* good_bytes, std::vector<namenode::Edit>* edits) const {
  namenode::RecordCursor cursor(segment.bytes, segment.first);
  for (;;) {
    switch (cursor.Next()) {
      case namenode::RecordCursor::Step::kRecord: {
        MRD_ASSIGN_OR_RETURN(namenode::Edit edit, namenode::DecodeEdit(cursor.id(), cursor.payload()));
        edits->push_back(std::move(edit));
        break;
      }
      case namenode::RecordCursor::Step::kEnd:
      case namenode::RecordCursor::Step::kTorn: *good_bytes = cursor.offset(); return Status::Ok();
      case namenode::RecordCursor::Step::kDamaged:
        return Corruption("a record that had been durable is not whole, after edit " +
                          std::to_string(cursor.last().value));
    }
  }
}

Result<JournalModel::Found> JournalModel::Recover() {
  Found found;
  for (Segment& segment : segments_) {
    std::size_t good = 0;
    MRD_RETURN_IF_ERROR(Read(segment, &good, &found.all));
    segment.bytes.resize(good);
  }
  namenode::TxId expected{0};
  for (const namenode::Edit& edit : found.all) {
    if (edit.id.value == ++expected.value) continue;
    return Corruption("edits are missing before " + std::to_string(edit.id.value));
  }
  if (applied_ > expected) {
    return Corruption("the checkpoint has edit " + std::to_string(applied_.value) + ", the journal ends with " +
                      std::to_string(expected.value));
  }
  found.checkpoint = checkpoint_;
  found.applied = applied_;
  last_ = durable_ = expected;
  // Each life begins a segment of its own.
  Segment segment;
  segment.first.value = last_.value + 1;
  namenode::SegmentHeader header;
  header.namespace_id = kNamespaceId;
  header.first = segment.first;
  header.epoch = ++life_;
  segment.bytes = namenode::EncodeSegmentHeader(header);
  segments_.push_back(std::move(segment));
  unapplied_.assign(found.all.begin() + static_cast<std::ptrdiff_t>(applied_.value), found.all.end());
  return found;
}

Result<std::vector<namenode::Edit>> JournalModel::Durable() const {
  std::vector<namenode::Edit> edits;
  for (const Segment& segment : segments_) {
    std::size_t good = 0;
    MRD_RETURN_IF_ERROR(Read(segment, &good, &edits));
  }
  return edits;
}

namenode::TxId JournalModel::Append(namenode::Edit edit) {
  edit.id.value = ++last_.value;
  std::string payload;
  namenode::EncodeEdit(edit, payload);
  namenode::AppendRecord({edit.id, batch_++}, payload, pending_);
  unapplied_.push_back(std::move(edit));
  if (!busy_) Flush();
  return last_;
}

void JournalModel::WhenDurable(namenode::TxId id, std::function<void()> done) {
  if (id <= durable_) return done();
  waiters_.push_back({id, std::move(done)});
}

void JournalModel::Flush() {
  busy_ = true;
  flushing_ = std::exchange(pending_, {});
  flushing_upto_ = last_;
  batch_ = 0;
  clock_.After(clock_.Between(1, flush_max), [this, life = life_] { Flushed(life); });
}

void JournalModel::Flushed(std::uint64_t life) {
  if (life != life_) return;
  std::string& disk = segments_.back().bytes;
  if (plant_ == Plant::kJournalLies) {
    disk += std::exchange(lied_about_, std::exchange(flushing_, {}));
  } else {
    disk += std::exchange(flushing_, {});
  }
  durable_ = flushing_upto_;
  busy_ = false;
  // The checkpoint takes what is durable, some time.
  while (!unapplied_.empty() && unapplied_.front().id <= durable_ && clock_.Chance(0.7)) {
    for (namenode::Mutation& mutation : unapplied_.front().mutations) {
      if (mutation.value) {
        checkpoint_[mutation.key] = *mutation.value;
      } else {
        checkpoint_.erase(mutation.key);
      }
    }
    applied_ = unapplied_.front().id;
    unapplied_.pop_front();
  }
  std::vector<Waiter> waiting;
  for (Waiter& waiter : std::exchange(waiters_, {})) {
    (waiter.id <= durable_ ? waiting : waiters_).push_back(std::move(waiter));
  }
  if (!pending_.empty()) Flush();
  for (const Waiter& waiter : waiting) waiter.done();
}

void JournalModel::Crash() {
  ++life_;
  lied_about_.clear();
  if (busy_) {
    // Sectors go to the disk in any order.
    std::string& disk = segments_.back().bytes;
    const std::size_t begin = disk.size();
    disk += flushing_;
    const bool nothing = clock_.Chance(0.3);
    for (std::size_t at = begin; at < disk.size(); at = (at / kSectorBytes + 1) * kSectorBytes) {
      const std::size_t end = std::min(disk.size(), (at / kSectorBytes + 1) * kSectorBytes);
      if (nothing || clock_.Chance(0.3)) disk.replace(at, end - at, end - at, '\0');
    }
  }
  busy_ = false;
  pending_.clear();
  flushing_.clear();
  waiters_.clear();
  batch_ = 0;
}

}  // namespace mrd::sim

#include "engine/merger.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "engine/attempt.h"
#include "engine/segment_format.h"

namespace mrd::engine {

namespace {
constexpr std::size_t kFanInMax = 512;  // open files are limited too
// More would only leave the cache before it is used; reading ahead is the system's.
constexpr std::size_t kReadMost = std::size_t{256} << 10;
}  // namespace

Merger::Merger(std::vector<SegmentCursor> segments, const KeyOrder& order)
    : segments_(std::move(segments)), order_(order), heads_(segments_.size()), losers_(segments_.size()) {}

void Merger::Load(std::uint32_t segment) {
  SegmentCursor& cursor = segments_[segment];
  Head& head = heads_[segment];
  if (cursor.Next()) [[likely]] {
    const std::string_view key = cursor.key();
    head.prefix = KeyPrefix(key.data(), key.size());
    // It is wanted when about as many records as there are segments have passed; their buffers do not fit the cache.
    cursor.Prefetch();
    return;
  }
  head.ended = true;
  head.prefix = ~std::uint64_t{0};  // behind all others, so that most matches look at the prefixes alone
  if (!cursor.status().ok() && status_.ok()) status_ = cursor.status();
}

bool Merger::Before(std::uint32_t a, std::uint32_t b) const {
  const Head& x = heads_[a];
  const Head& y = heads_[b];
  const bool bytewise = order_.bytewise();
  if (bytewise && x.prefix != y.prefix) return x.prefix < y.prefix;
  if (x.ended || y.ended) [[unlikely]] return x.ended == y.ended ? a < b : y.ended;
  if (bytewise) {
    const int order = CompareBytes(segments_[a].key(), segments_[b].key());
    return order != 0 ? order < 0 : a < b;
  }
  const int order = order_.Compare(segments_[a].key(), segments_[b].key());
  return order != 0 ? order < 0 : a < b;
}

// Plays all matches below `node`; leaves stand at n … 2n-1.
std::uint32_t Merger::Play(std::size_t node) {
  const std::size_t n = segments_.size();
  if (node >= n) return static_cast<std::uint32_t>(node - n);
  const std::uint32_t left = Play(2 * node);
  const std::uint32_t right = Play(2 * node + 1);
  const bool left_wins = Before(left, right);
  losers_[node] = left_wins ? right : left;
  return left_wins ? left : right;
}

// Plays the matches of one segment, whose head has changed, up to the top.
std::uint32_t Merger::Replay(std::uint32_t winner) {
  for (std::size_t node = (winner + segments_.size()) / 2; node >= 1; node /= 2) {
    if (Before(losers_[node], winner)) std::swap(losers_[node], winner);
  }
  return winner;
}

// The same for keys that are compared as bytes. Who wins is a matter of chance, so nothing here is predicted but that
// prefixes differ.
std::uint32_t Merger::ReplayByPrefix(std::uint32_t winner) {
  const Head* const heads = heads_.data();
  std::uint32_t* const losers = losers_.data();
  std::uint64_t prefix = heads[winner].prefix;
  for (std::size_t node = (winner + segments_.size()) / 2; node >= 1; node /= 2) {
    const std::uint32_t loser = losers[node];
    const std::uint64_t other = heads[loser].prefix;
    const bool lost = other == prefix ? Before(loser, winner) : other < prefix;
    losers[node] = lost ? winner : loser;
    winner = lost ? loser : winner;
    prefix = lost ? other : prefix;
  }
  return winner;
}

bool Merger::Next() {
  if (segments_.empty()) return false;
  if (!started_) {
    started_ = true;
    for (std::uint32_t i = 0; i < segments_.size(); ++i) Load(i);
    winner_ = segments_.size() == 1 ? 0 : Play(1);
  } else {
    Load(winner_);
    winner_ = order_.bytewise() ? ReplayByPrefix(winner_) : Replay(winner_);
  }
  return !heads_[winner_].ended && status_.ok();
}

std::uint64_t Merger::bytes_read() const {
  std::uint64_t sum = 0;
  for (const SegmentCursor& segment : segments_) sum += segment.bytes_read();
  return sum;
}

MergeShape ShapeMerge(std::uint64_t memory_bytes, int factor_setting, std::size_t segments) {
  constexpr std::size_t kLeast = kBlockTargetBytes + sizeof(BlockHeader);
  MergeShape shape;
  shape.fan_in = std::clamp<std::size_t>(memory_bytes / 4 * 3 / kLeast, 2, kFanInMax);
  if (factor_setting >= 2) shape.fan_in = std::min(shape.fan_in, static_cast<std::size_t>(factor_setting));
  const std::size_t at_once = std::max<std::size_t>(1, std::min(segments, shape.fan_in));
  shape.buffer_bytes = std::clamp<std::size_t>(memory_bytes / 2 / at_once, kLeast, kReadMost);
  return shape;
}

namespace {

// The neighbouring `width` segments that are smallest together.
std::size_t CheapestWindow(const std::vector<SpillFile>& spills, int reduce, std::size_t width) {
  std::uint64_t sum = 0;
  std::uint64_t least = ~std::uint64_t{0};
  std::size_t best = 0;
  for (std::size_t i = 0; i < spills.size(); ++i) {
    sum += spills[i].segment(reduce).bytes;
    if (i >= width) sum -= spills[i - width].segment(reduce).bytes;
    if (i + 1 >= width && sum < least) {
      least = sum;
      best = i + 1 - width;
    }
  }
  return best;
}

}  // namespace

Status MergeDown(JobContext& job,
                 int reduce,
                 const KeyOrder& order,
                 std::vector<SpillFile>* spills,
                 std::uint64_t* records_written,
                 std::uint64_t* bytes_written) {
  std::size_t round = 0;
  for (;;) {
    const MergeShape shape = ShapeMerge(job.settings.task_memory_bytes, job.settings.merge_factor, spills->size());
    if (spills->size() <= shape.fan_in) return Status::Ok();
    const std::size_t width = std::min(shape.fan_in, spills->size() - shape.fan_in + 1);
    const std::size_t first = CheapestWindow(*spills, reduce, width);
    std::vector<SegmentCursor> cursors;
    for (std::size_t i = first; i < first + width; ++i) {
      cursors.emplace_back((*spills)[i], reduce, shape.buffer_bytes);
    }
    char name[64];
    std::snprintf(name, sizeof(name), "/merge_r_%06d_%zu.out", reduce, round++);
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> writer,
                         SpillWriter::Create(job.env, job.local_dir + name, reduce + 1,
                                             job.settings.compress_map_output, job.more_local_dirs));
    MRD_RETURN_IF_ERROR(writer->StartSegment(reduce));
    Merger merger(std::move(cursors), order);
    std::uint64_t count = 0;
    while (merger.Next()) {
      MRD_RETURN_IF_ERROR(writer->Append(merger.key(), merger.value()));
      if ((++count & 0xFFFF) != 0) continue;
      job.merged_records.fetch_add(0x10000, std::memory_order_relaxed);
      if (job.cancel.set() || job.failed.load()) return Cancelled("interrupted");
    }
    MRD_RETURN_IF_ERROR(merger.status());
    MRD_ASSIGN_OR_RETURN(SpillFile merged, writer->Finish());
    *records_written += count;
    *bytes_written += writer->bytes_written();
    merged.map = (*spills)[first].map;
    merged.sequence = (*spills)[first].sequence;
    merged.spent = (*spills)[first].spent;
    (*spills)[first] = std::move(merged);
    spills->erase(spills->begin() + static_cast<std::ptrdiff_t>(first) + 1,
                  spills->begin() + static_cast<std::ptrdiff_t>(first + width));
  }
}

}  // namespace mrd::engine

#include "jobtracker/service/split_table.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "jobtracker/journal/store_keys.h"
#include "jobtracker/service/parse_message.h"
#include "proto/mr/journal.pb.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

void SplitTable::Add(const proto::SplitProto& split) {
  split.AppendToString(&bytes_);
  ends_.push_back(bytes_.size());
}

Status SplitTable::AddChunk(std::string_view chunk) {
  proto::SplitChunkProto message;
  if (!ParseMessage(chunk, &message)) return Corruption("splits: no such message");
  for (const proto::SplitProto& split : message.splits()) Add(split);
  return Status::Ok();
}

proto::SplitProto SplitTable::At(std::size_t index) const {
  MRD_CHECK(index < ends_.size());
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  proto::SplitProto split;
  MRD_CHECK(split.ParseFromArray(bytes_.data() + begin, static_cast<int>(ends_[index] - begin)));
  return split;
}

std::vector<SplitSummary> SplitTable::Summaries() const {
  std::vector<SplitSummary> summaries;
  summaries.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const proto::SplitProto split = At(i);
    summaries.push_back({split.bytes(), {split.hosts().begin(), split.hosts().end()}});
  }
  return summaries;
}

std::vector<StoreWrite> SplitTable::ToWrites(std::string_view job) const {
  std::vector<StoreWrite> writes;
  for (std::size_t begin = 0; begin < size(); begin += kSplitsPerChunk) {
    proto::SplitChunkProto chunk;
    for (std::size_t i = begin; i < std::min(begin + kSplitsPerChunk, size()); ++i) *chunk.add_splits() = At(i);
    writes.push_back({SplitsKey(job, begin / kSplitsPerChunk), chunk.SerializeAsString()});
  }
  return writes;
}

}  // namespace mrd::jobtracker

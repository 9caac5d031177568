#include "mapred/wire/convert.h"

#include <algorithm>

namespace mrd::mapred::wire {

void ToProto(const engine::Counters& counters, proto::CountersProto* message) {
  message->Clear();
  for (const engine::Counters::Group& group : counters.Groups()) {
    proto::CounterGroupProto* const to = message->add_groups();
    to->set_name(group.name);
    for (const engine::Counters::Cell& cell : group.cells) {
      proto::CounterProto* const counter = to->add_counters();
      counter->set_name(cell.name);
      counter->set_value(cell.value);
    }
  }
}

engine::Counters FromProto(const proto::CountersProto& message) {
  engine::Counters counters;
  for (const proto::CounterGroupProto& group : message.groups()) {
    for (const proto::CounterProto& counter : group.counters()) counters.Add(group.name(), counter.name(), counter.value());
  }
  return counters;
}

void ToProto(const engine::Ledger& ledger, proto::LedgerProto* message) {
  message->Clear();
  message->set_splitbytes(ledger.split_bytes);
  message->set_mapbytes(ledger.map_bytes);
  message->set_combinebytes(ledger.combine_bytes);
  message->set_spillbytes(ledger.spill_bytes);
  message->set_shufflebytes(ledger.shuffle_bytes);
  message->set_reducebytes(ledger.reduce_bytes);
  message->set_outputbytes(ledger.output_bytes);
  message->set_inputrecords(ledger.input_records);
  message->set_maprecords(ledger.map_records);
  message->set_shuffledrecords(ledger.shuffled_records);
  message->set_outputrecords(ledger.output_records);
  message->set_groups(ledger.groups);
  message->set_largestgrouprecords(ledger.largest_group_records);
  message->set_largestgroupbytes(ledger.largest_group_bytes);
  message->set_largestgroupkey(ledger.largest_group_key);
  for (const std::uint64_t count : ledger.group_histogram) message->add_grouphistogram(count);
}

engine::Ledger FromProto(const proto::LedgerProto& message) {
  engine::Ledger ledger;
  ledger.split_bytes = message.splitbytes();
  ledger.map_bytes = message.mapbytes();
  ledger.combine_bytes = message.combinebytes();
  ledger.spill_bytes = message.spillbytes();
  ledger.shuffle_bytes = message.shufflebytes();
  ledger.reduce_bytes = message.reducebytes();
  ledger.output_bytes = message.outputbytes();
  ledger.input_records = message.inputrecords();
  ledger.map_records = message.maprecords();
  ledger.shuffled_records = message.shuffledrecords();
  ledger.output_records = message.outputrecords();
  ledger.groups = message.groups();
  ledger.largest_group_records = message.largestgrouprecords();
  ledger.largest_group_bytes = message.largestgroupbytes();
  ledger.largest_group_key = message.largestgroupkey();
  const int buckets = std::min(message.grouphistogram_size(), static_cast<int>(ledger.group_histogram.size()));
  for (int i = 0; i < buckets; ++i) ledger.group_histogram[static_cast<std::size_t>(i)] = message.grouphistogram(i);
  return ledger;
}

void ToProto(const engine::ManifestPart& part, proto::PartProto* message) {
  message->set_name(part.name);
  message->set_bytes(part.bytes);
  message->set_records(part.records);
  message->set_hash(part.hash);
}

engine::ManifestPart FromProto(const proto::PartProto& message) {
  return {.name = message.name(), .bytes = message.bytes(), .records = message.records(), .hash = message.hash()};
}

void ToProto(const engine::InputSplit& split, proto::SplitProto* message) {
  message->set_inputindex(split.input_index);
  message->set_bytes(split.bytes);
  message->clear_pieces();
  for (const engine::InputPiece& piece : split.pieces) {
    proto::PieceProto* const to = message->add_pieces();
    to->set_path(piece.path);
    to->set_start(piece.start);
    to->set_length(piece.length);
    if (piece.whole_file) to->set_wholefile(true);
    if (!piece.payload.empty()) to->set_payload(piece.payload);
  }
}

engine::InputSplit FromProto(const proto::SplitProto& message) {
  engine::InputSplit split;
  split.input_index = message.inputindex();
  split.bytes = message.bytes();
  for (const proto::PieceProto& piece : message.pieces()) {
    split.pieces.push_back({.path = piece.path(),
                            .start = piece.start(),
                            .length = piece.length(),
                            .whole_file = piece.wholefile(),
                            .payload = piece.payload()});
  }
  return split;
}

}  // namespace mrd::mapred::wire

#include "engine/ledger.h"

namespace mrd::engine {

void Ledger::Merge(const Ledger& other) {
  split_bytes += other.split_bytes;
  map_bytes += other.map_bytes;
  combine_bytes += other.combine_bytes;
  spill_bytes += other.spill_bytes;
  shuffle_bytes += other.shuffle_bytes;
  reduce_bytes += other.reduce_bytes;
  output_bytes += other.output_bytes;
  input_records += other.input_records;
  map_records += other.map_records;
  shuffled_records += other.shuffled_records;
  output_records += other.output_records;
  groups += other.groups;
  // Of equally large groups the one with the smaller key counts, so that the order of tasks does not show.
  const bool larger = other.largest_group_records > largest_group_records ||
                      (other.largest_group_records == largest_group_records && other.largest_group_records != 0 &&
                       other.largest_group_key < largest_group_key);
  if (larger) {
    largest_group_records = other.largest_group_records;
    largest_group_bytes = other.largest_group_bytes;
    largest_group_key = other.largest_group_key;
  }
  for (std::size_t i = 0; i < group_histogram.size(); ++i) group_histogram[i] += other.group_histogram[i];
}

}  // namespace mrd::engine

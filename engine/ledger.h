#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace mrd::engine {

// What a job sent where: the communication that the theory of MapReduce counts. Filled by the runner, printed after
// the job, kept in the manifest and in --report.
struct Ledger {
  // Bytes along each edge.
  std::uint64_t split_bytes = 0;    // read from the inputs (as stored)
  std::uint64_t map_bytes = 0;      // emitted by mappers, keys and values encoded
  std::uint64_t combine_bytes = 0;  // left after combining
  std::uint64_t spill_bytes = 0;    // written to disk by maps and intermediate merges, framing included
  std::uint64_t shuffle_bytes = 0;  // fetched by reduces, from disk or memory
  std::uint64_t reduce_bytes = 0;   // keys and values handed to reducers
  std::uint64_t output_bytes = 0;   // written as output

  std::uint64_t input_records = 0;
  std::uint64_t map_records = 0;
  std::uint64_t shuffled_records = 0;  // pairs that reached a reduce
  std::uint64_t output_records = 0;

  // Reducer size q: pairs of one group.
  std::uint64_t groups = 0;
  std::uint64_t largest_group_records = 0;
  std::uint64_t largest_group_bytes = 0;
  std::string largest_group_key;  // encoded, cut to 256 bytes
  std::array<std::uint64_t, 64> group_histogram{};  // [i]: groups of 2^i … 2^(i+1)-1 pairs

  // Replication rate r: pairs sent to reduces by the mappers ÷ input records; 0 when there was no input.
  double ReplicationRate() const {
    return input_records == 0 ? 0 : static_cast<double>(map_records) / static_cast<double>(input_records);
  }
  void Merge(const Ledger& other);
};

}  // namespace mrd::engine

// Sorts records of 100 bytes by their first 10, as the sort benchmark wants it.
#include "records.h"

MR_JOB(terasort, "Sorts records of 100 bytes by their first 10 bytes.") {
  job.format<tera::Blocks<true>>();
  job.map([](int64_t, std::string_view block, mr::Emit<std::string_view, std::string_view>& emit) {
    for (std::size_t at = 0; at < block.size(); at += tera::kRecordBytes) {
      emit(tera::key_of(block.data() + at), tera::value_of(block.data() + at));
    }
  });
  // Part 0, part 1, ... in their order are sorted. Without a reducer, pairs leave as the sort left them.
  job.partition(mr::total_order);
  job.output_format<tera::Output>();
}

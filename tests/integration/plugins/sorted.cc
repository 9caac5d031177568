// Lines sorted by themselves, without a combiner: everything goes through spill, merge and shuffle.
#include <mr/mr.h>

MR_JOB(sorted, "Sorts lines.") {
  job.map([](mr::Line line, mr::Emit<std::string_view, std::int64_t>& emit) { emit(line.text, 1); });
  job.reduce([](std::string_view key, mr::Values<std::int64_t>& values, mr::Emit<std::string_view, std::int64_t>& emit) {
    for (std::int64_t value : values) emit(key, value);
  });
}

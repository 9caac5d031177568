// Sorts the lines of text by their bytes; equal lines all stay.
#include <mr/mr.h>

MR_JOB(sort, "Sorts lines by their bytes, in a total order over all part files.") {
  // The line is the key, so the sort between map and reduce does the work. There is no value.
  job.map([](mr::Line line, mr::Emit<std::string_view, mr::None>& emit) { emit(line); });
  // Each reduce gets a range of keys instead of a hash's share: part 0, part 1, ... in their order are sorted.
  job.partition(mr::total_order);
}

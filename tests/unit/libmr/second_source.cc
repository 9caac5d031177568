// A second translation unit of one plugin.
#include <mr/mr.h>

MR_JOB(lines, "Counts lines.") {
  job.map([](mr::Line, mr::Emit<std::string_view, int64_t>& emit) { emit("lines", 1); });
  job.combine(mr::sum).reduce(mr::sum);
}

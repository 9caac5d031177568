// expect: whose parameters all have types (no auto)
#include <mr/mr.h>

MR_JOB(wrong, "A lambda with auto.") {
  job.map([](auto line, mr::Emit<std::string_view, int64_t>& emit) { emit(line, 1); });
}

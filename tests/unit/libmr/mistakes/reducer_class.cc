// expect: needs a public reduce(Key key, Values& values, Emit& emit)
#include <mr/mr.h>

struct Wrong : mr::Reducer<std::string_view, int64_t, std::string_view, int64_t> {
  void reduce(std::string_view, Values&) {}
};

MR_JOB(wrong, "A reduce() without emit.") { job.reduce<Wrong>(); }

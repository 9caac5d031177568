// expect: needs a public map(input…, Emit& emit)
#include <mr/mr.h>

struct Wrong : mr::Mapper<mr::Line, std::string_view, int64_t> {
  void map(std::vector<int>, Emit&) {}
};

MR_JOB(wrong, "A map() with other types than it says.") { job.map<Wrong>(); }

// expect: mr: a pointer or reference cannot be a key or value
#include <mr/mr.h>

MR_JOB(wrong, "A C string as key.") {
  job.map([](mr::Line, mr::Emit<const char*, int64_t>& emit) { emit("x", 1); });
}

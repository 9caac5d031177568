// expect: mr: a map function takes (mr::Line line, mr::Emit<K, V>& emit)
#include <mr/mr.h>

MR_JOB(wrong, "Emit by value.") {
  job.map([](mr::Line, int) {});
}

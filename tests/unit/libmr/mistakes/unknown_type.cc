// expect: mr: this type cannot be a key or value
#include <mr/mr.h>

struct Point {
  int x = 0;
  int y = 0;
};

MR_JOB(wrong, "A type without an encoding.") {
  job.map([](mr::Line, mr::Emit<Point, int64_t>& emit) { emit(Point{}, 1); });
}

#include "jobtracker/service/end_notifier.h"

#include <catch2/catch.hpp>

namespace mrd::jobtracker {

TEST_CASE("end notifier: words of the address are replaced wherever they stand", "[notify]") {
  CHECK(NotificationUrl("http://h/x?id=$jobId&s=$jobStatus", "job_1_0001", "FAILED") == "http://h/x?id=job_1_0001&s=FAILED");
  CHECK(NotificationUrl("http://h/$jobId/$jobId", "j", "S") == "http://h/j/j");
  CHECK(NotificationUrl("http://h/plain", "j", "S") == "http://h/plain");
  // What was put in is not looked at again.
  CHECK(NotificationUrl("http://h/$jobId", "$jobIdx", "S") == "http://h/$jobIdx");
}

}  // namespace mrd::jobtracker

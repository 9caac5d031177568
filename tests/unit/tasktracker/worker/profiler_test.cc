#include "tasktracker/worker/profiler.h"

#include <cstdint>
#include <string>

#include <catch2/catch.hpp>

namespace mrd::tasktracker {
namespace {

// Burns CPU time until the profiler has taken `samples` more.
__attribute__((noinline)) std::uint64_t BurnUntil(const Profiler& profiler, std::uint64_t samples) {
  volatile std::uint64_t sum = 0;
  while (profiler.samples() < samples) {
    for (std::uint64_t i = 0; i < 100'000; ++i) sum = sum + i;
  }
  return sum;
}

TEST_CASE("profiler: what burns the time is named, from the outermost function to the innermost", "[profiler]") {
  Result<std::unique_ptr<Profiler>> profiler = Profiler::Start();
  REQUIRE(profiler.ok());
  CHECK_FALSE(Profiler::Start().ok());  // one at a time
  CHECK(BurnUntil(**profiler, 20) > 0);
  (*profiler)->Stop();
  const std::uint64_t taken = (*profiler)->samples();
  const std::string folded = (*profiler)->Folded();
  INFO(folded);
  CHECK(folded.find("BurnUntil(") != std::string::npos);
  CHECK(folded.find("main;") != std::string::npos);
  CHECK(folded.find("main;") < folded.find("BurnUntil("));
  CHECK(folded.find("OnSample") == std::string::npos);
  std::uint64_t told = 0;
  for (std::size_t at = 0; at < folded.size();) {
    const std::size_t end = folded.find('\n', at);
    REQUIRE(end != std::string::npos);
    const std::string line = folded.substr(at, end - at);
    told += std::stoull(line.substr(line.rfind(' ') + 1));
    at = end + 1;
  }
  CHECK(told == taken);
  profiler->reset();
  Result<std::unique_ptr<Profiler>> again = Profiler::Start();
  REQUIRE(again.ok());
  CHECK((*again)->samples() < taken);
}

TEST_CASE("function names: of this program, of a library, of nowhere", "[profiler]") {
  FunctionNames names(Env::Posix());
  CHECK(names.Of(reinterpret_cast<std::uintptr_t>(&BurnUntil), false).find("BurnUntil(") != std::string::npos);
  CHECK(names.Of(8, false) == "[unknown]");
}

}  // namespace
}  // namespace mrd::tasktracker

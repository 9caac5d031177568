#include "dfs/client/connection_cache.h"

#include <catch2/catch.hpp>

namespace mrd::dfs::client {
namespace {

class ManualClock final : public Clock {
 public:
  std::int64_t MonotonicNanos() override { return now_ns; }
  std::int64_t WallMillis() override { return 0; }
  std::int64_t ProcessCpuMillis() override { return 0; }
  std::int64_t now_ns = 0;
  void Pass(std::chrono::nanoseconds time) { now_ns += time.count(); }
};

// The cache only keeps and destroys: a stream is not needed to tell whose it is.
std::unique_ptr<BufferedStream> Connection() { return std::make_unique<BufferedStream>(nullptr); }

TEST_CASE("connection cache: gives back the youngest to an address, once", "[dfs][client]") {
  ManualClock clock;
  ConnectionCache cache(clock, std::chrono::seconds(3), 8);
  auto first = Connection();
  auto second = Connection();
  const BufferedStream* const younger = second.get();
  cache.Put("a:1", std::move(first));
  cache.Put("a:1", std::move(second));
  cache.Put("b:1", Connection());
  CHECK(cache.Take("c:1") == nullptr);
  CHECK(cache.Take("a:1").get() == younger);
  CHECK(cache.Take("a:1") != nullptr);
  CHECK(cache.Take("a:1") == nullptr);
  CHECK(cache.Take("b:1") != nullptr);
}

TEST_CASE("connection cache: old ones are not given out, and there is a bound", "[dfs][client]") {
  ManualClock clock;
  ConnectionCache cache(clock, std::chrono::seconds(3), 2);
  cache.Put("a:1", Connection());
  clock.Pass(std::chrono::milliseconds(2999));
  cache.Put("b:1", Connection());
  clock.Pass(std::chrono::milliseconds(1));
  CHECK(cache.Take("a:1") == nullptr);
  CHECK(cache.Take("b:1") != nullptr);
  cache.Put("a:1", Connection());
  cache.Put("b:1", Connection());
  cache.Put("c:1", Connection());
  CHECK(cache.Take("a:1") == nullptr);
  CHECK(cache.Take("b:1") != nullptr);
  CHECK(cache.Take("c:1") != nullptr);
}

}  // namespace
}  // namespace mrd::dfs::client

// Our client while Hadoop's datanodes die: nothing that was written is lost, reads go on elsewhere.

#include <catch2/catch.hpp>

#include <cstdlib>
#include <sstream>

#include "tests/compat/hadoop/hdfs_fixture.h"

namespace mrd::test {
namespace {

// Each case breaks its own cluster.
struct Broken {
  explicit Broken(int datanodes, std::vector<std::string> properties = {})
      : cluster([&] {
          HadoopCluster::Settings settings;
          settings.datanodes = datanodes;
          settings.properties = std::move(properties);
          return settings;
        }()) {
    if (!cluster.available()) WARN("skipped: " << cluster.reason());
  }
  HadoopCluster cluster;
};

TEST_CASE("dfs client faults: datanodes die while a file is written, appended to and read", "[compat]") {
  Broken broken(4);
  HadoopCluster& cluster = broken.cluster;
  if (!cluster.available()) return;
  auto fs = Connect(cluster, {{"dfs.client.socket-timeout", "5s"}});
  const std::string content = Content(6 * kBlock + 1234);

  SECTION("the first that is lost is replaced; then no other is left, and the write is refused with the reason") {
    auto file = fs->Create(At("/written"), true);
    REQUIRE(file.ok());
    const std::size_t part = 2 * kBlock + 100;
    REQUIRE(WriteAll(**file, content.substr(0, part)).ToString() == "OK");
    REQUIRE((*file)->Hflush().ToString() == "OK");
    cluster.Do("stop 0");
    REQUIRE(WriteAll(**file, content.substr(part, part)).ToString() == "OK");
    REQUIRE((*file)->Hflush().ToString() == "OK");
    CHECK(cluster.Do("read /written") == LengthAndCrc(content.substr(0, 2 * part)));

    // The block that was just flushed loses a node, and of the two that are left both have it.
    cluster.Do("stop 0");
    Status refused = WriteAll(**file, content.substr(2 * part));
    if (refused.ok()) refused = (*file)->Close();
    INFO(refused.ToString());
    CHECK(refused.code() == Code::kUnavailable);
    CHECK(refused.message().find(" of /written: Failed to replace a bad datanode") != std::string::npos);
    const auto left = ReadFile(*fs, "/written");  // what was flushed, and perhaps more
    REQUIRE(left.status().ToString() == "OK");
    CHECK(left->size() >= 2 * part);
    CHECK(content.starts_with(*left));
  }

  SECTION("with best effort writing goes on with what is left") {
    auto patient = Connect(cluster, {{"dfs.client.socket-timeout", "5s"},
                                     {"dfs.client.block.write.replace-datanode-on-failure.best-effort", "true"}});
    auto file = patient->Create(At("/best-effort"), true);
    REQUIRE(file.ok());
    const std::size_t quarter = content.size() / 4;
    for (int i = 0; i < 4; ++i) {
      const std::string part = i < 3 ? content.substr(i * quarter, quarter) : content.substr(3 * quarter);
      REQUIRE(WriteAll(**file, part).ToString() == "OK");
      REQUIRE((*file)->Hflush().ToString() == "OK");
      if (i < 3) cluster.Do("stop 0");
    }
    REQUIRE((*file)->Close().ToString() == "OK");
    CHECK(*ReadFile(*patient, "/best-effort") == content);
    CHECK(cluster.Do("read /best-effort") == LengthAndCrc(content));
  }

  SECTION("a reader goes on with other replicas") {
    REQUIRE(WriteFile(*fs, "/read", content).ToString() == "OK");
    auto file = fs->Open(At("/read"));
    REQUIRE(file.ok());
    std::string out(content.size(), '\0');
    std::size_t at = 0;
    const auto read_to = [&](std::size_t end) {
      while (at < end) {
        const auto got = (*file)->ReadAt(at, out.data() + at, std::min<std::size_t>(200'000, end - at));
        REQUIRE(got.status().ToString() == "OK");
        at += *got;
      }
    };
    read_to(kBlock / 2);
    cluster.Do("stop 0");
    read_to(2 * kBlock + 17);
    cluster.Do("stop 0");
    read_to(content.size());
    CHECK(out == content);
  }

  SECTION("a hedged read is answered by whoever can") {
    auto hedging = Connect(cluster, {{"dfs.client.hedged.read.threadpool.size", "2"},
                                     {"dfs.client.hedged.read.threshold.millis", "50"}});
    REQUIRE(WriteFile(*hedging, "/hedged", content).ToString() == "OK");
    cluster.Do("stop 1");
    auto file = hedging->Open(At("/hedged"));
    REQUIRE(file.ok());
    for (std::size_t offset = content.size(); offset > 50'000; offset -= 50'000) {
      std::string out(50'000, '\0');
      const auto got = (*file)->ReadAt(offset - 50'000, out.data(), out.size());
      REQUIRE(got.status().ToString() == "OK");
      REQUIRE(out == content.substr(offset - 50'000, 50'000));
    }
  }
}

TEST_CASE("dfs client faults: a replica with wrong bytes is passed over, and reported", "[compat]") {
  Broken broken(2);
  HadoopCluster& cluster = broken.cluster;
  if (!cluster.available()) return;
  auto fs = Connect(cluster, {{"dfs.replication", "2"}});
  const std::string content = Content(300'000);
  REQUIRE(WriteFile(*fs, "/corrupt-one", content).ToString() == "OK");
  cluster.Do("corrupt /corrupt-one 1");
  for (int i = 0; i < 4; ++i) {
    const auto read = ReadFile(*fs, "/corrupt-one");
    REQUIRE(read.status().ToString() == "OK");
    CHECK(*read == content);
  }

  REQUIRE(WriteFile(*fs, "/corrupt-all", content).ToString() == "OK");
  cluster.Do("corrupt /corrupt-all 2");
  auto impatient = Connect(cluster, {{"dfs.client.max.block.acquire.failures", "1"}});
  const auto read = ReadFile(*impatient, "/corrupt-all");
  REQUIRE_FALSE(read.ok());
  INFO(read.status().ToString());
  CHECK(read.status().message().find("of /corrupt-all at ") != std::string::npos);
  CHECK(read.status().tag() == "org.apache.hadoop.hdfs.BlockMissingException");
}

TEST_CASE("dfs client faults: with no datanode left the error names block, file and peer", "[compat]") {
  Broken broken(1);
  HadoopCluster& cluster = broken.cluster;
  if (!cluster.available()) return;
  auto fs = Connect(cluster, {{"dfs.replication", "1"}, {"dfs.client.max.block.acquire.failures", "1"}});
  REQUIRE(WriteFile(*fs, "/alone", Content(1000)).ToString() == "OK");
  cluster.Do("stop 0");
  const auto read = ReadFile(*fs, "/alone");
  REQUIRE_FALSE(read.ok());
  INFO(read.status().ToString());
  CHECK(read.status().code() == Code::kUnavailable);
  CHECK(read.status().message().find("read blk_") == 0);
  CHECK(read.status().message().find(" of /alone at 0 from 127.0.0.1:") != std::string::npos);
  CHECK(read.status().message().find("(1 of 1 replicas tried") != std::string::npos);
  const Status written = WriteFile(*fs, "/nowhere", "x");
  INFO(written.ToString());
  CHECK_FALSE(written.ok());
}

}  // namespace
}  // namespace mrd::test

// Files of a replica on this host: read by one thread or two, whole chunks or parts of them, with what they hold compared
// with its checksums.

#include "dfs/client/local_replicas.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "dfs/client/second_reader.h"
#include "dfs/wire/meta_header.h"
#include "tests/support/temporary_dir.h"

namespace mrd::dfs::client {
namespace {

constexpr std::uint64_t kBlockOffset = 1000;  // of the block in the file

// A block's two files.
struct OwnReplica {
  explicit OwnReplica(std::size_t size, std::uint32_t chunk = 512) {
    spec.bytes_per_chunk = chunk;
    content.resize(size);
    std::mt19937_64 random(size);
    for (char& byte : content) byte = static_cast<char>(random());
    std::string meta(wire::kMetaHeaderBytes + spec.ChecksumBytes(size), '\0');
    wire::ComputeChecksums(spec, content, meta.data() + wire::kMetaHeaderBytes);
    data_path = Write(dir / "data", content);
    meta_path = Write(dir / "meta", meta);
  }
  LocalReplica Open() const {
    LocatedBlock block;
    block.offset = kBlockOffset;
    block.block.block.length = content.size();
    return {block, UniqueFd(::open(data_path.c_str(), O_RDONLY)), UniqueFd(::open(meta_path.c_str(), O_RDONLY)), spec, true};
  }

  static std::string Write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  test::TemporaryDir dir;
  wire::ChecksumSpec spec;
  std::string content;
  std::string data_path;
  std::string meta_path;
};

TEST_CASE("local replicas: any range is read right, by one thread or two", "[dfs][client]") {
  const Options options;
  const BlockTokenStore tokens;
  LocalReplicas replicas(options, tokens);
  for (const std::uint32_t chunk : {512U, 700U, 3U << 20}) {
    const OwnReplica own((5U << 20) + 77, chunk);
    const LocalReplica replica = own.Open();
    std::mt19937 random(chunk);
    for (int round = 0; round < 40; ++round) {
      const std::size_t from = round == 0 ? 0 : random() % own.content.size();
      const std::size_t size = round == 0 ? own.content.size() : 1 + random() % (own.content.size() - from);
      CAPTURE(chunk, from, size);
      std::string got(size, '\0');
      REQUIRE(replicas.Read(replica, kBlockOffset + from, got.data(), size).ok());
      REQUIRE((got == own.content.substr(from, size)));
    }
  }
}

TEST_CASE("local replicas: damage is found in whichever half of a read it lies", "[dfs][client]") {
  const Options options;
  const BlockTokenStore tokens;
  LocalReplicas replicas(options, tokens);
  const OwnReplica own(4U << 20);
  for (const std::size_t at : {std::size_t{100}, std::size_t{3} << 20}) {
    const UniqueFd file(::open(own.data_path.c_str(), O_RDWR));
    const char other = static_cast<char>(own.content[at] ^ 1);
    REQUIRE(::pwrite(file.get(), &other, 1, static_cast<off_t>(at)) == 1);
    std::string got(own.content.size(), '\0');
    const Status read = replicas.Read(own.Open(), kBlockOffset, got.data(), got.size());
    CHECK(read.code() == Code::kCorruption);
    CHECK(read.message().find(std::to_string(at / 512 * 512)) != std::string::npos);
    REQUIRE(::pwrite(file.get(), &own.content[at], 1, static_cast<off_t>(at)) == 1);
  }
}

TEST_CASE("second reader: both halves are done, whoever else has it work", "[dfs][client]") {
  SecondReader second;
  std::atomic<int> done{0};
  std::vector<std::thread> callers;
  std::barrier together(4);
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      together.arrive_and_wait();
      for (int round = 0; round < 200; ++round) {
        int mine = 0;
        int other = 0;
        second.RunBoth([&] { mine = 1; }, [&] { other = 1; });
        done += mine + other;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(done == 4 * 200 * 2);
}

}  // namespace
}  // namespace mrd::dfs::client

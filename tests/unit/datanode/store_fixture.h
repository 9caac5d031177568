#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "datanode/store/block_store.h"
#include "tests/support/temporary_dir.h"

namespace mrd::datanode {

// Thrown at an armed crash point: what the objects do on the way out is nothing to the disk, so it is like kill -9.
struct Crashed {};

inline constexpr const char* kPool = "BP-1-127.0.0.1-1000";

// A store on directories of its own that can be ended and started again.
class StoreFixture {
 public:
  explicit StoreFixture(std::size_t volumes = 1, Env& env = Env::Posix());

  // Ends the store as kill -9 would and starts it again.
  void Restart();
  // Makes the next passes of a crash point throw Crashed.
  void Arm(std::string_view crash_point);
  void End() { store_.reset(); }
  Status Start();

  BlockStore& store() { return *store_; }
  std::string dir(std::size_t volume) const { return root_ / ("data" + std::to_string(volume)); }
  std::string lines() const { return *lines_; }  // what was logged

  static dfs::ExtendedBlock Block(std::int64_t id, std::int64_t stamp, std::uint64_t length = 0);
  static NewReplica New(std::int64_t id, std::int64_t stamp);
  static dfs::NamespaceInfo Space();

  // Bytes that tell their place: byte i of block `id`.
  static std::string Content(std::int64_t id, std::uint64_t from, std::uint64_t to);
  static std::string Checksums(std::string_view data, const dfs::wire::ChecksumSpec& spec = {});
  // Sends bytes [from, to) as one packet.
  static Status Write(ReplicaWriter& writer, std::uint64_t from, std::uint64_t to, bool acknowledge = true);
  // A whole finalized replica.
  FinalizedReplica MakeFinalized(std::int64_t id, std::int64_t stamp, std::uint64_t length);
  // What a reader sees, after comparing with the checksums; or the error.
  Result<std::string> Read(const dfs::ExtendedBlock& block);
  dfs::ReportedReplica Find(std::int64_t id);

  StoreOptions options;

 private:
  test::TemporaryDir root_;
  Env& env_;
  std::shared_ptr<std::string> lines_ = std::make_shared<std::string>();
  Log log_;
  Random random_{7};
  std::unique_ptr<CrashPoints> crash_points_;
  std::unique_ptr<BlockStore> store_;
};

}  // namespace mrd::datanode

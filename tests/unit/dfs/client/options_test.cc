#include "dfs/client/options.h"

#include <catch2/catch.hpp>

#include "dfs/client/file_systems.h"
#include "dfs/client/keys.h"
#include "dfs/client/rpc_options.h"
#include "dfs/keys.h"

namespace mrd::dfs::client {
namespace {

KeyRegistry Keys() {
  KeyRegistry keys;
  keys.Add(DfsKeys());
  keys.Add(ClientKeys());
  return keys;
}

TEST_CASE("dfs client options: the defaults of the keys are those of the struct", "[dfs][client]") {
  const KeyRegistry keys = Keys();
  const auto read = ReadOptions(Config(keys));
  REQUIRE(read.status().ToString() == "OK");
  const Options plain;
  CHECK(read->replication == 0);  // the server's
  CHECK(read->block_size == 0);
  CHECK(read->umask == plain.umask);
  CHECK(read->checksum == plain.checksum);
  CHECK(read->packet_bytes == plain.packet_bytes);
  CHECK(read->retry_window_base == plain.retry_window_base);
  CHECK(read->block_acquire_failures_max == plain.block_acquire_failures_max);
  CHECK(read->connection_cache_expiry == plain.connection_cache_expiry);
  CHECK(read->connection_cache_capacity == plain.connection_cache_capacity);
  CHECK(read->hedged_reads_max == 0);
  CHECK(read->hedged_threshold == plain.hedged_threshold);
  CHECK(read->block_write_retries == plain.block_write_retries);
  CHECK(read->locate_following_retries == plain.locate_following_retries);
  CHECK(read->locate_following_delay == plain.locate_following_delay);
  CHECK(read->socket_timeout == plain.socket_timeout);
  CHECK(read->rpc_timeout == plain.rpc_timeout);
  CHECK(read->connect_timeout == plain.connect_timeout);
  CHECK(read->connect_retries == plain.connect_retries);
  CHECK(read->connect_retry_interval == plain.connect_retry_interval);
  CHECK(read->datanode_restart_timeout == plain.datanode_restart_timeout);
}

TEST_CASE("dfs client options: what is set is taken, what makes no sense is named", "[dfs][client]") {
  const KeyRegistry keys = Keys();
  Config config(keys);
  REQUIRE(config.Set("dfs.replication", "2", "test").ok());
  REQUIRE(config.Set("dfs.blocksize", "1m", "test").ok());
  REQUIRE(config.Set("fs.permissions.umask-mode", "077", "test").ok());
  REQUIRE(config.Set("dfs.checksum.type", "crc32", "test").ok());
  REQUIRE(config.Set("dfs.checksum.combine.mode", "composite_crc", "test").ok());
  REQUIRE(config.Set("dfs.client.block.write.replace-datanode-on-failure.policy", "never", "test").ok());
  const auto read = ReadOptions(config);
  REQUIRE(read.status().ToString() == "OK");
  CHECK(read->replication == 2);
  CHECK(read->block_size == 1 << 20);
  CHECK(read->umask == 077);
  CHECK(read->checksum.type == ChecksumType::kCrc32);
  CHECK(read->checksum_combine == ChecksumCombine::kCompositeCrc);
  CHECK(read->replace_policy.condition == ReplacePolicy::Condition::kNever);

  for (const auto& [key, value] : {std::pair{"fs.permissions.umask-mode", "u=rwx"}, {"fs.permissions.umask-mode", "1000"},
                                   {"dfs.checksum.type", "MD5"}, {"dfs.checksum.combine.mode", "SHA"},
                                   {"dfs.client.block.write.replace-datanode-on-failure.policy", "often"}}) {
    Config bad(keys);
    REQUIRE(bad.Set(key, value, "test").ok());
    const Status status = ReadOptions(bad).status();
    INFO(status.ToString());
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK(status.message().find(key) != std::string::npos);
    CHECK(status.message().find(value) != std::string::npos);
  }
}

TEST_CASE("dfs client options: a port of this host that refuses is given up soon, unless the user chose", "[dfs][client]") {
  const KeyRegistry keys = Keys();
  Config config(keys);
  const auto plain = ReadOptions(config);
  REQUIRE(plain.ok());
  for (const char* host : {"localhost", "127.0.0.1", "127.0.1.1", "::1"}) {
    INFO(host);
    CHECK(RpcOptions(host, 8020, *plain).first_connect_attempts == 3);
    CHECK(RpcOptions(host, 8020, *plain).connect_attempts == 1 + plain->connect_retries);
  }
  for (const char* host : {"nn1", "10.0.0.1", "12.7.0.1"}) {
    INFO(host);
    CHECK(RpcOptions(host, 8020, *plain).first_connect_attempts == 0);
  }
  REQUIRE(config.Set("ipc.client.connect.max.retries", "10", "test").ok());
  const auto chosen = ReadOptions(config);
  REQUIRE(chosen.ok());
  CHECK(RpcOptions("localhost", 8020, *chosen).first_connect_attempts == 0);
  CHECK(RpcOptions("localhost", 8020, *chosen).connect_attempts == 11);
}

TEST_CASE("dfs client options: patience with a namenode has a key of its own", "[dfs][client]") {
  const KeyRegistry keys = Keys();
  Config config(keys);
  REQUIRE(config.Set("ipc.client.connect.max.retries", "3", "test").ok());
  REQUIRE(config.Set("ipc.client.connect.retry.interval", "400ms", "test").ok());
  // What was chosen for connections holds for jobs too, as long as nobody speaks of patience.
  CHECK(ReadOptions(OutlastingRestarts(config))->connect_retries == 3);
  for (const auto& [patience, retries] : {std::pair{"0", 0}, {"1s", 3}, {"2s", 5}, {"1m", 150}}) {
    INFO(patience);
    REQUIRE(config.Set("dfs.client.namenode.patience", patience, "test").ok());
    for (const Config& one : {config, OutlastingRestarts(config)}) {
      const auto read = ReadOptions(one);
      REQUIRE(read.ok());
      CHECK(read->connect_retries == retries);
      CHECK(RpcOptions("localhost", 8020, *read).first_connect_attempts == 0);
      CHECK(RpcOptions("localhost", 8020, *read).connect_attempts == 1 + retries);
    }
  }
  const Config plain(keys);
  CHECK(ReadOptions(OutlastingRestarts(plain))->connect_retries == 60);
  CHECK(OutlastingRestarts(plain).Source("ipc.client.connect.max.retries") == "default");
  CHECK(plain.Get("dfs.client.namenode.patience") == std::nullopt);
}

}  // namespace
}  // namespace mrd::dfs::client

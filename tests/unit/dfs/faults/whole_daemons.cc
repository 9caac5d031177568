#include "tests/unit/dfs/faults/whole_daemons.h"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/fs/keys.h"
#include "datanode/keys.h"
#include "datanode/options.h"
#include "dfs/client/context.h"
#include "dfs/client/dfs_path.h"
#include "dfs/client/hdfs_file_system.h"
#include "dfs/client/keys.h"
#include "dfs/client/options.h"
#include "dfs/keys.h"
#include "namenode/keys.h"
#include "namenode/options.h"

namespace mrd::dfs {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

KeyRegistry AllOfThem() {
  KeyRegistry keys;
  keys.Add(fs::CoreKeys());
  keys.Add(dfs::DfsKeys());
  keys.Add(namenode::NamenodeKeys());
  keys.Add(datanode::DatanodeKeys());
  keys.Add(client::ClientKeys());
  return keys;
}

void Apply(const Settings& settings, Config* config) {
  for (const auto& [name, value] : settings) {
    const Status set = config->Set(name, value, "test");
    INFO(set.ToString());
    REQUIRE(set.ok());
  }
}

}  // namespace

fs::Path At(const std::string& path) { return fs::Path("", "", path); }

WholeNamenode::WholeNamenode() : keys_(AllOfThem()), config_(keys_) {
  Apply({{"dfs.namenode.name.dir", dir_ / "name"},
         {"dfs.namenode.rpc-address", "127.0.0.1:0"},
         {"dfs.namenode.safemode.extension", "0"},
         {"dfs.heartbeat.interval", "100ms"},
         {"dfs.namenode.fs-limits.min-block-size", "1024"}},
        &config_);
  const Result<namenode::NamenodeOptions> options = namenode::ReadOptions(config_);
  INFO(options.status().ToString());
  REQUIRE(options.ok());
  REQUIRE(namenode::Format(Env::Posix(), Clock::System(), *options, {}).ok());
}

Status WholeNamenode::Start(Env& env) {
  MRD_ASSIGN_OR_RETURN(namenode::NamenodeOptions options, namenode::ReadOptions(config_));
  options.journal.preallocate_bytes = 64 << 10;
  options.journal.reserved_bytes = 0;
  options.journal.full_retry = std::chrono::milliseconds(5);
  options.journal.full_wait_max = std::chrono::milliseconds(100);
  fatal_ = std::make_shared<std::string>();
  MRD_ASSIGN_OR_RETURN(server_, namenode::Server::Start(env, Clock::System(), log_, std::move(options),
                                                        [fatal = fatal_](const Status& why) { *fatal = why.message(); }));
  return Status::Ok();
}

Status WholeNamenode::End() {
  if (server_ == nullptr) return Status::Ok();
  Status stopped = server_->Stop();
  server_.reset();
  return stopped;
}

WholeDatanode::WholeDatanode(std::uint16_t namenode_port) : keys_(AllOfThem()), config_(keys_) {
  Apply({{"dfs.datanode.data.dir", dir_ / "data"},
         {"dfs.datanode.address", "127.0.0.1:0"},
         {"dfs.datanode.ipc.address", "127.0.0.1:0"},
         {"dfs.namenode.rpc-address", "127.0.0.1:" + std::to_string(namenode_port)},
         {"dfs.block.scanner.volume.bytes.per.second", "0"}},
        &config_);
}

Status WholeDatanode::Start(Env& env) {
  MRD_ASSIGN_OR_RETURN(datanode::DatanodeOptions options, datanode::ReadOptions(config_));
  options.actor.retry_first = std::chrono::milliseconds(10);
  options.actor.retry_most = std::chrono::milliseconds(50);
  MRD_ASSIGN_OR_RETURN(server_, datanode::Server::Start(env, Clock::System(), log_, std::move(options), [](const Status&) {}));
  return Status::Ok();
}

void WholeDatanode::End() {
  if (server_ != nullptr) (void)server_->Stop();
  server_.reset();
}

bool WholeDatanode::Registered(int seconds) {
  for (int i = 0; i < seconds * 200; ++i) {
    if (server_->waiting_for().empty()) return true;
    ::usleep(5'000);
  }
  return false;
}

Client::Client(std::uint16_t namenode_port)
    : authority_("127.0.0.1:" + std::to_string(namenode_port)), keys_(AllOfThem()), config_(keys_) {
  Apply({{"ipc.client.connect.max.retries", "0"},
         {"ipc.client.connect.timeout", "20s"},
         {"ipc.client.rpc-timeout.ms", "60s"},
         {"dfs.client.socket-timeout", "30s"},
         {"dfs.client.retry.window.base", "10ms"},
         {"dfs.client.block.write.retries", "1"},
         {"dfs.client.block.write.locateFollowingBlock.retries", "2"},
         {"dfs.client.block.write.locateFollowingBlock.initial.delay.ms", "20"},
         {"dfs.client.read.shortcircuit", "false"},
         {"dfs.replication", "1"}},
        &config_);
  auto made = client::MakeHdfsFileSystem(authority_, config_, Clock::System());
  INFO(made.status().ToString());
  REQUIRE(made.ok());
  fs_ = *made;
}

Status Client::RecoverLease(const std::string& path, int seconds) {
  MRD_ASSIGN_OR_RETURN(client::NamenodeAddress address, client::ParseAuthority(authority_, client::kDefaultNamenodePort));
  MRD_ASSIGN_OR_RETURN(client::Options options, client::ReadOptions(config_));
  client::Context context(std::move(address), std::move(options), Clock::System(), SystemSeed());
  for (int i = 0; i < seconds * 50; ++i) {
    const Result<bool> closed =
        context.Run<Result<bool>>([&]() { return context.namenode().RecoverLease(path, context.client_name); });
    MRD_RETURN_IF_ERROR(closed.status());
    if (*closed) return Status::Ok();
    ::usleep(20'000);
  }
  return Status(Code::kDeadlineExceeded, path + ": its lease was not recovered within " + std::to_string(seconds) + " s");
}

Result<std::vector<std::string>> Client::Tree() {
  std::vector<std::string> found;
  std::vector<std::string> left = {"/"};
  while (!left.empty()) {
    const std::string directory = left.back();
    left.pop_back();
    MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> entries, fs_->List(At(directory)));
    for (const fs::FileStatus& entry : entries) {
      const std::string path = entry.path.path();
      if (entry.is_directory) left.push_back(path);
      found.push_back(entry.is_directory ? path + "/" : path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::string> Client::Read(const std::string& path, std::size_t size) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> file, fs_->Open(At(path)));
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(have, bytes.data() + have, size - have));
    if (got == 0) break;
    have += got;
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace mrd::dfs

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/rpc/server.h"
#include "datanode/actor/actor.h"
#include "datanode/transfer/transfer_context.h"

namespace mrd::datanode {

// The datanode's RPC port: what clients ask a datanode (ClientDatanodeProtocol, hdfs-protocol §2.8), and what the primary of
// a block recovery asks the others (InterDatanodeProtocol of ours). Thread-safe.
class IpcService final : public rpc::Service {
 public:
  struct Options {
    std::string superuser;         // may stop the datanode; the user that it runs as
    std::string software_version;  // as Hadoop's tools expect it
    std::string namenode;          // "host:port" that this node reports to
    std::function<Result<VolumeSpace>(const std::string& path)> disk_space;  // blocks shortly
    std::function<void(const Status& why)> on_end;
    std::optional<rpc::PeerProof> proof;  // set: other datanodes have to prove that they hold the secret
  };
  IpcService(TransferContext& context, Actor& actor, Options options);

  std::vector<std::string> protocols() const override;
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  net::awaitable<Result<std::string>> HandleClient(const rpc::Call& call);
  net::awaitable<Result<std::string>> HandleDatanode(const rpc::Call& call);
  net::awaitable<Result<std::string>> InitRecovery(const rpc::Call& call);
  net::awaitable<Result<std::string>> UpdateRecovery(const rpc::Call& call);
  net::awaitable<Result<std::string>> VolumeReport();
  net::awaitable<Result<std::string>> Diagnose();
  Result<std::string> VisibleLength(const rpc::Call& call);
  Result<std::string> LocalPaths(const rpc::Call& call);
  Result<std::string> Information() const;
  Status CheckSuperuser(const rpc::Call& call) const;

  TransferContext& context_;
  Actor& actor_;
  const Options options_;
  const std::int64_t began_ns_;
};

}  // namespace mrd::datanode

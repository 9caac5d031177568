#include "dfs/client/context.h"

#include <algorithm>
#include <utility>

#include "common/base/hex.h"
#include "common/net/co_status.h"
#include "common/rpc/client.h"
#include "dfs/client/block_operation.h"
#include "dfs/client/rpc_options.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/delimited.h"
#include "proto/hdfs/ClientDatanodeProtocol.pb.h"

namespace mrd::dfs::client {
namespace {

constexpr const char* kClientDatanodeProtocol = "org.apache.hadoop.hdfs.protocol.ClientDatanodeProtocol";

// Hadoop's shape, so that fsck and logs of a namenode look familiar.
std::string MakeClientName(Random& random) {
  return "DFSClient_NONMAPREDUCE_" + std::to_string(random.Next()) + "_1";
}

// Whoever set how often to try a namenode that refuses connections means one that refuses calls, too.
RetryBounds Bounds(const Options& options) {
  RetryBounds bounds;
  if (options.connect_retries_chosen) bounds.attempts = std::max(bounds.attempts, 1 + options.connect_retries);
  return bounds;
}

rpc::ClientOptions NamenodeClient(const NamenodeAddress& address, const Options& options) {
  rpc::ClientOptions made = RpcOptions(address.host, address.port, options);
  made.protocol = kClientProtocol;
  return made;
}

}  // namespace

// What lives on the client's thread.
struct Context::Remote {
  Remote(Context& context, const NamenodeAddress& address)
      : rpc(net::Connector::Tcp(), context.executor(), NamenodeClient(address, context.options)),
        namenode(rpc, Bounds(context.options), context.tokens),
        leases(namenode, context.client_name, context.options.lease_renew_interval, context.executor(),
               [&context](std::function<awaitable<void>()> body) { context.Spawn(std::move(body)); }),
        cache(context.clock, context.options.connection_cache_expiry, context.options.connection_cache_capacity) {}

  rpc::Client rpc;
  NamenodeProxy namenode;
  LeaseRenewer leases;
  ConnectionCache cache;
};

Context::Context(NamenodeAddress address, Options chosen, Clock& system_clock, std::uint64_t seed)
    : options(std::move(chosen)),
      client_name([&] {
        Random random(seed);
        return MakeClientName(random);
      }()),
      clock(system_clock),
      random_(seed),
      runtime_("dfs-client", 1),
      remote_(std::make_unique<Remote>(*this, address)) {}

Context::~Context() {
  auto stop = [this] { return Stop(); };
  Run<void>(stop);
}

awaitable<void> Context::Stop() {
  remote_->leases.Stop();
  remote_->rpc.Close();
  co_await gate_.Close();
  remote_.reset();
}

void Context::Spawn(std::function<awaitable<void>()> coroutine) {
  if (!gate_.Enter()) return;
  auto body = [this, coroutine = std::move(coroutine)]() -> awaitable<void> {
    co_await coroutine();
    gate_.Leave();
  };
  runtime_.Spawn(executor(), std::move(body));
}

Transport Context::transport() { return {net::Connector::Tcp(), options, remote_->cache, client_name, tokens}; }
NamenodeProxy& Context::namenode() { return remote_->namenode; }
LeaseRenewer& Context::leases() { return remote_->leases; }

awaitable<Result<std::uint64_t>> Context::VisibleLength(DatanodeId node, ExtendedBlock block) {
  rpc::ClientOptions to;
  to.host = HostOf(node, options);
  to.port = node.ipc_port;
  to.user = options.user;
  to.protocol = kClientDatanodeProtocol;
  to.connect_timeout = options.connect_timeout;
  to.call_timeout = options.socket_timeout;
  hadoop::hdfs::GetReplicaVisibleLengthRequestProto request;
  wire::ToProto(block, request.mutable_block());
  rpc::Client client(net::Connector::Tcp(), executor(), std::move(to));
  const Result<std::string> reply = co_await client.Call("getReplicaVisibleLength", request.SerializeAsString());
  if (!reply.ok()) co_return reply.status();
  hadoop::hdfs::GetReplicaVisibleLengthResponseProto response;
  MRD_CO_RETURN_IF_ERROR(wire::ParseMessage(*reply, "getReplicaVisibleLength", response));
  co_return response.length();
}

}  // namespace mrd::dfs::client

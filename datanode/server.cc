#include "datanode/server.h"

#include <optional>
#include <utility>

#include "common/base/random.h"
#include "common/net/runtime.h"
#include "common/rpc/server.h"
#include "datanode/actor/actor.h"
#include "datanode/actor/ipc_service.h"
#include "datanode/actor/scanner.h"
#include "datanode/crash_points.h"
#include "datanode/transfer/transfer_server.h"

namespace mrd::datanode {
namespace {

// For names only, but two datanodes must not draw the same: the directory keeps apart those that start together on a host.
std::uint64_t SeedOf(Clock& clock, const std::string& dir) {
  std::uint64_t state = static_cast<std::uint64_t>(clock.MonotonicNanos()) ^
                        static_cast<std::uint64_t>(clock.WallMillis()) << 20 ^ std::hash<std::string>()(dir);
  return SplitMix64(state);
}

class ServerImpl final : public Server {
 public:
  ServerImpl(Env& env, Clock& clock, Log& log, DatanodeOptions options, std::function<void(const Status&)> on_end)
      : env_(env),
        clock_(clock),
        log_(log),
        logger_(log, "datanode.DataNode"),
        options_(std::move(options)),
        on_end_(std::move(on_end)),
        random_(SeedOf(clock, options_.store.volumes.empty() ? "" : options_.store.volumes.front().dir)),
        runtime_("datanode", options_.network_threads) {}

  ~ServerImpl() override {
    if (!stopped_) (void)Stop();
  }

  Status Begin() {
    MRD_RETURN_IF_ERROR(crash_points_.Arm(options_.crash_point));
    MRD_ASSIGN_OR_RETURN(
        store_, BlockStore::Open(env_, Logger(log_, "datanode.BlockStore"), random_, crash_points_, options_.store));
    disks_.emplace(store_->volumes().size(), options_.disk_threads);
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<net::Listener> xfer, runtime_.Listen(options_.xfer_host, options_.xfer_port));
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<net::Listener> ipc, runtime_.Listen(options_.ipc_host, options_.ipc_port));
    xfer_port_ = xfer->local().port;
    ipc_port_ = ipc->local().port;
    FillIdentity(xfer->local().ip);

    strand_ = runtime_.NewStrand();
    if (options_.block_tokens && !options_.secret) return InvalidArgument("block tokens need a secret to sign them with");
    options_.actor.secret = options_.secret;
    if (options_.block_tokens) options_.transfer.tokens.emplace(*options_.secret, *options_.block_tokens);
    namenode_.emplace(net::Connector::Tcp(), strand_, NamenodeClient(), options_.secret);
    events_.emplace(runtime_, *namenode_, Logger(log_, "datanode.BlockEvents"), options_.actor);
    context_.emplace(runtime_, net::Connector::Tcp(), clock_, *store_, *disks_, *events_,
                     Logger(log_, "datanode.Transfer"), options_.transfer);
    actor_.emplace(*context_, *events_, *namenode_, options_.actor);
    scanner_.emplace(*context_, options_.scanner);
    IpcService::Options ipc_options;
    ipc_options.superuser = options_.actor.user;
    ipc_options.software_version = options_.actor.software_version;
    ipc_options.namenode =
        options_.actor.namenode_host + ":" + std::to_string(options_.actor.namenode_port);
    ipc_options.disk_space = [this](const std::string& path) { return env_.Space(path); };
    ipc_options.on_end = on_end_;
    if (options_.secret) ipc_options.proof.emplace(*options_.secret, kInterDatanodeProtocol);
    ipc_service_.emplace(*context_, *actor_, std::move(ipc_options));
    rpc_.emplace(runtime_, Logger(log_, "datanode.Rpc"), rpc::ServerOptions());
    rpc_->Add(*ipc_service_);
    transfer_.emplace(*context_);
    return Serve(std::move(xfer), std::move(ipc));
  }

  std::uint16_t xfer_port() const override { return xfer_port_; }
  std::uint16_t ipc_port() const override { return ipc_port_; }
  std::string unix_socket() const override { return unix_socket_; }
  const std::string& datanode_uuid() const override { return store_->datanode_uuid(); }
  std::string waiting_for() const override { return actor_->waiting_for(); }

  Status Stop() override {
    stopped_ = true;
    if (!serving_) return Status::Ok();
    context_->stopping = true;
    std::function<net::awaitable<bool>()> stop = [this]() -> net::awaitable<bool> {
      // First those who bring work, then those who do it.
      co_await rpc_->Stop();
      co_await transfer_->Stop();
      co_await scanner_->Stop();
      co_await actor_->Stop();
      co_return true;
    };
    runtime_.Run<bool>(strand_, std::move(stop));
    logger_.Info("datanode stopped");
    return Status::Ok();
  }

 private:
  void FillIdentity(const std::string& listening_ip) {
    dfs::DatanodeId& id = options_.actor.id;
    // Nobody can dial "all addresses": the namenode takes the one from which it is called.
    const bool any = listening_ip == "0.0.0.0" || listening_ip == "::";
    id.ip = any ? "" : listening_ip;
    id.xfer_port = xfer_port_;
    id.ipc_port = ipc_port_;
    options_.actor.on_end = on_end_;
  }

  rpc::ClientOptions NamenodeClient() const {
    rpc::ClientOptions client;
    client.host = options_.actor.namenode_host;
    client.port = options_.actor.namenode_port;
    client.user = options_.actor.user;
    client.protocol = kDatanodeProtocol;
    client.connect_timeout = std::chrono::milliseconds(5'000);
    client.call_timeout = options_.actor.call_timeout;
    return client;
  }

  Status Serve(std::unique_ptr<net::Listener> xfer, std::unique_ptr<net::Listener> ipc) {
    std::unique_ptr<net::Listener> local;
    if (!options_.unix_socket.empty()) {
      unix_socket_ = options_.unix_socket;
      if (const std::size_t at = unix_socket_.find("_PORT"); at != std::string::npos)
        unix_socket_.replace(at, 5, std::to_string(xfer_port_));
      MRD_ASSIGN_OR_RETURN(local, runtime_.ListenUnix(unix_socket_));
    }
    serving_ = true;
    transfer_->Start(std::move(xfer), false);
    if (local != nullptr) transfer_->Start(std::move(local), true);
    rpc_->Start(std::move(ipc));
    std::function<net::awaitable<bool>()> start = [this]() -> net::awaitable<bool> {
      co_await actor_->Start();
      co_await scanner_->Start();
      co_return true;
    };
    runtime_.Run<bool>(strand_, std::move(start));
    logger_.Info("datanode serves uuid=" + store_->datanode_uuid() + " xfer=" + std::to_string(xfer_port_) +
                 " ipc=" + std::to_string(ipc_port_) + " volumes=" + std::to_string(store_->volumes().size()) +
                 " replicas=" + std::to_string(store_->replicas()));
    return Status::Ok();
  }

  Env& env_;
  Clock& clock_;
  Log& log_;
  const Logger logger_;
  DatanodeOptions options_;
  const std::function<void(const Status&)> on_end_;
  Random random_;
  CrashPoints crash_points_{CrashPointNames()};
  std::unique_ptr<BlockStore> store_;
  std::optional<DiskPools> disks_;
  std::uint16_t xfer_port_ = 0;
  std::uint16_t ipc_port_ = 0;
  std::string unix_socket_;
  bool serving_ = false;
  bool stopped_ = false;
  // Connections and timers of all that follows live in it. Coroutines that end late touch nothing but their own.
  net::Runtime runtime_;
  boost::asio::any_io_executor strand_;
  std::optional<TransferContext> context_;
  std::optional<EventReporter> events_;
  std::optional<ProtoCaller> namenode_;
  std::optional<Actor> actor_;
  std::optional<Scanner> scanner_;
  std::optional<IpcService> ipc_service_;
  std::optional<TransferServer> transfer_;
  std::optional<rpc::Server> rpc_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Env& env,
                                              Clock& clock,
                                              Log& log,
                                              DatanodeOptions options,
                                              std::function<void(const Status&)> on_end) {
  auto server = std::make_unique<ServerImpl>(env, clock, log, std::move(options), std::move(on_end));
  MRD_RETURN_IF_ERROR(server->Begin());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mrd::datanode

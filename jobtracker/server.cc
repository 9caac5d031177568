#include "jobtracker/server.h"

#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "common/fs/keys.h"
#include "common/net/runtime.h"
#include "common/rpc/server.h"
#include "jobtracker/journal/job_store.h"
#include "jobtracker/journal/store_writer.h"
#include "jobtracker/keys.h"
#include "jobtracker/service/dispatcher.h"
#include "jobtracker/service/host_gate.h"
#include "jobtracker/service/job_calls.h"
#include "jobtracker/service/job_protocol.h"
#include "jobtracker/service/job_reader.h"
#include "jobtracker/service/tracker_protocol.h"
#include "mapred/keys.h"

namespace mrd::jobtracker {
namespace {

#if defined(__x86_64__)
constexpr const char* kArchitecture = "x86_64";  // as uname -m spells it
#elif defined(__aarch64__)
constexpr const char* kArchitecture = "aarch64";
#else
#error "how does uname -m spell this machine?"
#endif

KeyRegistry JobKeys() {
  KeyRegistry keys;
  keys.Add(fs::CoreKeys());
  keys.Add(mapred::ClusterKeys());
  return keys;
}

class ServerImpl final : public Server {
 public:
  ServerImpl(Env& env, Clock& clock, Log& log, const Config& config, JobtrackerOptions options,
             std::function<void(const Status&)> on_fatal)
      : env_(env),
        clock_(clock),
        log_(log),
        logger_(log, "jobtracker.JobTracker"),
        config_(config),
        options_(std::move(options)),
        on_fatal_(std::move(on_fatal)),
        keys_(JobKeys()),
        gate_(env, options_.hosts_file, options_.hosts_exclude_file),
        access_(options_.access),
        runtime_("jobtracker", 1) {}

  ~ServerImpl() override {
    if (!stopped_) (void)Stop();
  }

  Status Begin() {
    MRD_RETURN_IF_ERROR(gate_.Read());
    MRD_ASSIGN_OR_RETURN(store_, JobStore::Open(env_, options_.dir));
    writer_.emplace(*store_);
    // Before anything is decided: a second jobtracker on the port is refused early.
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<net::Listener> listener, runtime_.Listen(options_.rpc_ip, options_.rpc_port));
    Dispatcher::Hooks hooks;
    hooks.on_duty = [](const JobDuty&) {};
    hooks.on_failure = [this](const Status& why) {
      on_fatal_(Status(why).WithContext("the job store cannot be written any more; the jobtracker ends, and a restart "
                                        "recovers what was acknowledged"));
    };
    dispatcher_.emplace(options_.dispatcher, keys_, clock_, Logger(log_, "jobtracker.Dispatcher"), *store_, *writer_,
                        runtime_.executor(), std::move(hooks));
    std::function<net::awaitable<Status>()> begin = [this]() -> net::awaitable<Status> { co_return Recover(); };
    MRD_RETURN_IF_ERROR(runtime_.Run<Status>(runtime_.executor(), std::move(begin)));
    MakeServices();
    rpc_->Start(std::move(listener), runtime_.executor());
    runtime_.Spawn(runtime_.executor(), [this] { return dispatcher_->Ticks(); });
    logger_.Info("jobtracker serves rpc=" + rpc_->local().ToString() + " epoch=" + std::to_string(dispatcher_->epoch()) +
                 " system=" + options_.system_dir);
    return Status::Ok();
  }

  std::uint16_t rpc_port() const override { return rpc_->local().port; }
  std::uint16_t http_port() const override { return 0; }

  Status Stop() override {
    stopped_ = true;
    if (!dispatcher_) return Status::Ok();
    std::function<net::awaitable<Status>()> stop = [this]() -> net::awaitable<Status> {
      // Standing calls are answered at once.
      dispatcher_->Stop();
      if (rpc_) co_await rpc_->Stop();
      co_return co_await dispatcher_->Close();
    };
    const Status written = runtime_.Run<Status>(runtime_.executor(), std::move(stop));
    // Its last words need the runtime, which goes before it otherwise.
    writer_.reset();
    logger_.Info("jobtracker stopped");
    return written;
  }

 private:
  Status Recover() {
    MRD_RETURN_IF_ERROR(dispatcher_->Recover());
    dispatcher_->SetExcludedHosts(gate_.Excluded({}));
    return Status::Ok();
  }

  Status RefreshNodes() {
    MRD_RETURN_IF_ERROR(gate_.Read());
    dispatcher_->SetExcludedHosts(gate_.Excluded(dispatcher_->core().Cluster(dispatcher_->Now()).trackers));
    logger_.Info("lists of hosts read again");
    return Status::Ok();
  }

  void MakeServices() {
    JobReader::Options reader;
    reader.version = MRD_VERSION;
    reader_.emplace(*dispatcher_, access_, std::move(reader));
    JobCallsOptions calls;
    calls.system_dir = options_.system_dir;
    calls.jobs_per_user_max = options_.jobs_per_user_max;
    calls.tasks_max = options_.tasks_max;
    calls.refresh_nodes = [this] { return RefreshNodes(); };
    calls_.emplace(*dispatcher_, access_, *reader_, Logger(log_, "jobtracker.Jobs"), std::move(calls));
    jobs_.emplace(*calls_);
    TrackerProtocolOptions trackers;
    trackers.heartbeat_ms = static_cast<std::uint64_t>(options_.dispatcher.core.heartbeat_ms);
    trackers.version = MRD_VERSION;
    trackers.abi_version = MRD_ABI_VERSION;
    trackers.architecture = kArchitecture;
    trackers.admit = [this](const std::string& host, const std::string& ip) { return gate_.Admit(host, ip); };
    if (options_.secret) trackers.proof.emplace(*options_.secret, kTrackerProtocol);
    trackers_.emplace(*dispatcher_, Logger(log_, "jobtracker.Trackers"), std::move(trackers));
    rpc_ = std::make_unique<rpc::Server>(runtime_, Logger(log_, "ipc.Server"), rpc::ServerOptions());
    rpc_->Add(*jobs_);
    rpc_->Add(*trackers_);
  }

  Env& env_;
  Clock& clock_;
  Log& log_;
  const Logger logger_;
  const Config config_;
  const JobtrackerOptions options_;
  const std::function<void(const Status&)> on_fatal_;
  const KeyRegistry keys_;  // of jobs
  HostGate gate_;
  Access access_;
  std::unique_ptr<JobStore> store_;
  std::optional<StoreWriter> writer_;
  bool stopped_ = false;
  // Coroutines of all that follows live in it; those that end late touch nothing but their own.
  std::optional<Dispatcher> dispatcher_;
  std::optional<JobReader> reader_;
  std::optional<JobCalls> calls_;
  std::optional<JobProtocol> jobs_;
  std::optional<TrackerProtocol> trackers_;
  net::Runtime runtime_;
  std::unique_ptr<rpc::Server> rpc_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Env& env, Clock& clock, Log& log, const Config& config,
                                              JobtrackerOptions options, std::function<void(const Status&)> on_fatal) {
  auto server = std::make_unique<ServerImpl>(env, clock, log, config, std::move(options), std::move(on_fatal));
  MRD_RETURN_IF_ERROR(server->Begin());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mrd::jobtracker

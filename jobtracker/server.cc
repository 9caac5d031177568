#include "jobtracker/server.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "common/base/environment.h"
#include "common/fs/keys.h"
#include "common/fs/local_file_system.h"
#include "common/http/daemon_pages.h"
#include "common/http/live.h"
#include "common/http/metrics.h"
#include "common/http/server.h"
#include "common/net/runtime.h"
#include "common/rpc/server.h"
#include "dfs/client/file_systems.h"
#include "dfs/client/hdfs_file_system.h"
#include "jobtracker/journal/job_store.h"
#include "jobtracker/journal/store_writer.h"
#include "jobtracker/keys.h"
#include "jobtracker/service/dispatcher.h"
#include "jobtracker/service/duties.h"
#include "jobtracker/service/end_notifier.h"
#include "jobtracker/service/history_writer.h"
#include "jobtracker/service/host_gate.h"
#include "jobtracker/service/job_calls.h"
#include "jobtracker/service/job_planner.h"
#include "jobtracker/service/job_protocol.h"
#include "jobtracker/service/job_reader.h"
#include "jobtracker/service/page_view.h"
#include "jobtracker/service/run_planner.h"
#include "jobtracker/service/schedules.h"
#include "jobtracker/service/tracker_protocol.h"
#include "jobtracker/web/pages.h"
#include "mapred/keys.h"
#include "web/assets.h"

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

// The file systems of the history.
fs::Registry MakeFileSystems(Env& env, Clock& clock, const Config& config) {
  fs::Registry registry(config.GetString("fs.defaultFS", "file:///"), CurrentDirectory());
  registry.Register("file", [&env](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(env);
  });
  registry.Register("hdfs", dfs::client::HdfsFactory(dfs::client::OutlastingRestarts(config), clock));
  return registry;
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
        metrics_("JobTracker"),
        files_("files", 1),
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
    Result<std::unique_ptr<net::Listener>> pages = runtime_.Listen(options_.http_ip, options_.http_port);
    if (!pages.ok()) return pages.status().WithContext("mapreduce.jobtracker.http.address");
    Dispatcher::Hooks hooks;
    // What an earlier life left to do is announced before there is anybody to do it.
    hooks.on_duty = [this](const JobDuty& duty) {
      if (schedules_ && duty.name == "history") schedules_->JobEnded(duty.job);
      if (duties_) {
        duties_->Add(duty);
      } else {
        early_duties_.push_back(duty);
      }
    };
    hooks.on_failure = [this](const Status& why) {
      on_fatal_(Status(why).WithContext("the job store cannot be written any more; the jobtracker ends, and a restart "
                                        "recovers what was acknowledged"));
    };
    dispatcher_.emplace(options_.dispatcher, keys_, clock_, Logger(log_, "jobtracker.Dispatcher"), *store_, *writer_,
                        runtime_.executor(), std::move(hooks));
    std::function<net::awaitable<Status>()> begin = [this]() -> net::awaitable<Status> { co_return Recover(); };
    MRD_RETURN_IF_ERROR(runtime_.Run<Status>(runtime_.executor(), std::move(begin)));
    MRD_RETURN_IF_ERROR(MakeServices(**pages, listener->local()));
    http_->Start(*std::move(pages), runtime_.executor());
    rpc_->Start(std::move(listener), runtime_.executor());
    runtime_.Spawn(runtime_.executor(), [this] { return dispatcher_->Ticks(); });
    runtime_.Spawn(runtime_.executor(), [this] { return schedules_->Ticks(); });
    logger_.Info("jobtracker serves rpc=" + rpc_->local().ToString() + " http=" + http_->local().ToString() + " epoch=" + std::to_string(dispatcher_->epoch()) +
                 " system=" + options_.system_dir);
    return Status::Ok();
  }

  std::uint16_t rpc_port() const override { return rpc_->local().port; }
  std::uint16_t http_port() const override { return http_->local().port; }

  Status Stop() override {
    stopped_ = true;
    if (!dispatcher_) return Status::Ok();
    std::function<net::awaitable<Status>()> stop = [this]() -> net::awaitable<Status> {
      // Standing calls are answered at once.
      dispatcher_->Stop();
      if (planner_of_uploads_) planner_of_uploads_->Stop();
      if (http_) co_await http_->Stop();
      if (rpc_) co_await rpc_->Stop();
      if (schedules_) co_await schedules_->Stop();
      if (duties_) co_await duties_->Stop();
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

  // Everything on the core's thread from here on: what it makes is used by coroutines that may run already.
  Status MakeServices(const net::Listener& pages, const net::Endpoint& calls_at) {
    JobReader::Options reader;
    reader.version = MRD_VERSION;
    const bool any = options_.http_ip == "0.0.0.0" || options_.http_ip == "::";
    reader.web_address = (any ? options_.rpc_ip : options_.http_ip) + ":" + std::to_string(pages.local().port);
    reader_.emplace(*dispatcher_, access_, std::move(reader));
    JobCallsOptions calls;
    calls.system_dir = options_.system_dir;
    calls.jobs_per_user_max = options_.jobs_per_user_max;
    calls.tasks_max = options_.tasks_max;
    calls.refresh_nodes = [this] { return RefreshNodes(); };
    calls_.emplace(*dispatcher_, access_, *reader_, Logger(log_, "jobtracker.Jobs"), std::move(calls));
    MRD_RETURN_IF_ERROR(MakeSchedules());
    jobs_.emplace(*calls_, *schedules_);
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
    MakeDuties();
    MRD_RETURN_IF_ERROR(MakePlanner(calls_at));
    MakePages();
    return Status::Ok();
  }

  Status MakeSchedules() {
    planner_.emplace(env_, clock_, config_, options_.access.superuser);
    std::function<net::awaitable<Status>()> begin = [this]() -> net::awaitable<Status> {
      Schedules::Parts parts{runtime_, env_, clock_, *store_, *dispatcher_, access_, *calls_, *planner_};
      schedules_.emplace(parts, Logger(log_, "jobtracker.Schedules"));
      co_return schedules_->Recover();
    };
    return runtime_.Run<Status>(runtime_.executor(), std::move(begin));
  }

  void MakeDuties() {
    HistoryOptions history;
    history.directory = options_.done_dir;
    history.keep_ms = options_.history_keep_ms;
    history.user = options_.access.superuser;
    history_.emplace(*reader_, clock_, Logger(log_, "jobtracker.History"), MakeFileSystems(env_, clock_, config_),
                     std::move(history));
    notifier_.emplace(net::Connector::Tcp());
    std::function<net::awaitable<Status>()> begin = [this]() -> net::awaitable<Status> {
      duties_.emplace(runtime_, *dispatcher_, *reader_, *history_, *notifier_, Logger(log_, "jobtracker.Duties"));
      for (JobDuty& duty : early_duties_) duties_->Add(std::move(duty));
      early_duties_.clear();
      co_return Status::Ok();
    };
    (void)runtime_.Run<Status>(runtime_.executor(), std::move(begin));
  }

  Status MakePlanner(net::Endpoint rpc) {
    JobPlannerOptions options;
    options.enabled = options_.plan_enabled;
    options.timeout_ms = options_.plan_timeout_ms;
    options.directory = options_.dir + "/plans";
    options.site = config_.Explicit();
    options.site["mapreduce.framework.name"] = "cluster";
    options.site["mapreduce.jobtracker.system.dir"] = options_.system_dir;
    if (rpc.ip == "0.0.0.0" || rpc.ip == "::") rpc.ip = "127.0.0.1";
    options.site["mapreduce.jobtracker.address"] = rpc.ToString();
    MRD_ASSIGN_OR_RETURN(const std::string self, env_.RealPath("/proc/self/exe"));
    options.program = self.substr(0, self.rfind('/')) + "/mr";
    planner_of_uploads_.emplace(env_, Logger(log_, "jobtracker.Plans"), std::move(options));
    return planner_of_uploads_->Start();
  }

  void MakePages() {
    view_.emplace(*calls_, *schedules_, *planner_of_uploads_, runtime_.executor());
    metrics_.Add("Process", http::ProcessMetrics());
    metrics_.Add("Cluster", web::ClusterMetrics(*view_));
    http::Router router;
    web::PagesOptions pages;
    pages.visitor = config_.GetString("hadoop.http.staticuser.user", pages.visitor);
    pages.submission_bytes_max = options_.submission_bytes_max;
    web::AddJobtrackerPages(router, *view_, live_, mrd::web::Assets(), std::move(pages));
    http::AddDaemonPages(router, http::DaemonPages{env_, files_, config_, {mapred::ClusterKeys(), JobtrackerKeys()},
                                                   metrics_, options_.log_file});
    http::ServerOptions server;
    server.host_names = {options_.http_ip, options_.rpc_ip};
    http_ = std::make_unique<http::Server>(runtime_, Logger(log_, "http.Server"), std::move(server), std::move(router));
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
  std::optional<RunPlanner> planner_;
  std::optional<Schedules> schedules_;
  std::optional<JobProtocol> jobs_;
  std::optional<TrackerProtocol> trackers_;
  std::optional<HistoryWriter> history_;
  std::optional<EndNotifier> notifier_;
  std::optional<Duties> duties_;
  std::vector<JobDuty> early_duties_;
  std::optional<JobPlanner> planner_of_uploads_;
  std::optional<PageView> view_;
  http::LiveStreams live_;
  http::MetricRegistry metrics_;
  net::BlockingPool files_;  // logs, for the pages
  net::Runtime runtime_;
  std::unique_ptr<rpc::Server> rpc_;
  std::unique_ptr<http::Server> http_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Env& env, Clock& clock, Log& log, const Config& config,
                                              JobtrackerOptions options, std::function<void(const Status&)> on_fatal) {
  auto server = std::make_unique<ServerImpl>(env, clock, log, config, std::move(options), std::move(on_fatal));
  MRD_RETURN_IF_ERROR(server->Begin());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mrd::jobtracker

#include "tasktracker/server.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "common/http/daemon_site.h"
#include "common/net/runtime.h"
#include "mapred/keys.h"
#include "tasktracker/context.h"
#include "tasktracker/keys.h"
#include "tasktracker/shuffle_server.h"
#include "tasktracker/tracker.h"
#include "tasktracker/web/pages.h"
#include "web/assets.h"

namespace mrd::tasktracker {
namespace {

std::string MachineName() {
  std::array<char, 256> name = {};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::string Architecture() {
  utsname names = {};
  return ::uname(&names) == 0 ? names.machine : "unknown";
}

class ServerImpl final : public Server {
 public:
  ServerImpl(Env& env, Clock& clock, Log& log, const Config& config, fs::Registry& file_systems, ZygotePids& zygotes,
             Options options, std::function<void(const Status&)> on_end)
      : env_(env),
        clock_(clock),
        log_(log),
        logger_(log, "tasktracker.TaskTracker"),
        config_(config),
        file_systems_(file_systems),
        zygotes_(zygotes),
        options_(std::move(options)),
        on_end_(std::move(on_end)),
        disk_("tracker-disk", options_.disk_threads),
        shuffle_disk_("shuffle-disk", options_.disk_threads),
        runtime_("tracker", options_.network_threads) {}

  ~ServerImpl() override {
    if (!stopped_) (void)Stop();
    runtime_.StandStill();
    if (context_ != nullptr) context_->strand = {};  // the context outlives the runtime, its strand must not
  }

  Status Begin() {
    MRD_ASSIGN_OR_RETURN(std::string worker, WorkerProgram());
    MRD_ASSIGN_OR_RETURN(dirs_, LocalDirs::Open(env_, options_.local_dirs, options_.local_free_min_bytes));
    MRD_RETURN_IF_ERROR(CreateDirs(env_, options_.userlogs_dir).WithContext("mr.tasktracker.userlogs.dir"));
    packs_.emplace(env_, file_systems_, *dirs_, Logger(log_, "tasktracker.PackCache"), options_.cache_bytes);
    logs_.emplace(env_, clock_, options_.userlogs_dir, options_.userlogs_retained);
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<net::Listener> listener,
                         runtime_.Listen(options_.shuffle_host, options_.shuffle_port));
    shuffle_port_ = listener->local().port;
    Result<std::unique_ptr<net::Listener>> pages = runtime_.Listen(options_.http_host, options_.http_port);
    if (!pages.ok()) return pages.status().WithContext("mapreduce.tasktracker.http.address");
    FillSelf(listener->local().ip, (*pages)->local().port);

    ShuffleServer::Options shuffle;
    shuffle.tracker = self_.name();
    shuffle.sessions_max = options_.shuffle_sessions_max;
    shuffle.secret = options_.secret;
    shuffle_.emplace(runtime_, shuffle_disk_, env_, outputs_, Logger(log_, "tasktracker.Shuffle"), std::move(shuffle));
    strand_ = runtime_.NewStrand();
    context_.reset(new Context{runtime_, strand_, disk_, env_, clock_, logger_, options_, *dirs_, *packs_, *logs_,
                               outputs_, zygotes_, nullptr});
    Tracker::Options tracker;
    tracker.self = self_;
    tracker.worker_program = std::move(worker);
    tracker.on_end = on_end_;
    FindMemoryGroups();
    context_->memory_groups = memory_groups_.get();
    tracker.memory_watch = memory_watch_;
    tracker_.emplace(*context_, net::Connector::Tcp(), *shuffle_, std::move(tracker));

    MakePages();

    serving_ = true;
    site_->Start(*std::move(pages));
    shuffle_->Start(std::move(listener));
    std::function<net::awaitable<bool>()> start = [this]() -> net::awaitable<bool> {
      co_await tracker_->Start();
      co_return true;
    };
    runtime_.Run<bool>(strand_, std::move(start));
    logger_.Info("tasktracker serves name=" + self_.name() + " http=" + site_->local().ToString() +
                 " shuffle=" + std::to_string(shuffle_port_) + " maps=" + std::to_string(options_.map_slots) +
                 " reduces=" + std::to_string(options_.reduce_slots));
    return Status::Ok();
  }

  std::uint16_t shuffle_port() const override { return shuffle_port_; }
  std::uint16_t http_port() const override { return site_->local().port; }
  const std::string& name() const override { return self_.name(); }
  Views& views() override { return *tracker_; }
  std::string waiting_for() const override { return tracker_->waiting_for(); }

  Status Stop() override {
    stopped_ = true;
    if (!serving_) return Status::Ok();
    std::function<net::awaitable<bool>()> stop = [this]() -> net::awaitable<bool> {
      co_await site_->Stop();
      co_await tracker_->Stop();
      co_await shuffle_->Stop();
      co_return true;
    };
    runtime_.Run<bool>(strand_, std::move(stop));
    logger_.Info("tasktracker stopped");
    return Status::Ok();
  }

 private:
  Result<std::string> WorkerProgram() const {
    std::string program = options_.worker_program;
    if (program.empty()) {
      MRD_ASSIGN_OR_RETURN(const std::string self, env_.RealPath("/proc/self/exe"));
      program = self.substr(0, self.rfind('/')) + "/mr-worker";
    }
    if (::access(program.c_str(), X_OK) == 0) return program;
    return FailedPrecondition("there is no program " + program +
                              " to run attempts with; it is installed beside the tasktracker, or set "
                              "mr.tasktracker.worker.program");
  }

  void FindMemoryGroups() {
    Result<std::unique_ptr<MemoryGroups>> groups = MemoryGroups::Find(env_, options_.cgroup, ::getpid());
    if (groups.ok()) {
      memory_groups_ = *std::move(groups);
      memory_watch_ = "by the kernel, in control groups below " + memory_groups_->dir();
    } else {
      memory_watch_ = "by their resident memory, since " + groups.status().message();
    }
    logger_.Info("limits of attempts' memory are watched " + memory_watch_);
  }

  void MakePages() {
    http::DaemonSite::Options site;
    site.service = "TaskTracker";
    site.keys = {mapred::ClusterKeys(), TasktrackerKeys()};
    site.log_file = options_.log_file;
    site.server.host_names = {options_.http_host, self_.host()};
    site_.emplace(runtime_, env_, log_, config_, std::move(site));
    web::PagesOptions pages;
    pages.visitor = site_->visitor();
    pages.lists_heeded = options_.lists_heeded;
    pages.administrators = options_.administrators;
    site_->metrics().Add("Tracker", web::TrackerMetrics(*tracker_));
    web::AddTasktrackerPages(site_->router(), *tracker_, env_, site_->pool(), site_->live(), mrd::web::Assets(),
                             std::move(pages));
  }

  void FillSelf(const std::string& listening_ip, std::uint16_t http_port) {
    std::string host = options_.host;
    // Nobody can dial "all addresses".
    if (host.empty()) host = listening_ip == "0.0.0.0" || listening_ip == "::" ? MachineName() : listening_ip;
    self_.set_name("tracker_" + host + ":" + std::to_string(http_port));
    self_.set_host(host);
    self_.set_httpport(http_port);
    self_.set_shuffleport(shuffle_port_);
    self_.set_mapslots(options_.map_slots);
    self_.set_reduceslots(options_.reduce_slots);
    self_.set_memorybytes(options_.memory_bytes);
    self_.set_version(MRD_VERSION);
    self_.set_startms(static_cast<std::uint64_t>(clock_.WallMillis()));
    self_.set_abiversion(MRD_ABI_VERSION);
    self_.set_architecture(Architecture());
    if (!options_.rack.empty()) self_.set_rack(options_.rack);
  }

  Env& env_;
  Clock& clock_;
  Log& log_;
  const Logger logger_;
  const Config config_;
  fs::Registry& file_systems_;
  ZygotePids& zygotes_;
  const Options options_;
  const std::function<void(const Status&)> on_end_;
  MapOutputs outputs_;
  std::unique_ptr<LocalDirs> dirs_;
  std::optional<PackCache> packs_;
  std::optional<TaskLogs> logs_;
  mapred::proto::TrackerProto self_;
  std::uint16_t shuffle_port_ = 0;
  bool serving_ = false;
  bool stopped_ = false;
  std::unique_ptr<MemoryGroups> memory_groups_;
  std::string memory_watch_;  // how limits of memory are kept, for people
  std::unique_ptr<Context> context_;
  // They finish what was begun, which uses the parts above. Fetched segments come in while others are served.
  net::BlockingPool disk_;
  net::BlockingPool shuffle_disk_;
  // Connections and timers of all that follows live in it. Coroutines that end late touch nothing but their own.
  net::Runtime runtime_;
  boost::asio::any_io_executor strand_;
  std::optional<ShuffleServer> shuffle_;
  std::optional<Tracker> tracker_;
  std::optional<http::DaemonSite> site_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Env& env, Clock& clock, Log& log, const Config& config,
                                              fs::Registry& file_systems, ZygotePids& zygotes, Options options,
                                              std::function<void(const Status&)> on_end) {
  auto server = std::make_unique<ServerImpl>(env, clock, log, config, file_systems, zygotes, std::move(options),
                                             std::move(on_end));
  MRD_RETURN_IF_ERROR(server->Begin());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mrd::tasktracker

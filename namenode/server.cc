#include "namenode/server.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "common/base/random.h"
#include "common/net/runtime.h"
#include "common/rpc/retry_cache.h"
#include "common/rpc/server.h"
#include "namenode/core/core.h"
#include "namenode/crash_points.h"
#include "namenode/journal/namespace_store.h"
#include "namenode/journal/storage_directory.h"
#include "namenode/service/client_protocol.h"
#include "namenode/service/datanode_protocol.h"
#include "namenode/service/edit_pipeline.h"
#include "namenode/service/host_files.h"
#include "namenode/service/meta_save.h"
#include "namenode/service/proxy_users.h"
#include "namenode/service/user_groups.h"

namespace mrd::namenode {
namespace {

constexpr const char* kSoftwareVersion = MRD_VERSION;
constexpr std::chrono::milliseconds kTick{1000};
constexpr std::chrono::milliseconds kTickWhenBusy{20};
// So many edits are looked at for replies when the process starts.
constexpr std::uint64_t kRepliesRecalledMax = 100'000;

class ServerImpl final : public Server {
 public:
  ServerImpl(Env& env, Clock& clock, Log& log, NamenodeOptions options, std::function<void(const Status&)> on_fatal)
      : env_(env),
        clock_(clock),
        log_(log),
        logger_(log, "namenode.NameNode"),
        options_(std::move(options)),
        on_fatal_(std::move(on_fatal)),
        retries_(rpc::RetryCache::Limits{.keep_ms = options_.retry_cache_ms}),
        runtime_("namenode", 1) {}

  ~ServerImpl() override {
    if (!stopped_) (void)Stop();
  }

  Status Begin() {
    if (options_.block_tokens && !options_.secret) return InvalidArgument("block tokens need a secret to sign them with");
    MRD_RETURN_IF_ERROR(crash_points_.Arm(options_.crash_point));
    MRD_RETURN_IF_ERROR(OpenStorage());
    MRD_RETURN_IF_ERROR(LoadNamespace());
    return Serve();
  }

  std::uint16_t rpc_port() const override { return rpc_->local().port; }

  Status Stop() override {
    stopped_ = true;
    if (rpc_) {
      runtime_.Run<void>(runtime_.executor(), [this]() -> net::awaitable<void> {
        stopping_ = true;
        co_await rpc_->Stop();
      });
    }
    return store_ ? store_->Close() : Status::Ok();
  }

 private:
  std::int64_t MonoNow() const { return clock_.MonotonicNanos() / 1'000'000; }

  Status OpenStorage() {
    StoreOptions store;
    store.directories = options_.name_dirs;
    store.journal = options_.journal;
    store.journal.crash_points = &crash_points_;
    Result<std::unique_ptr<NamespaceStore>> opened =
        NamespaceStore::Open(env_, clock_, Logger(log_, "namenode.Store"), std::move(store));
    if (!opened.ok() && opened.status().code() == Code::kNotFound) {
      return NotFound(opened.status().message() + "; `namenode -format` makes a new, empty file system there");
    }
    MRD_ASSIGN_OR_RETURN(store_, std::move(opened));
    info_ = store_->info();
    return Status::Ok();
  }

  Status LoadNamespace() {
    const std::int64_t begin = clock_.MonotonicNanos();
    options_.core.blocks.wall_offset_ms = clock_.WallMillis() - MonoNow();
    core_ = std::make_unique<Core>(options_.core, info_, Random(SystemSeed()));
    std::uint64_t pairs = 0;
    MRD_RETURN_IF_ERROR(store_->Load([&](std::string_view key, std::string_view value) {
      ++pairs;
      return core_->Load(key, value);
    }));
    if (pairs == 0) {
      core_->Format(clock_.WallMillis());
    } else {
      MRD_RETURN_IF_ERROR(RecallReplies());
    }
    MRD_RETURN_IF_ERROR(core_->FinishLoading(clock_.WallMillis(), MonoNow()));
    (void)::malloc_trim(0);  // tables that grew while loading left an eighth of the memory behind
    logger_.Info("namespace loaded files=" + std::to_string(core_->state().tree.file_count()) + " directories=" +
                 std::to_string(core_->state().tree.directory_count()) + " blocks=" +
                 std::to_string(core_->state().blocks.block_count()) +
                 " ms=" + std::to_string((clock_.MonotonicNanos() - begin) / 1'000'000));
    return Status::Ok();
  }

  // Clients whose reply was lost in a crash ask again: the last edits tell what to answer.
  Status RecallReplies() {
    const JournalStatus journal = store_->journal().status();
    const std::uint64_t durable = journal.durable.value;
    if (durable == 0 || journal.first_segment.value == 0) return Status::Ok();
    const std::uint64_t recent = durable > kRepliesRecalledMax ? durable - kRepliesRecalledMax + 1 : 1;
    return store_->journal().Replay(TxId{std::max(recent, journal.first_segment.value)}, [this](Edit edit) {
      // The cache counts in monotonic time; an edit of the past is as old as its wall time says.
      const std::int64_t age = std::max<std::int64_t>(clock_.WallMillis() - edit.time_ms, 0);
      if (age < options_.retry_cache_ms) {
        retries_.Remember(edit.client_id, edit.call_id, MonoNow() - age, std::move(edit.reply));
      }
      return Status::Ok();
    });
  }

  Status Serve() {
    edits_ = std::make_unique<EditPipeline>(*core_, store_->journal(), runtime_.executor(), crash_points_);
    // What loading changed: a new file system's root, recoveries that go on.
    EditPipeline::Origin origin;
    origin.operation = "start";
    MRD_RETURN_IF_ERROR(store_->journal().Writable());
    const TxId begun = edits_->Commit(origin, clock_.WallMillis());
    if (begun.value != 0) MRD_RETURN_IF_ERROR(store_->journal().WaitDurable(begun));

    MRD_ASSIGN_OR_RETURN(UserGroups groups, UserGroups::Parse(options_.group_overrides));
    groups_ = std::make_unique<UserGroups>(std::move(groups));
    MRD_ASSIGN_OR_RETURN(racks_, RackTable::Read(env_, options_.topology_file));
    MRD_RETURN_IF_ERROR(RefreshHosts());

    AdminHooks hooks;
    hooks.refresh_nodes = [this] { return RefreshHosts(); };
    hooks.save_namespace = [this] { return store_->SaveCheckpoint(); };
    hooks.roll_edits = [this] { store_->journal().Roll(); };
    hooks.meta_save = [this](const std::string& file) {
      return WriteMetaSave(env_, *core_, options_.name_dirs[0] + "/logs", file, clock_.WallMillis(), MonoNow());
    };
    hooks.examine_process = [this](dfs::Examination* found) { ExamineProcess(found); };
    std::optional<dfs::wire::BlockTokens> tokens;
    if (options_.block_tokens) tokens.emplace(*options_.secret, *options_.block_tokens);
    clients_ = std::make_unique<ClientProtocol>(*core_, *edits_, retries_, *groups_, clock_,
                                                options_.core.tree.superuser, std::move(hooks), std::move(tokens));
    DatanodeProtocolOptions datanodes;
    datanodes.heartbeat_interval_ms = options_.heartbeat_interval_ms;
    if (options_.secret) datanodes.proof.emplace(*options_.secret, kDatanodeProtocol);
    datanodes.rack_of = [this](const dfs::DatanodeId& id) { return racks_.Of(id); };
    datanodes.on_full_report = [this] { trim_due_ = true; };
    datanodes_ = std::make_unique<DatanodeProtocol>(*core_, *edits_, clock_, Logger(log_, "namenode.Datanodes"),
                                                    std::move(datanodes));
    rpc::ServerOptions server;
    server.authorize_proxy = [this](const rpc::Caller& caller, const net::Endpoint& peer) {
      return AuthorizeProxy(options_.proxy_users, *groups_, caller, peer, MonoNow());
    };
    rpc_ = std::make_unique<rpc::Server>(runtime_, Logger(log_, "ipc.Server"), std::move(server));
    rpc_->Add(*clients_);
    rpc_->Add(*datanodes_);
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<net::Listener> listener, runtime_.Listen(options_.rpc_ip, options_.rpc_port));
    rpc_->Start(std::move(listener), runtime_.executor());
    runtime_.Spawn(runtime_.executor(), [this] { return Ticks(); });
    logger_.Info("namenode serves rpc=" + rpc_->local().ToString() + " cluster=" + info_.cluster_id);
    return Status::Ok();
  }

  // Runs on the core's thread, as all that touches the core once serving began.
  net::awaitable<void> Ticks() {
    std::int64_t copies_due = 0;
    while (!stopping_) {
      const std::int64_t now = MonoNow();
      const bool order_copies = now >= copies_due;
      if (order_copies) copies_due = now + options_.redundancy_interval_ms;
      // What a report takes while it is decoded, some 17 MB, the allocator would keep.
      if (std::exchange(trim_due_, false)) (void)::malloc_trim(0);
      const bool writable = edits_->Writable().ok();
      // Nothing durable is decided while it cannot be written.
      const bool more = writable && core_->Tick(clock_.WallMillis(), now, order_copies);
      EditPipeline::Origin origin;
      origin.operation = "tick";
      edits_->Commit(origin, clock_.WallMillis());
      const JournalStatus journal = store_->journal().status();
      if (journal.state == JournalState::kFailed) {
        on_fatal_(Status(journal.reason).WithContext("the journal cannot be written any more; the namenode ends, and a "
                                                     "restart recovers what was acknowledged"));
        co_return;
      }
      const Status slept = co_await net::SleepFor(more ? kTickWhenBusy : kTick);
      if (!slept.ok()) co_return;
    }
  }

  // What the core does not know of itself: the release, and the directories as the disk has them.
  void ExamineProcess(dfs::Examination* found) {
    found->software_version = kSoftwareVersion;
    const JournalStatus journal = store_->journal().status();
    for (const std::string& dir : options_.name_dirs) {
      dfs::DirectoryFacts& facts = found->directories.emplace_back();
      facts.path = dir;
      const auto used = std::find_if(journal.directories.begin(), journal.directories.end(),
                                     [&](const JournalStatus::Directory& one) { return one.path == CurrentPath(dir); });
      if (used == journal.directories.end()) {
        facts.fault = "it could not be read when the namenode started, and is out of use since";
      } else if (!used->status.ok()) {
        facts.fault = used->status.message();
      }
      const Result<VolumeSpace> space = env_.Space(dir);
      if (!space.ok()) {
        if (facts.fault.empty()) facts.fault = space.status().message();
        continue;
      }
      facts.capacity = space->capacity;
      facts.available = space->available;
    }
  }

  Status RefreshHosts() {
    MRD_ASSIGN_OR_RETURN(HostLists lists, ReadHostFiles(env_, options_.hosts_file, options_.hosts_exclude_file));
    core_->state().blocks.SetHosts(std::move(lists), MonoNow());
    return Status::Ok();
  }

  Env& env_;
  Clock& clock_;
  Log& log_;
  const Logger logger_;
  NamenodeOptions options_;
  const std::function<void(const Status&)> on_fatal_;
  CrashPoints crash_points_{CrashPointNames()};
  dfs::NamespaceInfo info_;
  std::unique_ptr<NamespaceStore> store_;
  rpc::RetryCache retries_;
  std::unique_ptr<Core> core_;
  RackTable racks_;
  std::unique_ptr<UserGroups> groups_;
  std::unique_ptr<EditPipeline> edits_;
  std::unique_ptr<ClientProtocol> clients_;
  std::unique_ptr<DatanodeProtocol> datanodes_;
  std::unique_ptr<rpc::Server> rpc_;
  std::atomic<bool> stopping_{false};
  bool stopped_ = false;
  bool trim_due_ = false;  // the core thread's
  net::Runtime runtime_;  // last: its threads end before anything that they use goes away
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Env& env, Clock& clock, Log& log, NamenodeOptions options,
                                              std::function<void(const Status&)> on_fatal) {
  auto server = std::make_unique<ServerImpl>(env, clock, log, std::move(options), std::move(on_fatal));
  MRD_RETURN_IF_ERROR(server->Begin());
  return std::unique_ptr<Server>(std::move(server));
}

Result<bool> IsFormatted(Env& env, const NamenodeOptions& options) {
  for (const std::string& dir : options.name_dirs) {
    const Result<dfs::NamespaceInfo> version = ReadVersion(env, dir);
    if (version.ok()) return true;
    if (version.status().code() != Code::kNotFound) return version.status();
  }
  return false;
}

Result<std::string> Format(Env& env, Clock& clock, const NamenodeOptions& options, const FormatWish& wish) {
  if (wish.cluster_id.empty() && !wish.force) {
    MRD_ASSIGN_OR_RETURN(const bool formatted, IsFormatted(env, options));
    if (formatted) {
      MRD_ASSIGN_OR_RETURN(const dfs::NamespaceInfo info, ReadVersion(env, options.name_dirs[0]));
      return "name directory " + options.name_dirs[0] + " is formatted already, cluster " + info.cluster_id +
             "; nothing was changed (-force begins anew and loses every file)";
    }
  }
  Random random(SystemSeed());
  FormatRequest request;
  request.directories = options.name_dirs;
  request.force = wish.force;
  request.info.cluster_id = wish.cluster_id.empty() ? "CID-" + RandomUuid(random) : wish.cluster_id;
  request.info.namespace_id = static_cast<std::uint32_t>(random.Below(0x7FFFFFFE) + 1);
  request.info.created_ms = clock.WallMillis();
  request.info.pool_id = "BP-" + std::to_string(random.Below(1u << 30)) + "-" + options.rpc_ip + "-" +
                         std::to_string(request.info.created_ms);
  MRD_ASSIGN_OR_RETURN(const FormatOutcome outcome, FormatStorage(env, request));
  std::string text;
  for (const std::string& dir : options.name_dirs) {
    if (!text.empty()) text += "\n";
    text += "Storage directory " + dir +
            (outcome == FormatOutcome::kFormatted ? " has been successfully formatted." : " is formatted already.");
  }
  return text;
}

}  // namespace mrd::namenode

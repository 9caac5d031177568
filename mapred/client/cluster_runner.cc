#include "mapred/client/cluster_runner.h"

#include <string>
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "engine/attempt.h"
#include "engine/committer.h"
#include "engine/input_plan.h"
#include "engine/job_definition.h"
#include "engine/leftovers.h"
#include "engine/job_plan.h"
#include "engine/job_settings.h"
#include "engine/split_hosts.h"
#include "mapred/client/cut_points.h"
#include "mapred/client/failure_text.h"
#include "mapred/client/job_follower.h"
#include "mapred/client/job_pack.h"
#include "mapred/client/job_spec.h"
#include "mapred/wire/convert.h"

namespace mrd::mapred {
namespace {

using std::chrono::milliseconds;

// How long a kill may take before the user gets the terminal back: less than the patience of the signal handlers.
constexpr milliseconds kKillPatience{2'000};

// A client takes milliseconds from its claim to its submission; one that takes longer than this is asked about.
constexpr std::int64_t kClaimGraceMs = 10'000;

bool IsLoopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

bool IsLost(const Status& status) {
  return status.code() == Code::kUnavailable || status.code() == Code::kDeadlineExceeded;
}

// One job from its request to its result.
class ClusterRun {
 public:
  ClusterRun(Env& env,
             Clock& clock,
             fs::Registry& file_systems,
             const engine::CancelFlag& cancel,
             JobClient& client,
             const ClusterRunner::Options& options,
             const engine::JobRequest& request,
             engine::JobMonitor& monitor)
      : env_(env),
        clock_(clock),
        file_systems_(file_systems),
        cancel_(cancel),
        client_(client),
        options_(options),
        request_(request),
        monitor_(monitor) {}

  engine::JobResult Run() {
    const std::int64_t begin = clock_.MonotonicNanos();
    result_.status = Prepare();
    if (result_.status.ok()) result_.status = Submit();
    if (result_.status.ok()) {
      if (options_.follow) result_.status = Follow();
    } else if (committer_ != nullptr && !perhaps_submitted_) {
      if (const Status removed = committer_->Abort(); !removed.ok()) {
        result_.status = Status(result_.status.code(), result_.status.message() + "; and cleaning up failed too: " +
                                                           removed.message());
      }
    }
    result_.seconds = static_cast<double>(clock_.MonotonicNanos() - begin) / 1e9;
    if (result_.map_seconds > 0) result_.reduce_seconds = std::max(0.0, result_.seconds - result_.map_seconds);
    return std::move(result_);
  }

 private:
  // Everything that can be refused without the jobtracker, in the order in which LocalRunner does it.
  Status Prepare() {
    const engine::JobMark mark;
    MRD_ASSIGN_OR_RETURN(definition_, engine::JobDefinition::Make(request_));
    MRD_ASSIGN_OR_RETURN(settings_, engine::JobSettings::Read(definition_->config()));
    result_.job_name = settings_.job_name.empty() ? definition_->name : settings_.job_name;
    MRD_ASSIGN_OR_RETURN(output_, engine::FindOutput(*definition_, request_, file_systems_));
    if (output_) result_.output = output_.path.ToString();
    MRD_RETURN_IF_ERROR(engine::CheckInputNamed(*definition_, request_));
    MRD_RETURN_IF_ERROR(engine::CheckOutputFree(output_));
    MRD_ASSIGN_OR_RETURN(plan_, engine::PlanInput(*definition_, settings_, request_, file_systems_));
    MRD_RETURN_IF_ERROR(engine::CheckOutputNotInInput(output_, plan_, file_systems_));
    monitor_.InputListed(plan_.files);
    monitor_.Planned(static_cast<int>(plan_.splits.size()));
    result_.maps = static_cast<int>(plan_.splits.size());
    result_.reduces = settings_.reduces;
    TellLocalPaths();

    MRD_ASSIGN_OR_RETURN(const proto::NewJobResponseProto place, client_.NewJob());
    result_.job_id = place.jobid();
    web_address_ = place.webaddress();
    MRD_ASSIGN_OR_RETURN(JobPack pack, JobPack::Make(env_, file_systems_, request_.plugin->path(), settings_));
    MRD_ASSIGN_OR_RETURN(const fs::Path system_dir, fs::Path::Parse(place.systemdir()));
    MRD_ASSIGN_OR_RETURN(const fs::Path qualified, file_systems_.Qualify(system_dir));
    MRD_ASSIGN_OR_RETURN(const fs::Path stored, pack.Store(qualified.Child("packs")));
    pack_path_ = stored.ToString();
    pack_ = std::make_unique<JobPack>(std::move(pack));
    MRD_RETURN_IF_ERROR(Sample());
    hosts_ = engine::SplitHosts(plan_.splits, file_systems_);
    return MakeOutput();
  }

  void TellLocalPaths() {
    if (IsLoopback(client_.address().host)) return;
    for (const fs::Path& root : plan_.roots) {
      if (!root.scheme().empty() && root.scheme() != "file") continue;
      monitor_.Notice(root.ToString() + " is a file of this machine; tasks on others find it only if it is there too");
      return;
    }
  }

  void MakeContext(const std::string& local_dir) {
    context_.reset(new engine::JobContext{.env = env_,
                                          .file_systems = file_systems_,
                                          .cancel = cancel_,
                                          .definition = *definition_,
                                          .settings = settings_,
                                          .job_id = result_.job_id,
                                          .local_dir = local_dir,
                                          .side_file_dir = "",
                                          .maps = result_.maps,
                                          .reduces = result_.reduces});
  }

  // Cut points are found here: they depend on the whole input, and each map needs them.
  Status Sample() {
    MakeContext("");
    MRD_ASSIGN_OR_RETURN(cuts_, FindCutPoints({.env = env_,
                                               .file_systems = file_systems_,
                                               .cancel = cancel_,
                                               .definition = *definition_,
                                               .settings = settings_,
                                               .plan = plan_,
                                               .id = result_.job_id}));
    return Status::Ok();
  }

  Status MakeOutput() {
    if (!output_) return Status::Ok();
    committer_ = std::make_unique<engine::OutputCommitter>(*context_, output_.system, output_.path);
    MRD_RETURN_IF_ERROR(committer_->Setup(Sender(), [this](const engine::Claimant& other) { return Abandoned(other); }));
    if (output_.system->scheme() != "file") return Status::Ok();
    // The lock says "removable" as soon as its process is gone; this job outlives its client.
    MRD_ASSIGN_OR_RETURN(const fs::Path lock, fs::Path::Parse(committer_->temporary_dir() + "/.lock"));
    return output_.system->Delete(lock, /*recursive=*/false).status();
  }

  std::string Sender() const { return client_.user() + "@" + client_.address().ToString(); }

  // A client that was killed between its claim and its submission. The jobtracker sees to it that, should it live after
  // all, its job is refused; another jobtracker, or for another user, could not.
  bool Abandoned(const engine::Claimant& other) {
    if (!engine::IsSame(other.sender, Sender()) || clock_.WallMillis() - other.made_ms < kClaimGraceMs) return false;
    return client_.Withdraw(other.job).ok();
  }

  Status Submit() {
    if (cancel_.set()) return Cancelled("interrupted");
    const proto::SubmitJobRequestProto request = Submission({.request = request_,
                                                             .definition = *definition_,
                                                             .settings = settings_,
                                                             .plan = plan_,
                                                             .hosts = hosts_,
                                                             .cuts = cuts_,
                                                             .pack = *pack_,
                                                             .pack_path = pack_path_,
                                                             .job_id = result_.job_id,
                                                             .job_name = result_.job_name,
                                                             .user = client_.user(),
                                                             .output = result_.output});
    Result<proto::JobStatusProto> submitted = client_.Submit(request);
    if (!submitted.ok() && IsLost(submitted.status())) {
      // It may have been taken. The jobtracker takes one job of an id only, so asking again does no harm.
      perhaps_submitted_ = true;
      submitted = client_.Submit(request);
    }
    if (!submitted.ok()) {
      if (IsLost(submitted.status())) {
        return Unavailable("job " + result_.job_id + " was sent, but whether it was taken is unknown (" +
                           submitted.status().message() + "); mr job -status " + result_.job_id +
                           " tells when the jobtracker answers again, and its output directory stays until then");
      }
      // Our output has passed on to another job, which thought us dead: it is not ours to remove.
      perhaps_submitted_ = submitted.status().code() == Code::kAlreadyExists;
      return submitted.status();
    }
    perhaps_submitted_ = true;
    std::string url = submitted->trackingurl();
    if (url.empty() && !web_address_.empty()) url = "http://" + web_address_ + "/jobdetails.jsp?jobid=" + result_.job_id;
    if (!url.empty()) monitor_.Notice("The url to track the job: " + url);
    monitor_.JobStarted(result_.job_id, result_.job_name);
    return Status::Ok();
  }

  Status Follow() {
    JobFollower follower(client_, monitor_, clock_,
                         {.poll = options_.poll,
                          .patience = options_.patience,
                          .interrupted = [this] { return cancel_.set(); }});
    const Result<proto::JobStatusProto> end = follower.Follow(result_.job_id);
    result_.map_seconds = follower.map_seconds();
    if (!end.ok()) {
      if (end.status().code() == Code::kCancelled) return Interrupted();
      return end.status();
    }
    return Conclude(*end);
  }

  Status Conclude(const proto::JobStatusProto& end) {
    const Result<proto::GetJobResultResponseProto> told = client_.JobResult(result_.job_id);
    if (told.ok()) {
      result_.counters = wire::FromProto(told->counters());
      result_.ledger = wire::FromProto(told->ledger());
      for (const std::string& warning : told->warnings()) monitor_.Notice("Warning: " + warning);
    }
    if (end.state() == proto::JOB_SUCCEEDED) {
      if (!told.ok()) monitor_.Notice("the job's counters could not be fetched: " + told.status().message());
      return Status::Ok();
    }
    if (told.ok()) result_.explanation = FailureText(*told);
    std::string why = end.failure();
    if (why.empty()) why = "the jobtracker gave no reason";
    if (end.state() == proto::JOB_KILLED) return Cancelled(why);
    return Internal(why);
  }

  Status Interrupted() {
    const std::string& id = result_.job_id;
    if (options_.detach) {
      result_.explanation = "job " + id + " goes on; mr job -status " + id + " tells how it is, mr job -kill " + id +
                            " ends it\n";
      return Cancelled("detached from job " + id);
    }
    const int signal = cancel_.signal.load();
    const std::string words = options_.signal_words ? options_.signal_words(signal) : "a signal";
    const Status killed = client_.Kill(id, "received " + words + " from " + client_.user());
    if (!killed.ok()) {
      result_.explanation = "job " + id + " could not be killed (" + killed.message() + "); mr job -kill " + id +
                            " does it when the jobtracker answers\n";
      return Cancelled("interrupted");
    }
    const Result<proto::JobStatusProto> end =
        client_.Status(id, std::numeric_limits<std::uint64_t>::max(), kKillPatience, [] { return false; });
    const bool over = end.ok() && IsOver(*end);
    if (over && end->state() == proto::JOB_SUCCEEDED) {
      result_.explanation = "the job was to be ended by " + words + ", but job " + id +
                            " had succeeded already; its output is " + result_.output + "\n";
    } else {
      const char* output = over ? "; nothing is left of its output" : "; its output will be removed";
      result_.explanation = "job " + id + (over ? " was killed by " : " is being killed because of ") + words +
                            (result_.output.empty() ? "" : output) + "\n";
    }
    return Cancelled("interrupted");
  }

  Env& env_;
  Clock& clock_;
  fs::Registry& file_systems_;
  const engine::CancelFlag& cancel_;
  JobClient& client_;
  const ClusterRunner::Options& options_;
  const engine::JobRequest& request_;
  engine::JobMonitor& monitor_;

  engine::JobResult result_;
  std::unique_ptr<engine::JobDefinition> definition_;
  engine::JobSettings settings_;
  engine::JobOutput output_;
  engine::InputPlan plan_;
  std::unique_ptr<engine::JobContext> context_;
  std::unique_ptr<engine::OutputCommitter> committer_;
  std::unique_ptr<JobPack> pack_;
  std::string pack_path_;
  std::string web_address_;
  std::vector<std::string> cuts_;
  std::vector<std::vector<std::string>> hosts_;
  bool perhaps_submitted_ = false;
};

}  // namespace

ClusterRunner::ClusterRunner(Env& env,
                             Clock& clock,
                             fs::Registry& file_systems,
                             const engine::CancelFlag& cancel,
                             JobClient& client,
                             Options options)
    : env_(env),
      clock_(clock),
      file_systems_(file_systems),
      cancel_(cancel),
      client_(client),
      options_(std::move(options)) {}

engine::JobResult ClusterRunner::Run(const engine::JobRequest& request, engine::JobMonitor& monitor) {
  return ClusterRun(env_, clock_, file_systems_, cancel_, client_, options_, request, monitor).Run();
}

}  // namespace mrd::mapred

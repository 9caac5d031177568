#include "tasktracker/tracker.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/base/machine_memory.h"
#include "mapred/ids.h"

namespace mrd::tasktracker {

namespace proto = mapred::proto;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kWatchTime{200};         // between two looks at deadlines, and at memory where it is limited
constexpr milliseconds kWatchIdleTime{1'000};
constexpr int kLooksPerTree = 5;                // looks at deadlines for each at all processes
constexpr milliseconds kMachineLookTime{1'000};  // between two looks at the machine's memory and load
constexpr milliseconds kHouseTime{10'000};
constexpr int kHousesPerSweep = 30;
constexpr milliseconds kStopTime{3'000};        // for attempts that are asked to end
constexpr milliseconds kStopNap{5};
constexpr std::size_t kFailuresMax = 10'000;    // told at once; more are told again by the fetcher

}  // namespace

Tracker::Tracker(Context& context, net::Connector& connector, const ShuffleServer& shuffle, Options options)
    : context_(context),
      options_(std::move(options)),
      shuffle_(shuffle),
      fetcher_(context, connector, options_.self.name()),
      feeds_(context, fetcher_, options_.self.name(),
             [this](proto::FetchFailureProto failure) {
               if (fetch_failures_.size() < kFailuresMax) fetch_failures_.push_back(std::move(failure));
               link_.Hurry();
             }),
      link_(context, connector, options_.self.name(), *this),
      watch_timer_(context.strand),
      house_timer_(context.strand) {}

net::awaitable<void> Tracker::Start() {
  // Processes that leave their attempt's group become children of the tracker, where they are found and ended.
  (void)::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  for (const std::string& trouble : Troubles()) context_.log.Warn(trouble);
  context_.disk.Post([&dirs = context_.dirs] { dirs.RemoveOld(); });
  link_.Start();
  for (const bool watch : {true, false}) {
    if (!gate_.Enter()) co_return;
    std::function<net::awaitable<void>()> body = [this, watch]() -> net::awaitable<void> {
      if (watch) {
        co_await Watch();
      } else {
        co_await KeepHouse();
      }
      gate_.Leave();
    };
    context_.runtime.Spawn(context_.strand, std::move(body));
  }
}

bool Tracker::Running() const {
  return std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) {
    return job.second->has_zygote() || std::any_of(job.second->attempts().begin(), job.second->attempts().end(),
                                                   [](const auto& attempt) { return !attempt.second->gone(); });
  });
}

net::awaitable<void> Tracker::EndAttempts() {
  for (const auto& [id, job] : jobs_) {
    std::vector<std::shared_ptr<AttemptRun>> all;
    for (const auto& [name, attempt] : job->attempts()) all.push_back(attempt);
    for (const std::shared_ptr<AttemptRun>& attempt : all) attempt->Kill("The tasktracker was stopped.", false);
  }
  // First those that end when they are asked, then all.
  const std::int64_t begin_ns = context_.clock.MonotonicNanos();
  const auto within = [&](milliseconds time) {
    return context_.clock.MonotonicNanos() - begin_ns < std::chrono::nanoseconds(time).count();
  };
  const auto attempts_run = [this] {
    return std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) {
      return std::any_of(job.second->attempts().begin(), job.second->attempts().end(),
                         [](const auto& attempt) { return !attempt.second->gone(); });
    });
  };
  while (attempts_run() && within(kStopTime)) {
    (void)co_await net::SleepFor(kStopNap);
    WatchOnce(context_.clock.MonotonicNanos(), nullptr);  // SIGKILL follows SIGTERM
  }
  for (const auto& [id, job] : jobs_) job->Abandon();
  while (Running() && within(kStopTime * 2)) {
    (void)co_await net::SleepFor(kStopNap);
    WatchOnce(context_.clock.MonotonicNanos(), nullptr);
  }
}

net::awaitable<void> Tracker::Stop() {
  stopping_ = true;
  context_.dirs.StopRemoving();
  watch_timer_.cancel();
  house_timer_.cancel();
  spare_.reset();
  co_await EndAttempts();
  co_await link_.Stop(true);
  co_await fetcher_.Stop();
  co_await gate_.Close();
  jobs_.clear();
}

void Tracker::FillRegistration(proto::RegisterRequestProto* request) {
  *request->mutable_tracker() = options_.self;
  for (const auto& [id, job] : jobs_) {
    for (const auto& [name, attempt] : job->attempts()) *request->add_attempts() = attempt->status();
  }
  for (const auto& [id, status] : refused_) *request->add_attempts() = status;
  for (const auto& [attempt, output] : context_.outputs.All()) {
    proto::KeptOutputProto* const kept = request->add_kept();
    kept->set_attemptid(attempt);
    for (const std::uint64_t bytes : output->BytesByReduce()) kept->add_outputbytes(bytes);
  }
}

void Tracker::Registered(const proto::RegisterResponseProto& response) {
  for (const std::string& job : response.forgetjobs()) Forget(job);
  for (const std::string& attempt : response.killattempts()) {
    if (const auto run = Find(attempt)) run->Kill("The jobtracker does not want it any more.", false);
  }
  // What was told with the registration is told once more, which does no harm.
  for (const auto& [id, job] : jobs_) {
    for (const auto& [name, attempt] : job->attempts()) changed_.insert(name);
  }
  for (const auto& [id, status] : refused_) changed_.insert(id);
  if (!changed_.empty()) link_.Hurry();
}

void Tracker::TakeOrder(const proto::OrderProto& order) {
  if (stopping_) return;
  if (order.has_launch()) Launch(order.launch());
  if (order.has_kill()) {
    const auto attempt = Find(order.kill().attemptid());
    if (attempt != nullptr) attempt->Kill(order.kill().reason(), order.kill().asfailure());
  }
  if (order.has_forget()) Forget(order.forget().jobid());
  if (order.has_mapoutputs()) feeds_.Update(order.mapoutputs());
  if (order.has_commit()) {
    const auto attempt = Find(order.commit().attemptid());
    if (attempt != nullptr) attempt->Answer(order.commit());
  }
  if (order.has_leave()) {
    context_.log.Warn("the jobtracker sends this tracker away: " + order.leave().reason());
    options_.on_end(Cancelled(order.leave().reason()));
  }
}

void Tracker::Launch(const proto::OrderProto::Launch& order) {
  const std::string& job_id = order.spec().jobid();
  const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(order.attemptid());
  if (!name || name->ToString() != order.attemptid() || name->job_id != job_id) {
    context_.log.Error("an order names the attempt \"" + order.attemptid() + "\" of job \"" + job_id + "\": ignored");
    return;
  }
  std::shared_ptr<JobRun> job;
  if (const auto known = jobs_.find(job_id); known != jobs_.end()) job = known->second;
  if (job != nullptr && job->Knows(order.attemptid())) return;
  if (job == nullptr && !order.specwhole()) {
    RefuseUnknown(order);
    return;
  }
  if (job == nullptr) {
    JobRun::Options options;
    options.take_zygote = [this](const std::string& log_path) { return TakeZygote(log_path); };
    options.tracker_host = options_.self.host();
    options.begun = [this](AttemptRun& attempt) { Begun(attempt); };
    job = std::make_shared<JobRun>(context_, order.spec(), std::move(options));
    jobs_[job_id] = job;
  }
  ++attempts_total_;
  auto attempt = std::make_shared<AttemptRun>(context_, order, job->spec().maps(), *this);
  if (job->retiring()) {
    attempt->Refuse(MakeFailure(proto::FAILED_TRACKER, "The job was over here when the order came."));
    refused_[attempt->id()] = attempt->status();
    return;
  }
  job->Add(std::move(attempt));
}

// Its job's description was in an order that never came: without it nothing can be run.
void Tracker::RefuseUnknown(const proto::OrderProto::Launch& order) {
  proto::AttemptStatusProto& status = refused_[order.attemptid()];
  status.set_attemptid(order.attemptid());
  status.set_state(proto::ATTEMPT_FAILED);
  *status.mutable_failure() = MakeFailure(proto::FAILED_TRACKER, "The tracker " + options_.self.name() +
                                                                     " was not given the description of the job.");
  const auto now = static_cast<std::uint64_t>(context_.clock.WallMillis());
  status.set_startms(now);
  status.set_endms(now);
  changed_.insert(order.attemptid());
  link_.Hurry();
}

void Tracker::Begun(AttemptRun& attempt) {
  if (attempt.kind() != proto::REDUCE) return;
  const std::weak_ptr<AttemptRun> weak = attempt.weak_from_this();
  ReduceFeeds::Reduce reduce;
  reduce.attempt_id = attempt.id();
  reduce.job_id = attempt.job_id();
  reduce.number = attempt.number();
  reduce.maps = attempt.maps();
  reduce.give = [weak](const ReduceFeeds::Segments& segments) {
    const std::shared_ptr<AttemptRun> run = weak.lock();
    if (run == nullptr) return;
    if (segments.mapsdone() == run->maps()) run->set_fed();
    run->Give(segments);
  };
  reduce.no_room = [weak](const Status& why) {
    if (const auto run = weak.lock()) {
      run->Condemn(MakeFailure(proto::FAILED_DISK, "Map output could not be kept: " + why.message() + "."));
    }
  };
  feeds_.Add(std::move(reduce));
}

void Tracker::Forget(const std::string& job_id) {
  feeds_.Forget(job_id);
  context_.outputs.RemoveJob(job_id);
  const auto job = jobs_.find(job_id);
  if (job == jobs_.end()) return;
  const std::shared_ptr<JobRun> run = job->second;
  run->Retire([this, job_id] {
    jobs_.erase(job_id);
    StartSpare();
    // Buffers of fetched and served output are free, but not yet the system's.
    if (jobs_.empty()) context_.disk.Post([] { (void)::malloc_trim(0); });
  });
}

Result<std::shared_ptr<ZygoteProcess>> Tracker::TakeZygote(const std::string& log_path) {
  const std::shared_ptr<ZygoteProcess> spare = std::move(spare_);
  spare_ = nullptr;
  if (spare != nullptr && spare->Alive() && context_.env.Rename(SpareLog(), log_path).ok()) return spare;
  return ZygoteProcess::Start(context_.runtime, context_.strand, context_.zygotes, options_.worker_program, log_path);
}

std::string Tracker::SpareLog() const { return context_.options.userlogs_dir + "/zygote.log"; }

// Starting the program takes longer than loading a plugin into it, so the next job finds it started.
void Tracker::StartSpare() {
  if (stopping_ || spare_ != nullptr) return;
  (void)context_.env.RemoveFile(SpareLog());
  Result<std::shared_ptr<ZygoteProcess>> spare = ZygoteProcess::Start(
      context_.runtime, context_.strand, context_.zygotes, options_.worker_program, SpareLog());
  if (spare.ok()) spare_ = std::move(*spare);
}

// A tracker that the jobtracker cannot hear is declared lost after a while, and its work given to others. What might
// still publish output is ended before that, by this side's clock, which began to count earlier.
void Tracker::Fence(std::int64_t now_ns) {
  const milliseconds limit = context_.options.expiry * 4 / 5;
  if (now_ns - link_.told_ns() < std::chrono::nanoseconds(limit).count()) return;
  std::vector<std::shared_ptr<AttemptRun>> publishing;
  for (const auto& [id, job] : jobs_) {
    for (const auto& [name, attempt] : job->attempts()) {
      if (attempt->publishes()) publishing.push_back(attempt);
    }
  }
  for (const std::shared_ptr<AttemptRun>& attempt : publishing) {
    attempt->Condemn(MakeFailure(proto::FAILED_TRACKER,
                                 "The jobtracker could not be reached for " + std::to_string(limit.count()) +
                                     " ms while the attempt published its output; by now it may have given the work to "
                                     "another."));
    attempt->Abandon();
  }
}

std::shared_ptr<JobRun> Tracker::JobOf(const std::string& attempt_id) const {
  const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(attempt_id);
  if (!name) return nullptr;
  const auto job = jobs_.find(name->job_id);
  return job == jobs_.end() ? nullptr : job->second;
}

std::shared_ptr<AttemptRun> Tracker::Find(const std::string& attempt_id) const {
  const std::shared_ptr<JobRun> job = JobOf(attempt_id);
  return job == nullptr ? nullptr : job->Find(attempt_id);
}

void Tracker::Changed(AttemptRun& attempt, bool at_once) {
  changed_.insert(attempt.id());
  if (attempt.ended()) {
    const proto::AttemptStateProto state = attempt.status().state();
    if (state == proto::ATTEMPT_SUCCEEDED) ++succeeded_total_;
    if (state == proto::ATTEMPT_FAILED) ++failed_total_;
    if (state == proto::ATTEMPT_KILLED) ++killed_total_;
    if (attempt.kind() == proto::REDUCE) feeds_.Remove(attempt.id());
    if (state == proto::ATTEMPT_FAILED) {
      context_.log.Info("attempt failed id=" + attempt.id() + " why=" + attempt.status().failure().message());
    }
  }
  if (at_once) link_.Hurry();
}

void Tracker::Gone(AttemptRun& attempt) {
  const std::shared_ptr<JobRun> job = JobOf(attempt.id());
  if (job != nullptr) job->Gone(attempt);
}

void Tracker::BadSegment(AttemptRun& attempt, std::uint32_t map, const std::string& reason) {
  feeds_.BadSegment(attempt.id(), map, reason);
}

void Tracker::FillReport(proto::ReportRequestProto* request) {
  for (const std::string& id : changed_) {
    if (const auto refused = refused_.find(id); refused != refused_.end()) {
      *request->add_attempts() = refused->second;
    } else if (const auto attempt = Find(id)) {
      *request->add_attempts() = attempt->status();
    }
  }
  reporting_.merge(changed_);
  changed_.clear();
  for (const proto::FetchFailureProto& failure : fetch_failures_) *request->add_fetchfailures() = failure;
  reporting_failures_.insert(reporting_failures_.end(), fetch_failures_.begin(), fetch_failures_.end());
  fetch_failures_.clear();
  request->set_freediskbytes(context_.dirs.free_bytes());
  LookAtMachine();
  request->set_freememorybytes(free_memory_bytes_);
  request->set_load(load_);
  for (const std::string& trouble : Troubles()) request->add_troubles(trouble);
}

// Reports come with the end of every attempt, which may be every millisecond; looking takes a tenth of that.
void Tracker::LookAtMachine() {
  const std::int64_t now_ns = context_.clock.MonotonicNanos();
  if (machine_seen_ns_ != 0 && now_ns - machine_seen_ns_ < std::chrono::nanoseconds(kMachineLookTime).count()) return;
  machine_seen_ns_ = now_ns;
  free_memory_bytes_ = MemoryToSpare();
  load_ = 0;
  (void)::getloadavg(&load_, 1);
}

std::vector<std::string> Tracker::Troubles() const {
  std::vector<std::string> troubles = context_.dirs.Troubles();
  const std::vector<std::string>& sandbox = context_.options.sandbox_troubles;
  troubles.insert(troubles.end(), sandbox.begin(), sandbox.end());
  return troubles;
}

void Tracker::Reported() {
  const std::set<std::string> told = std::move(reporting_);
  reporting_.clear();
  reporting_failures_.clear();
  for (const std::string& id : told) {
    if (changed_.contains(id)) continue;  // something new since
    refused_.erase(id);
    const std::shared_ptr<JobRun> job = JobOf(id);
    const std::shared_ptr<AttemptRun> attempt = job == nullptr ? nullptr : job->Find(id);
    if (attempt != nullptr && attempt->ended()) job->Told(id);
  }
}

void Tracker::NotReported() {
  changed_.merge(reporting_);
  reporting_.clear();
  fetch_failures_.insert(fetch_failures_.end(), reporting_failures_.begin(), reporting_failures_.end());
  reporting_failures_.clear();
}

net::awaitable<void> Tracker::Watch() {
  for (int look = 0; !stopping_; ++look) {
    bool busy = false;
    bool limited = false;
    for (const auto& [id, job] : jobs_) {
      busy = busy || !job->attempts().empty() || job->has_zygote();
      for (const auto& [name, attempt] : job->attempts()) limited = limited || attempt->memory_limit() != 0;
    }
    watch_timer_.expires_after(busy ? kWatchTime : kWatchIdleTime);
    (void)co_await watch_timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (stopping_) break;
    if (!busy) continue;
    if (limited || look % kLooksPerTree == 0) {
      const ProcessTree processes = co_await context_.disk.Run([] { return ProcessTree::Read(); });
      WatchOnce(context_.clock.MonotonicNanos(), &processes);
      RemoveStrays(processes);
    } else {
      WatchOnce(context_.clock.MonotonicNanos(), nullptr);
    }
  }
}

void Tracker::WatchOnce(std::int64_t now_ns, const ProcessTree* processes) {
  std::vector<std::shared_ptr<JobRun>> all;
  for (const auto& [id, job] : jobs_) all.push_back(job);
  for (const std::shared_ptr<JobRun>& job : all) job->Watch(now_ns, processes);
  if (!stopping_) Fence(now_ns);
}

// Children of ours that are no zygotes have left their attempt, so nobody else ends them.
void Tracker::RemoveStrays(const ProcessTree& processes) const {
  for (const ProcessInfo& child : processes.ChildrenOf(::getpid())) {
    if (context_.zygotes.Contains(child.pid)) continue;
    if (!child.zombie) {
      context_.log.Warn("process " + std::to_string(child.pid) + " left its attempt and was killed");
      (void)::kill(child.pid, SIGKILL);
    }
    (void)::waitpid(child.pid, nullptr, WNOHANG);
  }
}

net::awaitable<void> Tracker::KeepHouse() {
  for (int round = 0; !stopping_; ++round) {
    std::set<std::string> running;
    for (const auto& [id, job] : jobs_) running.insert(id);
    (void)co_await context_.disk.Run([&] {
      context_.dirs.Check();
      if (context_.memory_groups != nullptr) context_.memory_groups->Sweep();
      if (round % kHousesPerSweep == 0) context_.logs.Sweep(running);
      return true;
    });
    if (stopping_) break;
    house_timer_.expires_after(kHouseTime);
    (void)co_await house_timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

TrackerView Tracker::View() const {
  TrackerView view;
  const proto::TrackerProto& self = options_.self;
  view.name = self.name();
  view.host = self.host();
  view.shuffle_port = static_cast<std::uint16_t>(self.shuffleport());
  view.map_slots = self.mapslots();
  view.reduce_slots = self.reduceslots();
  view.memory_bytes = self.memorybytes();
  view.start_ms = self.startms();
  view.jobtracker = context_.options.jobtracker_host + ":" + std::to_string(context_.options.jobtracker_port);
  view.waiting_for = link_.waiting_for();
  view.epoch = link_.epoch();
  view.free_disk_bytes = context_.dirs.free_bytes();
  view.memory_watch = options_.memory_watch;
  view.troubles = Troubles();
  view.attempts_total = attempts_total_;
  view.succeeded_total = succeeded_total_;
  view.failed_total = failed_total_;
  view.killed_total = killed_total_;
  FillJobViews(&view);
  view.shuffle.connections = shuffle_.counters().sessions;
  view.shuffle.served_outputs = shuffle_.counters().outputs_total;
  view.shuffle.served_bytes = shuffle_.counters().bytes_total;
  view.shuffle.refused = shuffle_.counters().refused_total;
  view.shuffle.fetched_outputs = fetcher_.counters().outputs_total;
  view.shuffle.fetched_bytes = fetcher_.counters().bytes_total;
  view.shuffle.linked_bytes = fetcher_.counters().linked_bytes_total;
  view.shuffle.fetch_failures = fetcher_.counters().failures_total;
  view.shuffle.fetch_damaged = fetcher_.counters().damaged_total;
  view.shuffle.fetch_waiting = fetcher_.counters().waiting;
  return view;
}

void Tracker::FillJobViews(TrackerView* view) const {
  std::map<std::string, JobView> jobs;
  for (const auto& [id, job] : jobs_) {
    JobView& one = jobs[id];
    one.name = job->spec().jobname();
    one.user = job->spec().user();
    one.zygote_process = job->zygote_pid();
    one.attempts = job->attempts().size();
    for (const auto& [name, attempt] : job->attempts()) {
      AttemptView seen;
      seen.job_id = id;
      seen.kind = attempt->kind();
      seen.status = attempt->status();
      seen.memory_limit_bytes = attempt->memory_limit();
      seen.maps_missing = feeds_.Missing(name);
      view->attempts.push_back(std::move(seen));
    }
  }
  for (const auto& [attempt, output] : context_.outputs.All()) {
    const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(attempt);
    if (!name) continue;
    JobView& one = jobs[name->job_id];
    ++one.outputs_kept;
    one.output_bytes += output->bytes();
  }
  for (auto& [id, job] : jobs) {
    job.job_id = id;
    view->jobs.push_back(std::move(job));
  }
}

net::awaitable<TrackerView> Tracker::Snapshot() {
  const auto view = std::make_shared<TrackerView>();
  const auto done = std::make_shared<net::Event>();
  boost::asio::post(context_.strand, [this, view, done] {
    *view = View();
    done->Set();
  });
  co_await done->Wait();
  co_return std::move(*view);
}

net::awaitable<std::string> Tracker::OwnerOf(std::string job_id) {
  const auto owner = std::make_shared<std::string>();
  const auto done = std::make_shared<net::Event>();
  boost::asio::post(context_.strand, [this, job_id = std::move(job_id), owner, done] {
    if (const auto job = jobs_.find(job_id); job != jobs_.end()) *owner = job->second->spec().user();
    done->Set();
  });
  co_await done->Wait();
  co_return std::move(*owner);
}

}  // namespace mrd::tasktracker

// A real jobtracker, driven by clients and by trackers that run nothing: orders go out, reports come in, and everything
// that was acknowledged outlives kill -9.

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/environment.h"
#include "common/http/client.h"
#include "mapred/ids.h"
#include "tests/integration/jobtracker/jobtracker_process.h"
#include "tests/integration/jobtracker/peers.h"
#include "tests/support/temporary_dir.h"

namespace mrd::test {
namespace {

std::int64_t NowMs() { return Clock::System().MonotonicNanos() / 1'000'000; }

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 3'000; ++i) {
    if (condition()) return true;
    Pause(10);
  }
  return false;
}

bool IsOver(const Result<proto::JobStatusProto>& status) {
  return status.ok() && status.value().state() != proto::JOB_RUNNING && status.value().state() != proto::JOB_PREP;
}

// A cluster of one jobtracker.
struct Cluster {
  explicit Cluster(std::vector<std::string> settings = {}) : process(dir.path(), std::move(settings)) {
    const bool started = process.Start();
    INFO(process.log());
    REQUIRE(started);
  }
  const TemporaryDir dir;
  JobtrackerProcess process;
};

std::size_t CountKind(const std::vector<std::string>& attempts, char kind) {
  std::size_t count = 0;
  for (const std::string& attempt : attempts) count += mapred::ParseAttemptId(attempt)->kind == kind ? 1 : 0;
  return count;
}

proto::GetTasksResponseProto TasksOf(JobPeer& client, const std::string& job) {
  proto::GetTasksRequestProto request;
  request.set_jobid(job);
  Result<proto::GetTasksResponseProto> tasks = client.peer().Call<proto::GetTasksResponseProto>("getTasks", request);
  REQUIRE(tasks.ok());
  return *tasks;
}

}  // namespace

TEST_CASE("jobtracker: a job goes from submission to its end, and can be looked at", "[jobtracker]") {
  Cluster cluster;
  JobPeer client(cluster.process.port(), "ann");
  FakeTracker tracker(cluster.process.port(), "tracker_a", 2, 1);
  REQUIRE(tracker.Register().ok());
  const proto::SubmitJobRequestProto job = client.MakeJob(5, 2);
  const std::string id = job.spec().jobid();
  REQUIRE(mapred::IsJobId(id));
  const Result<proto::JobStatusProto> submitted = client.Submit(job);
  INFO(submitted.status().ToString());
  REQUIRE(submitted.ok());
  CHECK(submitted.value().maps() == 5);
  CHECK(submitted.value().output() == "file:///out/" + id);
  // The same again, as after a lost answer.
  CHECK(client.Submit(job).ok());
  REQUIRE(tracker.RunUntil([&] { return IsOver(client.Status(id)); }));
  INFO(cluster.process.log());
  const Result<proto::JobStatusProto> status = client.Status(id);
  REQUIRE(status.ok());
  CHECK(status.value().state() == proto::JOB_SUCCEEDED);
  CHECK(status.value().mapsdone() == 5);
  CHECK(status.value().reducesdone() == 2);
  CHECK(CountKind(tracker.launched(), 'm') == 5);
  CHECK(CountKind(tracker.launched(), 'r') == 2);
  CHECK(CountKind(tracker.launched(), 'c') == 1);
  CHECK(tracker.RunUntil([&] { return tracker.forgotten().contains(id); }));

  const Result<proto::GetJobResultResponseProto> result = client.ResultOf(id);
  REQUIRE(result.ok());
  std::map<std::string, std::int64_t> counters;
  for (const proto::CounterGroupProto& group : result.value().counters().groups()) {
    for (const proto::CounterProto& counter : group.counters()) counters[counter.name()] = counter.value();
  }
  CHECK(counters["attempts"] >= 7);
  CHECK(counters["TOTAL_LAUNCHED_MAPS"] == 5);
  CHECK(counters["TOTAL_LAUNCHED_REDUCES"] == 2);
  CHECK(result.value().failures_size() == 0);
  const proto::GetTasksResponseProto tasks = TasksOf(client, id);
  CHECK(tasks.total() == 8);
  CHECK(tasks.tasks(0).state() == "SUCCEEDED");
  CHECK(tasks.tasks(0).bytes() == 100);
  proto::GetEventsRequestProto events;
  events.set_jobid(id);
  events.set_from(1);
  events.set_count(100);
  const auto told = client.peer().Call<proto::GetEventsResponseProto>("getEvents", events);
  REQUIRE(told.ok());
  REQUIRE(told.value().events_size() >= 7);
  CHECK(told.value().events(0).number() == 1);
  CHECK(told.value().events(0).trackerurl() == "http://127.0.0.1:50060");
  CHECK(cluster.process.Terminate() == 0);
}

TEST_CASE("jobtracker: standing calls are answered the moment there is something to say", "[jobtracker]") {
  Cluster cluster;
  JobPeer client(cluster.process.port(), "ann");
  FakeTracker tracker(cluster.process.port(), "tracker_a", 1, 1);
  REQUIRE(tracker.Register().ok());
  const proto::SubmitJobRequestProto job = client.MakeJob(1, 0);
  std::atomic<std::int64_t> launched_at{0};
  std::thread thread([&] {
    if (tracker.Step(20'000).ok() && !tracker.launched().empty()) launched_at = NowMs();
  });
  Pause(100);  // the await stands
  const std::int64_t begin = NowMs();
  const Result<proto::JobStatusProto> submitted = client.Submit(job);
  thread.join();
  REQUIRE(submitted.ok());
  REQUIRE(launched_at != 0);
  CHECK(launched_at - begin < 5'000);  // not the 20 s of the call
  // The same for a client that waits for news of its job.
  const Result<proto::JobStatusProto> before = client.Status(job.spec().jobid());
  REQUIRE(before.ok());
  std::thread worker([&] { tracker.RunUntil([&] { return CountKind(tracker.launched(), 'c') == 1; }); });
  const std::int64_t asked = NowMs();
  const Result<proto::JobStatusProto> news = client.Status(job.spec().jobid(), before.value().version(), 20'000);
  CHECK(NowMs() - asked < 10'000);
  worker.join();
  REQUIRE(news.ok());
  CHECK(news.value().version() > before.value().version());
}

TEST_CASE("jobtracker: kill -9 loses nothing that was acknowledged; a grant stays the one", "[jobtracker]") {
  Cluster cluster;
  std::string id;
  FakeTracker tracker(cluster.process.port(), "tracker_a", 2, 2);
  FakeTracker other(cluster.process.port(), "tracker_b", 0, 2);
  tracker.finish_granted = false;
  {
    JobPeer client(cluster.process.port(), "ann");
    REQUIRE(tracker.Register().ok());
    const proto::SubmitJobRequestProto job = client.MakeJob(4, 1, {{"mapreduce.reduce.speculative", "false"}});
    id = job.spec().jobid();
    REQUIRE(client.Submit(job).ok());
    // All maps are done, the reduce has leave to publish and has not said that it did.
    REQUIRE(tracker.RunUntil([&] { return tracker.grants().size() == 1; }));
  }
  CHECK(CountKind(tracker.launched(), 'm') == 4);
  const std::uint64_t epoch = tracker.epoch();
  cluster.process.Kill();
  REQUIRE(cluster.process.Start());
  JobPeer client(cluster.process.port(), "ann");
  const Result<proto::JobStatusProto> after = client.Status(id);
  REQUIRE(after.ok());
  CHECK(after.value().state() == proto::JOB_RUNNING);
  CHECK(after.value().mapsdone() == 4);
  // Another tracker comes first: what the absent one runs is not given to it.
  other.Reconnect(cluster.process.port());
  REQUIRE(other.Register().ok());
  REQUIRE(other.Step(50).ok());
  CHECK(other.launched().empty());
  tracker.Reconnect(cluster.process.port());
  CHECK(tracker.Step(50).code() == Code::kFailedPrecondition);  // another epoch: it has to register
  REQUIRE(tracker.Register().ok());
  CHECK(tracker.epoch() > epoch);
  tracker.finish_granted = true;
  REQUIRE(tracker.RunUntil([&] { return IsOver(client.Status(id)) || !other.Step(1).ok(); }));
  INFO(cluster.process.log());
  CHECK(client.Status(id).value().state() == proto::JOB_SUCCEEDED);
  // Nothing ran twice, and one attempt alone ever had leave.
  CHECK(CountKind(tracker.launched(), 'm') + CountKind(other.launched(), 'm') == 4);
  CHECK(CountKind(tracker.launched(), 'r') + CountKind(other.launched(), 'r') == 1);
  std::set<std::string> granted;
  for (const auto& [attempt, token] : tracker.grants()) granted.insert(attempt);
  CHECK(granted.size() == 1);
  CHECK(other.grants().empty());

  // What has ended is known after another crash too.
  cluster.process.Kill();
  REQUIRE(cluster.process.Start());
  JobPeer later(cluster.process.port(), "ann");
  CHECK(later.Status(id).value().state() == proto::JOB_SUCCEEDED);
  CHECK(later.ResultOf(id).ok());
  CHECK(TasksOf(later, id).total() == 6);
}

TEST_CASE("jobtracker: crashes at any moment end in one whole job", "[jobtracker]") {
  // Killed after n answers of the tracker, for several n: whatever the moment, the job ends and no task publishes twice.
  for (int steps = 1; steps <= 7; ++steps) {
    Cluster cluster;
    FakeTracker tracker(cluster.process.port(), "tracker_a", 2, 2);
    std::string id;
    {
      JobPeer client(cluster.process.port(), "ann");
      REQUIRE(tracker.Register().ok());
      const proto::SubmitJobRequestProto job = client.MakeJob(3, 2);
      id = job.spec().jobid();
      REQUIRE(client.Submit(job).ok());
      for (int i = 0; i < steps; ++i) REQUIRE(tracker.Step(20).ok());
    }
    cluster.process.Kill();
    REQUIRE(cluster.process.Start());
    JobPeer client(cluster.process.port(), "ann");
    tracker.Reconnect(cluster.process.port());
    REQUIRE(tracker.Register().ok());
    REQUIRE(tracker.RunUntil([&] { return IsOver(client.Status(id)); }));
    INFO(steps << "\n" << cluster.process.log());
    CHECK(client.Status(id).value().state() == proto::JOB_SUCCEEDED);
    std::map<std::string, std::set<std::string>> granted;
    for (const auto& [attempt, token] : tracker.grants()) {
      granted[mapred::ParseAttemptId(attempt)->TaskId()].insert(attempt);
    }
    for (const auto& [task, attempts] : granted) CHECK(attempts.size() == 1);
  }
}

TEST_CASE("jobtracker: failures end the job and are grouped by cause", "[jobtracker]") {
  Cluster cluster;
  JobPeer client(cluster.process.port(), "ann");
  FakeTracker tracker(cluster.process.port(), "tracker_a", 2, 1);
  tracker.behaviour = [](const proto::OrderProto::Launch& launch) -> std::optional<proto::AttemptStateProto> {
    if (launch.kind() == proto::MAP && launch.number() == 1) return proto::ATTEMPT_FAILED;
    return proto::ATTEMPT_SUCCEEDED;
  };
  REQUIRE(tracker.Register().ok());
  const proto::SubmitJobRequestProto job =
      client.MakeJob(3, 1, {{"mapreduce.job.maxtaskfailures.per.tracker", "100"}, {"mapreduce.map.maxattempts", "2"}});
  const std::string id = job.spec().jobid();
  REQUIRE(client.Submit(job).ok());
  REQUIRE(tracker.RunUntil([&] { return IsOver(client.Status(id)); }));
  CHECK(client.Status(id).value().state() == proto::JOB_FAILED);
  CHECK_FALSE(client.Status(id).value().failure().empty());
  const Result<proto::GetJobResultResponseProto> result = client.ResultOf(id);
  REQUIRE(result.ok());
  REQUIRE(result.value().failures_size() == 1);
  const proto::FailureGroupProto& group = result.value().failures(0);
  CHECK(group.count() == 2);
  CHECK(group.kind() == proto::FAILED_USER);
  CHECK(group.signature() == "USER: cannot parse the number in line #");
  CHECK(group.common_size() >= 2);  // the task, the record
}

TEST_CASE("jobtracker: jobs belong to their users", "[jobtracker]") {
  Cluster cluster;
  JobPeer ann(cluster.process.port(), "ann");
  JobPeer bob(cluster.process.port(), "bob");
  proto::SubmitJobRequestProto job = ann.MakeJob(1, 0);
  CHECK(bob.Submit(job).status().code() == Code::kPermissionDenied);
  REQUIRE(ann.Submit(job).ok());
  proto::KillJobRequestProto kill;
  kill.set_jobid(job.spec().jobid());
  CHECK(bob.peer().Call<proto::KillJobResponseProto>("killJob", kill).status().code() == Code::kPermissionDenied);
  CHECK(ann.peer().Call<proto::KillJobResponseProto>("killJob", kill).ok());
  REQUIRE(Eventually([&] { return ann.Status(job.spec().jobid()).ok(); }));
  // Unknown jobs, ids that nobody was given, queues that are not there.
  CHECK(ann.Status("job_1_0001").status().code() == Code::kNotFound);
  job.mutable_spec()->set_jobid("job_99999999999999_0001");
  CHECK(ann.Submit(job).status().code() == Code::kInvalidArgument);
  proto::SubmitJobRequestProto elsewhere = ann.MakeJob(1, 0);
  elsewhere.mutable_spec()->set_queue("nowhere");
  CHECK(ann.Submit(elsewhere).status().message().find("nowhere") != std::string::npos);
  CHECK(bob.peer().Call<proto::RefreshNodesResponseProto>("refreshNodes", proto::RefreshNodesRequestProto())
            .status().code() == Code::kPermissionDenied);
}

TEST_CASE("jobtracker: a job that its user withdrew before it was submitted is refused", "[jobtracker]") {
  Cluster cluster;
  JobPeer ann(cluster.process.port(), "ann");
  JobPeer bob(cluster.process.port(), "bob");
  const auto withdraw = [](JobPeer& user, const std::string& id) {
    proto::KillJobRequestProto request;
    request.set_jobid(id);
    return user.peer().Call<proto::KillJobResponseProto>("withdrawJob", request).status();
  };
  const proto::SubmitJobRequestProto job = ann.MakeJob(1, 0);
  REQUIRE(withdraw(bob, job.spec().jobid()).ok());  // says nothing about jobs of ann
  REQUIRE(ann.Submit(job).ok());
  CHECK_THAT(withdraw(ann, job.spec().jobid()).message(), Catch::Contains(job.spec().jobid() + " was submitted"));
  CHECK(ann.Submit(job).ok());
  const proto::SubmitJobRequestProto late = ann.MakeJob(1, 0);
  REQUIRE(withdraw(ann, late.spec().jobid()).ok());
  const Status refused = ann.Submit(late).status();
  CHECK(refused.code() == Code::kAlreadyExists);
  CHECK_THAT(refused.message(), Catch::Contains(late.spec().jobid() + " comes too late"));
  CHECK(ann.Submit(ann.MakeJob(1, 0)).ok());
  CHECK_THAT(withdraw(ann, "job_x").message(), Catch::Contains("is no job's id"));
}

TEST_CASE("jobtracker: trackers of another kind are refused with a sentence", "[jobtracker]") {
  Cluster cluster;
  const auto refused = [&](const std::function<void(FakeTracker&)>& change, const std::string& word) {
    FakeTracker tracker(cluster.process.port(), "tracker_x", 1, 1);
    change(tracker);
    const Status status = tracker.Register();
    CHECK(status.code() == Code::kPermissionDenied);
    INFO(status.message());
    CHECK(status.message().find(word) != std::string::npos);
  };
  refused([](FakeTracker& tracker) { tracker.self.set_version("0.0.1"); }, "0.0.1");
  refused([](FakeTracker& tracker) { tracker.self.set_abiversion(99); }, "99");
  refused([](FakeTracker& tracker) { tracker.self.set_architecture("vax"); }, "vax");
}

TEST_CASE("jobtracker: with a secret only its holders register", "[jobtracker]") {
  const TemporaryDir dir;
  REQUIRE(WriteFileDurably(Env::Posix(), dir / "secret", "0123456789abcdef0123\n").ok());
  REQUIRE(Env::Posix().SetMode(dir / "secret", 0600).ok());
  Cluster cluster({"mr.security.secret.file=" + (dir / "secret")});
  FakeTracker stranger(cluster.process.port(), "tracker_a", 1, 1);
  CHECK(stranger.Register().code() == Code::kPermissionDenied);
  FakeTracker wrong(cluster.process.port(), "tracker_b", 1, 1, Secret("another secret 0123"));
  CHECK(wrong.Register().code() == Code::kPermissionDenied);
  FakeTracker holder(cluster.process.port(), "tracker_c", 1, 1, Secret("0123456789abcdef0123"));
  CHECK(holder.Register().ok());
}

TEST_CASE("jobtracker: a job of a hundred thousand maps is taken, and outlives a crash", "[jobtracker]") {
  Cluster cluster;
  std::string id;
  {
    JobPeer client(cluster.process.port(), "ann");
    proto::SubmitJobRequestProto job = client.MakeJob(100'000, 1);
    id = job.spec().jobid();
    const Result<proto::JobStatusProto> submitted = client.Submit(job);
    INFO(submitted.status().ToString());
    REQUIRE(submitted.ok());
    const proto::SubmitJobRequestProto more = client.MakeJob(250'001, 0);
    CHECK(client.Submit(more).status().message().find("mapreduce.jobtracker.maxtasks.perjob") != std::string::npos);
  }
  cluster.process.Kill();
  REQUIRE(cluster.process.Start());
  JobPeer client(cluster.process.port(), "ann");
  const Result<proto::JobStatusProto> status = client.Status(id);
  REQUIRE(status.ok());
  CHECK(status.value().maps() == 100'000);
}

TEST_CASE("jobtracker: an ended job leaves a history, and is known after it was let go of", "[jobtracker]") {
  // Let go of as soon as the history is written.
  Cluster cluster({"mapreduce.jobtracker.retirejob.interval=0"});
  std::string id;
  const auto known = [&id](JobPeer& client) {
    const Result<proto::JobStatusProto> status = client.Status(id);
    REQUIRE(status.ok());
    CHECK(status.value().state() == proto::JOB_SUCCEEDED);
    CHECK(client.ResultOf(id).ok());
    proto::ListJobsRequestProto list;
    list.set_all(true);
    const auto jobs = client.peer().Call<proto::ListJobsResponseProto>("listJobs", list);
    REQUIRE(jobs.ok());
    REQUIRE(jobs.value().jobs_size() == 1);
    CHECK(jobs.value().jobs(0).jobid() == id);
    proto::GetJobSpecRequestProto spec;
    spec.set_jobid(id);
    CHECK(client.peer().Call<proto::GetJobSpecResponseProto>("getJobSpec", spec).value().spec().jobname() == "a job");
  };
  {
    JobPeer client(cluster.process.port(), "ann");
    FakeTracker tracker(cluster.process.port(), "tracker_a", 2, 1);
    REQUIRE(tracker.Register().ok());
    const proto::SubmitJobRequestProto job = client.MakeJob(3, 1);
    id = job.spec().jobid();
    REQUIRE(client.Submit(job).ok());
    REQUIRE(tracker.RunUntil([&] { return IsOver(client.Status(id)); }));
    REQUIRE(Eventually([&] { return TasksOf(client, id).total() == 0; }));  // let go of
    known(client);
  }
  const std::string history = cluster.process.FileText("shared/history/" + id + ".jsonl");
  INFO(cluster.process.log());
  CHECK(std::count(history.begin(), history.end(), '\n') == 1 + 5 + 1);
  CHECK(history.starts_with("{\"type\":\"job\",\"version\":1,"));
  CHECK(history.find("\n{\"type\":\"end\",") != std::string::npos);
  CHECK(history.find("TOTAL_LAUNCHED_MAPS") != std::string::npos);
  cluster.process.Kill();
  REQUIRE(cluster.process.Start());
  JobPeer later(cluster.process.port(), "ann");
  known(later);
}

namespace {

// Answers each request for a page with the next of the statuses, and remembers what was asked for.
class PageServer {
 public:
  explicit PageServer(std::vector<int> statuses) : statuses_(std::move(statuses)), runtime_("pages", 1) {
    Result<std::unique_ptr<net::Listener>> listener = runtime_.Listen("127.0.0.1", 0);
    REQUIRE(listener.ok());
    listener_ = *std::move(listener);
    runtime_.Spawn(runtime_.executor(), [this]() -> net::awaitable<void> {
      while (true) {
        Result<std::unique_ptr<net::Stream>> stream = co_await listener_->Accept(runtime_.executor());
        if (!stream.ok()) co_return;
        std::string request;
        char buffer[4096];
        while (request.find("\r\n\r\n") == std::string::npos) {
          const Result<std::size_t> read = co_await (*stream)->ReadSome(buffer, sizeof buffer);
          if (!read.ok()) break;
          request.append(buffer, read.value());
        }
        asked_.push_back(request.substr(0, request.find("\r\n")));
        const int status = statuses_[std::min(asked_.size(), statuses_.size()) - 1];
        const std::string answer =
            "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        (void)co_await (*stream)->Write(answer);
      }
    });
  }
  ~PageServer() {
    runtime_.Run<void>(runtime_.executor(), [this]() -> net::awaitable<void> {
      listener_->Close();
      co_return;
    });
  }
  std::uint16_t port() const { return listener_->local().port; }
  std::vector<std::string> asked() {
    std::vector<std::string> copy;
    runtime_.Run<void>(runtime_.executor(), [&]() -> net::awaitable<void> {
      copy = asked_;
      co_return;
    });
    return copy;
  }

 private:
  const std::vector<int> statuses_;
  net::Runtime runtime_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::string> asked_;
};

}  // namespace

TEST_CASE("jobtracker: the end of a job is told to who asked for it, again until it is heard", "[jobtracker]") {
  Cluster cluster;
  PageServer pages({500, 200});
  JobPeer client(cluster.process.port(), "ann");
  const proto::SubmitJobRequestProto job = client.MakeJob(
      1, 0, {{"mapreduce.job.end-notification.url",
              "http://127.0.0.1:" + std::to_string(pages.port()) + "/done?job=$jobId&state=$jobStatus"},
             {"mapreduce.job.end-notification.retry.interval", "10"}});
  REQUIRE(client.Submit(job).ok());
  proto::KillJobRequestProto kill;
  kill.set_jobid(job.spec().jobid());
  REQUIRE(client.peer().Call<proto::KillJobResponseProto>("killJob", kill).ok());
  // Its leavings are removed by an attempt, so a tracker is needed for the end.
  FakeTracker tracker(cluster.process.port(), "tracker_a", 1, 1);
  REQUIRE(tracker.Register().ok());
  REQUIRE(tracker.RunUntil([&] { return IsOver(client.Status(job.spec().jobid())); }));
  REQUIRE(Eventually([&] { return pages.asked().size() == 2; }));
  CHECK(pages.asked()[0] == "GET /done?job=" + job.spec().jobid() + "&state=KILLED HTTP/1.1");
  CHECK(pages.asked()[1] == pages.asked()[0]);
  Pause(100);
  CHECK(pages.asked().size() == 2);
}

TEST_CASE("jobtracker: pages are served beside the calls", "[jobtracker]") {
  Cluster cluster;
  net::Runtime runtime("browser", 1);
  const auto get = [&](const std::string& path) {
    std::function<net::awaitable<Result<http::ClientResponse>>()> fetch =
        [&]() -> net::awaitable<Result<http::ClientResponse>> {
      http::ClientRequest request;
      request.url = "http://127.0.0.1:" + std::to_string(cluster.process.http_port()) + path;
      co_return co_await http::Fetch(net::Connector::Tcp(), std::move(request));
    };
    return runtime.Run<Result<http::ClientResponse>>(runtime.executor(), std::move(fetch));
  };
  JobPeer client(cluster.process.port(), "ann");
  const proto::SubmitJobRequestProto job = client.MakeJob(1, 0);
  REQUIRE(client.Submit(job).ok());
  CHECK(client.Status(job.spec().jobid()).value().trackingurl().find(std::to_string(cluster.process.http_port())) !=
        std::string::npos);
  const Result<http::ClientResponse> metrics = get("/metrics");
  REQUIRE(metrics.ok());
  CHECK(metrics.value().status == 200);
  const Result<http::ClientResponse> jobs = get("/api/jobs");
  REQUIRE(jobs.ok());
  CHECK(jobs.value().body.find(job.spec().jobid()) != std::string::npos);
}

TEST_CASE("jobtracker: excluded hosts lose their trackers and get them back", "[jobtracker]") {
  const TemporaryDir dir;
  REQUIRE(WriteFileDurably(Env::Posix(), dir / "exclude", "# none\n").ok());
  Cluster cluster({"mapreduce.jobtracker.hosts.exclude.filename=" + (dir / "exclude")});
  JobPeer admin(cluster.process.port(), CurrentUserName());
  FakeTracker tracker(cluster.process.port(), "tracker_a", 1, 1);
  REQUIRE(tracker.Register().ok());
  const auto refresh = [&] {
    return admin.peer().Call<proto::RefreshNodesResponseProto>("refreshNodes", proto::RefreshNodesRequestProto()).status();
  };
  const auto state = [&] {
    const auto view = admin.peer().Call<proto::GetClusterResponseProto>("getCluster", proto::GetClusterRequestProto());
    return view.ok() && view.value().trackers_size() == 1 ? view.value().trackers(0).state() : "";
  };
  CHECK(state() == "LIVE");
  REQUIRE(WriteFileDurably(Env::Posix(), dir / "exclude", "127.0.0.1  # this one\n").ok());
  REQUIRE(refresh().ok());
  CHECK(state() == "DECOMMISSIONED");
  CHECK(tracker.Register().code() == Code::kPermissionDenied);
  REQUIRE(Env::Posix().RemoveFile(dir / "exclude").ok());
  CHECK_FALSE(refresh().ok());
  CHECK(state() == "DECOMMISSIONED");  // an unreadable list changes nothing
  REQUIRE(WriteFileDurably(Env::Posix(), dir / "exclude", "").ok());
  REQUIRE(refresh().ok());
  CHECK(tracker.Register().ok());
}

TEST_CASE("jobtracker: garbage and a second jobtracker do no harm", "[jobtracker]") {
  Cluster cluster;
  {
    net::Runtime runtime("garbage", 1);
    std::function<net::awaitable<Status>()> talk = [&]() -> net::awaitable<Status> {
      Result<std::unique_ptr<net::Stream>> stream = co_await net::Connector::Tcp().Connect(
          "127.0.0.1", cluster.process.port(), std::chrono::milliseconds(5'000));
      if (!stream.ok()) co_return stream.status();
      const std::string garbage(100'000, '\x7f');
      (void)co_await stream.value()->Write(garbage);
      co_return Status::Ok();
    };
    CHECK(runtime.Run<Status>(runtime.executor(), std::move(talk)).ok());
  }
  JobtrackerProcess second(cluster.dir.path(), {});
  CHECK_FALSE(second.Start());
  CHECK(second.log().find("another jobtracker runs on it") != std::string::npos);
  JobPeer client(cluster.process.port(), "ann");
  CHECK(client.Submit(client.MakeJob(1, 0)).ok());
}

}  // namespace mrd::test

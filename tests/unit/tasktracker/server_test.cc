// Whole tasktrackers, in this process, with a jobtracker of the test's and workers that act by script (scripted_worker.cc):
// orders, ends of every kind, the way of map output from one tracker to another, and what goes wrong on it.

#include "tasktracker/server.h"

#include <catch2/catch.hpp>

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/base/sha256.h"
#include "common/fs/local_file_system.h"
#include "tests/support/temporary_dir.h"
#include "tests/unit/tasktracker/fake_jobtracker.h"
#include "tests/unit/tasktracker/tar.h"

namespace mrd::tasktracker {
namespace {

using namespace mapred::proto;  // NOLINT: the messages of this file

constexpr const char* kJob = "job_1_0001";
constexpr std::uint32_t kMaps = 4;
constexpr std::uint32_t kReduces = 2;

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    ::usleep(10'000);
  }
  return false;
}

std::string AttemptId(char kind, unsigned number, unsigned attempt = 0) {
  char id[64];
  std::snprintf(id, sizeof(id), "attempt_1_0001_%c_%06u_%u", kind, number, attempt);
  return id;
}

bool Alive(pid_t pid) { return pid > 0 && ::kill(pid, 0) == 0; }

// A tracker that can be ended and started again on its directory.
class Node {
 public:
  Node(ZygotePids& zygotes, std::uint16_t jobtracker_port, std::optional<Secret> secret, std::chrono::milliseconds expiry)
      : zygotes_(zygotes),
        jobtracker_port_(jobtracker_port),
        secret_(std::move(secret)),
        expiry_(expiry),
        registry_("file:///", "/") {
    registry_.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
      return fs::MakeLocalFileSystem(Env::Posix());
    });
    Start();
  }
  ~Node() { End(); }

  void Start() {
    Options options;
    options.user = "mapred";
    options.shuffle_host = options.http_host = "127.0.0.1";
    options.jobtracker_host = "127.0.0.1";
    options.jobtracker_port = jobtracker_port_;
    options.retry_first = std::chrono::milliseconds(20);
    options.retry_most = std::chrono::milliseconds(100);
    options.local_dirs = {dir_ / "local1", dir_ / "local2"};
    options.cache_bytes = 1 << 20;
    options.userlogs_dir = dir_ / "userlogs";
    options.userlogs_retained = std::chrono::hours(1);
    options.worker_program = MRD_SCRIPTED_WORKER;
    options.kill_grace = std::chrono::milliseconds(300);
    options.fetch_connect_timeout = std::chrono::milliseconds(1'000);
    options.expiry = expiry_;
    options.secret = secret_;
    Result<std::unique_ptr<Server>> server =
        Server::Start(Env::Posix(), Clock::System(), log_, Config(keys_), registry_, zygotes_, std::move(options),
                      [this](const Status& why) { end_wanted = static_cast<int>(why.code()); });
    INFO(server.status().ToString());
    REQUIRE(server.ok());
    server_ = std::move(*server);
    name_ = server_->name();
  }
  void End() {
    if (server_ != nullptr) CHECK(server_->Stop().ok());
    server_.reset();
  }

  Server& server() { return *server_; }
  const std::string& name() const { return name_; }
  bool registered() const { return server_->waiting_for().empty(); }
  std::string operator/(const std::string& file) const { return dir_ / file; }
  TrackerView View() {
    std::function<net::awaitable<TrackerView>()> ask = [this] { return server_->views().Snapshot(); };
    return asking_.Run<TrackerView>(asking_.executor(), std::move(ask));
  }
  // Files and directories of jobs on the local disk.
  std::size_t LeftOvers() const {
    std::size_t left = 0;
    for (const char* const local : {"local1", "local2"}) {
      left += Env::Posix().ListDir(dir_ / local + "/tasktracker/jobs").value().size();
    }
    return left;
  }
  std::atomic<int> end_wanted{0};

 private:
  ZygotePids& zygotes_;
  const std::uint16_t jobtracker_port_;
  const std::optional<Secret> secret_;
  const std::chrono::milliseconds expiry_;
  test::TemporaryDir dir_;
  Log log_{std::getenv("MRD_TEST_LOG") == nullptr ? LogLevel::kOff : LogLevel::kInfo};
  KeyRegistry keys_;
  fs::Registry registry_;
  std::string name_;
  net::Runtime asking_{"asking", 1};
  std::unique_ptr<Server> server_;
};

// A jobtracker and trackers, and the orders that tests give.
class Cluster {
 public:
  // Trackers hold themselves cut off after `expiry`, which is short only where a test waits for that.
  explicit Cluster(int nodes, std::optional<Secret> secret = {}, std::chrono::milliseconds expiry = std::chrono::minutes(1))
      : secret_(std::move(secret)) {
    StartJobtracker(1);
    for (int i = 0; i < nodes; ++i) {
      nodes_.push_back(std::make_unique<Node>(zygotes_, port_.number(), secret_, expiry));
    }
    const std::string tar = test::Tar({{"job.so", "no library"}});
    auto file = Env::Posix().CreateOrTruncate(dir_ / "pack");
    REQUIRE(file.ok());
    REQUIRE((*file)->Append(tar.data(), tar.size()).ok());
    REQUIRE((*file)->Close().ok());
    pack_.set_path(dir_ / "pack");
    pack_.set_sha256(Sha256Hex(tar));
    pack_.set_bytes(tar.size());
    pack_.set_plugin("job.so");
    for (const auto& node : nodes_) REQUIRE(Eventually([&] { return node->registered(); }));
  }

  FakeJobtracker& jobtracker() { return *jobtracker_; }
  Node& node(std::size_t i) { return *nodes_[i]; }
  PackProto& pack() { return pack_; }
  std::string script = "count";
  std::uint64_t timeout_ms = 0;
  std::uint64_t memory_bytes = 0;
  std::uint32_t maps = kMaps;

  void Restart(std::uint64_t epoch) {
    StopJobtracker();
    StartJobtracker(epoch);
  }
  void StopJobtracker() { jobtracker_.reset(); }
  void StartJobtracker(std::uint64_t epoch) {
    jobtracker_ = std::make_unique<FakeJobtracker>(runtime_, port_, epoch, secret_);
  }

  std::string Launch(std::size_t node, char kind, unsigned number, unsigned attempt = 0) {
    OrderProto order;
    OrderProto::Launch& launch = *order.mutable_launch();
    const std::string id = AttemptId(kind, number, attempt);
    launch.set_attemptid(id);
    launch.set_kind(kind == 'm' ? MAP : REDUCE);
    launch.set_number(number);
    launch.set_attempt(attempt);
    launch.set_specwhole(true);
    if (timeout_ms != 0) launch.set_timeoutms(timeout_ms);
    if (memory_bytes != 0) launch.set_memorybytes(memory_bytes);
    JobSpecProto& spec = *launch.mutable_spec();
    spec.set_jobid(kJob);
    spec.set_jobname("a job");
    spec.set_user("alice");
    *spec.mutable_pack() = pack_;
    spec.set_entry(script);
    spec.set_reduces(kReduces);
    spec.set_maps(maps);
    jobtracker_->Give(nodes_[node]->name(), std::move(order));
    return id;
  }
  void TellOutput(std::size_t to, std::size_t from, unsigned map, unsigned attempt = 0, bool withdrawn = false) {
    OrderProto order;
    order.mutable_mapoutputs()->set_jobid(kJob);
    OrderProto::MapOutput& output = *order.mutable_mapoutputs()->add_outputs();
    output.set_map(map);
    output.set_attemptid(AttemptId('m', map, attempt));
    output.set_host("127.0.0.1");
    output.set_shuffleport(nodes_[from]->server().shuffle_port());
    output.set_tracker(nodes_[from]->name());
    if (withdrawn) output.set_withdrawn(true);
    jobtracker_->Give(nodes_[to]->name(), std::move(order));
  }
  void Answer(std::size_t node, const std::string& attempt, bool granted) {
    OrderProto order;
    order.mutable_commit()->set_attemptid(attempt);
    order.mutable_commit()->set_granted(granted);
    order.mutable_commit()->set_reason("another was faster");
    jobtracker_->Give(nodes_[node]->name(), std::move(order));
  }
  void Forget(std::size_t node) {
    OrderProto order;
    order.mutable_forget()->set_jobid(kJob);
    jobtracker_->Give(nodes_[node]->name(), std::move(order));
  }
  void Kill(std::size_t node, const std::string& attempt, bool as_failure) {
    OrderProto order;
    order.mutable_kill()->set_attemptid(attempt);
    order.mutable_kill()->set_reason("you are not needed");
    order.mutable_kill()->set_asfailure(as_failure);
    jobtracker_->Give(nodes_[node]->name(), std::move(order));
  }

  bool Reaches(const std::string& attempt, AttemptStateProto state) {
    return Eventually([&] {
      const auto status = jobtracker_->StatusOf(attempt);
      return status && status->state() == state;
    });
  }
  // What is told of it once it has failed.
  AttemptStatusProto Failed(const std::string& attempt) {
    REQUIRE(Reaches(attempt, ATTEMPT_FAILED));
    return *jobtracker_->StatusOf(attempt);
  }
  pid_t ProcessOf(const std::string& attempt) {
    REQUIRE(Eventually([&] {
      const auto status = jobtracker_->StatusOf(attempt);
      return status && status->has_processid();
    }));
    return static_cast<pid_t>(jobtracker_->StatusOf(attempt)->processid());
  }
  // All maps, half of them on each node, told to everybody.
  void RunMaps() {
    for (unsigned map = 0; map < maps; ++map) Launch(map % nodes_.size(), 'm', map);
    for (unsigned map = 0; map < maps; ++map) REQUIRE(Reaches(AttemptId('m', map), ATTEMPT_SUCCEEDED));
  }
  void TellAll(std::size_t to) {
    for (unsigned map = 0; map < maps; ++map) TellOutput(to, map % nodes_.size(), map);
  }
  // Lets a reduce commit; the records that it was given.
  std::uint64_t Finish(std::size_t node, const std::string& reduce) {
    REQUIRE(Reaches(reduce, ATTEMPT_COMMIT_PENDING));
    Answer(node, reduce, true);
    REQUIRE(Reaches(reduce, ATTEMPT_SUCCEEDED));
    return jobtracker_->StatusOf(reduce)->parts(0).records();
  }
  // That reduce `number` gets when all goes well: see scripted_worker.cc.
  static std::uint64_t Expected(unsigned number) {
    std::uint64_t sum = 0;
    for (unsigned map = 0; map < kMaps; ++map) {
      if ((map + number) % 2 == 0) sum += 2 * (map + 1) * 100;
    }
    return sum;
  }

 private:
  const std::optional<Secret> secret_;
  ZygotePids zygotes_;
  net::Runtime runtime_{"fake", 1};
  test::TemporaryDir dir_;
  const HeldPort port_;
  std::unique_ptr<FakeJobtracker> jobtracker_;
  std::vector<std::unique_ptr<Node>> nodes_;
  PackProto pack_;
};

TEST_CASE("tasktracker: maps and reduces on two trackers, each reduce gets what all maps have for it") {
  Cluster cluster(2);
  cluster.RunMaps();
  // One learns where output lies before it runs, one while it does.
  cluster.TellAll(0);
  const std::string first = cluster.Launch(0, 'r', 0);
  const std::string second = cluster.Launch(1, 'r', 1);
  cluster.TellAll(1);
  CHECK(cluster.Finish(0, first) == Cluster::Expected(0));
  CHECK(cluster.Finish(1, second) == Cluster::Expected(1));
  CHECK(cluster.jobtracker().StatusOf(AttemptId('m', 1))->outputbytes_size() == 2);
  CHECK(cluster.jobtracker().StatusOf(AttemptId('m', 1))->outputbytes(0) == 0);
  CHECK(cluster.jobtracker().StatusOf(AttemptId('m', 1))->outputbytes(1) > 0);

  const TrackerView view = cluster.node(0).View();
  CHECK(view.shuffle.fetched_outputs == 2);  // of the maps on the other one; its own are named in place
  CHECK(view.succeeded_total == 3);
  REQUIRE(view.jobs.size() == 1);
  CHECK(view.jobs[0].user == "alice");
  CHECK(view.jobs[0].outputs_kept == 2);
  CHECK(cluster.node(1).View().shuffle.served_outputs == 2);

  for (std::size_t i = 0; i < 2; ++i) {
    cluster.Forget(i);
    CHECK(Eventually([&] { return cluster.node(i).LeftOvers() == 0 && cluster.node(i).View().jobs.empty(); }));
  }
  // The next job gets the worker process that was started for it meanwhile.
  CHECK(cluster.Reaches(cluster.Launch(0, 'm', 7), ATTEMPT_SUCCEEDED));
  CHECK(Exists(Env::Posix(), cluster.node(0) / ("userlogs/" + std::string(kJob) + "/zygote.log")).value());
}

TEST_CASE("tasktracker: an order that comes twice is done once") {
  Cluster cluster(1);
  cluster.RunMaps();
  cluster.jobtracker().Repeat(cluster.node(0).name());
  ::usleep(200'000);
  CHECK(cluster.node(0).View().attempts_total == kMaps);
  CHECK(cluster.jobtracker().TimesEnded(AttemptId('m', 0)) == 1);
}

TEST_CASE("tasktracker: a commit that is not granted is the attempt's failure") {
  Cluster cluster(1);
  cluster.RunMaps();
  cluster.TellAll(0);
  const std::string reduce = cluster.Launch(0, 'r', 0);
  REQUIRE(cluster.Reaches(reduce, ATTEMPT_COMMIT_PENDING));
  cluster.Answer(0, reduce, false);
  CHECK(cluster.Failed(reduce).failure().message() == "not granted: another was faster");
}

TEST_CASE("tasktracker: how an attempt ended is told") {
  Cluster cluster(1);
  std::string message;
  SECTION("by a signal") {
    cluster.script = "crash";
    const auto failed = cluster.Failed(cluster.Launch(0, 'm', 0));
    CHECK(failed.failure().kind() == FAILED_CRASH);
    message = "signal 6 (Aborted)";
    CHECK(failed.failure().message().find(message) != std::string::npos);
  }
  SECTION("without a word") {
    cluster.script = "exit";
    CHECK(cluster.Failed(cluster.Launch(0, 'm', 0)).failure().kind() == FAILED_CRASH);
  }
  SECTION("by its own report") {
    cluster.script = "fail";
    const auto failed = cluster.Failed(cluster.Launch(0, 'm', 0));
    CHECK(failed.failure().kind() == FAILED_USER);
    CHECK(failed.failure().message() == "it did not want to");
  }
  SECTION("before it began: the plugin was refused") {
    cluster.script = "refuse";
    CHECK(cluster.Failed(cluster.Launch(0, 'm', 0)).failure().message() == "no such job in it");
  }
  SECTION("before it began: the zygote died") {
    cluster.script = "die";
    const auto failed = cluster.Failed(cluster.Launch(0, 'm', 0));
    CHECK(failed.failure().message().find("exit status 7") != std::string::npos);
  }
  SECTION("before it began: the plugin never finished loading") {
    cluster.script = "sleep";
    cluster.timeout_ms = 300;
    CHECK(cluster.Failed(cluster.Launch(0, 'm', 0)).failure().kind() == FAILED_TIMEOUT);
  }
  SECTION("before it began: the pack is another") {
    cluster.pack().set_sha256(std::string(64, '0'));
    const auto failed = cluster.Failed(cluster.Launch(0, 'm', 0));
    CHECK(failed.failure().message().find("its SHA-256 is") != std::string::npos);
  }
  // The tracker goes on, with the next attempt too.
  cluster.Forget(0);
  CHECK(Eventually([&] { return cluster.node(0).LeftOvers() == 0; }));
}

TEST_CASE("tasktracker: without progress an attempt is ended, also one that does not heed SIGTERM") {
  Cluster cluster(1);
  cluster.script = "hang";
  cluster.timeout_ms = 300;
  const std::string attempt = cluster.Launch(0, 'm', 0);
  const pid_t process = cluster.ProcessOf(attempt);
  const auto failed = cluster.Failed(attempt);
  CHECK(failed.failure().kind() == FAILED_TIMEOUT);
  CHECK(failed.failure().message().find("mapreduce.task.timeout") != std::string::npos);
  CHECK(Eventually([&] { return !Alive(process); }));
}

TEST_CASE("tasktracker: kill orders end attempts as killed or as failed") {
  Cluster cluster(1);
  cluster.script = "hang";
  const std::string killed = cluster.Launch(0, 'm', 0);
  const std::string failed = cluster.Launch(0, 'm', 1);
  const pid_t process = cluster.ProcessOf(killed);
  (void)cluster.ProcessOf(failed);
  cluster.Kill(0, killed, false);
  cluster.Kill(0, failed, true);
  CHECK(cluster.Reaches(killed, ATTEMPT_KILLED));
  CHECK(cluster.Failed(failed).failure().message() == "you are not needed");
  CHECK(Eventually([&] { return !Alive(process); }));
}

TEST_CASE("tasktracker: an attempt over its memory is ended, and told what it took and what to raise") {
  Cluster cluster(1);
  cluster.script = "grow";
  cluster.memory_bytes = 64 << 20;
  const auto failed = cluster.Failed(cluster.Launch(0, 'm', 0));
  CHECK(failed.failure().kind() == FAILED_MEMORY);
  CHECK(failed.failure().peakbytes() > 64u << 20);
  CHECK(failed.failure().message().find("limit of 64 MiB") != std::string::npos);
  CHECK(failed.failure().message().find("mapreduce.map.memory.mb") != std::string::npos);
}

TEST_CASE("tasktracker: a process that leaves its attempt's session is found and killed") {
  Cluster cluster(1);
  cluster.script = "leave";
  const std::string attempt = cluster.Launch(0, 'm', 0);
  REQUIRE(cluster.Reaches(attempt, ATTEMPT_SUCCEEDED));
  const std::string file = cluster.node(0) / ("userlogs/" + std::string(kJob) + "/" + attempt + "/stray");
  pid_t stray = 0;
  REQUIRE(Eventually([&] {
    const auto text = ReadWholeFile(Env::Posix(), file);
    stray = text.ok() ? std::atoi(text->c_str()) : 0;
    return stray > 0;
  }));
  CHECK(Eventually([&] { return !Alive(stray); }));
}

TEST_CASE("tasktracker: when the job is forgotten its attempts and zygote end") {
  Cluster cluster(1);
  cluster.script = "hang";
  const pid_t process = cluster.ProcessOf(cluster.Launch(0, 'm', 0));
  const auto zygote = static_cast<pid_t>(cluster.node(0).View().jobs[0].zygote_process);
  CHECK(Alive(zygote));
  cluster.Forget(0);
  CHECK(Eventually([&] { return !Alive(process) && !Alive(zygote); }));
  CHECK(Eventually([&] { return cluster.node(0).LeftOvers() == 0; }));
}

TEST_CASE("tasktracker: stopped, it kills its attempts and says so") {
  Cluster cluster(1);
  cluster.script = "hang";
  const std::string attempt = cluster.Launch(0, 'm', 0);
  const pid_t process = cluster.ProcessOf(attempt);
  cluster.node(0).End();
  CHECK_FALSE(Alive(process));
  CHECK(cluster.Reaches(attempt, ATTEMPT_KILLED));
}

TEST_CASE("tasktracker: damaged map output is told, and the next attempt's is taken") {
  Cluster cluster(2);
  cluster.RunMaps();
  std::string spill;
  for (const char* const local : {"local1", "local2"}) {
    const std::string path =
        cluster.node(1) / (std::string(local) + "/tasktracker/jobs/" + kJob + "/" + AttemptId('m', 3) + "/spill_0");
    if (Exists(Env::Posix(), path).value()) spill = path;
  }
  REQUIRE_FALSE(spill.empty());
  std::string bytes = ReadWholeFile(Env::Posix(), spill).value();
  bytes[bytes.size() - 100] = static_cast<char>(bytes[bytes.size() - 100] ^ 1);
  auto file = Env::Posix().CreateOrTruncate(spill);
  REQUIRE((*file)->Append(bytes.data(), bytes.size()).ok());
  REQUIRE((*file)->Close().ok());

  cluster.TellAll(0);
  const std::string reduce = cluster.Launch(0, 'r', 1);
  REQUIRE(Eventually([&] { return !cluster.jobtracker().fetch_failures().empty(); }));
  const FetchFailureProto failure = cluster.jobtracker().fetch_failures()[0];
  CHECK(failure.damaged());
  CHECK(failure.mapattemptid() == AttemptId('m', 3));
  CHECK(failure.reduceattemptid() == reduce);
  CHECK(failure.reason().find("checksum") != std::string::npos);

  cluster.TellOutput(0, 1, 3, 0, true);
  REQUIRE(cluster.Reaches(cluster.Launch(0, 'm', 3, 1), ATTEMPT_SUCCEEDED));
  cluster.TellOutput(0, 0, 3, 1);
  CHECK(cluster.Finish(0, reduce) == Cluster::Expected(1));
}

TEST_CASE("tasktracker: map output that was linked stays when its tracker and all its files go") {
  Cluster cluster(2);
  cluster.RunMaps();
  const std::string reduce = cluster.Launch(0, 'r', 1);
  // All that the reduce gets comes from the other tracker; it still waits for a map that has nothing for it.
  for (const unsigned map : {1u, 2u, 3u}) cluster.TellOutput(0, map % 2, map);
  REQUIRE(Eventually([&] { return cluster.node(0).View().shuffle.fetched_outputs == 2; }));
  CHECK(cluster.node(0).View().shuffle.linked_bytes > 0);
  CHECK(cluster.node(0).View().shuffle.fetched_bytes == 0);
  cluster.node(1).End();
  for (const char* const local : {"local1", "local2"}) {
    REQUIRE(RemoveTree(Env::Posix(), cluster.node(1) / local).ok());
  }
  cluster.TellOutput(0, 0, 0);
  CHECK(cluster.Finish(0, reduce) == Cluster::Expected(1));
  CHECK(cluster.jobtracker().fetch_failures().empty());
}

TEST_CASE("tasktracker: a tracker that is gone is told, and map output elsewhere is taken") {
  Cluster cluster(2);
  cluster.RunMaps();
  cluster.TellAll(0);
  cluster.node(1).End();
  const std::string reduce = cluster.Launch(0, 'r', 1);
  REQUIRE(Eventually([&] { return cluster.jobtracker().fetch_failures().size() >= 2; }));
  CHECK_FALSE(cluster.jobtracker().fetch_failures()[0].damaged());
  for (const unsigned map : {1u, 3u}) {
    REQUIRE(cluster.Reaches(cluster.Launch(0, 'm', map, 1), ATTEMPT_SUCCEEDED));
    OrderProto order;
    order.mutable_mapoutputs()->set_jobid(kJob);
    OrderProto::MapOutput& output = *order.mutable_mapoutputs()->add_outputs();
    output.set_map(map);
    output.set_attemptid(AttemptId('m', map, 1));
    output.set_host("127.0.0.1");
    output.set_shuffleport(cluster.node(0).server().shuffle_port());
    output.set_tracker(cluster.node(0).name());
    cluster.jobtracker().Give(cluster.node(0).name(), std::move(order));
  }
  CHECK(cluster.Finish(0, reduce) == Cluster::Expected(1));
}

TEST_CASE("tasktracker: a restarted jobtracker is told what runs and what is kept; work goes on") {
  Cluster cluster(1);
  cluster.RunMaps();
  cluster.TellAll(0);
  const std::string reduce = cluster.Launch(0, 'r', 0);
  REQUIRE(cluster.Reaches(reduce, ATTEMPT_COMMIT_PENDING));
  cluster.Restart(2);
  REQUIRE(Eventually([&] { return cluster.jobtracker().registrations() > 0; }));
  const auto registration = cluster.jobtracker().LastRegistration(cluster.node(0).name());
  REQUIRE(registration);
  REQUIRE(registration->attempts_size() == 1);
  CHECK(registration->attempts(0).attemptid() == reduce);
  CHECK(registration->attempts(0).state() == ATTEMPT_COMMIT_PENDING);
  REQUIRE(registration->kept_size() == static_cast<int>(kMaps));
  CHECK(registration->kept(0).outputbytes_size() == static_cast<int>(kReduces));
  CHECK(cluster.Finish(0, reduce) == Cluster::Expected(0));
}

TEST_CASE("tasktracker: what ended while the jobtracker was away is told when it is back") {
  Cluster cluster(1);
  cluster.script = "hang";
  const std::string attempt = cluster.Launch(0, 'm', 0);
  const pid_t process = cluster.ProcessOf(attempt);
  cluster.StopJobtracker();
  REQUIRE(::kill(process, SIGKILL) == 0);
  REQUIRE(Eventually([&] { return cluster.node(0).View().failed_total == 1; }));
  cluster.StartJobtracker(1);  // the same life: only the connection was lost
  CHECK(cluster.Failed(attempt).failure().kind() == FAILED_CRASH);
}

TEST_CASE("tasktracker: cut off from the jobtracker, it ends what might publish, and nothing else") {
  Cluster cluster(1, {}, std::chrono::seconds(3));
  cluster.script = "stuck";
  cluster.maps = 0;
  const std::string granted = cluster.Launch(0, 'r', 0);
  const std::string waiting = cluster.Launch(0, 'r', 1);
  REQUIRE(cluster.Reaches(granted, ATTEMPT_COMMIT_PENDING));
  REQUIRE(cluster.Reaches(waiting, ATTEMPT_COMMIT_PENDING));
  cluster.Answer(0, granted, true);
  REQUIRE(cluster.Reaches(granted, ATTEMPT_RUNNING));
  const pid_t process = cluster.ProcessOf(granted);
  cluster.StopJobtracker();
  CHECK(Eventually([&] { return !Alive(process); }));
  cluster.StartJobtracker(1);
  CHECK(cluster.Failed(granted).failure().message().find("could not be reached") != std::string::npos);
  CHECK(cluster.jobtracker().StatusOf(waiting)->state() == ATTEMPT_COMMIT_PENDING);
}

TEST_CASE("tasktracker: one that was declared lost registers again") {
  Cluster cluster(1);
  cluster.jobtracker().ForgetTrackers();
  CHECK(Eventually([&] { return cluster.jobtracker().registrations() >= 2; }));
  cluster.RunMaps();
}

TEST_CASE("tasktracker: sent away, it wants to end") {
  Cluster cluster(1);
  OrderProto order;
  order.mutable_leave()->set_reason("decommissioned");
  cluster.jobtracker().Give(cluster.node(0).name(), std::move(order));
  CHECK(Eventually([&] { return cluster.node(0).end_wanted == static_cast<int>(Code::kCancelled); }));
}

TEST_CASE("tasktracker: garbage on the shuffle port harms nobody") {
  Cluster cluster(2);
  cluster.RunMaps();
  net::Runtime runtime("garbage", 1);
  for (const std::string& garbage : {std::string("GET / HTTP/1.0\r\n\r\n"), std::string(100'000, '\xff'), std::string(7, '\0')}) {
    std::function<net::awaitable<bool>()> send = [&]() -> net::awaitable<bool> {
      Result<std::unique_ptr<net::Stream>> stream = co_await net::Connector::Tcp().Connect(
          "127.0.0.1", cluster.node(1).server().shuffle_port(), std::chrono::milliseconds(1'000));
      if (!stream.ok()) co_return false;
      (void)co_await (*stream)->Write(garbage);
      co_return true;
    };
    CHECK(runtime.Run<bool>(runtime.executor(), std::move(send)));
  }
  cluster.TellAll(0);
  CHECK(cluster.Finish(0, cluster.Launch(0, 'r', 1)) == Cluster::Expected(1));
}

TEST_CASE("tasktracker: with a secret, trackers and jobtracker prove themselves") {
  Cluster cluster(2, Secret("a secret of sixteen bytes"));
  cluster.RunMaps();
  cluster.TellAll(0);
  CHECK(cluster.Finish(0, cluster.Launch(0, 'r', 1)) == Cluster::Expected(1));
  CHECK(cluster.node(1).View().shuffle.served_outputs == 2);
}

}  // namespace
}  // namespace mrd::tasktracker

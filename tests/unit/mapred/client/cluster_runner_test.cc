// Jobs through the ClusterRunner against a jobtracker that does what each test says, over real RPC.
#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

#include "common/base/clock.h"
#include "engine/input_plan.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"
#include "mapred/client/cluster_runner.h"
#include "mapred/wire/convert.h"
#include "tests/unit/engine/engine_fixture.h"
#include "tests/unit/mapred/client/fake_jobtracker.h"

namespace mrd::mapred {
namespace {

using Catch::Contains;
using std::chrono::milliseconds;
using test::FakeJobtracker;

class Ear : public engine::JobMonitor {
 public:
  void JobStarted(std::string_view id, std::string_view) override { started = id; }
  void Notice(std::string_view sentence) override {
    const std::lock_guard lock(mutex);
    notices.append(sentence).append("\n");
  }
  void AttemptFailed(std::string_view id, const Status& why) override { failed.push_back(std::string(id) + ": " + why.message()); }
  std::string Notices() {
    const std::lock_guard lock(mutex);
    return notices;
  }
  std::string started;
  std::vector<std::string> failed;

 private:
  std::mutex mutex;
  std::string notices;
};

struct Fixture {
  Fixture() : jobtracker("file://" + engine.dir.File("system")) {
    in = engine.dir.Write("in/a.txt", "to be or not to be\nthat is the question\n");
    out = engine.dir.File("out");
  }

  engine::JobResult Run(const std::string& job, bool detach = false) {
    engine::JobRequest request = engine.Request(job, {engine.dir.File("in")}, out);
    // A file that can be packed, with the jobs that are linked in.
    auto plugin = engine::Plugin::FromTable(engine::testing::TestPlugin(), MRD_TEST_LIBRARIES "/libwith_origin.so");
    REQUIRE(plugin.ok());
    request.plugin = *plugin;
    auto client = JobClient::Make(jobtracker.address(), test::ClientConfig());
    REQUIRE(client.ok());
    ClusterRunner runner(Env::Posix(), Clock::System(), engine.file_systems, engine.cancel, **client,
                         {.detach = detach, .poll = milliseconds(20), .patience = milliseconds(10'000),
                          .signal_words = [](int) { return std::string("SIGNAL"); }});
    return runner.Run(request, ear);
  }

  // In another thread: `change` as soon as the job is submitted.
  template <typename Change>
  std::thread WhenSubmitted(Change change) {
    return std::thread([this, change] {
      for (int turn = 0; turn < 5000; ++turn) {
        if (jobtracker.Locked([](FakeJobtracker& self) { return !self.submitted.empty(); })) break;
        std::this_thread::sleep_for(milliseconds(2));
      }
      change();
    });
  }
  void End(proto::JobStateProto state) {
    jobtracker.Locked([&](FakeJobtracker& self) { self.status.set_state(state); });
  }
  bool Exists(const std::string& path) const { return *mrd::Exists(Env::Posix(), path); }

  engine::testing::EngineFixture engine;
  FakeJobtracker jobtracker;
  Ear ear;
  std::string in, out;
};

TEST_CASE("cluster runner: what is submitted is the plan of an embedded run, with the pack stored by its hash", "[client]") {
  Fixture fixture;
  fixture.engine.Set("mapreduce.job.reduces", "2");
  std::thread world = fixture.WhenSubmitted([&] {
    fixture.jobtracker.Locked([](FakeJobtracker& self) {
      engine::Counters counters;
      counters.Add(engine::kTaskGroup, "MAP_INPUT_RECORDS", 2);
      wire::ToProto(counters, self.result.mutable_counters());
      self.status.set_state(proto::JOB_SUCCEEDED);
    });
  });
  const engine::JobResult result = fixture.Run("count");
  world.join();
  REQUIRE(result.status.ok());
  CHECK(result.job_id == "job_1_0001");
  CHECK(fixture.ear.started == "job_1_0001");
  CHECK(result.reduces == 2);
  CHECK(result.counters.Get(engine::kTaskGroup, "MAP_INPUT_RECORDS") == 2);

  REQUIRE(fixture.jobtracker.submitted.size() == 1);
  const proto::SubmitJobRequestProto& sent = fixture.jobtracker.submitted[0];
  CHECK(sent.spec().entry() == "count");
  CHECK(sent.spec().reduces() == 2);
  CHECK(sent.spec().output() == fixture.out);
  CHECK(sent.spec().pack().plugin() == "libwith_origin.so");
  CHECK(fixture.Exists(fixture.engine.dir.File("system/packs/" + sent.spec().pack().sha256())));
  for (const auto& property : sent.spec().config()) CHECK(property.name() != "mapreduce.cluster.local.dir");

  const engine::JobRequest request = fixture.engine.Request("count", {fixture.engine.dir.File("in")}, fixture.out);
  auto definition = engine::JobDefinition::Make(request);
  REQUIRE(definition.ok());
  auto settings = engine::JobSettings::Read((*definition)->config());
  auto plan = engine::PlanInput(**definition, *settings, request, fixture.engine.file_systems);
  REQUIRE(plan.ok());
  REQUIRE(static_cast<std::size_t>(sent.splits_size()) == plan->splits.size());
  for (std::size_t at = 0; at < plan->splits.size(); ++at) {
    const engine::InputSplit split = wire::FromProto(sent.splits(static_cast<int>(at)));
    CHECK(split.bytes == plan->splits[at].bytes);
    CHECK(split.pieces[0].path == plan->splits[at].pieces[0].path);
  }
  // The output waits for the cluster; no lock says that it may be cleared.
  CHECK(fixture.Exists(fixture.out + "/_temporary/0"));
  CHECK_FALSE(fixture.Exists(fixture.out + "/_temporary/.lock"));
}

TEST_CASE("cluster runner: a total order is sampled before the submission", "[client]") {
  Fixture fixture;
  fixture.engine.Set("mapreduce.job.reduces", "3");
  fixture.engine.dir.Write("in/b.txt", "delta\nalpha\necho\nbravo\ncharlie\nfoxtrot\n");
  std::thread world = fixture.WhenSubmitted([&] { fixture.End(proto::JOB_SUCCEEDED); });
  const engine::JobResult result = fixture.Run("total");
  world.join();
  REQUIRE(result.status.ok());
  CHECK(fixture.jobtracker.submitted[0].spec().cuts_size() == 2);
  CHECK(fixture.engine.Leftovers().empty());
}

TEST_CASE("cluster runner: a failed job ends with its reason, its failed attempts and their groups", "[client]") {
  Fixture fixture;
  std::thread world = fixture.WhenSubmitted([&] {
    fixture.jobtracker.Locked([](FakeJobtracker& self) {
      proto::TaskEventProto event;
      event.set_number(1);
      event.set_status("FAILED");
      event.set_attemptid("attempt_1_0001_m_000000_0");
      event.set_trackerurl("http://127.0.0.1:1");
      event.mutable_failure()->set_kind(proto::FAILED_USER);
      event.mutable_failure()->set_message("the line is bad");
      self.events.push_back(event);
      proto::FailureGroupProto& group = *self.result.add_failures();
      group.set_signature("x");
      group.set_kind(proto::FAILED_USER);
      group.set_count(4);
      *group.mutable_first() = event.failure();
      group.set_attemptid(event.attemptid());
      group.set_tracker("tracker_a:1");
      self.status.set_attemptsfailed(1);
      self.status.set_failure("Task failed task_1_0001_m_000000");
      self.status.set_state(proto::JOB_FAILED);
    });
  });
  const engine::JobResult result = fixture.Run("count");
  world.join();
  CHECK(result.status.code() == Code::kInternal);
  CHECK(result.status.message() == "Task failed task_1_0001_m_000000");
  CHECK_THAT(result.explanation, Contains("4 attempts") && Contains("the line is bad"));
  CHECK(fixture.ear.failed == std::vector<std::string>{"attempt_1_0001_m_000000_0: the line is bad"});
}

TEST_CASE("cluster runner: an interrupt kills the job, or leaves it when it is to be detached", "[client]") {
  const bool detach = GENERATE(false, true);
  Fixture fixture;
  std::thread world = fixture.WhenSubmitted([&] { fixture.engine.cancel.signal.store(2); });
  const engine::JobResult result = fixture.Run("count", detach);
  world.join();
  CHECK(result.status.code() == Code::kCancelled);
  if (detach) {
    CHECK(fixture.jobtracker.calls.empty());
    CHECK_THAT(result.explanation, Contains("goes on"));
  } else {
    REQUIRE(fixture.jobtracker.calls.size() == 1);
    CHECK_THAT(fixture.jobtracker.calls[0], Contains("killJob job_1_0001 received SIGNAL"));
    CHECK_THAT(result.explanation, Contains("was killed by SIGNAL"));
  }
}

TEST_CASE("cluster runner: what can be refused is refused before anything is submitted", "[client]") {
  Fixture fixture;
  SECTION("an output that exists") {
    fixture.engine.dir.Write("out/part-r-00000", "old");
    CHECK(fixture.Run("count").status.code() == Code::kAlreadyExists);
    CHECK(fixture.Exists(fixture.out + "/part-r-00000"));
  }
  SECTION("input that is missing") {
    REQUIRE(RemoveTree(Env::Posix(), fixture.engine.dir.File("in")).ok());
    CHECK_THAT(fixture.Run("count").status.message(), Contains("Input path does not exist"));
  }
  CHECK(fixture.jobtracker.submitted.empty());
}

TEST_CASE("cluster runner: a submission that the jobtracker refuses leaves no output", "[client]") {
  Fixture fixture;
  fixture.jobtracker.refusal = ResourceExhausted("queue default is full");
  const engine::JobResult result = fixture.Run("count");
  CHECK_THAT(result.status.message(), Contains("queue default is full"));
  CHECK_FALSE(fixture.Exists(fixture.out));
}

TEST_CASE("cluster runner: a jobtracker that goes away and comes back is waited for", "[client]") {
  Fixture fixture;
  std::thread world = fixture.WhenSubmitted([&] {
    std::this_thread::sleep_for(milliseconds(100));
    fixture.jobtracker.Stop();
    std::this_thread::sleep_for(milliseconds(500));
    fixture.End(proto::JOB_SUCCEEDED);
    fixture.jobtracker.Start();
  });
  const engine::JobResult result = fixture.Run("count");
  world.join();
  CHECK(result.status.ok());
}

TEST_CASE("cluster runner: when nothing moves for two seconds the reason is told, and again when it changes", "[client]") {
  Fixture fixture;
  const auto wait_for = [&](const char* why) {
    fixture.jobtracker.Locked([&](FakeJobtracker& self) {
      self.status.clear_waiting();
      proto::ReasonProto& reason = *self.status.add_waiting();
      reason.set_code("X");
      reason.set_text(why);
      reason.set_tasks(3);
    });
  };
  std::thread world = fixture.WhenSubmitted([&] {
    wait_for("no tasktracker is there");
    std::this_thread::sleep_for(milliseconds(2'400));
    wait_for("all slots are taken");
    std::this_thread::sleep_for(milliseconds(400));
    fixture.End(proto::JOB_SUCCEEDED);
  });
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(fixture.Run("count").status.ok());
  world.join();
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds(10'000));
  CHECK_THAT(fixture.ear.Notices(), Contains("3 tasks wait: no tasktracker is there\n") && Contains("3 tasks wait: all slots are taken\n"));
}

TEST_CASE("jobtracker addresses: host and port, and what is none", "[client]") {
  CHECK(ParseJobtrackerAddress("a:9001")->port == 9001);
  CHECK(ParseJobtrackerAddress("a")->port == 8021);
  CHECK(ParseJobtrackerAddress("[::1]:9")->host == "::1");
  for (const char* text : {"", "local", ":1", "a:", "a:x", "a:0", "a:70000", "[::1", "hdfs://a:1"}) {
    CHECK(ParseJobtrackerAddress(text).status().code() == Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace mrd::mapred

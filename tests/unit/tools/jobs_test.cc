// `mapred job`, `queue` and `mr why` against a jobtracker that shows what each test says; where a configuration sends jobs.
#include <catch2/catch.hpp>

#include "common/base/env.h"
#include "common/fs/local_file_system.h"
#include "engine/counters.h"
#include "mapred/wire/convert.h"
#include "tests/support/temporary_dir.h"
#include "tests/unit/mapred/client/fake_jobtracker.h"
#include "tools/configuration.h"
#include "tools/job_place.h"
#include "tools/jobs/job_diagnosis.h"
#include "tools/jobs/session.h"
#include "tools/planned_job.h"

namespace mrd::jobs {
namespace {

using Catch::Contains;
using mapred::test::FakeJobtracker;
namespace proto = mapred::proto;

constexpr const char* kJob = "job_1709633520000_0007";
constexpr const char* kAttempt = "attempt_1709633520000_0007_m_000001_0";

class BufferConsole final : public shell::Console {
 public:
  bool Out(std::string_view text) override {
    out += text;
    return true;
  }
  void Err(std::string_view text) override { err += text; }
  Result<std::size_t> In(char*, std::size_t) override { return std::size_t{0}; }
  std::string out, err;
};

struct Fixture {
  Fixture() : jobtracker("/system") {
    jobtracker.status.set_jobid(kJob);
    jobtracker.status.set_jobname("a name of more than twenty characters");
    jobtracker.status.set_state(proto::JOB_RUNNING);
    jobtracker.status.set_startms(1'709'633'530'000);
    jobtracker.status.set_maps(3);
    jobtracker.status.set_reduces(1);
    jobtracker.status.set_mapprogress(1.0 / 3);
    jobtracker.status.set_mapsrunning(2);
    jobtracker.status.set_trackingurl("http://h:50030/x");
    auto made = mapred::JobClient::Make(jobtracker.address(), mapred::test::ClientConfig());
    REQUIRE(made.ok());
    client = *std::move(made);
  }
  int Run(int (*command)(Session&, const Words&), Words words) {
    console = BufferConsole();
    Session session{console, *client};
    return command(session, words);
  }
  int Job(Words words) { return Run(RunJob, std::move(words)); }

  FakeJobtracker jobtracker;
  std::unique_ptr<mapred::JobClient> client;
  BufferConsole console;
};

TEST_CASE("mapred job -list: Hadoop's columns, names cut to twenty characters", "[jobs]") {
  Fixture fixture;
  REQUIRE(fixture.Job({"-list"}) == kOk);
  CHECK(fixture.console.out ==
        "Total jobs:1\n"
        "                  JobId\t             JobName\t     State\t     StartTime\t    UserName\t       Queue\t  Priority\t"
        " UsedContainers\t RsvdContainers\t UsedMem\t RsvdMem\t NeededMem\t   AM info\n"
        " job_1709633520000_0007\ta name of more than \t   RUNNING\t 1709633530000\t         ann\t     default\t    NORMAL\t"
        "              2\t            N/A\t     N/A\t     N/A\t       N/A\thttp://h:50030/x\n");
  CHECK(fixture.Job({"-list", "some"}) == kFailed);
}

TEST_CASE("mapred job -status: the block of Hadoop with the counters", "[jobs]") {
  Fixture fixture;
  engine::Counters counters;
  counters.Add(engine::kTaskGroup, "MAP_INPUT_RECORDS", 12);
  mapred::wire::ToProto(counters, fixture.jobtracker.result.mutable_counters());
  REQUIRE(fixture.Job({"-status", kJob}) == kOk);
  CHECK_THAT(fixture.console.out,
             Contains("\nJob: job_1709633520000_0007\n") && Contains("Number of maps: 3\nNumber of reduces: 1\n") &&
                 Contains("map() completion: 0.33333334\nreduce() completion: 0.0\nJob state: RUNNING\n") &&
                 Contains("Counters: 1\n\tMap-Reduce Framework\n\t\tMap input records=12\n"));
  REQUIRE(fixture.Job({"-counter", kJob, "org.apache.hadoop.mapreduce.TaskCounter", "MAP_INPUT_RECORDS"}) == kOk);
  CHECK(fixture.console.out == "12\n");
}

TEST_CASE("mapred job: unknown jobs, malformed ids and wrong words end with 255 and say why", "[jobs]") {
  Fixture fixture;
  for (const char* option : {"-status", "-kill"}) {
    CHECK(fixture.Job({option, "job_1_0001x"}) == kFailed);
    CHECK_THAT(fixture.console.err, Contains("not properly formed"));
  }
  CHECK(fixture.Job({"-status", "job_1_0042"}) == kFailed);
  CHECK(fixture.console.err == "Could not find job job_1_0042\n");
  CHECK(fixture.Job({"-statuss", kJob}) == kFailed);
  CHECK_THAT(fixture.console.err, Contains("did you mean -status?"));
  CHECK(fixture.Job({"-status"}) == kFailed);
  CHECK(fixture.console.err == "usage: mapred job [-status <job-id>]\n");
  CHECK(fixture.Job({}) == kFailed);
  CHECK(fixture.Job({"-submit", "job.xml"}) == kFailed);
  CHECK_THAT(fixture.console.err, Contains("mr jar"));
}

TEST_CASE("mapred job: what changes a job says Hadoop's sentence", "[jobs]") {
  Fixture fixture;
  REQUIRE(fixture.Job({"-kill-task", kAttempt}) == kOk);
  CHECK(fixture.console.out == std::string("Killed task ") + kAttempt + "\n");
  REQUIRE(fixture.Job({"-fail-task", kAttempt}) == kOk);
  CHECK(fixture.console.out == std::string("Killed task ") + kAttempt + " by failing it\n");
  CHECK(fixture.Job({"-kill-task", "attempt_1709633520000_0007_m_000001_1"}) == kFailed);
  CHECK_THAT(fixture.console.err, Contains("does not run"));
  REQUIRE(fixture.Job({"-set-priority", kJob, "HIGH"}) == kOk);
  CHECK(fixture.console.out == "Changed job priority.\n");
  CHECK(fixture.Job({"-set-priority", kJob, "URGENT"}) == kFailed);
  REQUIRE(fixture.Job({"-kill", kJob}) == kOk);
  CHECK(fixture.console.out == std::string("Killed job ") + kJob + "\n");
  REQUIRE(fixture.jobtracker.calls.size() == 5);
  CHECK(fixture.jobtracker.calls[1] == std::string("killAttempt ") + kAttempt + " as failure");
  CHECK(fixture.jobtracker.calls[3] == "setPriority HIGH");
}

TEST_CASE("mapred job: events and attempt ids", "[jobs]") {
  Fixture fixture;
  proto::TaskEventProto event;
  event.set_number(1);
  event.set_status("SUCCEEDED");
  event.set_attemptid(kAttempt);
  event.set_trackerurl("http://t:50060");
  fixture.jobtracker.events.push_back(event);
  proto::TaskReportProto task;
  task.set_taskid("task_1709633520000_0007_m_000001");
  task.set_kind(proto::MAP);
  task.set_state("SUCCEEDED");
  task.set_progress(1);
  proto::AttemptReportProto& attempt = *task.add_attempts();
  attempt.set_attemptid(kAttempt);
  attempt.set_state("SUCCEEDED");
  attempt.set_tracker("tracker_t");
  attempt.set_trackerurl("http://t:50060");
  fixture.jobtracker.tasks.push_back(task);
  REQUIRE(fixture.Job({"-events", kJob, "1", "10"}) == kOk);
  CHECK(fixture.console.out == std::string("Task completion events for ") + kJob + "\nNumber of events (from 1) are: 1\nSUCCEEDED " +
                                   kAttempt + " http://t:50060/tasklog?attemptid=" + kAttempt + "&all=true\n");
  CHECK(fixture.Job({"-events", kJob, "0", "10"}) == kFailed);
  REQUIRE(fixture.Job({"-list-attempt-ids", kJob, "MAP", "completed"}) == kOk);
  CHECK(fixture.console.out == std::string(kAttempt) + "\n");
  REQUIRE(fixture.Job({"-list-attempt-ids", kJob, "reduce", "completed"}) == kOk);
  CHECK(fixture.console.out.empty());
  CHECK(fixture.Job({"-list-attempt-ids", kJob, "MAP", "done"}) == kFailed);
  REQUIRE(fixture.Job({"-history", "all", kJob, "-format", "json"}) == kOk);
  CHECK_THAT(fixture.console.out, Contains(kAttempt) && Contains("\"status\":\"RUNNING\""));
  REQUIRE(fixture.Job({"-history", kJob}) == kOk);
  CHECK_THAT(fixture.console.out, Contains("Hadoop job: ") && Contains("Map\t1\t1"));
}

TEST_CASE("mapred job -history: a file of the history is shown as its job was", "[jobs]") {
  const std::string job = R"({"type":"job","version":1,"jobId":"job_1_0001"})" "\n";
  const std::string tasks =
      R"({"type":"task","taskId":"task_1_0001_m_000000","kind":"map","state":"succeeded","progress":1,"attempts":[)"
      R"({"attemptId":"attempt_1_0001_m_000000_0","state":"failed","tracker":"t","startMs":1000,"endMs":1500,)"
      R"("failure":{"kind":"user","message":"a bad line"}},)"
      R"({"attemptId":"attempt_1_0001_m_000000_1","state":"succeeded","tracker":"u","startMs":2000,"endMs":2700}]})" "\n"
      R"({"type":"of later days","x":[[]]})" "\n\n";
  const std::string end =
      R"({"type":"end","jobId":"job_1_0001","jobName":"a name","user":"ann","state":"succeeded","submitMs":1,"startMs":1000,)"
      R"("endMs":3000,"counters":[{"group":"g","title":"G","counters":[{"name":"N","title":"n","value":7},5]},"x"]})" "\n";
  test::TemporaryDir dir;
  Fixture fixture;
  fs::Registry file_systems("file:///", dir.path());
  file_systems.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(Env::Posix());
  });
  const auto show = [&](const std::string& text, Words words) {
    const std::string path = dir.path() + "/job_1_0001.jsonl";
    REQUIRE(WriteFileDurably(Env::Posix(), path, text).ok());
    words.insert(words.begin(), "-history");
    words.push_back("file://" + path);
    fixture.console = BufferConsole();
    Session session{fixture.console, *fixture.client, &file_systems};
    return RunJob(session, words);
  };
  REQUIRE(show(job + tasks + end, {"all"}) == kOk);
  CHECK_THAT(fixture.console.out,
             Contains("Hadoop job: job_1_0001\n") && Contains("User: ann\nJobName: a name\n") && Contains("(2sec)\nStatus: SUCCEEDED") &&
                 Contains("\t\tN=7\n") && Contains("Map\t1\t1\t\t0\t0") && Contains("task task_1_0001_m_000000: 700ms") &&
                 Contains("(500ms)\tt\ta bad line\n") && Contains("attempt_1_0001_m_000000_1"));
  const auto [text, fault] = GENERATE_COPY(table<std::string, std::string>({{"", "no line of the type \"end\""},
                                                                            {job + tasks, "no line of the type \"end\""},
                                                                            {job + "no JSON\n" + end, "line 2 is no object"},
                                                                            {job + tasks + end.substr(0, 40), "line 5 is no object"},
                                                                            {"[1]\n", "line 1 is no object"}}));
  CHECK(show(text, {}) == kFailed);
  CHECK_THAT(fixture.console.err, Contains("job_1_0001.jsonl: ") && Contains(fault));
  Session session{fixture.console, *fixture.client, &file_systems};
  CHECK(RunJob(session, {"-history", "file:///nowhere/x.jsonl"}) == kFailed);
  CHECK_THAT(fixture.console.err, Contains("/nowhere/x.jsonl"));
}

TEST_CASE("mapred queue and trackers", "[jobs]") {
  Fixture fixture;
  fixture.jobtracker.cluster.set_startms(1);
  fixture.jobtracker.cluster.set_version("1");
  fixture.jobtracker.cluster.set_runningjobs(1);
  fixture.jobtracker.cluster.set_epoch(1);
  for (const char* state : {"LIVE", "BLACKLISTED"}) {
    proto::TrackerStatusProto& tracker = *fixture.jobtracker.cluster.add_trackers();
    tracker.set_name(std::string("tracker_") + state);
    tracker.set_host("h");
    tracker.set_httpport(1);
    tracker.set_state(state);
    tracker.set_reason("four jobs gave it up");
  }
  proto::QueueStatusProto& queue = *fixture.jobtracker.cluster.add_queues();
  queue.set_name("default");
  queue.set_runningjobs(1);
  queue.set_waitingjobs(0);
  REQUIRE(fixture.Job({"-list-active-trackers"}) == kOk);
  CHECK(fixture.console.out == "tracker_LIVE\n");
  REQUIRE(fixture.Job({"-list-blacklisted-trackers"}) == kOk);
  CHECK(fixture.console.out == "BlackListedNode \t Reason\ntracker_BLACKLISTED\tfour jobs gave it up\n");
  REQUIRE(fixture.Run(RunQueue, {"-info", "default", "-showJobs"}) == kOk);
  CHECK_THAT(fixture.console.out, Contains("Queue Name : default") && Contains("Total jobs:1"));
  CHECK(fixture.Run(RunQueue, {"-info", "other"}) == kFailed);
  CHECK_THAT(fixture.console.err, Contains("does not exist. There are: default"));
  REQUIRE(fixture.Run(RunQueue, {"-showacls"}) == kOk);
  CHECK_THAT(fixture.console.out, Contains("default  SUBMIT_APPLICATIONS"));
}

TEST_CASE("mr why: groups of failures, and reasons of what waits; the id of an attempt names its job", "[jobs]") {
  Fixture fixture;
  REQUIRE(fixture.Run(RunWhy, {kJob}) == kOk);
  CHECK_THAT(fixture.console.out, Contains("No attempt of it failed."));
  proto::FailureGroupProto& group = *fixture.jobtracker.result.add_failures();
  group.set_signature("s");
  group.set_kind(proto::FAILED_USER);
  group.set_count(1);
  group.set_attemptid(kAttempt);
  group.set_tracker("tracker_a");
  group.mutable_first()->set_kind(proto::FAILED_USER);
  group.mutable_first()->set_message("bad\x1b[31mline");
  REQUIRE(fixture.Run(RunWhy, {kAttempt}) == kOk);
  CHECK_THAT(fixture.console.out, Contains("1 attempt, first ") && Contains("bad\\x1b[31mline"));
  CHECK(fixture.Run(RunWhy, {"x"}) == kFailed);
}

TEST_CASE("mr doctor: trackers out of work are problems with their reason, waiting tasks and free slots notes", "[jobs]") {
  JobFindings found;
  check::Diagnosis none;
  Judge(found, &none);
  CHECK((none.healthy() && none.notes.empty()));

  found.jobtracker = "h:8021";
  found.reached = Unavailable("connection refused");
  check::Diagnosis silent;
  Judge(found, &silent);
  REQUIRE(silent.problems.size() == 1);
  CHECK(silent.problems[0].details == std::vector<std::string>{"connection refused"});

  found.reached = Status::Ok();
  found.version = "1";
  found.cluster.emplace();
  found.cluster->set_version("1");
  check::Diagnosis empty;
  Judge(found, &empty);
  REQUIRE(empty.problems.size() == 1);
  CHECK_THAT(empty.problems[0].text, Contains("no tasktracker takes tasks"));

  const auto add = [&](const char* name, const char* state, const char* reason) {
    proto::TrackerStatusProto& tracker = *found.cluster->add_trackers();
    tracker.set_name(name);
    tracker.set_state(state);
    tracker.set_reason(reason);
    tracker.set_mapslots(2);
    tracker.set_runningmaps(1);
    return &tracker;
  };
  add("tracker_a", "LIVE", "")->set_idle("no task fits");
  add("tracker_b", "BLACKLISTED", "four jobs gave it up");
  add("tracker_c", "DECOMMISSIONED", "excluded");
  found.cluster->set_startms(1000);
  add("tracker_d", "LOST", "not heard of for 600 s")->set_lastreportms(2000);
  add("tracker_e", "LOST", "not heard of yet")->set_lastreportms(500);
  proto::JobStatusProto job;
  job.set_jobid(kJob);
  proto::ReasonProto& reason = *job.add_waiting();
  reason.set_text("all slots are taken");
  reason.set_tasks(2);
  found.jobs.push_back(job);
  check::Diagnosis some;
  Judge(found, &some);
  REQUIRE(some.problems.size() == 1);
  CHECK(some.problems[0].details == std::vector<std::string>{"tracker_b is BLACKLISTED: four jobs gave it up",
                                                             "tracker_d is LOST: not heard of for 600 s"});
  REQUIRE(some.notes.size() == 4);
  CHECK(some.notes[1].details == std::vector<std::string>{"tracker_e: not heard of yet"});
  CHECK_THAT(some.notes[0].text, Contains("1 live tasktrackers, 1 of 2 slots"));
  CHECK(some.notes[2].details == std::vector<std::string>{"tracker_a: no task fits"});
  CHECK(some.notes[3].details == std::vector<std::string>{std::string(kJob) + ": 2 tasks wait: all slots are taken"});
}

TEST_CASE("where jobs run: by framework and address, with Hadoop's words", "[jobs]") {
  const auto place = [](std::vector<std::pair<std::string, std::string>> settings) {
    Config config = mapred::test::ClientConfig();
    for (const auto& [name, value] : settings) REQUIRE(config.Set(name, value, "test").ok());
    return tools::ChooseJobPlace(config);
  };
  const std::string framework = "mapreduce.framework.name";
  const std::string address = "mapreduce.jobtracker.address";
  CHECK_FALSE(place({})->jobtracker);
  CHECK_FALSE(place({{framework, "local"}, {address, "a:1"}})->jobtracker);
  CHECK(place({{framework, "cluster"}, {address, "a:1"}})->jobtracker->port == 1);
  CHECK(place({{"mapred.job.tracker", "a:9001"}})->jobtracker->host == "a");
  CHECK(place({{framework, "classic"}, {address, "a:1"}})->notice.empty());
  CHECK_THAT(place({{framework, "yarn"}, {address, "a:1"}})->notice, Contains("no YARN"));
  CHECK_FALSE(place({{framework, "yarn"}})->jobtracker);
  CHECK_THAT(place({{framework, "yarn"}})->notice, Contains("in this process"));
  CHECK_THAT(place({{framework, "cluster"}}).status().message(), Contains("mr up"));
  CHECK_THAT(place({{framework, "mesos"}}).status().message(), Contains("neither local nor cluster"));
}

TEST_CASE("planned jobs: a request is read strictly", "[jobs]") {
  using tools::PlannedJobRequest;
  const std::string hash(64, 'a');
  const auto good = PlannedJobRequest::Parse(R"({"pack":")" + hash + R"(","plugin":"p.so","job":"j","jobName":"n","inputs":["/a","/b"],
      "output":"/o","config":{"mapreduce.job.reduces":3,"x":true,"y":"z"},"options":{"limit":5}})");
  INFO(good.status().message());
  REQUIRE(good.ok());
  CHECK(good->pack == hash);
  CHECK(good->inputs == std::vector<std::string>{"/a", "/b"});
  CHECK(good->config == std::map<std::string, std::string>{
                            {"mapreduce.job.name", "n"}, {"mapreduce.job.reduces", "3"}, {"x", "true"}, {"y", "z"}});
  CHECK(good->options.at("limit") == "5");
  const auto [text, fault] = GENERATE(table<std::string, std::string>({{"", "no JSON"},
                                                                       {"[]", "must be a JSON object"},
                                                                       {R"({"inputs":"/a"})", "\"inputs\" must be a list"},
                                                                       {R"({"inputs":[1]})", "\"inputs\" must be a list"},
                                                                       {R"({"output":[]})", "\"output\" must be a text"},
                                                                       {R"({"pack":"../x"})", "\"pack\" must be a SHA-256"},
                                                                       {R"({"plugin":"a/b.so"})", "\"plugin\" must be the name"},
                                                                       {R"({"config":{"a":[]}})", "config.a"},
                                                                       {R"({"options":5})", "\"options\" must be an object"},
                                                                       {R"({"input":[]})", "did you mean inputs?"}}));
  const auto bad = PlannedJobRequest::Parse(text);
  CHECK(bad.status().code() == Code::kInvalidArgument);
  CHECK_THAT(bad.status().message(), Contains(fault));
}

TEST_CASE("planned jobs: whom a request speaks with is not for it to say, by old names either", "[jobs]") {
  const auto configuration = tools::LoadConfiguration({});
  REQUIRE(configuration.ok());
  for (const char* name : {"fs.defaultFS", "fs.default.name", "mapreduce.jobtracker.address", "mapred.job.tracker", "tmpfiles",
                           "mapreduce.cluster.local.dir", "mapred.local.dir"}) {
    const Status refused = tools::SetRequested(*configuration->config, *configuration->keys, name, "x", "test");
    INFO(name);
    CHECK(refused.code() == Code::kInvalidArgument);
    CHECK_THAT(refused.message(), Contains(name));
  }
  CHECK(tools::SetRequested(*configuration->config, *configuration->keys, "mapreduce.job.reduces", "2", "test").ok());
  CHECK(configuration->config->GetInt("mapreduce.job.reduces").value() == 2);
  CHECK_FALSE(tools::SetRequested(*configuration->config, *configuration->keys, "mapreduce.job.reduces", "many", "test").ok());
}

}  // namespace
}  // namespace mrd::jobs

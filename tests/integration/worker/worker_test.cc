// The program mr-worker against a tracker played by the test: whole jobs give the bytes of an embedded run, and whatever
// user code does stays within its attempt and is told of with the place where it happened. The environment names
// MR_WORKER and MR_COMMAND (programs) and MR_PLUGINS (the plugins of tests/integration, compiled).

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "common/base/env.h"
#include "mapred/wire/convert.h"
#include "tests/integration/worker/played_job.h"

namespace mrd::test {
namespace {

using namespace mapred::proto;

std::string Words(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    text += "line " + std::to_string(i % 97) + " of " + std::to_string(i * 7919 % 1013) + " words\n";
  }
  return text;
}

// A job whose one map reads these lines, started.
struct OneMap {
  OneMap(const std::string& plugin, const std::string& entry, const std::string& text, std::uint32_t reduces = 1)
      : job(plugin, entry, reduces) {
    job.WriteInput("a.txt", text);
  }
  // Launches map 0 and waits for its end.
  PlayedTracker::Heard& Run() {
    Start();
    REQUIRE(tracker->UntilExited(id));
    return tracker->heard(id);
  }
  void Start() {
    REQUIRE(job.Plan() == 1);
    tracker = std::make_unique<PlayedTracker>(job.program(), job.setup());
    REQUIRE(tracker->started());
    REQUIRE_FALSE(tracker->ready().has_failure());
    order = job.Order(MAP, 0);
    id = order.attemptid();
    if (adjust) adjust(order);
    tracker->Launch(order);
  }
  PlayedJob job;
  std::unique_ptr<PlayedTracker> tracker;
  LaunchProto order;
  std::string id;
  std::function<void(LaunchProto&)> adjust;
};

bool Gone(pid_t process, int patience_ms = 5000) {
  for (int waited = 0; waited < patience_ms; waited += 5) {
    if (::kill(process, 0) != 0) return true;
    // A zombie whose parent is not ours is as good as gone.
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(stat, text);
    if (const std::size_t at = text.rfind(')'); at != std::string::npos && text.compare(at + 2, 1, "Z") == 0) return true;
    ::usleep(5000);
  }
  return false;
}

TEST_CASE("worker: jobs of several maps and reduces give the bytes of an embedded run", "[worker]") {
  const auto [plugin, entry] = GENERATE(table<const char*, const char*>({{"count", "count"}, {"sorted", "sorted"}}));
  PlayedJob job(plugin, entry, 2);
  job.Set("mapreduce.input.fileinputformat.split.maxsize", "250000");
  job.Set("mapreduce.map.output.compress", "true");
  job.WriteInput("a.txt", Words(25000));
  job.WriteInput("b.txt", Words(11000));
  REQUIRE(job.Plan() >= 3);
  PlayedTracker tracker(job.program(), job.setup());
  REQUIRE(tracker.started());
  REQUIRE(job.RunAll(tracker));
  const std::string embedded = job.RunEmbedded();
  REQUIRE_FALSE(embedded.empty());
  CHECK(job.Diff(job.output(), embedded) == 0);
  CHECK(PartsOf(job.output()) == PartsOf(embedded));
  CHECK(PartsOf(job.output()).size() == 2);
  const std::string manifest = ReadText(job.output() + "/_SUCCESS");
  CHECK(manifest.find("\"part-r-00001\"") != std::string::npos);
  CHECK(::access((job.output() + "/_temporary").c_str(), F_OK) != 0);
  const auto counters = mapred::wire::FromProto(tracker.heard("attempt_1700000000000_0001_m_000000_0").done->counters());
  CHECK(counters.Get("org.apache.hadoop.mapreduce.TaskCounter", "MAP_INPUT_RECORDS") > 1000);
}

TEST_CASE("worker: a whole job in one attempt gives the bytes of an embedded run, and asks before it publishes",
          "[worker]") {
  PlayedJob job("count", "count", 2);
  job.WriteInput("a.txt", Words(2000));
  REQUIRE(job.Plan() > 0);
  PlayedTracker tracker(job.program(), job.setup());
  REQUIRE(tracker.started());

  tracker.grant = false;
  tracker.refusal = "another was faster";
  const LaunchProto refused = job.Order(WHOLE, 0, 0);
  tracker.Launch(refused);
  REQUIRE(tracker.UntilExited(refused.attemptid()));
  REQUIRE(tracker.heard(refused.attemptid()).failed);
  CHECK(tracker.heard(refused.attemptid()).failed->message().find("another was faster") != std::string::npos);
  CHECK(PartsOf(job.output()).empty());

  tracker.grant = true;
  const LaunchProto order = job.Order(WHOLE, 0, 1);
  tracker.Launch(order);
  REQUIRE(tracker.UntilExited(order.attemptid()));
  REQUIRE(tracker.heard(order.attemptid()).done);
  CHECK(tracker.heard(order.attemptid()).done->parts_size() == 2);
  CHECK(job.Diff(job.output(), job.RunEmbedded()) == 0);
}

TEST_CASE("worker: an attempt that may not publish leaves nothing, a later one takes the place of what is there",
          "[worker]") {
  OneMap one("astray", "forks", "a\nb\n", 0);
  one.Start();
  PlayedTracker& tracker = *one.tracker;
  REQUIRE(tracker.UntilExited(one.id));
  const std::string task = one.job.output() + "/_temporary/0/task_1700000000000_0001_m_000000";
  CHECK(PartsOf(task) == std::map<std::string, std::string>{{"part-m-00000", "a\t7\nb\t7\n"}});

  tracker.grant = false;
  const LaunchProto refused = one.job.Order(MAP, 0, 1);
  tracker.Launch(refused);
  REQUIRE(tracker.UntilExited(refused.attemptid()));
  CHECK(tracker.heard(refused.attemptid()).failed->kind() == FAILED_OUTPUT);
  CHECK(::access((one.job.output() + "/_temporary/0/_temporary/" + refused.attemptid()).c_str(), F_OK) != 0);

  tracker.grant = true;
  std::ofstream(task + "/stray") << "of the first attempt";
  const LaunchProto later = one.job.Order(MAP, 0, 2);
  tracker.Launch(later);
  REQUIRE(tracker.UntilExited(later.attemptid()));
  REQUIRE(tracker.heard(later.attemptid()).done);
  CHECK(PartsOf(task) == std::map<std::string, std::string>{{"part-m-00000", "a\t7\nb\t7\n"}});
}

TEST_CASE("worker: what attempts with an earlier grant have left is removed before the output is published", "[worker]") {
  OneMap one("astray", "forks", "a\n", 0);
  const std::string root = one.job.output() + "/_temporary/0";
  const std::string zombie = "attempt_1700000000000_0001_m_000000_7";
  REQUIRE(CreateDirs(Env::Posix(), root + "/_temporary/" + zombie).ok());
  std::ofstream(root + "/_temporary/" + zombie + "/part-m-00000") << "of a zombie";
  one.Start();
  one.tracker->superseded = {zombie};
  REQUIRE(one.tracker->UntilExited(one.id));
  REQUIRE(one.tracker->heard(one.id).done);
  CHECK(PartsOf(root + "/task_1700000000000_0001_m_000000")["part-m-00000"] == "a\t7\n");
  CHECK_FALSE(*Exists(Env::Posix(), root + "/_temporary/" + zombie));
}

TEST_CASE("worker: an exception is told with file, offset, record and the end of stderr", "[worker]") {
  OneMap one("astray", "complains", "good\nbad\n");
  const auto& heard = one.Run();
  if (heard.exited->has_failure()) UNSCOPED_INFO(heard.exited->failure().message());
  REQUIRE(heard.failed);
  CHECK(heard.failed->kind() == FAILED_USER);
  CHECK(heard.failed->message().find("the barrel is empty") != std::string::npos);
  CHECK(heard.failed->message().find("[map task") == std::string::npos);
  CHECK(heard.failed->file().ends_with("/input/a.txt"));
  CHECK(heard.failed->offset() == 5);
  CHECK(heard.failed->badrecord() == 1);
  CHECK(heard.failed->record() == "\"bad\" (hex 62 61 64, 3 bytes)");
  CHECK(heard.failed->stderrtail() == "the line is good\nthe line is bad\n");
  CHECK_FALSE(heard.exited->has_failure());
  CHECK(one.job.LogOf(one.id, "stderr") == "the line is good\nthe line is bad\n");
}

TEST_CASE("worker: exceptions in setup() and cleanup() fail the attempt like any other", "[worker]") {
  const auto [entry, text] = GENERATE(table<const char*, const char*>(
      {{"throws_in_setup", "no setup today"}, {"throws_in_cleanup", "no cleanup today"}}));
  OneMap one("astray", entry, "a\n");
  const auto& heard = one.Run();
  if (heard.exited->has_failure()) UNSCOPED_INFO(heard.exited->failure().message());
  REQUIRE(heard.failed);
  CHECK(heard.failed->kind() == FAILED_USER);
  CHECK_FALSE(heard.failed->has_badrecord());
  CHECK(heard.failed->message().find(text) != std::string::npos);
}

TEST_CASE("worker: a crash is told with signal, record and back trace, and the next attempt runs", "[worker]") {
  const auto [entry, signal] = GENERATE(
      table<const char*, const char*>({{"segv", "SIGSEGV"}, {"fpe", "SIGFPE"}, {"aborts", "SIGABRT"}, {"overflows", "SIGSEGV"}}));
  OneMap one("faults", entry, "good\nbad\n");
  const auto& heard = one.Run();
  CHECK_FALSE(heard.failed);
  REQUIRE(heard.exited->has_failure());
  const FailureProto& failure = heard.exited->failure();
  CAPTURE(failure.message());
  CHECK(failure.kind() == FAILED_CRASH);
  CHECK(failure.message().find(std::string("the plugin faults.so crashed with ") + signal) != std::string::npos);
  CHECK(failure.offset() == 5);
  CHECK(failure.badrecord() == 1);
  CHECK(failure.record() == "\"bad\" (hex 62 61 64, 3 bytes)");
  CHECK(failure.backtrace_size() > 3);
  if (std::string(entry) == "segv") {
    std::string trace;
    for (const std::string& frame : failure.backtrace()) trace += frame + "\n";
    CHECK(trace.find("faults.so") != std::string::npos);
    CHECK(trace.find("faults.cc:") != std::string::npos);
  }
  CHECK(one.job.LogOf(one.id, "stderr").find("Back trace:") != std::string::npos);
  CHECK(failure.stderrtail().find("Back trace:") == std::string::npos);

  const LaunchProto next = one.job.Order(MAP, 0, 1);
  one.tracker->Launch(next);
  CHECK(one.tracker->UntilExited(next.attemptid()));
  CHECK(one.tracker->heard(next.attemptid()).exited->has_failure());
}

TEST_CASE("worker: exit() in user code fails the attempt", "[worker]") {
  const auto [entry, function] = GENERATE(table<const char*, const char*>(
      {{"exits", "exit()"}, {"exits_at_once", "_exit()"}, {"exits_quickly", "quick_exit()"}}));
  OneMap one("faults", entry, "good\nbad\n");
  const auto& heard = one.Run();
  CHECK_FALSE(heard.done);
  REQUIRE(heard.exited->has_failure());
  CHECK(heard.exited->failure().kind() == FAILED_CRASH);
  CHECK(heard.exited->failure().message().find(std::string("called ") + function) != std::string::npos);
  CHECK(heard.exited->failure().offset() == 5);
  CHECK(heard.exited->failure().badrecord() == 1);
}

TEST_CASE("worker: a plugin that hangs says nothing, and can be killed with the tracker told how it ended", "[worker]") {
  OneMap one("faults", "stuck", "a\n");
  one.Start();
  auto& heard = one.tracker->heard(one.id);
  REQUIRE(one.tracker->Until([&] { return heard.process && !heard.progress.empty() && heard.progress.back().phase() == PHASE_MAP; }));
  one.tracker->Until([] { return false; }, 1500);  // its first record counts as progress
  const std::size_t told = heard.progress.size();
  one.tracker->Until([] { return false; }, 2500);
  CHECK(heard.progress.size() == told);
  CHECK(heard.progress.back().standsat() == 0);
  CHECK(heard.progress.back().has_standsat());
  REQUIRE(::kill(-*heard.process, SIGKILL) == 0);
  REQUIRE(one.tracker->UntilExited(one.id));
  CHECK(WIFSIGNALED(heard.exited->waitstatus()));
  CHECK(heard.exited->failure().message().find("SIGKILL") != std::string::npos);
}

TEST_CASE("worker: a slow plugin tells status, counters and records while it runs", "[worker]") {
  OneMap one("astray", "tells", "a\nb\nc\nd\n");
  const auto& heard = one.Run();
  REQUIRE(heard.done);
  bool told = false;
  for (const auto& progress : heard.progress) {
    if (progress.phase() != PHASE_MAP || !progress.has_statustext()) continue;
    const auto counters = mapred::wire::FromProto(progress.counters());
    told = told || (progress.statustext().starts_with("at ") && counters.Get("Astray", "LINES") > 0);
  }
  CHECK(told);
  CHECK(mapred::wire::FromProto(heard.done->counters()).Get("Astray", "LINES") == 4);
}

TEST_CASE("worker: children that an attempt leaves behind are killed, in sessions of their own too", "[worker]") {
  OneMap one("astray", "leaves_children", "a\n", 0);
  const auto& heard = one.Run();
  REQUIRE(heard.done);
  const auto parts = PartsOf(one.job.output() + "/_temporary/0/task_1700000000000_0001_m_000000");
  REQUIRE(parts.size() == 1);
  const std::string ids = parts.begin()->second;
  const pid_t in_group = std::atoi(ids.c_str());
  const pid_t in_session = std::atoi(ids.c_str() + ids.find('\n') + 1);
  REQUIRE(in_group > 1);
  REQUIRE(in_session > 1);
  CHECK(Gone(in_group));
  CHECK(Gone(in_session));
}

TEST_CASE("worker: a hundred megabytes of stderr leave the first and the last of them", "[worker]") {
  OneMap one("astray", "chatters", "a\n", 0);
  one.job.Set("mapreduce.task.userlog.limit.kb", "64");
  const auto& heard = one.Run();
  REQUIRE(heard.done);
  const std::string log = one.job.LogOf(one.id, "stderr");
  CHECK(log.size() < (66 << 10));
  CHECK(log.size() > (60 << 10));
  CHECK(log.starts_with("eeee"));
  CHECK(log.ends_with("eeee\nthat was all\n"));
  CHECK(log.find("bytes are left out here") != std::string::npos);
}

TEST_CASE("worker: side files lie in the working directory", "[worker]") {
  OneMap one("astray", "reads_side_file", "a\n", 0);
  const std::string side = one.job.dir() / "side";
  REQUIRE(::mkdir(side.c_str(), 0755) == 0);
  std::ofstream(side + "/extra") << "more";
  one.job.setup().set_sidefiledir(side);
  REQUIRE(one.Run().done);
  CHECK(PartsOf(one.job.output() + "/_temporary/0/task_1700000000000_0001_m_000000").begin()->second == "amore\t1\n");
}

TEST_CASE("worker: a local directory that cannot be used is passed over; without any the attempt fails with their names",
          "[worker]") {
  OneMap one("sorted", "sorted", "b\na\n");
  one.job.setup().clear_localdirs();
  one.job.setup().add_localdirs(one.job.dir() / "missing1");
  one.job.setup().add_localdirs(one.job.dir() / "disk2");
  CHECK(one.Run().done);

  OneMap none("sorted", "sorted", "b\na\n");
  none.job.setup().clear_localdirs();
  none.job.setup().add_localdirs(none.job.dir() / "missing1");
  none.job.setup().add_localdirs(none.job.dir() / "missing2");
  const auto& heard = none.Run();
  if (heard.exited->has_failure()) UNSCOPED_INFO(heard.exited->failure().message());
  REQUIRE(heard.failed);
  CHECK(heard.failed->kind() == FAILED_DISK);
  CHECK(heard.failed->message().find("missing1") != std::string::npos);
  CHECK(heard.failed->message().find("missing2") != std::string::npos);
}

TEST_CASE("worker: input that is not there fails as input", "[worker]") {
  OneMap one("count", "count", "a\n");
  one.adjust = [](LaunchProto& launch) { launch.mutable_split()->mutable_pieces(0)->set_path("/nowhere/a.txt"); };
  const auto& heard = one.Run();
  if (heard.exited->has_failure()) UNSCOPED_INFO(heard.exited->failure().message());
  REQUIRE(heard.failed);
  CHECK(heard.failed->kind() == FAILED_INPUT);
  CHECK(heard.failed->message().find("/nowhere/a.txt") != std::string::npos);
}

TEST_CASE("worker: records to be left out are left out, and counted", "[worker]") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "n" + std::to_string(i) + "\n";
  OneMap one("astray", "forks", text, 0);
  one.adjust = [](LaunchProto& launch) {
    for (const std::uint64_t number : {0, 2, 255, 2, 300, 600}) launch.add_skipranges(number);
  };
  const auto& heard = one.Run();
  REQUIRE(heard.done);
  const std::string part = PartsOf(one.job.output() + "/_temporary/0/task_1700000000000_0001_m_000000").begin()->second;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const bool out = i < 2 || i == 255 || i == 256 || (i >= 300 && i < 900);
    if (!out) expected += "n" + std::to_string(i) + "\t7\n";
  }
  CHECK(part == expected);
  const auto counters = mapred::wire::FromProto(heard.done->counters());
  CHECK(counters.Get("org.apache.hadoop.mapreduce.TaskCounter", "MAP_SKIPPED_RECORDS") == 604);
  CHECK(counters.Get("org.apache.hadoop.mapreduce.TaskCounter", "MAP_INPUT_RECORDS") == 396);
  const std::string kept =
      ReadText(one.job.output() +
               "/_temporary/0/task_1700000000000_0001_m_000000/_logs/skip/task_1700000000000_0001_m_000000");
  CHECK(std::count(kept.begin(), kept.end(), '\n') == 604);
  CHECK(kept.find("\"offset\":0,\"value\":\"n0\"}\n{\"record\":1,") != std::string::npos);
  CHECK(kept.find("\"value\":\"n899\"}\n") != std::string::npos);
}

TEST_CASE("worker: a damaged segment is named, and the reduce fails as shuffle", "[worker]") {
  PlayedJob job("sorted", "sorted", 1);
  job.Set("mapreduce.input.fileinputformat.split.maxsize", "200000");
  job.WriteInput("a.txt", Words(25000));
  REQUIRE(job.Plan() >= 3);
  PlayedTracker tracker(job.program(), job.setup());
  REQUIRE(job.RunMaps(tracker));
  const TrackerMessageProto segments = job.SegmentsFor(tracker, 0);
  for (const auto& segment : segments.segments().segments()) {
    if (segment.map() != 1 || segment.sequence() != 0) continue;
    std::fstream file(segment.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(segment.offset() + segment.bytes() / 2));
    file.put('\x55');
    file.put('\xAA');
  }
  const LaunchProto order = job.Order(REDUCE, 0);
  tracker.Launch(order);
  tracker.Send(order.attemptid(), segments);
  REQUIRE(tracker.UntilExited(order.attemptid()));
  const auto& heard = tracker.heard(order.attemptid());
  if (heard.exited->has_failure()) UNSCOPED_INFO(heard.exited->failure().message());
  REQUIRE(heard.failed);
  CHECK(heard.failed->kind() == FAILED_SHUFFLE);
  REQUIRE(heard.bad.size() == 1);
  CHECK(heard.bad[0].map() == 1);
  CHECK(heard.bad[0].sequence() == 0);
  CHECK(::access((job.dir() / ("disk1/" + order.attemptid())).c_str(), F_OK) != 0);
}

TEST_CASE("worker: an abort removes what the job has made", "[worker]") {
  PlayedJob job("count", "count", 1);
  job.WriteInput("a.txt", "a\n");
  REQUIRE(job.Plan() == 1);
  PlayedTracker tracker(job.program(), job.setup());
  const LaunchProto order = job.Order(ABORT, 0);
  tracker.Launch(order);
  REQUIRE(tracker.UntilExited(order.attemptid()));
  CHECK(tracker.heard(order.attemptid()).done);
  CHECK(::access(job.output().c_str(), F_OK) != 0);
}

TEST_CASE("worker: a plugin that does not load is told of before any attempt", "[worker]") {
  PlayedJob job("count", "count", 1);
  job.setup().set_packdir(job.dir().path());
  std::ofstream(job.dir() / "count.so") << "no library";
  PlayedTracker tracker(job.program(), job.setup());
  REQUIRE(tracker.started());
  REQUIRE(tracker.ready().has_failure());
  CHECK(tracker.ready().failure().message().find("count.so") != std::string::npos);
}

TEST_CASE("worker: a library that the plugin needs and that is not there is named", "[worker]") {
  PlayedJob job("count", "count", 1);
  const std::string dir = job.dir().path();
  job.setup().set_packdir(dir);
  std::ofstream(dir + "/gone.c") << "int gone(void) { return 1; }\n";
  std::ofstream(dir + "/needy.c") << "int gone(void);\nint needy(void) { return gone(); }\n";
  const std::string compile = "cd '" + dir + "' && cc -shared -fPIC gone.c -o libgone.so && " +
                              "cc -shared -fPIC needy.c -o count.so -L. -lgone && rm libgone.so";
  REQUIRE(std::system(compile.c_str()) == 0);
  PlayedTracker tracker(job.program(), job.setup());
  REQUIRE(tracker.started());
  REQUIRE(tracker.ready().has_failure());
  CHECK(tracker.ready().failure().message().find("libgone.so") != std::string::npos);
  // Whoever launches all the same is told.
  LaunchProto order;
  order.set_attemptid("attempt_1700000000000_0001_m_000000_0");
  order.set_kind(MAP);
  order.set_number(0);
  order.set_attempt(0);
  order.set_maps(1);
  order.set_workdir(dir);
  order.set_logdir(dir);
  tracker.Launch(order);
  REQUIRE(tracker.UntilExited(order.attemptid()));
  CHECK(tracker.heard(order.attemptid()).exited->failure().kind() == FAILED_TRACKER);
}

TEST_CASE("worker: when the tracker goes, the zygote and its attempts go", "[worker]") {
  OneMap one("faults", "stuck", "a\n");
  one.Start();
  auto& heard = one.tracker->heard(one.id);
  REQUIRE(one.tracker->Until([&] { return heard.process.has_value(); }));
  const pid_t process = *heard.process;
  SECTION("by closing the zygote's socket") { CHECK(one.tracker->Stop().has_value()); }
  SECTION("by closing the attempt's socket") {
    heard.umbilical.reset();
    CHECK(one.tracker->Until([&] { return heard.exited.has_value(); }));
  }
  SECTION("by the zygote's death") { REQUIRE(::kill(one.tracker->zygote(), SIGKILL) == 0); }
  CHECK(Gone(process));
}

TEST_CASE("worker: an empty map takes a few milliseconds from launch to its end", "[worker]") {
  OneMap one("count", "count", "a\n");
  REQUIRE(one.Run().done);
  constexpr int kRounds = 50;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint32_t round = 1; round <= kRounds; ++round) {
    const LaunchProto order = one.job.Order(MAP, 0, round);
    one.tracker->Launch(order);
    REQUIRE(one.tracker->UntilExited(order.attemptid()));
    REQUIRE(one.tracker->heard(order.attemptid()).done);
  }
  const double milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / kRounds;
  WARN("launch to exit of an empty map: " << milliseconds << " ms");
  CHECK(milliseconds < 100);  // a loaded machine; a quiet one takes a few
}

}  // namespace
}  // namespace mrd::test

// Whole jobs on a disk that fails. A job is run once to learn how many calls of the Env it makes; then each of them is
// made to fail in turn. The outcome is the right answer or an error that names a path, and nothing is left behind but
// what a failing call to remove it left; the next run then clears that.

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/segment_format.h"
#include "tests/support/faulty_env.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

using test::FaultyEnv;
using Duration = FaultyEnv::Duration;

// Lines of about 1000 bytes: a few long words that are all different, and a few short ones that recur. Long words fill
// a task's memory with few records, so that a run takes milliseconds.
std::string LongLines(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    const std::string number = std::to_string(i * 7919 % 100000);
    text += "w" + std::to_string(i % 17) + " " + number + std::string(470, static_cast<char>('a' + i % 26)) + " w" +
            std::to_string(i % 5) + " " + std::string(470, static_cast<char>('z' - i % 26)) + number + "\n";
  }
  return text;
}

// A job with everything in it: two maps, several spills, two reduces, an intermediate merge.
struct FaultyJob {
  FaultyEnv env{Env::Posix()};
  EngineFixture fixture{env};
  std::string name;
  std::vector<std::string> inputs;
  std::string output;
  std::map<std::string, std::string> expected;
  std::uint64_t calls = 0;

  FaultyJob(std::string job, int threads) : name(std::move(job)) {
    fixture.Set("mapreduce.task.io.sort.mb", "1");
    fixture.Set("mapreduce.task.io.sort.factor", "2");
    fixture.Set("mapreduce.job.reduces", "2");
    fixture.Set("mapreduce.local.map.tasks.maximum", std::to_string(threads));
    fixture.Set("mapreduce.local.reduce.tasks.maximum", std::to_string(threads));
    fixture.Set("mr.input.combine", "false");
    fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "2000000");
    inputs = {fixture.dir.Write("in/a", LongLines(1300)), fixture.dir.Write("in/b", LongLines(60))};
    output = fixture.dir.File("out");
    env.Reset();
    const JobResult result = Run();
    REQUIRE(result.status.ToString() == "OK");
    calls = env.calls();
    expected = fixture.Parts(output);
    REQUIRE(expected.size() == 2);
    REQUIRE(expected["part-r-00000"].size() > 1000);
    CHECK(result.maps == 2);
    // More than the reduces were sent: some of it was merged on the way.
    CHECK(result.ledger.spill_bytes > result.ledger.shuffle_bytes);
    Clear();
  }

  JobResult Run() { return fixture.Run(name, inputs, output); }
  void Clear() const { REQUIRE(RemoveTree(Env::Posix(), output).ok()); }
  bool Exists(const std::string& path) const { return mrd::Exists(Env::Posix(), path).value(); }
  // The answer, whole and marked, or an error that says where.
  void CheckAnswerOrError(const JobResult& result) const {
    if (result.status.ok()) {
      CHECK((fixture.Parts(output) == expected));
      CHECK(Exists(output + "/_SUCCESS"));
    } else {
      CHECK(result.status.message().find(fixture.dir.path()) != std::string::npos);
      CHECK_FALSE(Exists(output + "/_SUCCESS"));
    }
  }
  void CheckNothingLeft(const JobResult& result) const {
    if (!result.status.ok()) CHECK_FALSE(Exists(output));
    CHECK(fixture.Leftovers().empty());
  }
  // Whatever a failed removal left of the local directory goes with the next job.
  void CheckNextRunClears() {
    env.Reset();
    const std::string tiny = fixture.dir.Write("tiny", "a\n");
    const std::string other = fixture.dir.File("other");
    REQUIRE(fixture.Run("copy", {tiny}, other).status.ToString() == "OK");
    CHECK(fixture.Leftovers().empty());
    REQUIRE(RemoveTree(Env::Posix(), other).ok());
  }
};

// Whether the call belongs to the removal of a tree.
bool OfRemoval(const std::string& fault) {
  return fault.starts_with("remove") || fault.starts_with("list") || fault.starts_with("stat");
}

void FailEveryCallOnce(const std::string& name, int error, std::uint64_t first, std::uint64_t stride, int threads) {
  FaultyJob job(name, threads);
  std::uint64_t failed = 0;
  for (std::uint64_t n = first; n <= job.calls; n += stride) {
    job.env.FailCall(n, error);
    const JobResult result = job.Run();
    const std::string fault = job.env.last_fault();
    CAPTURE(name, n, error, fault, result.status.ToString());
    failed += result.status.ok() ? 0 : 1;
    job.CheckAnswerOrError(result);
    if (!result.status.ok()) CHECK(result.status.code() == FromErrno(error, "").code());
    if (OfRemoval(fault)) {
      // An output that could not be removed is named, so that the user can.
      if (!result.status.ok() && job.Exists(job.output)) {
        CHECK(result.status.message().find(job.output) != std::string::npos);
      }
      job.CheckNextRunClears();
    } else {
      job.CheckNothingLeft(result);
    }
    job.Clear();
  }
  CHECK(failed > job.calls / stride / 2);
}

void FailEveryCallOnwards(const std::string& name, int error, std::uint64_t first, std::uint64_t stride) {
  FaultyJob job(name, 1);
  for (std::uint64_t n = first; n <= job.calls; n += stride) {
    job.env.FailCall(n, error, Duration::kFromThenOn);
    const JobResult result = job.Run();
    CAPTURE(name, n, error, job.env.last_fault(), result.status.ToString());
    job.CheckAnswerOrError(result);
    job.CheckNextRunClears();
    job.Clear();
  }
}

// Inverts one byte of the first map's first spill when the maps are done and the reduces are not begun.
class SpillDamager : public JobMonitor {
 public:
  SpillDamager(std::string local_dir, long offset) : local_dir_(std::move(local_dir)), offset_(offset) {}

  void Progress(const JobProgress& progress) override {
    if (progress.stage != JobProgress::Stage::kMap || progress.map_fraction < 1 || !path.empty()) return;
    const auto jobs = Env::Posix().ListDir(local_dir_);
    if (!jobs.ok() || jobs->empty()) return;
    path = local_dir_ + "/" + (*jobs)[0].name + "/spill_m_000000_0.out";
    std::FILE* file = std::fopen(path.c_str(), "r+b");
    if (file == nullptr) return;
    std::fseek(file, offset_, offset_ < 0 ? SEEK_END : SEEK_SET);
    const int byte = std::fgetc(file);
    std::fseek(file, -1, SEEK_CUR);
    damaged = byte != EOF && std::fputc(byte ^ 0xFF, file) != EOF;
    std::fclose(file);
  }

  std::string path;
  bool damaged = false;

 private:
  const std::string local_dir_;
  const long offset_;
};

}  // namespace

TEST_CASE("faults: each call fails once, in every kind of job", "[engine][faults]") {
  FailEveryCallOnce("lines", EIO, 1, 1, 1);
  FailEveryCallOnce("count", EIO, 1, 2, 1);
  FailEveryCallOnce("count_chain", EIO, 2, 2, 1);
}

TEST_CASE("faults: a call meets a full disk once, with two threads", "[engine][faults]") {
  for (const char* job : {"lines", "count", "count_chain"}) FailEveryCallOnce(job, ENOSPC, 2, 7, 2);
}

TEST_CASE("faults: from some call on every call fails", "[engine][faults]") {
  FailEveryCallOnwards("lines", ENOSPC, 1, 2);
  FailEveryCallOnwards("count", EIO, 1, 4);
  FailEveryCallOnwards("count_chain", EIO, 2, 4);
}

TEST_CASE("faults: a disk that fills up at any byte ends the job and leaves nothing", "[engine][faults]") {
  for (const char* name : {"lines", "count", "count_chain"}) {
    FaultyJob job(name, 1);
    std::size_t full = 0;
    for (std::uint64_t budget = 0;; budget += 250'000) {
      job.env.Reset();
      job.env.LimitWrittenBytes(budget);
      const JobResult result = job.Run();
      CAPTURE(name, budget, job.env.last_fault(), result.status.ToString());
      job.CheckAnswerOrError(result);
      job.CheckNothingLeft(result);
      job.Clear();
      if (result.status.ok()) break;
      ++full;
      CHECK(result.status.code() == Code::kResourceExhausted);
      REQUIRE(full < 200);
    }
    CHECK(full > 8);
  }
}

TEST_CASE("faults: a spill that changed on the disk is found by its checksum", "[engine][faults]") {
  for (const char* name : {"lines", "count", "count_chain"}) {
    // The first block's records; the CRC itself; the last byte of the last block.
    for (const long offset : {8L + 16 + 5, 8L + 12, -1L}) {
      FaultyJob job(name, 1);
      SpillDamager damager(job.fixture.dir.File("local"), offset);
      job.fixture.monitor = &damager;
      const JobResult result = job.Run();
      CAPTURE(name, offset, result.status.ToString());
      REQUIRE(damager.damaged);
      CHECK(result.status.code() == Code::kCorruption);
      CHECK(result.status.message().find("checksum mismatch") != std::string::npos);
      CHECK(result.status.message().find("spill file " + damager.path) != std::string::npos);
      if (offset > 0) CHECK(result.status.message().find("near offset 8:") != std::string::npos);
      job.CheckNothingLeft(result);
    }
  }
}

}  // namespace mrd::engine::testing

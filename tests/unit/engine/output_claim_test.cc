#include "engine/output_claim.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/support/memory_file_system.h"

namespace mrd::engine {
namespace {

fs::Path At(const std::string& path) { return *fs::Path::Parse("mem://m" + path); }
Claimant By(const std::string& job, const std::string& run = "", const std::string& sender = "") {
  return {.job = job, .run = run, .sender = sender, .made_ms = 5};
}
bool Always(const Claimant&) { return true; }

std::vector<std::string> Names(fs::FileSystem& files, const std::string& path) {
  std::vector<std::string> names;
  const auto entries = files.List(At(path));
  REQUIRE(entries.ok());
  for (const fs::FileStatus& entry : *entries) names.push_back(entry.path.name());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Jobs(fs::FileSystem& files, const std::string& path) {
  std::vector<std::string> jobs;
  const auto claimants = Claimants(files, At(path));
  REQUIRE(claimants.ok());
  for (const Claimant& one : *claimants) jobs.push_back(one.job);
  std::sort(jobs.begin(), jobs.end());
  return jobs;
}

TEST_CASE("output claim: the first has it, and left his name", "[engine]") {
  test::MemoryFileSystem files;
  REQUIRE(TakeClaim(files, At("/run"), By("job_1_0001", "a.night-1-2")).value() == 0);
  CHECK(Names(files, "/run/_temporary") == std::vector<std::string>{".claim", ".claimant.job_1_0001.5.run.a.night-1-2"});
  REQUIRE(TakeClaim(files, At("/sent"), By("job_1_0001", "", "ann b@[::1]:1")).ok());
  CHECK(Names(files, "/sent/_temporary") == std::vector<std::string>{".claim", ".claimant.job_1_0001.5.sender.ann_b@___1__1"});
  REQUIRE(TakeClaim(files, At("/local"), By("job_local7_0001")).ok());
  CHECK(Names(files, "/local/_temporary") == std::vector<std::string>{".claim", ".claimant.job_local7_0001.5.none."});

  const auto run = Claimants(files, At("/run"));
  REQUIRE((run.ok() && run->size() == 1));
  CHECK((*run)[0].job == "job_1_0001");
  CHECK((*run)[0].made_ms == 5);
  CHECK(IsSame((*run)[0].run, "a.night-1-2"));
  CHECK_FALSE(IsSame((*run)[0].run, "a.night-1-3"));
  const auto sent = Claimants(files, At("/sent"));
  REQUIRE((sent.ok() && sent->size() == 1));
  CHECK(IsSame((*sent)[0].sender, "ann b@[::1]:1"));
  // Nobody is the same as one who says nothing.
  CHECK_FALSE(IsSame(Claimants(files, At("/local"))->at(0).sender, ""));

  const Status second = TakeClaim(files, At("/run"), By("job_1_0002")).status();
  CHECK(second.code() == Code::kAlreadyExists);
  CHECK(second.message() == "Output directory mem://m/run already exists; choose another or remove it first");
  CHECK(Jobs(files, "/run") == std::vector<std::string>{"job_1_0001"});
  CHECK(Claimants(files, At("/none")).status().code() == Code::kNotFound);
}

TEST_CASE("output claim: one that was given up passes on, again and again", "[engine]") {
  test::MemoryFileSystem files;
  REQUIRE(TakeClaim(files, At("/out"), By("job_1_0001")).ok());
  REQUIRE(files.Mkdirs(At("/out/_temporary/0")).ok());
  const auto only_the_first = [](const Claimant& other) { return other.job == "job_1_0001"; };
  const Status kept = TakeClaim(files, At("/out"), By("job_1_0002"), [](const Claimant&) { return false; }).status();
  CHECK(kept.message() == "Output directory mem://m/out already exists: another job is writing to it, job_1_0001");
  CHECK_FALSE(HasPassedOn(files, At("/out"), 0));
  REQUIRE(TakeClaim(files, At("/out"), By("job_1_0002"), Always).value() == 1);
  CHECK(HasPassedOn(files, At("/out"), 0));
  CHECK_FALSE(HasPassedOn(files, At("/out"), 1));
  CHECK(TakeClaim(files, At("/out"), By("job_1_0003"), only_the_first).status().code() == Code::kAlreadyExists);
  REQUIRE(TakeClaim(files, At("/out"), By("job_1_0003"), Always).value() == 2);
  CHECK(Jobs(files, "/out") == std::vector<std::string>{"job_1_0001", "job_1_0002", "job_1_0003"});
  // A second try in the same millisecond.
  CHECK(TakeClaim(files, At("/out"), By("job_1_0003"), Always).value() == 3);
}

TEST_CASE("output claim: who died before he made the claim is asked about too", "[engine]") {
  test::MemoryFileSystem files;
  files.Put("/out/_temporary/.claimant.job_1_0001.5.sender.ann@h_1", "");
  std::string sender;
  const auto asked = [&](const Claimant& other) {
    sender = other.sender;
    return true;
  };
  REQUIRE(TakeClaim(files, At("/out"), By("job_1_0002"), asked).value() == 0);
  CHECK(sender == "ann@h_1");
  // The first would find the claim made.
  CHECK(files.Stat(At("/out/_temporary/.claim")).ok());
}

TEST_CASE("output claim: one whose owner cleans up while it is judged does not pass on", "[engine]") {
  test::MemoryFileSystem files;
  REQUIRE(TakeClaim(files, At("/out"), By("job_1_0001")).ok());
  const auto cleans_up = [&](const Claimant&) { return files.Delete(At("/out"), /*recursive=*/true).ok(); };
  CHECK_FALSE(TakeClaim(files, At("/out"), By("job_1_0002"), cleans_up).ok());
  CHECK(files.Stat(At("/out")).status().code() == Code::kNotFound);
  // Neither when a third takes what was free for a moment; of the attempt nothing stays.
  REQUIRE(TakeClaim(files, At("/out"), By("job_1_0001")).ok());
  const auto a_third_comes = [&](const Claimant& other) {
    return cleans_up(other) && TakeClaim(files, At("/out"), By("job_1_0003")).ok();
  };
  CHECK(TakeClaim(files, At("/out"), By("job_1_0002"), a_third_comes).status().code() == Code::kAlreadyExists);
  CHECK(Jobs(files, "/out") == std::vector<std::string>{"job_1_0003"});
  CHECK_FALSE(HasPassedOn(files, At("/out"), 0));
}

TEST_CASE("output claim: nothing that was written goes, whoever is thought dead", "[engine]") {
  test::MemoryFileSystem files;
  REQUIRE(TakeClaim(files, At("/out"), By("job_1_0001")).ok());
  const auto [path, what] = GENERATE(table<std::string, std::string>({{"/out/part-r-00000", "a part"},
                                                                      {"/out/_SUCCESS", "a manifest"},
                                                                      {"/out/_temporary/.lock", "a lock"},
                                                                      {"/out/_temporary/.claim.x", "no claim"},
                                                                      {"/out/_temporary/.claimant.job", "no claimant"},
                                                                      {"/out/_temporary/.claimant.job_1_1.x.none.", "nor this"},
                                                                      {"/out/_temporary/.claimant.job_1_1.7.who.x", "nor this"},
                                                                      {"/out/_temporary/0/task_1_m_000000/part", "a task's"},
                                                                      {"/out/_temporary/0/_temporary/a/part", "an attempt's"}}));
  files.Put(path, what);
  CHECK(TakeClaim(files, At("/out"), By("job_1_0002"), Always).status().code() == Code::kAlreadyExists);
  CHECK(files.Content(path) == what);
  CHECK(Jobs(files, "/out") == std::vector<std::string>{"job_1_0001"});
}

TEST_CASE("output claim: an output without a name is nobody's to take", "[engine]") {
  test::MemoryFileSystem files;
  const std::string there = GENERATE("", "/_temporary", "/_temporary/0");
  REQUIRE(files.Mkdirs(At("/out" + there)).ok());
  CHECK(TakeClaim(files, At("/out"), By("job_1_0002"), Always).status().code() == Code::kAlreadyExists);
  // Nor one that only bears a claim.
  files.Put("/o/_temporary/.claim", "");
  CHECK(TakeClaim(files, At("/o"), By("job_1_0002"), Always).status().code() == Code::kAlreadyExists);
}

TEST_CASE("output claim: of many at once one has it, new or given up", "[engine]") {
  for (const bool given_up : {false, true}) {
    for (int round = 0; round < 20; ++round) {
      test::MemoryFileSystem files;
      if (given_up) REQUIRE(TakeClaim(files, At("/out"), By("job_1_0000")).ok());
      const auto dead = [](const Claimant& other) { return other.job == "job_1_0000"; };
      std::vector<Result<int>> ends(6);
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < ends.size(); ++i) {
        threads.emplace_back([&, i] { ends[i] = TakeClaim(files, At("/out"), By("job_1_000" + std::to_string(i + 1)), dead); });
      }
      for (std::thread& thread : threads) thread.join();
      std::vector<std::string> have;
      for (std::size_t i = 0; i < ends.size(); ++i) {
        INFO(ends[i].status().ToString());
        CHECK((ends[i].ok() || ends[i].status().code() == Code::kAlreadyExists));
        if (ends[i].ok()) have.push_back("job_1_000" + std::to_string(i + 1));
      }
      REQUIRE(have.size() == 1);
      // Those who lost have taken back their names.
      if (given_up) have.insert(have.begin(), "job_1_0000");
      CHECK(Jobs(files, "/out") == have);
    }
  }
}

}  // namespace
}  // namespace mrd::engine

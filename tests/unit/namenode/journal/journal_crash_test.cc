// The power fails at every change of the disk in turn, with random parts of what was not flushed left. Afterwards
// everything acknowledged is there, in order and whole; what was not is there as a beginning or not at all; and the
// journal goes on. The same again with the crash in the middle of the recovery.
#include <algorithm>

#include "tests/support/crash_env.h"
#include "tests/unit/namenode/journal/journal_fixture.h"

namespace mrd::namenode {
namespace {

constexpr std::uint64_t kEdits = 120;

struct Outcome {
  std::uint64_t acknowledged = 0;
  std::uint64_t appended = 0;
};

// Makes edits in groups until all are made or the disk stops.
Outcome Run(test::CrashEnv& env, const std::vector<std::string>& directories, Random& random, std::uint64_t upto) {
  KeptLog kept;
  JournalOptions options = SmallJournal(directories);
  options.group_wait = std::chrono::microseconds(100);
  Outcome outcome;
  auto journal = EditJournal::Open(env, Clock::System(), kept.logger, options, {});
  if (!journal.ok()) return outcome;
  outcome.acknowledged = outcome.appended = (*journal)->durable().value;
  while (outcome.appended < upto) {
    for (std::uint64_t group = random.Below(8); group > 0 && outcome.appended < upto; --group)
      outcome.appended = (*journal)->Append(NthEdit(outcome.appended + 1)).value;
    if (!(*journal)->WaitDurable({outcome.appended}).ok()) break;
    outcome.acknowledged = outcome.appended;
    if (random.Below(10) == 0) (*journal)->Roll();
  }
  outcome.acknowledged = std::max(outcome.acknowledged, (*journal)->durable().value);
  return outcome;
}

void CheckDisk(test::CrashEnv& env, const std::vector<std::string>& directories, const Outcome& outcome) {
  KeptLog kept;
  auto journal = EditJournal::Open(env, Clock::System(), kept.logger, SmallJournal(directories), {});
  INFO(journal.status().ToString());
  REQUIRE(journal.ok());
  const std::uint64_t found = (*journal)->durable().value;
  CHECK(found >= outcome.acknowledged);
  CHECK(found <= outcome.appended);
  CHECK(CountEdits(**journal) == found);
}

std::unique_ptr<test::CrashEnv> NewDisk() {
  auto env = std::make_unique<test::CrashEnv>();
  for (const char* directory : {"/a", "/b"}) REQUIRE(env->CreateDir(directory, 0777).ok());
  REQUIRE(env->SyncDir("/").ok());
  return env;
}

void CrashEverywhere(const std::vector<std::string>& directories, std::uint64_t step) {
  std::uint64_t changes = 0;
  {
    auto env = NewDisk();
    env->Stop(1'000'000);
    Random random(1);
    Run(*env, directories, random, kEdits);
    changes = env->changes();
  }
  REQUIRE(changes > 100);
  // A little further than the count, as the grouping into flushes is not the same every time.
  for (std::uint64_t n = 1; n <= changes + 20; n += step) {
    INFO("crash at change " << n);
    auto env = NewDisk();
    Random random(n);
    env->Stop(n);
    Outcome outcome = Run(*env, directories, random, kEdits);
    env->Crash(random);
    // The recovery is interrupted as well, twice.
    for (std::uint64_t again = 1; again <= 2; ++again) {
      env->Stop(1 + random.Below(6));
      const Outcome more = Run(*env, directories, random, outcome.appended + 20);
      outcome.acknowledged = std::max(outcome.acknowledged, more.acknowledged);
      outcome.appended = std::max(outcome.appended, more.appended);
      env->Crash(random);
    }
    CheckDisk(*env, directories, outcome);
    // What was recovered is durable: another crash does not take it away. Then it goes on.
    env->Crash(random);
    const Outcome rest = Run(*env, directories, random, kEdits + 40);
    CHECK(rest.acknowledged == kEdits + 40);
    env->Crash(random);
    CheckDisk(*env, directories, rest);
  }
}

TEST_CASE("journal crash: at every change of the disk, one directory", "[journal]") { CrashEverywhere({"/a"}, 1); }

TEST_CASE("journal crash: at every change of the disk, two directories", "[journal]") {
  CrashEverywhere({"/a", "/b"}, 2);
}

TEST_CASE("journal crash: with one of two directories broken, the other has everything", "[journal]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    auto env = NewDisk();
    Random random(seed);
    const Outcome before = Run(*env, {"/a", "/b"}, random, 20);
    REQUIRE(before.acknowledged == 20);
    env->Break("/a", EIO);
    env->Stop(1 + random.Below(120));
    const Outcome outcome = Run(*env, {"/a", "/b"}, random, kEdits);
    env->Crash(random);
    env->Break("/a", 0);
    CheckDisk(*env, {"/b", "/a"},
              {std::max(outcome.acknowledged, before.acknowledged), std::max(outcome.appended, before.appended)});
  }
}

}  // namespace
}  // namespace mrd::namenode

// Schedules on virtual time. A Rig plays the jobtracker: it starts what it is told to start and gives each run a job.

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jobtracker/schedule/schedule_book.h"
#include "tests/unit/jobtracker/schedule/wall_time.h"

namespace mrd::jobtracker::test {
namespace {

using Texts = std::vector<std::string>;

ScheduleTerms Terms(const std::string& cron, Overlap overlap = Overlap::kSkip, Missed missed = Missed::kOnce) {
  ScheduleTerms terms;
  terms.name = "nightly";
  terms.owner = "ann";
  terms.cron = cron;
  terms.zone = "UTC";
  terms.overlap = overlap;
  terms.missed = missed;
  return terms;
}

class Rig {
 public:
  explicit Rig(const std::string& now) : now_ms(At(now) * 1000) {}

  void Add(ScheduleTerms terms, TimeZone zone = TimeZone::Utc()) {
    Result<ScheduleEffects> added = book->Add(std::move(terms), std::move(zone), true, now_ms);
    REQUIRE(added.ok());
    Take(*added);
  }
  void Take(const ScheduleEffects& effects) {
    for (const auto& start : effects.starts) {
      const std::string job = "job_" + std::to_string(++jobs);
      started.push_back(Text(Run(start.number).due_ms / 1000));
      Take(book->NameJob(start.schedule, start.number, job));
      Take(book->Started(start.schedule, start.number, now_ms));
    }
    for (const std::string& job : effects.kills) killed.push_back(job);
  }
  // Looks at the clock as often as it is due, up to `until`.
  void Go(const std::string& until) {
    const std::int64_t end = At(until) * 1000;
    while (const std::optional<std::int64_t> next = book->NextTickMs()) {
      if (*next > end) break;
      now_ms = std::max(now_ms, *next);
      Take(book->Tick(now_ms));
      if (ends_at_once) EndAll();
    }
    now_ms = end;
  }
  // The clock shows this; it is looked at once.
  void Jump(const std::string& to) {
    now_ms = At(to) * 1000;
    Take(book->Tick(now_ms));
  }
  void End(const std::string& job, RunState state = RunState::kSucceeded) { Take(book->JobEnded(job, state, "", now_ms)); }
  void EndAll() {
    for (std::vector<std::string> active = Active(); !active.empty(); active = Active()) {
      for (const std::string& job : active) End(job);
    }
  }
  std::vector<std::string> Active() const {
    std::vector<std::string> active;
    for (const auto& run : book->ActiveRuns()) active.push_back(Run(run.number).job);
    return active;
  }
  const ScheduleRun& Run(std::uint64_t number) const { return *book->Find("nightly")->Find(number); }
  // "succeeded 3" for each that is remembered.
  Texts History() const {
    Texts texts;
    for (const ScheduleRun& run : book->Find("nightly")->runs) {
      texts.push_back(std::string(WordOf(run.state)) + " " + std::to_string(run.count));
    }
    return texts;
  }
  // A new life with what the last one kept.
  void Restart(TimeZone zone = TimeZone::Utc()) {
    const Schedule kept = *book->Find("nightly");
    book = std::make_unique<ScheduleBook>();
    REQUIRE(book->Recover(kept, std::move(zone)).ok());
  }

  std::unique_ptr<ScheduleBook> book = std::make_unique<ScheduleBook>();
  std::int64_t now_ms;
  int jobs = 0;
  bool ends_at_once = true;
  Texts started;  // due times
  Texts killed;
};

TEST_CASE("schedule: runs start when they are due, and not before", "[schedule]") {
  Rig rig("2026-01-01 00:00:30");
  rig.Add(Terms("*/10 * * * *"));
  CHECK(rig.book->NextTickMs() == At("2026-01-01 00:10") * 1000);
  rig.Take(rig.book->Tick(At("2026-01-01 00:10") * 1000 - 1));
  CHECK(rig.started.empty());
  rig.Go("2026-01-01 00:35");
  CHECK(rig.started == Texts{"2026-01-01 00:10:00", "2026-01-01 00:20:00", "2026-01-01 00:30:00"});
  CHECK(rig.History() == Texts{"succeeded 1", "succeeded 1", "succeeded 1"});
}

TEST_CASE("schedule: a day with a change of clocks has one nightly run", "[schedule]") {
  Rig rig("2026-03-27 12:00");
  rig.Add(Terms("30 2 * * *"), Berlin());
  rig.Go("2026-03-30 12:00");
  CHECK(rig.started == Texts{"2026-03-28 01:30:00", "2026-03-29 01:00:00", "2026-03-30 00:30:00"});
  rig.started.clear();
  rig.Go("2026-10-24 12:00");
  CHECK(rig.started.size() == 208);
  rig.started.clear();
  rig.Go("2026-10-26 12:00");
  CHECK(rig.started == Texts{"2026-10-25 00:30:00", "2026-10-26 01:30:00"});
}

TEST_CASE("schedule: a clock that is set back runs nothing twice", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.Add(Terms("0 * * * *"));
  rig.Go("2026-01-01 03:30");
  REQUIRE(rig.started.size() == 3);
  rig.Jump("2026-01-01 01:30");
  rig.Jump("2026-01-01 02:00");
  rig.Jump("2026-01-01 03:00");
  CHECK(rig.started.size() == 3);
  CHECK(rig.book->NextTickMs() == At("2026-01-01 04:00") * 1000);
  rig.Go("2026-01-01 05:30");
  CHECK(rig.started.size() == 5);
  // The same over a restart.
  rig.Jump("2026-01-01 02:30");
  rig.Restart();
  rig.Jump("2026-01-01 03:00");
  rig.Go("2026-01-01 06:00");
  CHECK(rig.started.size() == 6);
}

TEST_CASE("schedule: a clock that was wrong by years counts anew once the schedule is enabled again", "[schedule]") {
  Rig rig("2056-01-01");
  rig.Add(Terms("0 * * * *"));
  rig.Jump("2026-01-01");
  CHECK(rig.book->NextDueMs("nightly") > At("2055-01-01") * 1000);
  rig.Take(*rig.book->SetEnabled("nightly", false, rig.now_ms));
  CHECK_FALSE(rig.book->NextTickMs().has_value());
  rig.Take(*rig.book->SetEnabled("nightly", true, rig.now_ms));
  // Its beginning lies in the future as well, as far as the clock says; a new schedule is the way out then.
  REQUIRE(rig.book->Remove("nightly").ok());
  rig.Add(Terms("0 * * * *"));
  rig.Go("2026-01-01 01:30");
  CHECK(rig.started == Texts{"2026-01-01 01:00:00"});
}

TEST_CASE("schedule: runs missed while the jobtracker was down", "[schedule]") {
  const auto missed = [](Missed policy, const std::string& back) {
    Rig rig("2026-01-01 00:00");
    ScheduleTerms terms = Terms("0 * * * *", Overlap::kSkip, policy);
    terms.missed_max = 3;
    rig.Add(std::move(terms));
    rig.Go("2026-01-01 01:00");
    rig.started.clear();
    rig.Restart();
    rig.Jump(back);
    rig.EndAll();
    return rig;
  };
  SECTION("skip: none") {
    const Rig rig = missed(Missed::kSkip, "2026-01-01 07:30");
    CHECK(rig.started.empty());
    CHECK(rig.History() == Texts{"succeeded 1", "missed 6"});
  }
  SECTION("once: the last one stands for all") {
    const Rig rig = missed(Missed::kOnce, "2026-01-01 07:30");
    CHECK(rig.started == Texts{"2026-01-01 07:00:00"});
    CHECK(rig.History() == Texts{"succeeded 1", "missed 5", "succeeded 1"});
  }
  SECTION("once: one that is on time stands for those before it") {
    const Rig rig = missed(Missed::kOnce, "2026-01-01 07:00:20");
    CHECK(rig.started == Texts{"2026-01-01 07:00:00"});
    CHECK(rig.History() == Texts{"succeeded 1", "missed 5", "succeeded 1"});
  }
  SECTION("skip: one that is on time runs") {
    const Rig rig = missed(Missed::kSkip, "2026-01-01 07:00:20");
    CHECK(rig.started == Texts{"2026-01-01 07:00:00"});
  }
  SECTION("all: the last three, one after the other") {
    const Rig rig = missed(Missed::kAll, "2026-01-01 07:30");
    CHECK(rig.started == Texts{"2026-01-01 05:00:00", "2026-01-01 06:00:00", "2026-01-01 07:00:00"});
    CHECK(rig.History() == Texts{"succeeded 1", "missed 3", "succeeded 1", "succeeded 1", "succeeded 1"});
  }
  SECTION("all: with one that is on time behind them") {
    const Rig rig = missed(Missed::kAll, "2026-01-01 04:00");
    CHECK(rig.started == Texts{"2026-01-01 02:00:00", "2026-01-01 03:00:00", "2026-01-01 04:00:00"});
  }
  SECTION("nothing was due") {
    const Rig rig = missed(Missed::kAll, "2026-01-01 01:59");
    CHECK(rig.started.empty());
    CHECK(rig.History() == Texts{"succeeded 1"});
  }
}

TEST_CASE("schedule: years of missed minutes take no time and little room", "[schedule]") {
  Rig rig("2020-01-01");
  rig.Add(Terms("* * * * *", Overlap::kSkip, Missed::kAll));
  rig.Jump("2026-01-01 00:00:59");
  rig.EndAll();
  CHECK(rig.started.size() == 11);
  CHECK(rig.book->Find("nightly")->runs.size() == 12);
  CHECK(rig.book->Find("nightly")->runs.front().count == 31 * 24 * 60 - 11);
}

TEST_CASE("schedule: overlap skip leaves out what is due meanwhile", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.ends_at_once = false;
  rig.Add(Terms("0 * * * *", Overlap::kSkip));
  rig.Go("2026-01-01 03:30");
  CHECK(rig.started == Texts{"2026-01-01 01:00:00"});
  CHECK(rig.History() == Texts{"running 1", "skipped 2"});
  const auto by_hand = rig.book->RunNow("nightly", rig.now_ms);
  CHECK(by_hand.status().code() == Code::kFailedPrecondition);
  CHECK_THAT(by_hand.status().message(), Catch::Contains("job_1") && Catch::Contains("skip"));
  rig.End("job_1");
  rig.Go("2026-01-01 04:00");
  CHECK(rig.started.back() == "2026-01-01 04:00:00");
}

TEST_CASE("schedule: overlap queue runs one after the other", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.ends_at_once = false;
  rig.Add(Terms("0 * * * *", Overlap::kQueue));
  rig.Go("2026-01-01 03:30");
  CHECK(rig.History() == Texts{"running 1", "queued 1", "queued 1"});
  rig.End("job_1", RunState::kFailed);
  CHECK(rig.started == Texts{"2026-01-01 01:00:00", "2026-01-01 02:00:00"});
  rig.Restart();
  rig.End("job_2");
  rig.End("job_3");
  CHECK(rig.History() == Texts{"failed 1", "succeeded 1", "succeeded 1"});
  // It does not grow without end.
  rig.Go("2026-01-06 12:00");
  CHECK(rig.book->Find("nightly")->runs.back().state == RunState::kSkipped);
  CHECK(rig.book->Find("nightly")->runs.size() <= kRunsQueuedMax + 20 + 2);
}

TEST_CASE("schedule: overlap kill ends the earlier run first", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.ends_at_once = false;
  rig.Add(Terms("0 * * * *", Overlap::kKill));
  rig.Go("2026-01-01 02:30");
  CHECK(rig.killed == Texts{"job_1"});
  CHECK(rig.started == Texts{"2026-01-01 01:00:00"});
  rig.Go("2026-01-01 03:30");  // the first does not die: only the last one waits
  CHECK(rig.History() == Texts{"running 1", "skipped 1", "queued 1"});
  rig.End("job_1", RunState::kKilled);
  CHECK(rig.started == Texts{"2026-01-01 01:00:00", "2026-01-01 03:00:00"});
  CHECK(rig.History() == Texts{"killed 1", "skipped 1", "running 1"});
}

TEST_CASE("schedule: overlap kill reaches a run whose job is not there yet", "[schedule]") {
  ScheduleBook book;
  const std::int64_t start = At("2026-01-01 01:00") * 1000;
  REQUIRE(book.Add(Terms("0 * * * *", Overlap::kKill), TimeZone::Utc(), true, start - 1000).ok());
  const ScheduleEffects first = book.Tick(start);
  REQUIRE(first.starts.size() == 1);
  CHECK(book.Tick(start + 3'600'000).kills.empty());
  (void)book.NameJob("nightly", first.starts[0].number, "job_1");
  CHECK(book.Started("nightly", first.starts[0].number, start + 3'600'001).kills == Texts{"job_1"});
  const ScheduleEffects ended = book.JobEnded("job_1", RunState::kKilled, "", start + 3'600'002);
  REQUIRE(ended.starts.size() == 1);
  CHECK(ended.starts[0].number == 2);
}

TEST_CASE("schedule: overlap allow has a bound", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.ends_at_once = false;
  rig.Add(Terms("0 * * * *", Overlap::kAllow));
  rig.Go("2026-01-01 20:00");
  CHECK(rig.Active().size() == kRunsActiveMax);
  CHECK(rig.History().back() == "skipped 4");
  CHECK(rig.book->RunNow("nightly", rig.now_ms).status().code() == Code::kFailedPrecondition);
}

TEST_CASE("schedule: a run that is refused makes room for the next", "[schedule]") {
  ScheduleBook book;
  const std::int64_t start = At("2026-01-01 01:00") * 1000;
  REQUIRE(book.Add(Terms("0 * * * *", Overlap::kQueue), TimeZone::Utc(), true, start - 1000).ok());
  const ScheduleEffects first = book.Tick(start);
  (void)book.Tick(start + 3'600'000);
  (void)book.NameJob("nightly", 1, "job_1");
  const ScheduleEffects next = book.Refused("nightly", 1, "the input is not there", start + 3'600'001);
  REQUIRE(next.starts.size() == 1);
  CHECK(next.starts[0].number == 2);
  CHECK(book.Find("nightly")->Find(1)->state == RunState::kRefused);
  CHECK(book.Find("nightly")->Find(1)->message == "the input is not there");
  // Late news of it.
  CHECK(book.JobEnded("job_1", RunState::kSucceeded, "", start).changed.empty());
  CHECK(book.Refused("nightly", 7, "", start).changed.empty());
}

TEST_CASE("schedule: by hand, also while it is not enabled", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.Add(Terms("0 3 * * *"));
  rig.Take(*rig.book->SetEnabled("nightly", false, rig.now_ms));
  rig.Go("2026-01-03 00:00");
  CHECK(rig.started.empty());
  const auto by_hand = rig.book->RunNow("nightly", rig.now_ms);
  REQUIRE(by_hand.ok());
  rig.Take(by_hand->effects);
  CHECK(rig.Run(by_hand->number).by_hand);
  rig.End("job_1");
  // What was due while it was not enabled is not made up for.
  rig.Take(*rig.book->SetEnabled("nightly", true, rig.now_ms));
  rig.Go("2026-01-03 03:00");
  CHECK(rig.started == Texts{"2026-01-03 00:00:00", "2026-01-03 03:00:00"});
  CHECK(rig.book->RunNow("other", 0).status().code() == Code::kNotFound);
}

TEST_CASE("schedule: history keeps the last runs, and what is not over", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  ScheduleTerms terms = Terms("* * * * *", Overlap::kAllow);
  terms.history_max = 3;
  rig.Add(std::move(terms));
  rig.ends_at_once = false;
  rig.Go("2026-01-01 00:01");
  rig.ends_at_once = true;
  rig.Take(rig.book->Tick(rig.now_ms));
  for (int i = 2; i <= 9; ++i) {
    rig.Jump("2026-01-01 00:0" + std::to_string(i));
    rig.End("job_" + std::to_string(i));
  }
  const auto& runs = rig.book->Find("nightly")->runs;
  REQUIRE(runs.size() == 4);
  CHECK(runs[0].number == 1);
  CHECK(runs[1].number == 7);
  CHECK(runs[3].number == 9);
}

TEST_CASE("schedule: a removed one forgets its runs", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.ends_at_once = false;
  rig.Add(Terms("0 * * * *"));
  rig.Go("2026-01-01 01:00");
  REQUIRE(rig.book->Remove("nightly").ok());
  CHECK(rig.book->JobEnded("job_1", RunState::kSucceeded, "", rig.now_ms).changed.empty());
  CHECK(rig.book->Started("nightly", 1, rig.now_ms).changed.empty());
  CHECK(rig.book->Remove("nightly").status().code() == Code::kNotFound);
  CHECK_FALSE(rig.book->NextTickMs().has_value());
}

TEST_CASE("schedule: a restart finds starting and running jobs again", "[schedule]") {
  Rig rig("2026-01-01 00:00");
  rig.ends_at_once = false;
  rig.Add(Terms("0 * * * *"));
  rig.Go("2026-01-01 01:00");
  rig.Restart();
  CHECK(rig.Active() == Texts{"job_1"});
  rig.End("job_1", RunState::kFailed);
  CHECK(rig.History() == Texts{"failed 1"});
}

TEST_CASE("schedule: names, bounds and expressions are checked", "[schedule]") {
  ScheduleBook book;
  const auto refusal = [&](const ScheduleTerms& terms) { return book.Add(terms, TimeZone::Utc(), true, 0).status(); };
  for (const char* name : {"", "-a", "a b", "a/b", "ä", ".hidden"}) {
    ScheduleTerms terms = Terms("@daily");
    terms.name = name;
    CHECK(refusal(terms).code() == Code::kInvalidArgument);
  }
  CHECK(refusal(Terms("61 * * * *")).code() == Code::kInvalidArgument);
  ScheduleTerms terms = Terms("@daily");
  terms.history_max = 0;
  CHECK(refusal(terms).code() == Code::kInvalidArgument);
  terms = Terms("@daily");
  terms.missed_max = kRunsQueuedMax + 1;
  CHECK(refusal(terms).code() == Code::kInvalidArgument);
  CHECK(refusal(Terms("@daily")).ok());
  CHECK(refusal(Terms("@daily")).code() == Code::kAlreadyExists);
  for (std::size_t i = 1; i < kSchedulesPerUserMax; ++i) {
    terms = Terms("@daily");
    terms.name = "s" + std::to_string(i);
    REQUIRE(refusal(terms).ok());
  }
  terms.name = "one.too.many";
  CHECK(refusal(terms).code() == Code::kResourceExhausted);
  terms.owner = "bob";
  CHECK(refusal(terms).ok());
}

}  // namespace
}  // namespace mrd::jobtracker::test

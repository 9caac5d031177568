#include "namenode/journal/edit_journal.h"

#include <atomic>
#include <cerrno>
#include <deque>
#include <set>

#include "tests/support/crash_env.h"
#include "tests/support/faulty_env.h"
#include "tests/support/temporary_dir.h"
#include "tests/unit/namenode/journal/journal_fixture.h"

namespace mrd::namenode {
namespace {

struct Journals {
  Journals() {
    for (const char* directory : {"/a", "/b"}) REQUIRE(env.CreateDir(directory, 0777).ok());
    REQUIRE(env.SyncDir("/").ok());
  }

  Result<std::unique_ptr<EditJournal>> TryOpen(JournalOptions options, TxId after = {}) {
    return EditJournal::Open(env, Clock::System(), kept.logger, std::move(options), after);
  }
  std::unique_ptr<EditJournal> Open(JournalOptions options, TxId after = {}) {
    auto journal = TryOpen(std::move(options), after);
    INFO(journal.status().ToString());
    REQUIRE(journal.ok());
    return *std::move(journal);
  }

  std::vector<std::string> Segments(const std::string& directory) {
    std::vector<std::string> names;
    auto files = env.ListDir(directory);
    REQUIRE(files.ok());
    for (const FileInfo& file : *files) names.push_back(file.name);
    return names;
  }

  test::CrashEnv env;
  KeptLog kept;
};

// Appends edits up to `last`, each as NthEdit() says, and waits.
Status AppendUpTo(EditJournal& journal, std::uint64_t last) {
  TxId id = journal.status().appended;
  while (id.value < last) id = journal.Append(NthEdit(id.value + 1));
  return journal.WaitDurable(id);
}

// Waits, with a bound, for what happens on the journal's thread.
template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 5000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST_CASE("journal: what was durable is replayed after a restart, from any edit", "[journal]") {
  Journals disk;
  {
    auto journal = disk.Open(SmallJournal({"/a"}));
    CHECK(journal->durable() == TxId{0});
    REQUIRE(AppendUpTo(*journal, 500).ok());
    CHECK(journal->durable() == TxId{500});
    CHECK(CountEdits(*journal) == 500);
    REQUIRE(journal->Close().ok());
  }
  auto journal = disk.Open(SmallJournal({"/a"}), {123});
  CHECK(journal->durable() == TxId{500});
  CHECK(CountEdits(*journal, {124}) == 377);
  CHECK(CountEdits(*journal, {501}) == 0);
  REQUIRE(AppendUpTo(*journal, 600).ok());
  CHECK(CountEdits(*journal, {450}) == 151);
  CHECK(journal->Close().ok());
}

TEST_CASE("journal: a crash without Close() loses nothing that was durable", "[journal]") {
  Journals disk;
  Random random(1);
  std::uint64_t last = 0;
  for (int run = 0; run < 5; ++run) {
    {
      auto journal = disk.Open(SmallJournal({"/a", "/b"}));
      REQUIRE(journal->durable().value == last);
      last += 77;
      REQUIRE(AppendUpTo(*journal, last).ok());
    }
    disk.env.Crash(random);
  }
  CHECK(CountEdits(*disk.Open(SmallJournal({"/a", "/b"}))) == last);
}

TEST_CASE("journal: callbacks come in time, and those of the past at once", "[journal]") {
  Journals disk;
  auto journal = disk.Open(SmallJournal({"/a"}));
  std::atomic<int> called = 0;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    const TxId id = journal->Append(NthEdit(i));
    CHECK(id.value == i);
    journal->WhenDurable(id, [&, id](Status status) {
      if (status.ok() && journal->durable() >= id) ++called;
    });
  }
  CHECK(Eventually([&] { return called == 50; }));
  bool at_once = false;
  journal->WhenDurable({10}, [&](Status status) { at_once = status.ok(); });
  CHECK(at_once);
  CHECK(journal->Close().ok());
}

TEST_CASE("journal: durable edits are handed on in order", "[journal]") {
  Journals disk;
  JournalOptions options = SmallJournal({"/a"});
  std::vector<std::uint64_t> ids;
  bool same = true;
  options.on_durable = [&](std::vector<Edit> edits) {
    for (const Edit& edit : edits) {
      ids.push_back(edit.id.value);
      same = same && SameEdit(edit, NthEdit(edit.id.value));
    }
  };
  auto journal = disk.Open(std::move(options));
  REQUIRE(AppendUpTo(*journal, 200).ok());
  REQUIRE(journal->Close().ok());
  REQUIRE(ids.size() == 200);
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK(ids[i] == i + 1);
  CHECK(same);
}

TEST_CASE("journal: segments follow each other, and those below the checkpoint are purged", "[journal]") {
  Journals disk;
  auto journal = disk.Open(SmallJournal({"/a", "/b"}));
  for (std::uint64_t last = 20; last <= 2000; last += 20) REQUIRE(AppendUpTo(*journal, last).ok());
  const std::vector<std::string> before = disk.Segments("/a");
  REQUIRE(before.size() > 6);
  CHECK(disk.Segments("/b") == before);

  journal->Purge({0});
  CHECK(disk.Segments("/a") == before);
  const TxId third = *ParseSegmentName(before[2]);
  journal->Purge({third.value - 2});  // the second is still needed
  CHECK(disk.Segments("/a").front() == before[1]);
  journal->Purge({2000});  // two finished ones and the active one stay
  CHECK(disk.Segments("/a").size() == 3);
  CHECK(disk.Segments("/b") == disk.Segments("/a"));

  const TxId first = journal->status().first_segment;
  CHECK(SegmentName(first) == disk.Segments("/a").front());
  CHECK(CountEdits(*journal, first) == 2000 - first.value + 1);
  const Status gone = journal->Replay({first.value - 1}, [](Edit) { return Status::Ok(); });
  CHECK(gone.code() == Code::kFailedPrecondition);
  CHECK(journal->Close().ok());
  journal = nullptr;

  // A checkpoint that is older than the journal's beginning cannot be brought up to date.
  const Status refused = disk.TryOpen(SmallJournal({"/a", "/b"}), {5}).status();
  CHECK(refused.code() == Code::kCorruption);
  CHECK_THAT(refused.message(), Catch::Contains("has no edits 6 to " + std::to_string(first.value - 1)));
  disk.Open(SmallJournal({"/a", "/b"}), {first.value - 1});
}

TEST_CASE("journal: Roll() begins a segment with the next edit, once", "[journal]") {
  Journals disk;
  auto journal = disk.Open(SmallJournal({"/a"}));
  REQUIRE(AppendUpTo(*journal, 3).ok());
  journal->Roll();
  journal->Roll();
  CHECK(disk.Segments("/a").size() == 1);
  REQUIRE(AppendUpTo(*journal, 5).ok());
  REQUIRE(AppendUpTo(*journal, 6).ok());
  CHECK(disk.Segments("/a") == std::vector<std::string>{SegmentName({1}), SegmentName({4})});
  CHECK(journal->status().active_segment == TxId{4});
}

TEST_CASE("journal: an edit larger than a segment is one record", "[journal]") {
  Journals disk;
  {
    auto journal = disk.Open(SmallJournal({"/a"}));
    Edit edit;
    edit.operation = "delete";
    for (int i = 0; i < 20000; ++i) edit.mutations.push_back({"key" + std::to_string(i), std::nullopt});
    REQUIRE(journal->WaitDurable(journal->Append(std::move(edit))).ok());
  }
  std::size_t mutations = 0;
  auto journal = disk.Open(SmallJournal({"/a"}));
  CHECK(journal
            ->Replay({1},
                     [&](Edit edit) {
                       mutations += edit.mutations.size();
                       return Status::Ok();
                     })
            .ok());
  CHECK(mutations == 20000);
}

TEST_CASE("journal: one directory of two may fail, and comes back with the next segment", "[journal]") {
  Journals disk;
  const int error = GENERATE(EIO, ENOSPC);
  {
    auto journal = disk.Open(SmallJournal({"/a", "/b"}));
    REQUIRE(AppendUpTo(*journal, 5).ok());
    disk.env.Break("/a", error);
    REQUIRE(AppendUpTo(*journal, 10).ok());
    JournalStatus status = journal->status();
    CHECK(status.state == JournalState::kWritable);
    CHECK_FALSE(status.directories[0].status.ok());
    CHECK(status.directories[1].status.ok());
    journal->Roll();  // still broken
    REQUIRE(AppendUpTo(*journal, 15).ok());
    CHECK_FALSE(journal->status().directories[0].status.ok());
    CHECK(CountEdits(*journal) == 15);
    disk.env.Break("/a", 0);
    journal->Roll();
    REQUIRE(AppendUpTo(*journal, 20).ok());
    CHECK(journal->status().directories[0].status.ok());
    CHECK(CountEdits(*journal) == 20);  // the segments that /a lacks come from /b
    CHECK(disk.Segments("/a") == std::vector<std::string>{SegmentName({1}), SegmentName({16})});
    REQUIRE(journal->Close().ok());
  }
  CHECK_THAT(disk.kept.lines, Catch::Contains("journal directory out of use: /a"));
  CHECK_THAT(disk.kept.lines, Catch::Contains("journal directory in use again: /a from edit 16"));

  SECTION("the one that failed alone has a gap, which is refused") {
    const Status status = disk.TryOpen(SmallJournal({"/a"})).status();
    CHECK(status.code() == Code::kCorruption);
    CHECK_THAT(status.message(), Catch::Contains("has no edits 6 to 15"));
  }
  SECTION("a start makes it whole again") {
    CHECK(CountEdits(*disk.Open(SmallJournal({"/a", "/b"}))) == 20);
    CHECK(CountEdits(*disk.Open(SmallJournal({"/a"}))) == 20);
  }
  SECTION("the other one alone has everything") { CHECK(CountEdits(*disk.Open(SmallJournal({"/b"}))) == 20); }
}

TEST_CASE("journal: when the last directory fails it is over, and every waiter hears why", "[journal]") {
  Journals disk;
  auto journal = disk.Open(SmallJournal({"/a", "/b"}));
  REQUIRE(AppendUpTo(*journal, 5).ok());
  disk.env.Break("/a", EIO);
  disk.env.Break("/b", EIO);
  const Status failed = AppendUpTo(*journal, 8);
  CHECK(failed.code() == Code::kIo);
  CHECK_THAT(failed.message(), Catch::StartsWith("the edit journal failed: "));
  CHECK(journal->Writable().code() == Code::kIo);
  disk.env.Break("/a", 0);
  disk.env.Break("/b", 0);
  CHECK(AppendUpTo(*journal, 9).code() == Code::kIo);  // for good
  CHECK(journal->status().state == JournalState::kFailed);
  CHECK(journal->durable() == TxId{5});
  CHECK_FALSE(journal->Close().ok());
}

TEST_CASE("journal: a full disk makes it read-only until there is room, and nothing is lost or doubled", "[journal]") {
  Journals disk;
  {
    // The disks get room between two tries: within one, the directory that was tried before is left behind.
    JournalOptions options = SmallJournal({"/a", "/b"});
    options.full_retry = std::chrono::milliseconds(100);
    auto journal = disk.Open(std::move(options));
    REQUIRE(AppendUpTo(*journal, 5).ok());
    disk.env.Break("/a", ENOSPC);
    disk.env.Break("/b", ENOSPC);
    std::atomic<int> good = 0;
    std::atomic<int> bad = 0;
    const auto count = [&](Status status) { ++(status.ok() ? good : bad); };
    for (std::uint64_t i = 6; i <= 8; ++i) journal->WhenDurable(journal->Append(NthEdit(i)), count);
    CHECK(Eventually([&] { return journal->Writable().code() == Code::kResourceExhausted; }));
    CHECK(journal->status().state == JournalState::kReadOnly);
    // Waiters have patience, but not for ever; the edits stay.
    CHECK(Eventually([&] { return bad > 0; }));
    journal->Append(NthEdit(9));  // one that had passed Writable() before
    disk.env.Break("/a", 0);
    disk.env.Break("/b", 0);
    CHECK(journal->WaitDurable({9}).ok());
    CHECK(Eventually([&] { return good + bad == 3; }));
    CHECK(journal->Writable().ok());
    REQUIRE(AppendUpTo(*journal, 12).ok());
    CHECK(journal->status().directories[0].status.ok());
    REQUIRE(journal->Close().ok());
  }
  CHECK(CountEdits(*disk.Open(SmallJournal({"/a"}))) == 12);
  CHECK(CountEdits(*disk.Open(SmallJournal({"/b"}))) == 12);
}

TEST_CASE("journal: a stop while the disk is full says what is lost", "[journal]") {
  Journals disk;
  {
    auto journal = disk.Open(SmallJournal({"/a"}));
    REQUIRE(AppendUpTo(*journal, 5).ok());
    disk.env.Break("/a", ENOSPC);
    journal->Append(NthEdit(6));
    CHECK(Eventually([&] { return journal->status().state == JournalState::kReadOnly; }));
    const Status closed = journal->Close();
    CHECK(closed.code() == Code::kResourceExhausted);
    CHECK_THAT(closed.message(), Catch::StartsWith("edits 6 to 6 did not become durable"));
    disk.env.Break("/a", 0);
  }
  CHECK(CountEdits(*disk.Open(SmallJournal({"/a"}))) == 5);
}

TEST_CASE("journal: below the reserve it is read-only before the disk is full", "[journal]") {
  Journals disk;
  JournalOptions options = SmallJournal({"/a", "/b"});
  options.reserved_bytes = 1000;
  disk.env.SetAvailable(999);
  auto journal = disk.Open(options);
  const Status refused = journal->Writable();
  CHECK(refused.code() == Code::kResourceExhausted);
  CHECK_THAT(refused.message(), Catch::Contains("the volume of /b has 999 bytes left"));
  CHECK(AppendUpTo(*journal, 3).ok());  // one that had begun is still written
  disk.env.SetAvailable(1000);
  CHECK(Eventually([&] { return journal->Writable().ok(); }));
  CHECK(journal->Close().ok());
}

TEST_CASE("journal: what is pending is bounded by refusing", "[journal]") {
  Journals disk;
  JournalOptions options = SmallJournal({"/a"});
  options.pending_bytes_max = 1000;
  std::mutex slow;  // held: the journal's thread gets no further
  options.on_durable = [&](const std::vector<Edit>&) { const std::lock_guard lock(slow); };
  auto journal = disk.Open(options);
  {
    const std::lock_guard lock(slow);
    journal->Append(NthEdit(1));
    CHECK(Eventually([&] { return journal->durable() == TxId{1}; }));
    std::uint64_t i = 1;
    while (journal->Writable().ok() && i < 1000) journal->Append(NthEdit(++i));
    CHECK(journal->Writable().code() == Code::kUnavailable);
    CHECK(i < 30);
  }
  CHECK(journal->WaitDurable(journal->status().appended).ok());
  CHECK(journal->Writable().ok());
  CHECK(journal->Close().ok());
}

TEST_CASE("journal: flushes fail at every call in turn; what was acknowledged is there afterwards", "[journal]") {
  // Counts the calls of a run first. The disk is a real one, so that the faults are those of real files.
  test::TemporaryDir dir;
  test::FaultyEnv env(Env::Posix());
  KeptLog kept;
  const auto run = [&](const std::string& path, std::uint64_t fail, int error, test::FaultyEnv::Duration duration) {
    REQUIRE(Env::Posix().CreateDir(path, 0777).ok());
    JournalOptions options = SmallJournal({path});
    options.reserved_bytes = 0;
    options.full_wait_max = std::chrono::milliseconds(2);
    std::uint64_t acknowledged = 0;
    env.FailCall(fail, error, duration);
    {
      auto journal = EditJournal::Open(env, Clock::System(), kept.logger, options, {});
      if (journal.ok()) {
        for (std::uint64_t i = 1; i <= 60; ++i) {
          if (!(*journal)->WaitDurable((*journal)->Append(NthEdit(i))).ok()) break;
          acknowledged = i;
        }
        (void)(*journal)->Close();
      }
    }
    const std::uint64_t calls = env.calls();
    env.Reset();
    auto journal = EditJournal::Open(env, Clock::System(), kept.logger, options, {});
    INFO("call " << fail << " error " << error << ": " << journal.status().ToString());
    REQUIRE(journal.ok());
    const std::uint64_t found = (*journal)->durable().value;
    CHECK(found >= acknowledged);
    CHECK(found <= acknowledged + 1);
    CHECK(CountEdits(**journal) == found);
    return calls;
  };
  const std::uint64_t calls = run(dir / "all", 0, 0, test::FaultyEnv::Duration::kOnce);
  REQUIRE(calls > 130);
  for (const auto duration : {test::FaultyEnv::Duration::kOnce, test::FaultyEnv::Duration::kFromThenOn}) {
    for (const int error : {EIO, ENOSPC}) {
      for (std::uint64_t n = 1; n <= calls; n += n < 30 ? 1 : 5) {
        const std::string name =
            std::to_string(n) + "-" + std::to_string(error) + "-" + std::to_string(static_cast<int>(duration));
        run(dir / name, n, error, duration);
      }
    }
  }
}

// 64 clients that each wait for their edit before they make the next: what the namenode's bar asks for.
TEST_CASE("journal: many waiters share a flush, even of a disk that costs nothing", "[journal]") {
  Journals disk;
  JournalOptions options = SmallJournal({"/a"});
  options.segment_bytes = 1 << 20;
  options.preallocate_bytes = 1 << 20;
  auto journal = disk.Open(options);
  constexpr int kClients = 64;
  constexpr std::uint64_t kEdits = 6400;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<int> ready;
  bool good = true;
  for (int i = 0; i < kClients; ++i) ready.push_back(i);
  // The appending thread is the namenode's strand.
  std::uint64_t appended = 0;
  std::uint64_t answered = 0;
  std::unique_lock lock(mutex);
  while (answered < kEdits) {
    changed.wait(lock, [&] { return (!ready.empty() && appended < kEdits) || answered == kEdits; });
    if (ready.empty() || appended == kEdits) continue;
    const int client = ready.front();
    ready.pop_front();
    ++appended;
    lock.unlock();
    journal->WhenDurable(journal->Append(NthEdit(appended)), [&, client](Status status) {
      const std::lock_guard guard(mutex);
      good = good && status.ok();
      ++answered;
      ready.push_back(client);
      changed.notify_one();
    });
    lock.lock();
  }
  lock.unlock();
  CHECK(good);
  const JournalStatus status = journal->status();
  CHECK(status.edits_total == kEdits);
  CHECK(status.flushes_total * 10 <= kEdits);
  CHECK(journal->Close().ok());
}

TEST_CASE("journal: one writer alone does not wait for others", "[journal]") {
  Journals disk;
  JournalOptions options = SmallJournal({"/a"});
  options.group_wait = std::chrono::hours(1);
  auto journal = disk.Open(options);
  for (std::uint64_t i = 1; i <= 20; ++i) REQUIRE(AppendUpTo(*journal, i).ok());
  CHECK(journal->status().flushes_total == 20);
  CHECK(journal->Close().ok());
}

}  // namespace
}  // namespace mrd::namenode

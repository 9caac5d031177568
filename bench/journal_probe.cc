// How many edits a second the journal makes durable for clients that each wait for their edit before the next, and how
// many flushes that takes. Beside it the bare disk: the same bytes a flush, written and flushed by one thread.
//
//   journal_probe DIRECTORY [clients] [seconds]
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "namenode/journal/edit_journal.h"

namespace mrd::namenode {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// About what mkdirs writes.
Edit MakeDirectory(std::uint64_t i) {
  Edit edit;
  edit.operation = "mkdirs";
  edit.time_ms = 1'700'000'000'000;
  edit.client_id = std::string(16, 'c');
  edit.call_id = static_cast<std::int32_t>(i);
  edit.reply = std::string("\x02\x08\x01", 3);
  edit.mutations = {{std::string(9, 'i') + std::to_string(i), std::string(60, 'v')},
                    {std::string(9, 'p'), std::string(60, 'w')}};
  return edit;
}

struct Clients {
  explicit Clients(int count) : ready(count) {}
  std::mutex mutex;
  std::condition_variable changed;
  int ready;
  std::uint64_t answered = 0;
};

int Measure(const std::string& directory, int count, int seconds) {
  Log log(LogLevel::kWarn);
  Clock& clock = Clock::System();
  JournalOptions options;
  options.directories = {directory};
  options.namespace_id = 1;
  options.reserved_bytes = 0;
  Result<std::unique_ptr<EditJournal>> opened =
      EditJournal::Open(Env::Posix(), clock, Logger(log, "probe"), options, {});
  if (!opened.ok()) {
    std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
    return 1;
  }
  EditJournal& journal = **opened;
  Clients clients(count);
  const std::int64_t start = clock.MonotonicNanos();
  const std::int64_t cpu = clock.ProcessCpuMillis();
  const std::int64_t end = start + seconds * kNanosPerSecond;
  std::uint64_t appended = 0;
  while (clock.MonotonicNanos() < end) {
    {
      std::unique_lock lock(clients.mutex);
      clients.changed.wait(lock, [&] { return clients.ready > 0; });
      --clients.ready;
    }
    journal.WhenDurable(journal.Append(MakeDirectory(++appended)), [&](const Status& status) {
      if (!status.ok()) std::abort();
      const std::lock_guard lock(clients.mutex);
      ++clients.answered;
      if (clients.ready++ == 0) clients.changed.notify_one();
    });
  }
  const Status closed = journal.Close();
  const double elapsed = static_cast<double>(clock.MonotonicNanos() - start) / 1e9;
  const JournalStatus status = journal.status();
  const double edits = static_cast<double>(status.edits_total);
  const double flushes = static_cast<double>(status.flushes_total);
  std::printf(
      "journal: %d clients, %.0f edits/s, %.4f flushes per edit, %.0f flushes/s, %.0f bytes per edit, "
      "%.2f cores\n",
      count, edits / elapsed, flushes / edits, flushes / elapsed, static_cast<double>(status.bytes_total) / edits,
      static_cast<double>(clock.ProcessCpuMillis() - cpu) / 1000 / elapsed);
  if (!closed.ok()) std::fprintf(stderr, "%s\n", closed.ToString().c_str());

  // The bare disk, with the mean flush of above.
  const std::string piece(static_cast<std::size_t>(static_cast<double>(status.bytes_total) / flushes), 'x');
  const std::string path = directory + "/bare";
  Result<std::unique_ptr<File>> file = Env::Posix().OpenForUpdate(path);
  const std::string zeros(8 << 20, '\0');
  if (!file.ok() || !(*file)->WriteAt(0, zeros.data(), zeros.size()).ok() || !(*file)->Sync().ok()) return 1;
  const std::int64_t bare_start = clock.MonotonicNanos();
  std::uint64_t rounds = 0;
  for (std::uint64_t offset = 0; clock.MonotonicNanos() < bare_start + kNanosPerSecond; ++rounds) {
    if (!(*file)->WriteAt(offset, piece.data(), piece.size()).ok() || !(*file)->Sync().ok()) return 1;
    offset = offset + 2 * piece.size() > (8 << 20) ? 0 : offset + piece.size();
  }
  const double bare_elapsed = static_cast<double>(clock.MonotonicNanos() - bare_start) / 1e9;
  std::printf("bare disk: %.0f flushes/s of %zu bytes\n", static_cast<double>(rounds) / bare_elapsed, piece.size());
  return Env::Posix().RemoveFile(path).ok() && closed.ok() ? 0 : 1;
}

}  // namespace
}  // namespace mrd::namenode

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: journal_probe DIRECTORY [clients] [seconds]\n");
    return 255;
  }
  return mrd::namenode::Measure(argv[1], argc > 2 ? std::atoi(argv[2]) : 64, argc > 3 ? std::atoi(argv[3]) : 5);
}

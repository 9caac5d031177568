#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "common/base/log.h"
#include "common/net/runtime.h"
#include "jobtracker/service/dispatcher.h"
#include "jobtracker/service/end_notifier.h"
#include "jobtracker/service/history_writer.h"

namespace mrd::jobtracker {

// Does what is left to do for jobs that have ended, in the background and again until it succeeds or is given up: the
// history is written one job after the other, call-backs are made several at a time.
// Threads: the core's.
class Duties {
 public:
  // References must outlive it.
  Duties(net::Runtime& runtime, Dispatcher& dispatcher, const JobReader& reader, HistoryWriter& history,
         EndNotifier& notifier, Logger log);

  void Add(JobDuty duty);
  // Ends what is under way and waits for it.
  net::awaitable<void> Stop();

 private:
  // Jobs of one kind, and how many of them are worked on at once.
  struct Line {
    std::deque<JobDuty> waiting;
    std::size_t at_work = 0;
    std::size_t at_work_max = 1;
  };
  void StartSome(Line& line);
  net::awaitable<void> Work(Line& line, JobDuty duty);
  net::awaitable<void> WriteHistory(const std::string& job);
  net::awaitable<void> Notify(const std::string& job);
  net::awaitable<void> Pause(std::int64_t ms);

  net::Runtime& runtime_;
  Dispatcher& dispatcher_;
  const JobReader& reader_;
  HistoryWriter& history_;
  EndNotifier& notifier_;
  const Logger log_;
  Line histories_;
  Line notifications_;
  bool stopping_ = false;
  std::shared_ptr<Bell> stop_bell_;
  net::Gate gate_;
};

}  // namespace mrd::jobtracker

#include "jobtracker/core/order_queue.h"

#include <algorithm>

namespace mrd::jobtracker {

void OrderQueue::PushOutputs(std::uint64_t after, const std::string& job, std::size_t from, std::size_t to,
                             std::size_t max) {
  if (!entries_.empty() && entries_.back().sequence > given_) {
    Entry& last = entries_.back();
    auto* range = std::get_if<OutputRange>(&last.body);
    if (range != nullptr && range->job == job && range->to == from) {
      const std::size_t joined = std::min(to, range->from + max);
      range->to = std::max(range->to, joined);
      last.after = std::max(last.after, after);
      from = range->to;
    }
  }
  while (from < to) {
    const std::size_t end = std::min(to, from + max);
    Push(after, OutputRange{job, from, end});
    from = end;
  }
}

bool OrderQueue::Revoke(const AttemptName& attempt) {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& entry) {
    const auto* launch = std::get_if<LaunchOrder>(&entry.body);
    return launch != nullptr && launch->attempt.kind == attempt.kind && launch->attempt.number == attempt.number &&
           launch->attempt.attempt == attempt.attempt && launch->attempt.job_id == attempt.job_id;
  });
  if (found == entries_.rend() || found->sequence <= given_) return false;
  entries_.erase(std::next(found).base());
  return true;
}

void OrderQueue::Acknowledge(std::uint64_t have) {
  if (have > last_) return;  // of another life, or nonsense
  while (!entries_.empty() && entries_.front().sequence <= have) entries_.pop_front();
}

void OrderQueue::Take(std::uint64_t durable, std::size_t limit, const std::function<void(const Entry&)>& take) {
  for (const Entry& entry : entries_) {
    if (limit == 0 || entry.after > durable) break;
    take(entry);
    given_ = std::max(given_, entry.sequence);
    --limit;
  }
}

}  // namespace mrd::jobtracker

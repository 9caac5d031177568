#include "sim/jobtracker_daemon.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace mrd::sim {

using jobtracker::Effects;
using jobtracker::JobView;

JobtrackerDaemon::JobtrackerDaemon(Clock& clock, jobtracker::CoreOptions options, JobtrackerPlant plant)
    : clock_(clock), options_(std::move(options)), plant_(plant) {}

bool JobtrackerDaemon::IsForgotten(const jobtracker::Record& record) const {
  return (plant_ == JobtrackerPlant::kForgetsGrants && std::holds_alternative<jobtracker::CommitGranted>(record.body)) ||
         (plant_ == JobtrackerPlant::kForgetsEnds && std::holds_alternative<jobtracker::AttemptEnded>(record.body));
}

void JobtrackerDaemon::Distort(jobtracker::Order* order) const {
  auto* const grant = std::get_if<jobtracker::CommitOrder>(&order->body);
  if (grant != nullptr && plant_ == JobtrackerPlant::kForgetsSuperseded) grant->superseded.clear();
}

void JobtrackerDaemon::Apply(Effects effects, std::function<void()> reply) {
  bool sync = false;
  for (jobtracker::Record& record : effects.records) {
    last_number_ = record.number;
    if (record.sync) last_sync_ = record.number;
    sync = sync || record.sync;
    if (!IsForgotten(record)) journal_.push_back(std::move(record));
  }
  SetTimer(effects.wake_at_ms);
  const auto leave = [this, epoch = epoch_, trackers = std::move(effects.trackers), reply = std::move(reply)] {
    if (!up() || epoch != epoch_) return;
    for (const std::string& tracker : trackers) Wake(tracker);
    if (reply) reply();
  };
  if (plant_ == JobtrackerPlant::kOrdersBeforeFlush || (!sync && durable_ >= last_sync_)) {
    leave();
    if (!sync) return;
  }
  // One flush takes everything that was written before it ends.
  clock_.After(clock_.Between(1, 15), [this, epoch = epoch_, number = last_number_, size = journal_.size(), leave] {
    if (!up() || epoch != epoch_) return;
    durable_ = std::max(durable_, number);
    flushed_ = std::max(flushed_, size);
    leave();
  });
}

void JobtrackerDaemon::Await(const std::string& tracker, std::uint64_t have, Millis wait,
                             std::function<void(jobtracker::TakenOrders)> answer) {
  const std::uint64_t number = ++calls_;
  standing_[tracker] = {have, number, std::move(answer)};
  clock_.After(wait, [this, tracker, number] {
    const auto found = standing_.find(tracker);
    if (!up() || found == standing_.end() || found->second.number != number) return;
    const auto reply = std::move(found->second.answer);
    standing_.erase(found);
    reply({});
  });
  Wake(tracker);
}

void JobtrackerDaemon::Wake(const std::string& tracker) {
  const auto found = standing_.find(tracker);
  if (found == standing_.end()) return;
  jobtracker::TakenOrders taken = core_->TakeOrders(
      tracker, found->second.have, plant_ == JobtrackerPlant::kOrdersBeforeFlush ? last_number_ : durable_, 20);
  if (taken.orders.empty() && !taken.must_register) return;
  for (jobtracker::Order& order : taken.orders) Distort(&order);
  const auto reply = std::move(found->second.answer);
  standing_.erase(found);
  reply(std::move(taken));
}

void JobtrackerDaemon::SetTimer(std::int64_t wake_at_ms) {
  const std::uint64_t timer = ++timer_;
  if (wake_at_ms > Now().mono_ms + 100'000'000) return;  // never
  clock_.At(std::max(clock_.now(), clock_.now() + wake_at_ms - Now().mono_ms), [this, timer, epoch = epoch_] {
    if (up() && timer == timer_ && epoch == epoch_) Apply(core_->Tick(Now()));
  });
}

std::vector<std::string> JobtrackerDaemon::Summary() const {
  std::vector<std::string> lines;
  for (const JobView& job : core_->Jobs(true, Now())) {
    lines.push_back(job.id + " " + std::string(JobStateName(job.state)) + " maps " + std::to_string(job.maps_done) +
                    " reduces " + std::to_string(job.reduces_done) + " failed " + std::to_string(job.attempts_failed) +
                    " killed " + std::to_string(job.attempts_killed) + " " + std::string(PriorityName(job.priority)) +
                    " events " + std::to_string(core_->Events(job.id, 1, 1'000'000).value().size()));
  }
  return lines;
}

void JobtrackerDaemon::Crash(bool power) {
  before_crash_.clear();
  if (power) {
    const auto kept = static_cast<std::size_t>(
        clock_.Between(static_cast<std::int64_t>(flushed_), static_cast<std::int64_t>(journal_.size())));
    if (kept == journal_.size()) before_crash_ = Summary();
    journal_.resize(kept);
  } else {
    before_crash_ = Summary();
  }
  core_.reset();
  standing_.clear();
}

std::string JobtrackerDaemon::Start() {
  core_ = std::make_unique<jobtracker::Core>(options_);
  ++epoch_;
  for (const jobtracker::Record& record : journal_) {
    const Status status = core_->Recover(record);
    if (!status.ok()) return status.ToString();
  }
  std::string fault;
  if (!before_crash_.empty()) {
    const std::vector<std::string> now = Summary();
    for (std::size_t i = 0; i < now.size() && i < before_crash_.size(); ++i) {
      // What follows by itself from the last record (a commit to start, say) is done after recovery.
      const auto comparable = [](const std::string& line) {
        const std::size_t from = line.find(' ');
        const std::size_t to = line.find(" maps ");
        const std::string state = line.substr(from + 1, to - from - 1);
        const bool plain = state == "PREP" || state == "RUNNING" || state == "COMMITTING";
        return line.substr(0, from) + (plain ? " runs" : " " + state) + line.substr(to);
      };
      if (comparable(now[i]) != comparable(before_crash_[i])) {
        fault = "after the start: " + now[i] + "; before the crash: " + before_crash_[i];
      }
    }
    if (now.size() != before_crash_.size()) fault = "the start lost a job";
  }
  last_number_ = journal_.empty() ? 0 : journal_.back().number;
  durable_ = last_sync_ = last_number_;
  flushed_ = journal_.size();
  Apply(core_->FinishRecovery(Now()));
  return fault;
}

}  // namespace mrd::sim

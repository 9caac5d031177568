#include "tasktracker/reduce_feeds.h"

#include <optional>
#include <utility>

#include "mapred/ids.h"

namespace mrd::tasktracker {

namespace proto = mapred::proto;

void ReduceFeeds::Update(const proto::OrderProto::MapOutputs& order) {
  Job& job = jobs_[order.jobid()];
  for (const Output& output : order.outputs()) {
    if (output.withdrawn()) {
      const auto known = job.outputs.find(output.map());
      if (known != job.outputs.end() && known->second.attemptid() == output.attemptid()) job.outputs.erase(known);
    } else {
      job.outputs[output.map()] = output;
    }
    for (const auto& [id, feed] : job.feeds) Take(feed, output);
  }
  for (const auto& [id, feed] : job.feeds) Send(*feed);
}

void ReduceFeeds::Add(Reduce reduce) {
  Job& job = jobs_[reduce.job_id];
  auto feed = std::make_shared<Feed>();
  feed->maps.resize(reduce.maps);
  feed->reduce = std::move(reduce);
  feed->news = feed->maps.empty();  // a job without maps: all of them are done
  job.feeds[feed->reduce.attempt_id] = feed;
  for (const auto& [map, output] : job.outputs) Take(feed, output);
  Send(*feed);
}

void ReduceFeeds::Take(const std::shared_ptr<Feed>& feed, const Output& output) {
  const std::uint32_t map = output.map();
  if (map >= feed->maps.size() || feed->maps[map] == MapState::kGiven) return;
  if (const auto wanted = feed->wants.find(map); wanted != feed->wants.end()) {
    const bool same = wanted->second->map_attempt == output.attemptid();
    if (same && !output.withdrawn() && !output.absent()) return;  // told again
    if (!same && output.withdrawn()) return;                      // not the one that is on its way
    wanted->second->given_up = true;
    feed->wants.erase(wanted);
    feed->maps[map] = MapState::kUnknown;
  }
  if (output.withdrawn()) return;
  if (output.absent()) {
    Gather(*feed, map, {});
  } else if (output.tracker() == tracker_) {
    TakeLocal(feed, output);
  } else {
    Ask(feed, output);
  }
}

void ReduceFeeds::TakeLocal(const std::shared_ptr<Feed>& feed, const Output& output) {
  const MapOutputs::Ptr here = context_.outputs.Find(output.attemptid());
  if (here == nullptr) {
    TellFailed(output.attemptid(), feed->reduce.attempt_id, tracker_ + " has no output of " + output.attemptid(),
               false);
    return;
  }
  feed->from[output.map()] = output.attemptid();
  Gather(*feed, output.map(), here->Of(feed->reduce.number));
}

void ReduceFeeds::Ask(const std::shared_ptr<Feed>& feed, const Output& output) {
  auto want = std::make_shared<Want>();
  want->job_id = feed->reduce.job_id;
  want->map_attempt = output.attemptid();
  want->reduce_attempt = feed->reduce.attempt_id;
  want->map = output.map();
  want->reduce = feed->reduce.number;
  const std::weak_ptr<Feed> weak = feed;
  const std::weak_ptr<Want> self = want;
  want->fetched = [this, weak, map = output.map()](std::vector<OutputSegment> segments) {
    const std::shared_ptr<Feed> to = weak.lock();
    if (to == nullptr) return;
    to->wants.erase(map);
    Gather(*to, map, segments);
    Send(*to);
  };
  want->failed = [this, self](const std::string& reason, bool damaged) {
    if (const std::shared_ptr<Want> failed = self.lock()) {
      TellFailed(failed->map_attempt, failed->reduce_attempt, reason, damaged);
    }
  };
  want->no_room = [weak](const Status& why) {
    if (const std::shared_ptr<Feed> to = weak.lock()) to->reduce.no_room(why);
  };
  feed->wants[output.map()] = want;
  feed->maps[output.map()] = MapState::kWanted;
  fetcher_.Fetch(output.host(), static_cast<std::uint16_t>(output.shuffleport()), std::move(want));
}

void ReduceFeeds::Gather(Feed& feed, std::uint32_t map, const std::vector<OutputSegment>& segments) {
  for (const OutputSegment& segment : segments) {
    proto::TrackerMessageProto::Segment* const given = feed.gathered.add_segments();
    given->set_map(map);
    given->set_sequence(segment.sequence);
    given->set_path(segment.path);
    given->set_offset(segment.offset);
    given->set_bytes(segment.bytes);
    given->set_records(segment.records);
  }
  feed.maps[map] = MapState::kGiven;
  ++feed.given;
  feed.news = true;
}

void ReduceFeeds::Send(Feed& feed) {
  if (!feed.news) return;
  feed.news = false;
  feed.gathered.set_mapsdone(feed.given);
  Segments segments;
  segments.Swap(&feed.gathered);
  feed.reduce.give(segments);
}

void ReduceFeeds::TellFailed(const std::string& map_attempt, const std::string& reduce_attempt, std::string reason,
                             bool damaged) {
  proto::FetchFailureProto failure;
  failure.set_mapattemptid(map_attempt);
  failure.set_reduceattemptid(reduce_attempt);
  failure.set_reason(std::move(reason));
  if (damaged) failure.set_damaged(true);
  tell_failure_(std::move(failure));
}

std::shared_ptr<ReduceFeeds::Feed> ReduceFeeds::Find(const std::string& attempt_id) const {
  const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(attempt_id);
  if (!name) return nullptr;
  const auto job = jobs_.find(name->job_id);
  if (job == jobs_.end()) return nullptr;
  const auto feed = job->second.feeds.find(attempt_id);
  return feed == job->second.feeds.end() ? nullptr : feed->second;
}

void ReduceFeeds::BadSegment(const std::string& attempt_id, std::uint32_t map, const std::string& reason) {
  const std::shared_ptr<Feed> feed = Find(attempt_id);
  if (feed == nullptr) return;
  const auto from = feed->from.find(map);
  // What was fetched was whole when it came in: it is this reduce's copy that is damaged, and the next attempt fetches
  // again.
  if (from == feed->from.end()) return;
  context_.outputs.Remove(from->second);
  TellFailed(from->second, attempt_id, reason, true);
}

std::uint32_t ReduceFeeds::Missing(const std::string& attempt_id) const {
  const std::shared_ptr<Feed> feed = Find(attempt_id);
  return feed == nullptr ? 0 : static_cast<std::uint32_t>(feed->maps.size()) - feed->given;
}

void ReduceFeeds::Remove(const std::string& attempt_id) {
  const std::shared_ptr<Feed> feed = Find(attempt_id);
  if (feed == nullptr) return;
  for (const auto& [map, want] : feed->wants) want->given_up = true;
  jobs_[feed->reduce.job_id].feeds.erase(attempt_id);
}

void ReduceFeeds::Forget(const std::string& job_id) {
  const auto job = jobs_.find(job_id);
  if (job == jobs_.end()) return;
  for (const auto& [id, feed] : job->second.feeds) {
    for (const auto& [map, want] : feed->wants) want->given_up = true;
  }
  jobs_.erase(job);
}

}  // namespace mrd::tasktracker

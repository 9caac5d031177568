#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proto/mr/trackers.pb.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/context.h"
#include "tasktracker/fetcher.h"

namespace mrd::tasktracker {

// What the reduces of this tracker get: where the map outputs of their jobs lie, as the jobtracker tells, and for each
// running reduce the segments that it was given. Output of this tracker is named in place, other is fetched first.
// Everything on the tracker's strand.
class ReduceFeeds {
 public:
  using Segments = mapred::proto::TrackerMessageProto::Segments;
  // How a reduce is reached.
  struct Reduce {
    std::string attempt_id;
    std::string job_id;
    std::uint32_t number = 0;  // of the reduce
    std::uint32_t maps = 0;    // of the job
    std::function<void(const Segments&)> give;
    std::function<void(const Status& why)> no_room;
  };
  using TellFailure = std::function<void(mapred::proto::FetchFailureProto)>;

  // `tracker` is the name of this one. References must outlive it.
  ReduceFeeds(Context& context, Fetcher& fetcher, std::string tracker, TellFailure tell_failure)
      : context_(context), fetcher_(fetcher), tracker_(std::move(tracker)), tell_failure_(std::move(tell_failure)) {}

  // News of where map output lies.
  void Update(const mapred::proto::OrderProto::MapOutputs& order);
  // A reduce runs: it gets what there is, and what comes.
  void Add(Reduce reduce);
  void Remove(const std::string& attempt_id);
  void Forget(const std::string& job_id);
  // The reduce could not use a segment, which its exit status says as well. Output of this tracker is told as lost.
  void BadSegment(const std::string& attempt_id, std::uint32_t map, const std::string& reason);
  // Maps whose segments the reduce has not been given yet; 0 for one that is not known.
  std::uint32_t Missing(const std::string& attempt_id) const;

 private:
  using Output = mapred::proto::OrderProto::MapOutput;
  enum class MapState : std::uint8_t { kUnknown, kWanted, kGiven };
  struct Feed {
    Reduce reduce;
    std::vector<MapState> maps;
    std::uint32_t given = 0;
    std::map<std::uint32_t, std::shared_ptr<Want>> wants;  // by map
    std::map<std::uint32_t, std::string> from;             // map attempts that were given, of this tracker
    Segments gathered;
    bool news = false;  // something to send
  };
  struct Job {
    std::map<std::uint32_t, Output> outputs;  // by map
    std::map<std::string, std::shared_ptr<Feed>> feeds;
  };

  void Take(const std::shared_ptr<Feed>& feed, const Output& output);
  void TakeLocal(const std::shared_ptr<Feed>& feed, const Output& output);
  void Ask(const std::shared_ptr<Feed>& feed, const Output& output);
  void Gather(Feed& feed, std::uint32_t map, const std::vector<OutputSegment>& segments);
  void Send(Feed& feed);
  void TellFailed(const std::string& map_attempt, const std::string& reduce_attempt, std::string reason, bool damaged);
  std::shared_ptr<Feed> Find(const std::string& attempt_id) const;

  Context& context_;
  Fetcher& fetcher_;
  const std::string tracker_;
  const TellFailure tell_failure_;
  std::map<std::string, Job> jobs_;
};

}  // namespace mrd::tasktracker

#pragma once

#include <functional>

#include "jobtracker/core/core.h"
#include "jobtracker/service/job_papers.h"
#include "proto/mr/trackers.pb.h"

namespace mrd::jobtracker {

// The core's orders as messages: adds what the core does not know, from the papers of the job. `papers` answers nullptr for
// an unknown job; an order to launch something of it is then left out (false), since a forget order follows.
class OrderWriter {
 public:
  using Papers = std::function<const JobPapers*(const std::string& job)>;
  // References must outlive it.
  OrderWriter(const Core& core, Papers papers) : core_(core), papers_(std::move(papers)) {}

  bool Write(const Order& order, mapred::proto::OrderProto* message) const;

 private:
  bool Launch(const LaunchOrder& order, mapred::proto::OrderProto::Launch* message) const;

  const Core& core_;
  const Papers papers_;
};

}  // namespace mrd::jobtracker

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::jobtracker {

// The address to ask for: `url` with $jobId and $jobStatus replaced.
std::string NotificationUrl(std::string url, const std::string& job, const std::string& state);

// Tells whoever asked for it that a job has ended, by a GET of mapreduce.job.end-notification.url. Redirections are not
// followed. Threads: as the connector.
class EndNotifier {
 public:
  explicit EndNotifier(net::Connector& connector) : connector_(connector) {}  // must outlive it
  // Once, at most ten seconds. OK for an answer of 2xx; errors name the address.
  net::awaitable<Status> Tell(std::string url);

 private:
  net::Connector& connector_;
};

}  // namespace mrd::jobtracker

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "common/http/router.h"

namespace mrd::http {

// Makes JSON that changes visible without reload, by server-sent events.
//
// A handler that was made Live() answers as before, and a request that accepts text/event-stream by a stream: an event
// `state` with the whole JSON at once and whenever it has become another, an event `problem` with the JSON of an error.
// Each event's id is a hash of what it carries, so that a client that reconnects with Last-Event-ID is told only what is
// new. A state replaces the one before: nothing is queued for a slow client, it sees fewer states. The handler is asked
// again every `interval`; a comment line shows every 15 seconds that the stream lives.
class LiveStreams {
 public:
  // At most `streams_max` at a time; beyond it 503, upon which pages ask from time to time instead.
  explicit LiveStreams(std::size_t streams_max = 64);

  // `json` must give a body in memory without line breaks but at its end.
  Handler Live(Handler json, std::chrono::milliseconds interval) const;
  // Several states in one stream, since browsers open few connections to a server: GET …?of=PATH&of=PATH, at most 8
  // paths of this site below /api. Each event `state` is {"of": PATH, "status": 200, "state": what PATH answers}; a status
  // other than 200 comes with what was answered then. Ids join those of the paths.
  Handler Together(std::chrono::milliseconds interval = std::chrono::milliseconds(750)) const;
  std::size_t open() const;

  struct Count;

 private:
  std::shared_ptr<Count> count_;
};

}  // namespace mrd::http

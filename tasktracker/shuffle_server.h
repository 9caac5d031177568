#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "common/base/env.h"
#include "common/base/log.h"
#include "common/net/runtime.h"
#include "common/net/stream.h"
#include "common/rpc/peer_proof.h"
#include "proto/mr/shuffle.pb.h"
#include "tasktracker/map_outputs.h"

namespace mrd::tasktracker {

inline constexpr const char* kShuffleProtocol = "mrd.Shuffle";

// The shuffle port: other trackers fetch the output of maps that ran here. One connection per tracker; on each the
// answers follow the order of what is asked for, and nothing is read ahead that the peer does not take. Bounded in
// connections; further ones are refused with a sentence. Made and stopped anywhere; each session has a strand of its
// own.
class ShuffleServer {
 public:
  struct Options {
    std::string tracker;             // who serves
    std::size_t sessions_max = 1024;
    std::optional<Secret> secret;    // set: peers have to prove that they hold it
  };
  struct Counters {
    std::atomic<std::uint64_t> sessions{0};       // now
    std::atomic<std::uint64_t> outputs_total{0};  // of a map for a reduce
    std::atomic<std::uint64_t> bytes_total{0};
    std::atomic<std::uint64_t> refused_total{0};
  };

  // All references must outlive it.
  ShuffleServer(net::Runtime& runtime, net::BlockingPool& disk, Env& env, MapOutputs& outputs, Logger log,
                Options options);
  ~ShuffleServer();  // REQUIRES: Stop() was awaited, or Start() never called

  void Start(std::unique_ptr<net::Listener> listener);
  net::awaitable<void> Stop();
  const Counters& counters() const { return counters_; }

 private:
  struct Session;
  net::awaitable<void> Accept();
  net::awaitable<void> Run(std::shared_ptr<Session> session);
  net::awaitable<Status> Serve(Session& session);
  net::awaitable<Status> Greet(Session& session);
  net::awaitable<Status> Answer(Session& session, const mapred::proto::FetchRequestProto& request);

  net::Runtime& runtime_;
  net::BlockingPool& disk_;
  Env& env_;
  MapOutputs& outputs_;
  const Logger log_;
  const Options options_;
  std::optional<rpc::PeerProof> proof_;
  std::unique_ptr<net::Listener> listener_;
  net::Gate gate_;
  Counters counters_;
  std::mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_;  // guarded by the mutex
};

}  // namespace mrd::tasktracker

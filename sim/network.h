#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "sim/clock.h"
#include "sim/task.h"

namespace mrd::sim {

// A process on the network.
using Endpoint = std::size_t;

// What the network does to messages; each message draws for itself.
struct NetworkFaults {
  double lose = 0;
  double duplicate = 0;  // of calls, not of streams: a client that asks again
  double slow = 0;       // delayed by seconds: overtaken by what was sent later
  Millis slow_max = 5'000;
  Millis delay_max = 3;
};

// One call from one process to another.
struct Route {
  Endpoint from = 0;
  Endpoint to = 0;
  Millis timeout = 5'000;
  bool stream = false;  // over a connection of its own: never doubled, and what is lost breaks it
  // Copies of the request that have not arrived yet, when somebody wants to know.
  std::shared_ptr<int> copies;
};

// Messages between processes: lost, doubled, delayed, overtaken, cut off. What is sent to a process that is down, or
// that went down meanwhile, is lost.
class Network {
 public:
  Network(Clock& clock, Tasks& tasks) : clock_(clock), tasks_(tasks) {}

  Endpoint Add(std::string name);
  std::size_t size() const { return nodes_.size(); }
  const std::string& name(Endpoint node) const { return nodes_[node].name; }
  // A process that comes up begins another life: answers for the one before do not reach it.
  void SetUp(Endpoint node, bool up);
  bool up(Endpoint node) const { return nodes_[node].up; }
  std::uint64_t life(Endpoint node) const { return nodes_[node].life; }

  // Both ways.
  void Cut(Endpoint a, Endpoint b) { cut_.insert(std::minmax(a, b)); }
  void Heal(Endpoint a, Endpoint b) { cut_.erase(std::minmax(a, b)); }
  void HealAll() { cut_.clear(); }
  bool IsCut(Endpoint a, Endpoint b) const { return cut_.contains(std::minmax(a, b)); }

  NetworkFaults& faults() { return faults_; }
  Clock& clock() { return clock_; }
  Tasks& tasks() { return tasks_; }

  void Send(const Route& route, std::function<void()> deliver);

 private:
  struct Node {
    std::string name;
    bool up = true;
    std::uint64_t life = 1;
  };
  void SendCopy(const Route& route, const std::function<void()>& deliver);

  Clock& clock_;
  Tasks& tasks_;
  std::vector<Node> nodes_;
  std::set<std::pair<Endpoint, Endpoint>> cut_;
  NetworkFaults faults_;
};

template <typename Reply>
using Handler = std::function<Task<Result<Reply>>()>;

namespace internal {

template <typename Reply>
Task<void> Serve(Network& network,
                 Route back,
                 std::uint64_t asked_by,  // the caller's life
                 std::shared_ptr<Handler<Reply>> handler,
                 Future<Result<Reply>> answer) {
  const std::uint64_t life = network.life(back.from);
  Result<Reply> reply = co_await (*handler)();
  if (network.life(back.from) != life || !network.up(back.from)) co_return;
  auto kept = std::make_shared<Result<Reply>>(std::move(reply));
  Network* const net = &network;
  std::function<void()> deliver = [net, back, asked_by, kept, answer] {
    if (net->life(back.to) == asked_by) answer.Set(*kept);
  };
  network.Send(back, std::move(deliver));
}

}  // namespace internal

// Calls a process: `handler` runs there when the request arrives, each time it does. kDeadlineExceeded when no answer
// came in time: then it may have run, or may yet run.
template <typename Reply>
Task<Result<Reply>> Call(Network& network, Route route, Handler<Reply> handler) {
  Future<Result<Reply>> answer(network.clock());
  auto shared = std::make_shared<Handler<Reply>>(std::move(handler));
  Network* const net = &network;
  Route back = route;
  back.from = route.to;
  back.to = route.from;
  back.stream = true;  // an answer is never doubled: the first one counts
  back.copies.reset();
  const std::uint64_t life = network.life(route.from);
  std::function<void()> deliver = [net, back, life, shared, answer] {
    net->tasks().Spawn(internal::Serve<Reply>(*net, back, life, shared, answer));
  };
  network.Send(route, std::move(deliver));
  network.clock().After(route.timeout, [answer] {
    if (!answer.set()) answer.Set(Result<Reply>(Status(Code::kDeadlineExceeded, "no answer in time")));
  });
  Result<Reply> result = co_await answer;
  co_return result;
}

}  // namespace mrd::sim

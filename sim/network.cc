#include "sim/network.h"

namespace mrd::sim {

Endpoint Network::Add(std::string name) {
  nodes_.push_back({std::move(name), true, 1});
  return nodes_.size() - 1;
}

void Network::SetUp(Endpoint node, bool up) {
  nodes_[node].up = up;
  if (up) ++nodes_[node].life;
}

void Network::Send(const Route& route, std::function<void()> deliver) {
  SendCopy(route, deliver);
  if (!route.stream && clock_.Chance(faults_.duplicate)) SendCopy(route, deliver);
}

void Network::SendCopy(const Route& route, const std::function<void()>& deliver) {
  if (!up(route.from) || IsCut(route.from, route.to) || clock_.Chance(faults_.lose)) return;
  Millis delay = clock_.Between(0, faults_.delay_max);
  if (clock_.Chance(faults_.slow)) delay += clock_.Between(1, faults_.slow_max);
  if (route.copies) ++*route.copies;
  clock_.After(delay, [this, route, deliver, life = life(route.to)] {
    if (route.copies) --*route.copies;
    if (!up(route.to) || life != this->life(route.to) || IsCut(route.from, route.to)) return;
    deliver();
  });
}

}  // namespace mrd::sim

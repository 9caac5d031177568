#include "tools/cluster/ports.h"

#include <chrono>
#include <cstdlib>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/site_file.h"
#include "tools/cluster/processes.h"

namespace mrd::tools {
namespace {

constexpr auto kPortPatience = std::chrono::milliseconds(1000);

std::int64_t NowMs() { return Clock::System().MonotonicNanos() / 1'000'000; }

// Takes in the port of "HOST:PORT" when the key is one of `keys`; other keys and values are passed over.
void NotePort(const std::string& key, const std::string& value, const PortKeys& keys, Ports* ports) {
  const auto name = keys.find(key);
  const std::size_t colon = value.rfind(':');
  if (name == keys.end() || colon == std::string::npos) return;
  const int port = std::atoi(value.c_str() + colon + 1);
  if (port >= 1 && port <= 65535) (*ports)[name->second] = port;
}

}  // namespace

std::string Loopback(int port) { return "127.0.0.1:" + std::to_string(port); }

bool BecomesFree(int port) {
  const std::int64_t end = NowMs() + kPortPatience.count();
  while (!PortIsFree(port)) {
    if (NowMs() >= end) return false;
    Pause(10);
  }
  return true;
}

int ChoosePort(const Ports& before, const std::string& name, int usual) {
  if (const auto port = before.find(name); port != before.end() && BecomesFree(port->second)) return port->second;
  return usual != 0 && PortIsFree(usual) ? usual : 0;
}

Ports PortsOfAssignments(const std::vector<std::string>& assignments, const PortKeys& keys) {
  Ports ports;
  for (const std::string& assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) continue;
    NotePort(assignment.substr(0, equals), assignment.substr(equals + 1), keys, &ports);
  }
  return ports;
}

Ports PortsOfSiteFile(const std::string& path, const PortKeys& keys) {
  Ports ports;
  const Result<std::string> xml = ReadWholeFile(Env::Posix(), path);
  if (!xml.ok()) return ports;
  const Result<std::vector<SiteProperty>> properties = ParseSiteFile(*xml, path);
  if (!properties.ok()) return ports;
  for (const SiteProperty& property : *properties) NotePort(property.name, property.value, keys, &ports);
  return ports;
}

}  // namespace mrd::tools

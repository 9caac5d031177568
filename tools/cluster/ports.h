#pragma once

#include <map>
#include <string>
#include <vector>

namespace mrd::tools {

using Ports = std::map<std::string, int>;  // by what a daemon calls them: "rpc", "http"
// The configuration key of an address and what its daemon calls the port.
using PortKeys = std::map<std::string, std::string>;

// "127.0.0.1:PORT".
std::string Loopback(int port);

// Whether the port is free, or becomes so within a second: a daemon that was killed has its port for a moment after
// it is gone.
bool BecomesFree(int port);

// The port that the daemon had before, else the usual one, when it is free; else 0: any.
int ChoosePort(const Ports& before, const std::string& name, int usual);

// The ports that "key=HOST:PORT" of the user's assignments name.
Ports PortsOfAssignments(const std::vector<std::string>& assignments, const PortKeys& keys);
// The same of a site file; empty where there is none that can be read.
Ports PortsOfSiteFile(const std::string& path, const PortKeys& keys);

}  // namespace mrd::tools

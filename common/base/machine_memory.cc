#include "common/base/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace mrd {

namespace {

// MemAvailable of /proc/meminfo in bytes: what could be had without swapping.
std::uint64_t Available() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  std::string rest;
  while (file >> name >> kib && std::getline(file, rest)) {
    if (name == "MemAvailable:") return kib << 10;
  }
  return 0;
}

// What is left of one control group's memory; `otherwise` where it has no limit.
std::uint64_t LeftInGroup(const std::string& directory, std::uint64_t otherwise) {
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
  if (!(std::ifstream(directory + "/memory.max") >> limit)) return otherwise;  // "max"
  if (!(std::ifstream(directory + "/memory.current") >> used)) return otherwise;
  return std::min(otherwise, limit - std::min(limit, used));
}

// The path in "0::/a/b", the line of the unified hierarchy.
std::string GroupPath() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return "/";
}

}  // namespace

std::uint64_t MemoryAvailable() {
  std::uint64_t left = Available();
  // A limit may stand at any level above.
  for (std::string path = GroupPath();; path.resize(path.rfind('/'))) {
    left = LeftInGroup("/sys/fs/cgroup" + path, left);
    if (path.empty() || path.rfind('/') == std::string::npos) break;
  }
  return left;
}

std::uint64_t MemoryToSpare() { return MemoryAvailable() / 4; }

}  // namespace mrd

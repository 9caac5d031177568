#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/check.h"

namespace mrd::check {

// What `mr doctor` found out, before any judgement.
struct NodeContact {
  std::string address;  // of the data port, as the namenode names the node
  Status data_port;     // whether it can be connected to from here
  Status rpc_port;
  Result<dfs::DatanodeFacts> itself = Unavailable("it was not asked");  // what it tells of itself
};

struct LocalProcess {
  std::string name;  // "namenode", "datanode-1"
  bool running = false;
  int process = 0;
  std::vector<std::string> last_errors;  // of its log, oldest first; only of one that does not run
};

struct Findings {
  std::vector<std::string> configuration_files;
  std::vector<std::string> notices;       // of reading them
  std::string configuration_fault;        // "" when they could be read
  std::string default_file_system;        // fs.defaultFS
  std::string private_cluster;            // the directory of the one that is meant; "" when none is
  std::vector<LocalProcess> processes;    // of the private cluster

  bool has_cluster = false;               // a distributed file system is configured
  std::string namenode;                   // "host:port"
  std::string tried;                      // how often and how long it was tried to reach it
  Status reached;
  std::optional<dfs::Examination> namenode_tells;
  std::int64_t clock_before_ms = 0;       // ours, around the namenode's answer
  std::int64_t clock_after_ms = 0;
  std::vector<NodeContact> contacts;      // in the order of namenode_tells->nodes, live ones alone
  std::string version;                    // of this program
};

// One thing that is wrong, or worth knowing.
struct Remark {
  std::string text;                  // one sentence, plain words
  std::vector<std::string> details;  // which ones, why, what to do
};

struct Diagnosis {
  std::vector<Remark> problems;  // most important first
  std::vector<Remark> notes;     // what is in order, and the circumstances
  bool healthy() const { return problems.empty(); }
};

// Judges. Pure.
Diagnosis Judge(const Findings& findings);

std::string AsText(const Diagnosis& diagnosis);
std::string AsJson(const Diagnosis& diagnosis);  // one object, with a newline at its end

}  // namespace mrd::check

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/base/secret.h"
#include "common/base/status.h"
#include "dfs/types.h"

namespace mrd::datanode {

// How a datanode deals with its namenode. Hadoop's keys in brackets.
struct ActorOptions {
  std::string namenode_host;
  std::uint16_t namenode_port = 8020;
  std::string user;                                          // in whose name calls are made
  // How clients reach this node; the uuid comes from the store. An empty ip lets the namenode take the one it sees.
  dfs::DatanodeId id;
  std::string rack;                                          // "": the namenode decides
  std::string software_version;
  std::chrono::milliseconds heartbeat_interval{0};           // 0: as the namenode says (dfs.heartbeat.interval)
  std::chrono::milliseconds block_report_interval{0};        // 0: as the namenode says (dfs.blockreport.intervalMsec)
  std::chrono::milliseconds call_timeout{60'000};
  std::chrono::milliseconds received_timeout{1'000};         // a writer's last ack waits at most about twice this
  std::chrono::milliseconds retry_first{200};                // after a failed call; doubles
  std::chrono::milliseconds retry_most{5'000};
  std::chrono::milliseconds disk_check_interval{30'000};
  std::size_t copies_max = 8;                                // at once, on the namenode's orders
  std::size_t orders_waiting_max = 10'000;                   // further ones are left to be given again
  std::size_t report_part_replicas = 100'000;
  std::optional<Secret> secret;                              // that the namenode and other datanodes hold, if any
  // Called, from any thread, when the process has to end: ordered, or no volume is left.
  std::function<void(const Status& why)> on_end;
};

}  // namespace mrd::datanode

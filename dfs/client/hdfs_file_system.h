#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "common/fs/registry.h"
#include "dfs/client/wait_listener.h"

namespace mrd::dfs::client {

inline constexpr std::uint16_t kDefaultNamenodePort = 8020;

// The file system of the namenode at `authority` ("host" or "host:port"), for blocking callers. It connects when it is
// first used; settings are read here, once. kInvalidArgument for an authority without a host, or settings that make no
// sense. `clock` must outlive it. It acts as `user`; "": as whoever runs the process, or as HADOOP_USER_NAME says.
//
// Thread-safe. Files hold on to what they need: they may outlive it. Errors name path and operation; where the namenode
// threw an exception its class is the Status' tag.
Result<std::shared_ptr<fs::FileSystem>> MakeHdfsFileSystem(const std::string& authority, const Config& config, Clock& clock,
                                                           const std::string& user = "", WaitListener on_waiting = {});

// For fs::Registry::Register("hdfs", ...). Copies `config`.
fs::Registry::Factory HdfsFactory(const Config& config, Clock& clock, const std::string& user = "", WaitListener on_waiting = {});

}  // namespace mrd::dfs::client

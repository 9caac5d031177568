#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/config.h"
#include "common/base/secret.h"
#include "common/base/status.h"
#include "datanode/actor/actor_context.h"
#include "datanode/actor/scanner.h"
#include "datanode/store/block_store.h"
#include "datanode/transfer/transfer_context.h"
#include "dfs/token_times.h"

namespace mrd::datanode {

// Everything that the datanode reads of its configuration, once, at the start.
struct DatanodeOptions {
  StoreOptions store;
  TransferOptions transfer;
  ActorOptions actor;     // ports and the numeric address are filled in when they are known
  ScannerOptions scanner;
  std::string xfer_host;  // where to listen
  std::uint16_t xfer_port = 9866;
  std::string ipc_host;
  std::uint16_t ipc_port = 9867;
  std::string unix_socket;  // for passing descriptors; "": none; "_PORT" in it stands for the data port
  std::size_t network_threads = 2;
  std::size_t disk_threads = 4;
  // What is proven to the namenode. Not read here: see daemon::ReadSecretFor().
  std::optional<Secret> secret;
  // Tokens for blocks; unset: none are asked for. Needs the secret.
  std::optional<dfs::TokenTimes> block_tokens;
  std::string crash_point;
};

// kInvalidArgument names key, value and what is expected.
Result<DatanodeOptions> ReadOptions(const Config& config);

}  // namespace mrd::datanode

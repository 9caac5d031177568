#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "dfs/types.h"

namespace mrd::datanode {

// Who tells the namenode what happens to replicas. Thread-safe; outlives all sessions.
class BlockEvents {
 public:
  virtual ~BlockEvents() = default;
  // A client has begun to write a replica.
  virtual void Receiving(const dfs::Block& block, const std::string& storage_id) = 0;
  // A replica is finalized. Returns when the namenode has answered, or after a short time without an answer (the event is
  // then sent later): so the client that hears of it next finds the block complete. `delete_hint` is the uuid of a datanode
  // whose replica has become superfluous, or "".
  virtual boost::asio::awaitable<void> Received(dfs::Block block, std::string storage_id, std::string delete_hint) = 0;
  virtual void Deleted(const dfs::Block& block, const std::string& storage_id) = 0;
  // A replica does not match its checksums.
  virtual void Corrupt(const dfs::ExtendedBlock& block, const std::string& storage_id) = 0;
};

}  // namespace mrd::datanode

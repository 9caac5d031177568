#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "dfs/client/block_token_store.h"
#include "dfs/types.h"

namespace mrd::dfs::client {

struct ReplicaFiles {
  UniqueFd data;
  UniqueFd meta;
};

// Asks the datanode behind a Unix socket for the open files of a block (REQUEST_SHORT_CIRCUIT_FDS). Blocks, a few seconds
// at most.
Result<ReplicaFiles> RequestReplicaFiles(const std::string& socket_path, const ExtendedBlock& block,
                                         const BlockTokenStore& tokens);

// A block that the datanode of this host takes into a file that it has lent us (docs/protocols.md, "Writing in place").
struct LentFile {
  UniqueFd connection;  // for packets and their acks
  UniqueFd data;        // invalid: packets have to bring their data
};
// Sends the operation, a WRITE_BLOCK in all but its code, and takes what comes back. Blocks, a few seconds at most.
// kUnimplemented from a datanode that does no such thing.
Result<LentFile> RequestLentFile(const std::string& socket_path, const std::string& operation);

// dfs.domain.socket.path for one datanode: "/run/dn._PORT" with the port in its place.
std::string SocketPathOf(std::string path, std::uint16_t port);

// An address of this host.
bool IsLocalAddress(const std::string& ip);

}  // namespace mrd::dfs::client

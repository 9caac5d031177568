#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "dfs/client/block_token_store.h"
#include "dfs/client/buffered_stream.h"
#include "dfs/client/options.h"
#include "dfs/types.h"
#include "dfs/wire/operation.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::client {

// The tag of a Status that a datanode's ERROR_ACCESS_TOKEN became: fresh locations bring a fresh token.
inline constexpr const char* kAccessTokenTag = "org.apache.hadoop.security.token.SecretManager$InvalidToken";

// Where to connect to: by address, or by name when the options say so.
std::string HostOf(const DatanodeId& node, const Options& options);

// The block, and the token that we have for this use of it.
struct BlockAccess {
  const ExtendedBlock& block;
  const BlockTokenStore& tokens;
  TokenUse use;
};
void FillHeader(const BlockAccess& access, hadoop::hdfs::BaseHeaderProto* header);
void FillHeader(const BlockAccess& access, std::string_view client_name,
                hadoop::hdfs::ClientOperationHeaderProto* header);

// A new connection to a datanode's data port, with the options' timeouts.
awaitable<Result<std::unique_ptr<BufferedStream>>> ConnectToDatanode(net::Connector& connector, const Options& options,
                                                                     DatanodeId node);

// Sends an operation and reads the answer. Whatever the answer's status is, it is the result; CheckSuccess() makes an
// error of it. The stream must stay until then.
awaitable<Result<hadoop::hdfs::BlockOpResponseProto>> Ask(BufferedStream& stream, std::string operation_bytes);

// OK, or what the datanode said: the message, or the status' name.
Status CheckSuccess(const hadoop::hdfs::BlockOpResponseProto& response);

}  // namespace mrd::dfs::client

#pragma once

// How an operation on the data port begins: version (2 bytes, 28), opcode (1), then its message, delimited.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "common/base/status.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::wire {

inline constexpr std::uint16_t kTransferVersion = 28;
inline constexpr std::size_t kOperationHeaderBytes = 3;

// Values are those of the wire.
enum class Operation : std::uint8_t {
  kWriteBlock = 80,
  kReadBlock = 81,
  kReadMetadata = 82,  // never used
  kReplaceBlock = 83,
  kCopyBlock = 84,
  kBlockChecksum = 85,
  kTransferBlock = 86,
  kRequestShortCircuitFds = 87,
  kReleaseShortCircuitFds = 88,
  kRequestShortCircuitShm = 89,
  kBlockGroupChecksum = 90,
  kCustom = 127,
};

// "WRITE_BLOCK", as Hadoop names it.
std::string_view OperationName(Operation operation);

// Appends header and message.
void AppendOperation(Operation operation, const google::protobuf::MessageLite& message, std::string& out);

// Appends an answer to an operation, delimited, with firstBadLink present even where it is empty: so it has at least
// the 5 bytes that some clients wait for.
void AppendOperationResponse(hadoop::hdfs::BlockOpResponseProto response, std::string& out);

// Reads kOperationHeaderBytes bytes. kInvalidArgument for another version, an opcode that is none of ours, or a peer
// that begins an encryption handshake.
Result<Operation> DecodeOperationHeader(std::string_view bytes);

}  // namespace mrd::dfs::wire

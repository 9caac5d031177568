#include "dfs/wire/operation.h"

#include "common/base/check.h"
#include "dfs/wire/delimited.h"

namespace mrd::dfs::wire {
namespace {

// The first half of 0xDEADBEEF, with which secure clients begin their handshake.
constexpr std::uint16_t kHandshakeMagic = 0xDEAD;

bool IsKnown(std::uint8_t opcode) {
  return (opcode >= static_cast<std::uint8_t>(Operation::kWriteBlock) &&
          opcode <= static_cast<std::uint8_t>(Operation::kBlockGroupChecksum)) ||
         opcode == static_cast<std::uint8_t>(Operation::kCustom);
}

}  // namespace

std::string_view OperationName(Operation operation) {
  switch (operation) {
    case Operation::kWriteBlock:
      return "WRITE_BLOCK";
    case Operation::kReadBlock:
      return "READ_BLOCK";
    case Operation::kReadMetadata:
      return "READ_METADATA";
    case Operation::kReplaceBlock:
      return "REPLACE_BLOCK";
    case Operation::kCopyBlock:
      return "COPY_BLOCK";
    case Operation::kBlockChecksum:
      return "BLOCK_CHECKSUM";
    case Operation::kTransferBlock:
      return "TRANSFER_BLOCK";
    case Operation::kRequestShortCircuitFds:
      return "REQUEST_SHORT_CIRCUIT_FDS";
    case Operation::kReleaseShortCircuitFds:
      return "RELEASE_SHORT_CIRCUIT_FDS";
    case Operation::kRequestShortCircuitShm:
      return "REQUEST_SHORT_CIRCUIT_SHM";
    case Operation::kBlockGroupChecksum:
      return "BLOCK_GROUP_CHECKSUM";
    case Operation::kCustom:
      return "CUSTOM";
  }
  MRD_CHECK(false);
}

void AppendOperation(Operation operation, const google::protobuf::MessageLite& message, std::string& out) {
  out.push_back(static_cast<char>(kTransferVersion >> 8));
  out.push_back(static_cast<char>(kTransferVersion & 0xFF));
  out.push_back(static_cast<char>(operation));
  AppendDelimited(message, out);
}

void AppendOperationResponse(hadoop::hdfs::BlockOpResponseProto response, std::string& out) {
  if (!response.has_firstbadlink()) response.set_firstbadlink("");
  AppendDelimited(response, out);
}

Result<Operation> DecodeOperationHeader(std::string_view bytes) {
  MRD_CHECK(bytes.size() == kOperationHeaderBytes);
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const int version = byte(0) << 8 | byte(1);
  if (version == kHandshakeMagic) {
    return InvalidArgument("peer asks for an encrypted transfer, which is not offered here; "
                           "set dfs.encrypt.data.transfer to false and leave dfs.data.transfer.protection unset");
  }
  if (version != kTransferVersion) {
    return InvalidArgument("data transfer version " + std::to_string(version) + ", expected " +
                           std::to_string(kTransferVersion));
  }
  if (!IsKnown(byte(2))) return InvalidArgument("data transfer operation " + std::to_string(byte(2)) + " is unknown");
  return static_cast<Operation>(byte(2));
}

}  // namespace mrd::dfs::wire

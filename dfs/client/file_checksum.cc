#include "dfs/client/file_checksum.h"

#include <cstring>
#include <utility>
#include <vector>

#include "common/net/co_status.h"
#include "dfs/client/block_operation.h"
#include "dfs/client/file_blocks.h"
#include "dfs/wire/checksum.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

namespace {

// What a datanode says of one block.
struct BlockAnswer {
  ChecksumType type = ChecksumType::kCrc32c;
  std::uint32_t bytes_per_crc = 0;
  std::uint64_t crcs = 0;
  std::string checksum;
};

awaitable<Result<BlockAnswer>> AskDatanode(Context& context, DatanodeId node, ExtendedBlock block) {
  pb::OpBlockChecksumProto message;
  FillHeader({block, context.tokens, TokenUse::kRead}, message.mutable_header());
  const bool composite = context.options.checksum_combine == ChecksumCombine::kCompositeCrc;
  message.mutable_blockchecksumoptions()->set_blockchecksumtype(composite ? pb::COMPOSITE_CRC : pb::MD5CRC);
  std::string operation;
  wire::AppendOperation(wire::Operation::kBlockChecksum, message, operation);
  MRD_CO_ASSIGN_OR_RETURN(std::unique_ptr<BufferedStream> stream,
                          co_await ConnectToDatanode(net::Connector::Tcp(), context.options, std::move(node)));
  MRD_CO_ASSIGN_OR_RETURN(const pb::BlockOpResponseProto response, co_await Ask(*stream, std::move(operation)));
  MRD_CO_RETURN_IF_ERROR(CheckSuccess(response));
  const pb::OpBlockChecksumResponseProto& checksum = response.checksumresponse();
  BlockAnswer answer;
  answer.bytes_per_crc = checksum.bytespercrc();
  answer.crcs = checksum.crcperblock();
  answer.checksum = checksum.blockchecksum();
  answer.type = static_cast<ChecksumType>(checksum.crctype());
  const std::size_t size = composite ? wire::kChecksumBytes : wire::kMd5Bytes;
  if (answer.checksum.size() != size) {
    co_return IoError("a block checksum of " + std::to_string(answer.checksum.size()) + " bytes instead of " +
                      std::to_string(size));
  }
  co_return answer;
}

awaitable<Result<BlockAnswer>> AskAnyDatanode(Context& context, LocatedBlock block, std::string path) {
  std::string last = "no datanode has it";
  std::string tag;
  for (std::size_t i = 0; i < block.locations.size(); ++i) {
    const DatanodeId node = block.locations[i].node.id;
    Result<BlockAnswer> answer = co_await AskDatanode(context, node, block.block);
    if (answer.ok()) co_return answer;
    last = node.XferAddress() + ": " + answer.status().message();
    tag = answer.status().tag();
  }
  co_return Unavailable("checksum of " + ToString(block.block.block) + " of " + path + " from " + last + " (" +
                        std::to_string(block.locations.size()) + " replicas tried)")
      .WithTag(tag);
}

Status Mixed(const std::string& path) {
  return IoError("checksum of " + path +
                 ": its blocks differ in bytes per checksum; dfs.checksum.combine.mode=COMPOSITE_CRC can do without");
}

}  // namespace

awaitable<Result<wire::FileChecksum>> ChecksumOfFile(Context& context, std::string path) {
  FileBlocks blocks(context, path);
  MRD_CO_RETURN_IF_ERROR(co_await blocks.Open());
  wire::FileChecksumInput input;
  std::vector<wire::Md5Digest> digests;
  std::vector<wire::BlockCrc> crcs;
  const bool composite = context.options.checksum_combine == ChecksumCombine::kCompositeCrc;
  for (std::uint64_t offset = 0; offset < blocks.length();) {
    MRD_CO_ASSIGN_OR_RETURN(LocatedBlock block, co_await blocks.Find(offset));
    const std::uint64_t length = block.block.block.length;
    offset = block.offset + length;
    Result<BlockAnswer> asked = co_await AskAnyDatanode(context, block, path);
    if (asked.status().tag() == kAccessTokenTag) {  // fresh locations bring a fresh token
      MRD_CO_ASSIGN_OR_RETURN(block, co_await blocks.FindAgain(block.offset));
      asked = co_await AskAnyDatanode(context, block, path);
    }
    if (!asked.ok()) co_return asked.status();
    const BlockAnswer& answer = *asked;
    if (digests.empty() && crcs.empty()) {
      input.type = answer.type;
      input.bytes_per_crc = answer.bytes_per_crc;
      input.crcs_per_block = answer.crcs;
    } else if (answer.type != input.type || (!composite && answer.bytes_per_crc != input.bytes_per_crc)) {
      co_return Mixed(path);
    }
    if (composite) {
      wire::BlockCrc crc;
      crc.crc = wire::LoadChecksum(answer.checksum.data());
      crc.length = length;
      crcs.push_back(crc);
    } else {
      wire::Md5Digest digest;
      std::memcpy(digest.data(), answer.checksum.data(), digest.size());
      digests.push_back(digest);
    }
  }
  if (composite) co_return wire::CompositeFileChecksum(input.type, crcs);
  co_return wire::FileChecksumOfMd5s(input, digests);
}

}  // namespace mrd::dfs::client

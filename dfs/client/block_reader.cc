#include "dfs/client/block_reader.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "common/net/co_status.h"
#include "dfs/client/block_operation.h"
#include "dfs/wire/checksum.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/transfer_status.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

BlockReader::BlockReader(Transport transport, DatanodeId node, BlockRange range, std::unique_ptr<BufferedStream> stream)
    : transport_(transport),
      node_(std::move(node)),
      block_(std::move(range.block)),
      end_(range.offset + range.length),
      position_(range.offset),
      stream_(std::move(stream)) {}

awaitable<Result<std::unique_ptr<BlockReader>>> BlockReader::Open(Transport transport, DatanodeId node,
                                                                  BlockRange range, ReadInterrupt* interrupt) {
  if (std::unique_ptr<BufferedStream> cached = transport.cache.Take(node.XferAddress())) {
    if (interrupt != nullptr) interrupt->Use(&cached->stream());
    Result<std::unique_ptr<BlockReader>> reader = co_await OpenOn(transport, node, range, std::move(cached));
    // The datanode closes idle connections when it likes; that says nothing of the block.
    if (reader.ok() || reader.status().code() != Code::kUnavailable) co_return reader;
    if (interrupt != nullptr) interrupt->Use(nullptr);
  }
  MRD_CO_ASSIGN_OR_RETURN(std::unique_ptr<BufferedStream> stream,
                          co_await ConnectToDatanode(transport.connector, transport.options, node));
  if (interrupt != nullptr && !interrupt->Use(&stream->stream())) co_return Cancelled("another datanode was faster");
  co_return co_await OpenOn(transport, node, range, std::move(stream));
}

awaitable<Result<std::unique_ptr<BlockReader>>> BlockReader::OpenOn(Transport transport, DatanodeId node,
                                                                    BlockRange range,
                                                                    std::unique_ptr<BufferedStream> stream) {
  pb::OpReadBlockProto message;
  FillHeader({range.block, transport.tokens, TokenUse::kRead}, transport.client_name, message.mutable_header());
  message.set_offset(range.offset);
  message.set_len(range.length);
  message.set_sendchecksums(true);
  std::string operation;
  wire::AppendOperation(wire::Operation::kReadBlock, message, operation);
  MRD_CO_ASSIGN_OR_RETURN(const pb::BlockOpResponseProto response, co_await Ask(*stream, std::move(operation)));
  MRD_CO_RETURN_IF_ERROR(CheckSuccess(response));
  if (!response.has_readopchecksuminfo()) co_return IoError("the datanode did not name the block's checksums");
  const pb::ReadOpChecksumInfoProto& info = response.readopchecksuminfo();
  MRD_CO_ASSIGN_OR_RETURN(const wire::ChecksumSpec spec, wire::FromProto(info.checksum()));
  const std::uint64_t begin = info.chunkoffset();
  if (begin > range.offset || range.offset - begin >= spec.bytes_per_chunk) {
    co_return IoError("the datanode begins at " + std::to_string(begin) + " where " + std::to_string(range.offset) +
                      " was asked for");
  }
  std::unique_ptr<BlockReader> reader(new BlockReader(transport, std::move(node), std::move(range), std::move(stream)));
  reader->checksum_ = spec;
  reader->next_offset_ = begin;
  co_return reader;
}

awaitable<Result<wire::PacketHeader>> BlockReader::ReadPacketHeader() {
  MRD_CO_ASSIGN_OR_RETURN(std::string_view bytes, co_await stream_->Peek(wire::kPacketPrefixBytes));
  MRD_CO_ASSIGN_OR_RETURN(const wire::PacketLengths lengths,
                          wire::DecodePacketLengths(bytes.substr(0, wire::kPacketPrefixBytes)));
  stream_->Consume(wire::kPacketPrefixBytes);
  MRD_CO_ASSIGN_OR_RETURN(bytes, co_await stream_->Peek(lengths.header_bytes));
  MRD_CO_ASSIGN_OR_RETURN(const wire::PacketHeader header,
                          wire::DecodePacketHeader(lengths, bytes.substr(0, lengths.header_bytes)));
  stream_->Consume(lengths.header_bytes);
  MRD_CO_RETURN_IF_ERROR(wire::CheckPacketChecksums(header, checksum_));
  if (header.seqno != next_seqno_ || static_cast<std::uint64_t>(header.offset_in_block) != next_offset_) {
    co_return IoError("packet " + std::to_string(header.seqno) + " at " + std::to_string(header.offset_in_block) +
                      " came where packet " + std::to_string(next_seqno_) + " at " + std::to_string(next_offset_) +
                      " was due");
  }
  ++next_seqno_;
  next_offset_ += header.data_bytes;
  co_return header;
}

awaitable<Status> BlockReader::ReadBody(wire::PacketHeader header, char* out) {
  checksums_.resize(header.checksum_bytes);
  MRD_CO_RETURN_IF_ERROR(co_await stream_->Read(checksums_.data(), checksums_.size()));
  MRD_CO_RETURN_IF_ERROR(co_await stream_->Read(out, header.data_bytes));
  const std::optional<std::size_t> bad =
      wire::FindBadChunk(checksum_, {out, header.data_bytes}, {checksums_.data(), checksums_.size()});
  if (!bad) co_return Status::Ok();
  co_return Corruption("checksum mismatch at " + std::to_string(header.offset_in_block + *bad) + " of the block");
}

awaitable<Status> BlockReader::Read(char* out, std::size_t size) {
  while (size > 0) {
    if (held_begin_ < held_end_) {
      const std::size_t part = std::min(size, held_end_ - held_begin_);
      std::memcpy(out, held_.data() + held_begin_, part);
      held_begin_ += part;
      position_ += part;
      out += part;
      size -= part;
      continue;
    }
    MRD_CO_ASSIGN_OR_RETURN(const wire::PacketHeader header, co_await ReadPacketHeader());
    if (header.data_bytes == 0) {
      if (!header.last_in_block) continue;
      co_return IoError("the datanode's data ended at " + std::to_string(position_) + " of the block, before " +
                        std::to_string(end_));
    }
    const auto begin = static_cast<std::uint64_t>(header.offset_in_block);
    if (begin == position_ && header.data_bytes <= size) {
      MRD_CO_RETURN_IF_ERROR(co_await ReadBody(header, out));
      position_ += header.data_bytes;
      out += header.data_bytes;
      size -= header.data_bytes;
      continue;
    }
    // The first packet may begin before what is wanted, the last one end after it.
    held_.resize(header.data_bytes);
    held_end_ = 0;
    MRD_CO_RETURN_IF_ERROR(co_await ReadBody(header, held_.data()));
    held_begin_ = std::min<std::uint64_t>(position_ - begin, header.data_bytes);
    held_end_ = std::min<std::uint64_t>(header.data_bytes, end_ - begin);
  }
  co_return Status::Ok();
}

awaitable<void> BlockReader::Finish(std::unique_ptr<BlockReader> reader) {
  while (true) {  // chunks are sent whole: there may be bytes after those that were wanted, then an empty packet
    const Result<wire::PacketHeader> header = co_await reader->ReadPacketHeader();
    if (!header.ok()) co_return;
    if (header->data_bytes > 0) {
      reader->held_.resize(header->data_bytes);
      const Status body = co_await reader->ReadBody(*header, reader->held_.data());
      if (!body.ok()) co_return;
    }
    if (header->last_in_block) break;
  }
  pb::ClientReadStatusProto message;
  message.set_status(wire::ToProto(reader->checksum_.type == ChecksumType::kNull ? wire::TransferStatus::kSuccess
                                                                                 : wire::TransferStatus::kChecksumOk));
  std::string bytes;
  wire::AppendDelimited(message, bytes);
  const Status sent = co_await reader->stream_->stream().Write(bytes);
  if (sent.ok() && reader->stream_->drained()) {
    reader->transport_.cache.Put(reader->node_.XferAddress(), std::move(reader->stream_));
  }
}

}  // namespace mrd::dfs::client

#include "tests/unit/datanode/transfer_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <catch2/catch.hpp>

#include "dfs/wire/block_convert.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/packet.h"

namespace mrd::datanode {

bool RecordedEvents::Has(const std::string& event) const {
  const std::lock_guard lock(mutex_);
  return std::find(events_.begin(), events_.end(), event) != events_.end();
}

void RecordedEvents::Add(std::string event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

TransferNode::TransferNode(net::Runtime& runtime, TransferOptions options) : runtime_(runtime) {
  disks_.emplace(1, 2);
  context_.emplace(runtime_, net::Connector::Tcp(), Clock::System(), stored_.store(), *disks_, events_,
                   Logger(log_, "test"), options);
  server_ = std::make_unique<TransferServer>(*context_);
  Result<std::unique_ptr<net::Listener>> listener = runtime_.Listen("127.0.0.1", 0);
  REQUIRE(listener.ok());
  port_ = (*listener)->local().port;
  server_->Start(std::move(*listener), false);
  unix_path_ = socket_dir_ / "data.socket";
  Result<std::unique_ptr<net::Listener>> local = runtime_.ListenUnix(unix_path_);
  REQUIRE(local.ok());
  server_->Start(std::move(*local), true);
}

TransferNode::~TransferNode() { Die(); }

void TransferNode::Die() {
  if (server_ == nullptr) return;
  std::function<net::awaitable<bool>()> stop = [this]() -> net::awaitable<bool> {
    co_await server_->Stop();
    co_return true;
  };
  runtime_.Run<bool>(runtime_.NewStrand(), std::move(stop));
  server_.reset();
}

hadoop::hdfs::DatanodeInfoProto TransferNode::Info() const {
  hadoop::hdfs::DatanodeInfoProto info;
  info.mutable_id()->set_ipaddr("127.0.0.1");
  info.mutable_id()->set_hostname("localhost");
  info.mutable_id()->set_datanodeuuid("uuid-" + std::to_string(port_));
  info.mutable_id()->set_xferport(port_);
  info.mutable_id()->set_infoport(0);
  info.mutable_id()->set_ipcport(0);
  return info;
}

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  Limit();
}

RawClient::RawClient(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  REQUIRE(unix_path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, unix_path.c_str(), unix_path.size() + 1);
  REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  Limit();
}

RawClient::~RawClient() { ::close(fd_); }

void RawClient::Limit() {
  const timeval limit{5, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

void RawClient::Send(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (put <= 0) return;  // the peer has closed, which the next receive tells
    done += static_cast<std::size_t>(put);
  }
}

void RawClient::SendOperation(dfs::wire::Operation operation, const google::protobuf::MessageLite& message) {
  std::string bytes;
  dfs::wire::AppendOperation(operation, message, bytes);
  Send(bytes);
}

std::string RawClient::Receive(std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::recv(fd_, bytes.data() + done, size - done, 0);
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

std::string RawClient::ReceiveDelimited() {
  std::string prefix;
  std::optional<dfs::wire::DelimitedLength> length;
  while (!length) {
    const std::string byte = Receive(1);
    if (byte.empty()) return {};
    prefix += byte;
    const auto decoded = dfs::wire::DecodeDelimitedLength(prefix);
    REQUIRE(decoded.ok());
    length = *decoded;
  }
  std::string body = Receive(length->message_bytes);
  CHECK(body.size() == length->message_bytes);
  CHECK(prefix.size() + body.size() >= 5);  // some clients wait for as many
  return body;
}

hadoop::hdfs::BlockOpResponseProto RawClient::ReceiveResponse() {
  hadoop::hdfs::BlockOpResponseProto response;
  const std::string body = ReceiveDelimited();
  INFO("response of " << body.size() << " bytes");
  REQUIRE(dfs::wire::ParseMessage(body, "response", response).ok());
  return response;
}

dfs::wire::PipelineAck RawClient::ReceiveAck() {
  const std::string body = ReceiveDelimited();
  if (body.empty()) return {};
  const auto ack = dfs::wire::DecodePipelineAck(body);
  REQUIRE(ack.ok());
  return *ack;
}

bool RawClient::AtEnd() {
  char byte;
  return ::recv(fd_, &byte, 1, 0) <= 0;
}

void RawClient::SendPacket(const Packet& packet, const dfs::wire::ChecksumSpec& spec) {
  const std::string checksums = packet.checksums ? *packet.checksums : StoreFixture::Checksums(packet.data, spec);
  dfs::wire::PacketHeader header;
  header.offset_in_block = static_cast<std::int64_t>(packet.offset);
  header.seqno = packet.seqno;
  header.last_in_block = packet.last;
  header.sync = packet.sync;
  header.data_bytes = static_cast<std::uint32_t>(packet.data.size());
  header.checksum_bytes = static_cast<std::uint32_t>(checksums.size());
  const dfs::wire::PacketFront front = dfs::wire::EncodePacketFront(header);
  Send(std::string(front.view()) + checksums + packet.data);
}

RawClient::Packet RawClient::ReceivePacket(const dfs::wire::ChecksumSpec& spec) {
  const std::string prefix = Receive(dfs::wire::kPacketPrefixBytes);
  REQUIRE(prefix.size() == dfs::wire::kPacketPrefixBytes);
  const auto lengths = dfs::wire::DecodePacketLengths(prefix);
  REQUIRE(lengths.ok());
  const auto header = dfs::wire::DecodePacketHeader(*lengths, Receive(lengths->header_bytes));
  REQUIRE(header.ok());
  const std::string checksums = Receive(header->checksum_bytes);
  Packet packet;
  packet.seqno = header->seqno;
  packet.offset = static_cast<std::uint64_t>(header->offset_in_block);
  packet.last = header->last_in_block;
  packet.data = Receive(header->data_bytes);
  REQUIRE(packet.data.size() == header->data_bytes);
  REQUIRE(checksums.size() == spec.ChecksumBytes(packet.data.size()));
  CHECK_FALSE(dfs::wire::FindBadChunk(spec, packet.data, checksums));
  return packet;
}

void SetHeader(hadoop::hdfs::BaseHeaderProto* header, const dfs::ExtendedBlock& block) {
  dfs::wire::ToProto(block, header->mutable_block());
  dfs::wire::SetEmptyToken(header->mutable_token());
}

hadoop::hdfs::OpWriteBlockProto WriteOperation(std::int64_t id, const std::vector<TransferNode*>& targets) {
  hadoop::hdfs::OpWriteBlockProto op;
  SetHeader(op.mutable_header()->mutable_baseheader(), StoreFixture::Block(id, 1001));
  op.mutable_header()->set_clientname("client");
  for (const TransferNode* const target : targets) *op.add_targets() = target->Info();
  op.set_stage(hadoop::hdfs::OpWriteBlockProto::PIPELINE_SETUP_CREATE);
  op.set_pipelinesize(static_cast<std::uint32_t>(targets.size() + 1));
  op.set_minbytesrcvd(0);
  op.set_maxbytesrcvd(0);
  op.set_latestgenerationstamp(0);
  dfs::wire::ToProto(dfs::wire::ChecksumSpec{}, op.mutable_requestedchecksum());
  return op;
}

hadoop::hdfs::OpReadBlockProto ReadOperation(std::int64_t id, std::uint64_t offset, std::uint64_t length) {
  hadoop::hdfs::OpReadBlockProto op;
  SetHeader(op.mutable_header()->mutable_baseheader(), StoreFixture::Block(id, 1001));
  op.mutable_header()->set_clientname("client");
  op.set_offset(offset);
  op.set_len(length);
  return op;
}

}  // namespace mrd::datanode

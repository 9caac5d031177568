#include "dfs/client/packet_builder.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "common/base/check.h"
#include "dfs/wire/packet.h"

namespace mrd::dfs::client {

namespace {
// More packets than that are seldom on their way at once.
constexpr std::size_t kBufferedMost = std::size_t{4} << 20;
}  // namespace

PacketBuilder::PacketBuilder(wire::ChecksumSpec spec, std::size_t packet_bytes, std::uint64_t block_size)
    : spec_(spec),
      packet_bytes_(std::max<std::size_t>(1, packet_bytes / spec.bytes_per_chunk) * spec.bytes_per_chunk),
      block_size_(block_size),
      buffers_(std::make_shared<PacketBuffers>(packet_bytes_, std::max<std::size_t>(1, kBufferedMost / packet_bytes_))) {}

void PacketBuilder::ResumeBlock(std::uint64_t length) {
  MRD_CHECK(!open_ && filled_ == 0 && length < block_size_);
  offset_ = length;
  open_ = true;
}

std::size_t PacketBuilder::Capacity() const {
  const std::uint64_t skip = offset_ % spec_.bytes_per_chunk;
  const std::size_t whole = skip == 0 ? packet_bytes_ : spec_.bytes_per_chunk - skip;
  return std::min<std::uint64_t>(whole, block_size_ - offset_);
}

std::size_t PacketBuilder::Add(const char* data, std::size_t size) {
  if (size == 0) return 0;
  if (!data_) data_ = buffers_->Take();
  const std::size_t part = std::min(size, Capacity() - filled_);
  std::memcpy(data_.get() + filled_, data, part);
  filled_ += part;
  open_ = true;
  return part;
}

std::unique_ptr<Packet> PacketBuilder::TakeFull() {
  if (filled_ > 0 && filled_ == Capacity()) return Finish(false, false);
  if (open_ && filled_ == 0 && offset_ == block_size_) return EndBlock();
  return nullptr;
}

std::unique_ptr<Packet> PacketBuilder::TakePartial(bool sync) {
  if (filled_ == 0 && !(sync && open_)) return nullptr;
  return Finish(false, sync);
}

std::unique_ptr<Packet> PacketBuilder::EndBlock() {
  MRD_CHECK(open_ && filled_ == 0);
  std::unique_ptr<Packet> packet = Finish(true, false);
  offset_ = 0;
  open_ = false;
  ++block_number_;
  return packet;
}

std::unique_ptr<Packet> PacketBuilder::Finish(bool last, bool sync) {
  auto packet = std::make_unique<Packet>();
  packet->seqno = next_seqno_++;
  packet->block_number = block_number_;
  packet->offset_in_block = offset_;
  packet->data_bytes = static_cast<std::uint32_t>(filled_);
  packet->last_in_block = last;
  packet->sync = sync;

  wire::PacketHeader header;
  header.offset_in_block = static_cast<std::int64_t>(offset_);
  header.seqno = packet->seqno;
  header.last_in_block = last;
  header.sync = sync;
  header.data_bytes = packet->data_bytes;
  header.checksum_bytes = static_cast<std::uint32_t>(spec_.ChecksumBytes(filled_));
  const wire::PacketFront front = wire::EncodePacketFront(header);
  packet->front.resize(front.size + header.checksum_bytes);
  std::memcpy(packet->front.data(), front.bytes.data(), front.size);
  if (filled_ > 0) {
    wire::ComputeChecksums(spec_, {data_.get(), filled_}, packet->front.data() + front.size);
    packet->data = std::move(data_);
    packet->buffers = buffers_;
  }
  offset_ += filled_;
  filled_ = 0;
  return packet;
}

}  // namespace mrd::dfs::client

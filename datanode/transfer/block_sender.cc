#include "datanode/transfer/block_sender.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "common/base/io_buffer.h"
#include "common/net/co_status.h"
#include "common/net/event.h"
#include "dfs/wire/packet.h"

namespace mrd::datanode {
namespace {

using dfs::wire::ChecksumSpec;
using dfs::wire::PacketHeader;

// How soon it is asked again whether a limited rate lets more pass.
constexpr std::chrono::milliseconds kRatePoll{10};

// Reads packets ahead of the stream: one is filled on a thread of the disk while the other is being sent.
class PacketPair {
 public:
  PacketPair(net::BlockingPool& disk, ReplicaReader& reader, const SendPlan& plan, std::size_t packet_data_bytes)
      : disk_(disk), reader_(reader), plan_(plan), packet_data_bytes_(packet_data_bytes), next_(plan.begin) {}

  struct Slot {
    std::uint64_t offset = 0;
    std::size_t data_bytes = 0;
    std::size_t checksum_bytes = 0;
    std::unique_ptr<char[]> bytes;  // holds checksums, then data
    std::size_t data_at = 0;        // aligned, see common/base/io_buffer.h
    Status status;
    net::Event filled;
    bool filling = false;

    char* checksums() const { return data() - checksum_bytes; }
    char* data() const { return bytes.get() + data_at; }
  };
  std::array<Slot, 2> slots;

  bool AtEnd() const { return next_ >= plan_.end; }

  // Begins to read the next packet into the slot. REQUIRES: !AtEnd(), and the slot is not being filled.
  void Fill(Slot& slot) {
    slot.offset = next_;
    slot.data_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(packet_data_bytes_, plan_.end - next_));
    slot.checksum_bytes = static_cast<std::size_t>(plan_.spec.ChecksumBytes(slot.data_bytes));
    next_ += slot.data_bytes;
    if (slot.bytes == nullptr) {
      // A slot that takes the last packet is not used again.
      const std::size_t data_most = AtEnd() ? slot.data_bytes : packet_data_bytes_;
      const std::size_t checksums_most = static_cast<std::size_t>(plan_.spec.ChecksumBytes(data_most));
      slot.bytes = std::make_unique_for_overwrite<char[]>(checksums_most + kIoAlignment + data_most);
      const auto begin = reinterpret_cast<std::uintptr_t>(slot.bytes.get());
      slot.data_at = checksums_most + IoPadding(begin + checksums_most);
    }
    slot.filled.Reset();
    slot.filling = true;
    disk_.Post([this, &slot] {
      const bool wants_checksums = plan_.spec.type != dfs::ChecksumType::kNull;
      slot.status =
          reader_.Read(slot.offset, slot.data_bytes, slot.data(), wants_checksums ? slot.checksums() : nullptr);
      slot.filled.Set();
    });
  }
  net::awaitable<void> WaitFor(Slot& slot) {
    if (!slot.filling) co_return;
    co_await slot.filled.Wait();
    slot.filling = false;
  }

 private:
  net::BlockingPool& disk_;
  ReplicaReader& reader_;
  const SendPlan& plan_;
  const std::size_t packet_data_bytes_;
  std::uint64_t next_;
};

// Chunks with their checksums that may be in one packet: half of what a packet may hold, so that the limit is never near.
std::size_t ChunksMax(const ChecksumSpec& spec) {
  return dfs::wire::kPacketBytesMax / 2 / (std::size_t{spec.bytes_per_chunk} + dfs::wire::kChecksumBytes);
}

// Whole chunks, about as much as configured.
std::size_t PacketDataBytes(const ChecksumSpec& spec, std::size_t wanted) {
  const std::size_t chunks = std::clamp<std::size_t>(wanted / spec.bytes_per_chunk, 1, ChunksMax(spec));
  return chunks * spec.bytes_per_chunk;
}

}  // namespace

Result<SendPlan> PlanSend(const ReplicaReader& reader, const ByteRange& range, bool checksums) {
  const std::uint64_t length = reader.length();
  if (range.offset > length || range.length > length - range.offset) {
    return InvalidArgument("Offset " + std::to_string(range.offset) + " and length " + std::to_string(range.length) +
                           " don't match block " + ToString(reader.block()) + " ( blockLen " + std::to_string(length) +
                           " )");
  }
  SendPlan plan;
  plan.spec = reader.spec();
  if (ChunksMax(plan.spec) == 0) {
    return InvalidArgument(ToString(reader.block()) + " has chunks of " + std::to_string(plan.spec.bytes_per_chunk) +
                           " bytes, more than a packet holds");
  }
  if (!checksums) plan.spec.type = dfs::ChecksumType::kNull;
  const std::uint64_t chunk = plan.spec.bytes_per_chunk;
  plan.begin = range.offset - range.offset % chunk;
  const std::uint64_t end = range.offset + range.length;
  plan.end = end % chunk == 0 ? end : std::min(length, end + (chunk - end % chunk));
  return plan;
}

net::awaitable<Status> SendBlock(TransferContext& context,
                                 ReplicaReader& reader,
                                 net::Stream& stream,
                                 SendPlan plan,
                                 ByteRate* rate) {
  PacketPair packets(context.disks.Of(reader.volume()),
                     reader,
                     plan,
                     PacketDataBytes(plan.spec, context.options.packet_data_bytes));
  Status status;
  std::int64_t seqno = 0;
  std::size_t current = 0;
  if (!packets.AtEnd()) packets.Fill(packets.slots[current]);
  while (packets.slots[current].filling) {
    auto& slot = packets.slots[current];
    co_await packets.WaitFor(slot);
    status = slot.status;
    if (!status.ok()) {
      context.log.Warn("read " + ToString(reader.block()) + ": " + status.message());
      break;
    }
    while (rate != nullptr && !context.stopping && !rate->Take(slot.data_bytes, context.clock.MonotonicNanos())) {
      status = co_await net::SleepFor(kRatePoll);
      if (!status.ok()) break;
    }
    if (!status.ok()) break;
    if (context.stopping) {
      status = Cancelled("this datanode is stopping");
      break;
    }
    auto& other = packets.slots[1 - current];
    if (!packets.AtEnd()) packets.Fill(other);
    PacketHeader header;
    header.offset_in_block = static_cast<std::int64_t>(slot.offset);
    header.seqno = seqno++;
    header.data_bytes = static_cast<std::uint32_t>(slot.data_bytes);
    header.checksum_bytes = static_cast<std::uint32_t>(slot.checksum_bytes);
    const dfs::wire::PacketFront front = dfs::wire::EncodePacketFront(header);
    status = co_await stream.Write2(front.view(), {slot.checksums(), slot.checksum_bytes + slot.data_bytes});
    if (!status.ok()) break;
    context.counters.bytes_read += slot.data_bytes;
    current = 1 - current;
  }
  // The disk's threads write into what lives here.
  for (auto& slot : packets.slots) co_await packets.WaitFor(slot);
  if (!status.ok()) co_return status;
  PacketHeader last;
  last.offset_in_block = static_cast<std::int64_t>(plan.end);
  last.seqno = seqno;
  last.last_in_block = true;
  const dfs::wire::PacketFront front = dfs::wire::EncodePacketFront(last);
  co_return co_await stream.Write(front.view());
}

}  // namespace mrd::datanode

#include "datanode/transfer/packet_input.h"

#include <utility>

#include "common/net/co_status.h"

namespace mrd::datanode {

net::awaitable<Result<Packet>> ReadPacket(Input& input, bool placed) {
  using dfs::wire::kPacketPrefixBytes;
  MRD_CO_RETURN_IF_ERROR(co_await input.Need(kPacketPrefixBytes));
  MRD_CO_ASSIGN_OR_RETURN(const dfs::wire::PacketLengths lengths,
                          dfs::wire::DecodePacketLengths(input.buffered().substr(0, kPacketPrefixBytes)));
  const std::size_t front = kPacketPrefixBytes + lengths.header_bytes;
  // The header is looked at before the body is waited for: garbage is refused early.
  MRD_CO_RETURN_IF_ERROR(co_await input.Need(front));
  Packet packet;
  MRD_CO_ASSIGN_OR_RETURN(
      packet.header,
      dfs::wire::DecodePacketHeader(lengths, input.buffered().substr(kPacketPrefixBytes, lengths.header_bytes)));
  const std::size_t body = placed ? packet.header.checksum_bytes : lengths.body_bytes;
  MRD_CO_RETURN_IF_ERROR(co_await input.Need(front + body));
  packet.whole = input.Take(front + body);
  packet.checksums = packet.whole.bytes.substr(front, packet.header.checksum_bytes);
  packet.data = packet.whole.bytes.substr(front + packet.header.checksum_bytes);
  co_return packet;
}

}  // namespace mrd::datanode

#include "namenode/journal/segment_codec.h"

#include <algorithm>
#include <charconv>

#include "common/base/check.h"
#include "common/base/crc32c.h"
#include "namenode/journal/bytes.h"

namespace mrd::namenode {
namespace {

constexpr std::size_t kTxIdDigits = 20;

constexpr std::uint64_t Padded(std::uint64_t size) {
  return (size + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  PutFixed(out, header.namespace_id);
  PutFixed(out, std::uint32_t{0});
  PutFixed(out, header.first.value);
  PutFixed(out, header.epoch);
  PutFixed(out, header.writer);
  PutFixed(out, header.created_ms);
  out.resize(kSegmentCrcOffset, '\0');
  PutFixed(out, Crc32c(out.data(), out.size()));
  return out;
}

Result<SegmentHeader> DecodeSegmentHeader(std::string_view segment) {
  if (segment.size() < kSegmentHeaderBytes) return Corruption("it ends within its header");
  if (segment.substr(0, kSegmentMagic.size()) != kSegmentMagic) {
    // The last byte is the version.
    if (segment.substr(0, kSegmentMagic.size() - 1) == kSegmentMagic.substr(0, kSegmentMagic.size() - 1))
      return Unimplemented("it is an edit journal of another version; start the version that wrote it");
    return Corruption("it is no segment of an edit journal");
  }
  if (LoadFixed<std::uint32_t>(segment.data() + kSegmentCrcOffset) != Crc32c(segment.data(), kSegmentCrcOffset))
    return Corruption("the checksum of its header is wrong");
  SegmentHeader header;
  header.namespace_id = LoadFixed<std::uint32_t>(segment.data() + 8);
  header.first.value = LoadFixed<std::uint64_t>(segment.data() + 16);
  header.epoch = LoadFixed<std::uint64_t>(segment.data() + 24);
  header.writer = LoadFixed<std::uint64_t>(segment.data() + 32);
  header.created_ms = LoadFixed<std::int64_t>(segment.data() + 40);
  if (header.first.value == 0) return Corruption("its header names no first edit");
  return header;
}

std::string SegmentName(TxId first) {
  std::string digits = std::to_string(first.value);
  return std::string(kSegmentPrefix) + std::string(kTxIdDigits - digits.size(), '0') + digits;
}

std::optional<TxId> ParseSegmentName(std::string_view name) {
  if (name.size() != kSegmentPrefix.size() + kTxIdDigits || !name.starts_with(kSegmentPrefix)) return std::nullopt;
  TxId first;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kSegmentPrefix.size(), end, first.value);
  if (error != std::errc() || stop != end || first.value == 0) return std::nullopt;
  return first;
}

void AppendRecord(RecordPlace place, std::string_view payload, std::string& out) {
  MRD_CHECK(!payload.empty() && payload.size() <= kPayloadBytesMax);
  const std::size_t start = out.size();
  PutFixed(out, std::uint32_t{0});
  PutFixed(out, static_cast<std::uint32_t>(payload.size()));
  PutFixed(out, place.id.value);
  PutFixed(out, place.batch_index);
  PutFixed(out, std::uint32_t{0});
  out.append(payload);
  StoreFixed(out.data() + start, Crc32c(out.data() + start + 4, out.size() - start - 4));
  out.resize(start + Padded(out.size() - start), '\0');
}

RecordCursor::RecordCursor(std::string_view segment, TxId first) : segment_(segment), next_(first) {}

std::optional<RecordCursor::Found> RecordCursor::RecordAt(std::uint64_t offset) const {
  if (segment_.size() < offset + kRecordHeaderBytes) return std::nullopt;
  const char* const head = segment_.data() + offset;
  const std::uint64_t size = LoadFixed<std::uint32_t>(head + 4);
  // The file may end within the padding of its last record: that carries nothing.
  if (size == 0 || size > kPayloadBytesMax || size > segment_.size() - offset - kRecordHeaderBytes) return std::nullopt;
  if (LoadFixed<std::uint32_t>(head) != Crc32c(head + 4, kRecordHeaderBytes - 4 + size)) return std::nullopt;
  Found found;
  found.place.id.value = LoadFixed<std::uint64_t>(head + 8);
  found.place.batch_index = LoadFixed<std::uint32_t>(head + 16);
  found.payload = segment_.substr(offset + kRecordHeaderBytes, size);
  found.end = std::min<std::uint64_t>(offset + Padded(kRecordHeaderBytes + size), segment_.size());
  return found;
}

RecordCursor::Step RecordCursor::Next() {
  const std::optional<Found> found = RecordAt(offset_);
  if (!found) return Judge();
  if (found->place.id != next_) {
    // No crash leaves a whole record in the wrong place.
    proved_ = std::max(found->place.id, next_);
    return Step::kDamaged;
  }
  payload_ = found->payload;
  offset_ = found->end;
  ++next_.value;
  return Step::kRecord;
}

RecordCursor::Step RecordCursor::Judge() {
  bool zeros = true;
  proved_ = last();
  for (std::uint64_t at = offset_; at < segment_.size(); at += kRecordAlignment) {
    if (segment_.size() - at < sizeof(std::uint64_t)) {
      zeros = zeros && std::all_of(segment_.begin() + static_cast<std::ptrdiff_t>(at), segment_.end(),
                                   [](char byte) { return byte == '\0'; });
      break;
    }
    if (LoadFixed<std::uint64_t>(segment_.data() + at) == 0) continue;  // no record begins with a size of 0
    zeros = false;
    if (segment_.size() - at < kRecordHeaderBytes) continue;
    // The cheap questions first, since this is asked at every place: records in between have a least size, so the
    // txid cannot be far ahead, and the flush must be one after the missing record's.
    const std::uint64_t id = LoadFixed<std::uint64_t>(segment_.data() + at + 8);
    const std::uint64_t index = LoadFixed<std::uint32_t>(segment_.data() + at + 16);
    if (id < next_.value || id - next_.value > (at - offset_) / kRecordBytesMin || index > id - next_.value) continue;
    if (id - index <= proved_.value + 1) continue;
    if (RecordAt(at)) proved_.value = id - index - 1;
  }
  if (proved_ > last()) return Step::kDamaged;
  return zeros ? Step::kEnd : Step::kTorn;
}

}  // namespace mrd::namenode

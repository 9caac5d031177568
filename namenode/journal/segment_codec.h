#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "namenode/edits.h"
#include "namenode/journal/journal_format.h"

namespace mrd::namenode {

// The bytes of a segment file, without any I/O (docs/formats.md, "Edit journal").

struct SegmentHeader {
  std::uint32_t namespace_id = 0;
  TxId first;                // of the first record, whether there is one or not
  std::uint64_t epoch = 0;   // counts the runs of the namenode that wrote to this journal
  std::uint64_t writer = 0;  // chance number of the run: tells two runs apart that took the same epoch
  std::int64_t created_ms = 0;
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

std::string EncodeSegmentHeader(const SegmentHeader& header);
// kCorruption when it is none; kUnimplemented for a version of a later time.
Result<SegmentHeader> DecodeSegmentHeader(std::string_view segment);

std::string SegmentName(TxId first);
// The first txid that the name tells, if it is the name of a segment.
std::optional<TxId> ParseSegmentName(std::string_view name);

// Where a record stands: its txid, and how many records of the same flush come before it. When a record was written,
// all those before its flush were durable.
struct RecordPlace {
  TxId id;
  std::uint32_t batch_index = 0;
};

// Appends a whole record, padding included. REQUIRES: 0 < payload.size() <= kPayloadBytesMax.
void AppendRecord(RecordPlace place, std::string_view payload, std::string& out);

// Walks over the records of a segment.
//
// Where a record is not whole, the question is whether it ever was: a crash during a flush leaves any part of that
// flush, and nothing of it was acknowledged. A record of a *later* flush behind it proves that it had been durable;
// then something damaged the file afterwards. The batch index tells the two apart.
class RecordCursor {
 public:
  enum class Step {
    kRecord,   // record() is the next one
    kEnd,      // only zeros follow, or nothing
    kTorn,     // what follows was being written when the process or machine stopped
    kDamaged,  // a record that had been durable is not whole
  };

  // `segment` is the whole file and outlives the cursor. REQUIRES: its header decodes, with `first`.
  RecordCursor(std::string_view segment, TxId first);

  // After a step other than kRecord the cursor stands still.
  Step Next();

  // Of the last kRecord; views into the segment.
  TxId id() const { return {next_.value - 1}; }
  std::string_view payload() const { return payload_; }

  // Where the good records end so far, and the txid of the last of them (first - 1 if none).
  std::uint64_t offset() const { return offset_; }
  TxId last() const { return {next_.value - 1}; }

  // After kDamaged: everything up to this txid had been durable.
  TxId proved() const { return proved_; }

 private:
  struct Found {
    RecordPlace place;
    std::string_view payload;
    std::uint64_t end;
  };
  std::optional<Found> RecordAt(std::uint64_t offset) const;
  Step Judge();

  const std::string_view segment_;
  TxId next_;
  std::uint64_t offset_ = kSegmentHeaderBytes;
  std::string_view payload_;
  TxId proved_;
};

}  // namespace mrd::namenode

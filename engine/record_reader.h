#pragma once

#include <cstdint>
#include <memory>

#include "common/base/status.h"
#include "engine/attempt.h"
#include "engine/input_plan.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

// Records in a row.
struct RecordBatch {
  const mr_record* records = nullptr;
  std::size_t count = 0;
  std::uint64_t holds = 0;  // input records within them: count, unless they are blocks of several
};

// Reads the records of one piece of input for one attempt. One thread.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // Points `batch` at the next records; count 0 at the end. They are valid until the next call.
  virtual Status Next(RecordBatch* batch) = 0;
  // Bytes of the stored input used so far.
  virtual std::uint64_t consumed() const = 0;
  // Bytes of the stored input before the records that Next() would give: an estimate where it is compressed.
  virtual std::uint64_t position() const = 0;
};

// The reader that `input`'s format asks for. "text": the key is the line's offset, encoded as int64. "keyvalue": key and
// value are what stands before and after the first separator; without one the line is all key. Errors name the file.
// REQUIRES: input and attempt outlive the reader.
Result<std::unique_ptr<RecordReader>> OpenRecords(const JobDefinition::Input& input,
                                                  const InputPiece& piece,
                                                  Attempt& attempt);

}  // namespace mrd::engine

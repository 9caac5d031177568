#pragma once

// How operations and packets of the data port end. Values are those of the wire.

#include <cstdint>
#include <string_view>

#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::wire {

enum class TransferStatus : std::uint8_t {
  kSuccess = 0,
  kError = 1,
  kErrorChecksum = 2,
  kErrorInvalid = 3,
  kErrorExists = 4,
  kErrorAccessToken = 5,
  kChecksumOk = 6,  // of a reader that has compared the checksums
  kErrorUnsupported = 7,
  kOobRestart = 8,
  kOobReserved1 = 9,
  kOobReserved2 = 10,
  kOobReserved3 = 11,
  kInProgress = 12,
  kErrorBlockPinned = 13,
};

inline hadoop::hdfs::Status ToProto(TransferStatus status) { return static_cast<hadoop::hdfs::Status>(status); }
// A parsed message holds known values only; others count as absent.
inline TransferStatus FromProto(hadoop::hdfs::Status status) { return static_cast<TransferStatus>(status); }

// "ERROR_CHECKSUM", as Hadoop names it.
std::string_view TransferStatusName(TransferStatus status);

}  // namespace mrd::dfs::wire

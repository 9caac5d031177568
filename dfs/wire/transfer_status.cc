#include "dfs/wire/transfer_status.h"

#include "common/base/check.h"

namespace mrd::dfs::wire {

std::string_view TransferStatusName(TransferStatus status) {
  switch (status) {
    case TransferStatus::kSuccess:
      return "SUCCESS";
    case TransferStatus::kError:
      return "ERROR";
    case TransferStatus::kErrorChecksum:
      return "ERROR_CHECKSUM";
    case TransferStatus::kErrorInvalid:
      return "ERROR_INVALID";
    case TransferStatus::kErrorExists:
      return "ERROR_EXISTS";
    case TransferStatus::kErrorAccessToken:
      return "ERROR_ACCESS_TOKEN";
    case TransferStatus::kChecksumOk:
      return "CHECKSUM_OK";
    case TransferStatus::kErrorUnsupported:
      return "ERROR_UNSUPPORTED";
    case TransferStatus::kOobRestart:
      return "OOB_RESTART";
    case TransferStatus::kOobReserved1:
      return "OOB_RESERVED1";
    case TransferStatus::kOobReserved2:
      return "OOB_RESERVED2";
    case TransferStatus::kOobReserved3:
      return "OOB_RESERVED3";
    case TransferStatus::kInProgress:
      return "IN_PROGRESS";
    case TransferStatus::kErrorBlockPinned:
      return "ERROR_BLOCK_PINNED";
  }
  MRD_CHECK(false);
}

}  // namespace mrd::dfs::wire

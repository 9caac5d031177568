#include "dfs/errors.h"

#include <array>
#include <utility>

namespace mrd::dfs {
namespace {

struct Entry {
  std::string_view java_class;
  Code code;
};

constexpr std::array kCodes = {
    Entry{java::kFileNotFound, Code::kNotFound},
    Entry{java::kReplicaNotFound, Code::kNotFound},
    Entry{java::kIllegalArgument, Code::kInvalidArgument},
    Entry{java::kHadoopIllegalArgument, Code::kInvalidArgument},
    Entry{java::kInvalidPath, Code::kInvalidArgument},
    Entry{java::kPathComponentTooLong, Code::kInvalidArgument},
    Entry{java::kUnsupportedOperation, Code::kUnimplemented},
    Entry{java::kAccessControl, Code::kPermissionDenied},
    Entry{java::kAuthorization, Code::kPermissionDenied},
    Entry{java::kDisallowedDatanode, Code::kPermissionDenied},
    Entry{java::kFileAlreadyExists, Code::kAlreadyExists},
    Entry{java::kAlreadyBeingCreated, Code::kAlreadyExists},
    Entry{java::kParentNotDirectory, Code::kFailedPrecondition},
    Entry{java::kPathIsNotDirectory, Code::kFailedPrecondition},
    Entry{java::kPathIsNotEmptyDirectory, Code::kFailedPrecondition},
    Entry{java::kLeaseExpired, Code::kFailedPrecondition},
    Entry{java::kSafeMode, Code::kFailedPrecondition},
    Entry{java::kUnregisteredNode, Code::kFailedPrecondition},
    Entry{java::kRecoveryInProgress, Code::kUnavailable},
    Entry{java::kNotReplicatedYet, Code::kUnavailable},
    Entry{java::kStandby, Code::kUnavailable},
    Entry{java::kRetriable, Code::kUnavailable},
    Entry{java::kNsQuotaExceeded, Code::kResourceExhausted},
    Entry{java::kDsQuotaExceeded, Code::kResourceExhausted},
    Entry{java::kMaxDirectoryItemsExceeded, Code::kResourceExhausted},
};

}  // namespace

Code CodeOf(std::string_view java_class) {
  for (const Entry& entry : kCodes) {
    if (entry.java_class == java_class) return entry.code;
  }
  return Code::kIo;
}

Status Exception(const char* java_class, std::string message) {
  return Status(CodeOf(java_class), std::move(message)).WithTag(java_class);
}

}  // namespace mrd::dfs

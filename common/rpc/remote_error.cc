#include "common/rpc/remote_error.h"

#include <algorithm>
#include <array>
#include <string>

namespace mrd::rpc {
namespace {

struct Row {
  std::string_view exception_class;
  Code code;
};

// Sorted by class.
constexpr std::array kCodes = {
    Row{"java.io.EOFException", Code::kIo},
    Row{"java.io.FileNotFoundException", Code::kNotFound},
    Row{"java.io.IOException", Code::kIo},
    Row{"java.lang.IllegalArgumentException", Code::kInvalidArgument},
    Row{"java.lang.UnsupportedOperationException", Code::kUnimplemented},
    Row{"org.apache.hadoop.HadoopIllegalArgumentException", Code::kInvalidArgument},
    Row{"org.apache.hadoop.fs.FileAlreadyExistsException", Code::kAlreadyExists},
    Row{"org.apache.hadoop.fs.InvalidPathException", Code::kInvalidArgument},
    Row{"org.apache.hadoop.fs.InvalidRequestException", Code::kInvalidArgument},
    Row{"org.apache.hadoop.fs.ParentNotDirectoryException", Code::kFailedPrecondition},
    Row{"org.apache.hadoop.fs.PathIsNotDirectoryException", Code::kFailedPrecondition},
    Row{"org.apache.hadoop.fs.PathIsNotEmptyDirectoryException", Code::kFailedPrecondition},
    Row{"org.apache.hadoop.hdfs.protocol.AclException", Code::kInvalidArgument},
    Row{"org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException", Code::kAlreadyExists},
    Row{"org.apache.hadoop.hdfs.protocol.DSQuotaExceededException", Code::kResourceExhausted},
    Row{"org.apache.hadoop.hdfs.protocol.FSLimitException$MaxDirectoryItemsExceededException", Code::kResourceExhausted},
    Row{"org.apache.hadoop.hdfs.protocol.FSLimitException$PathComponentTooLongException", Code::kInvalidArgument},
    Row{"org.apache.hadoop.hdfs.protocol.NSQuotaExceededException", Code::kResourceExhausted},
    Row{"org.apache.hadoop.hdfs.protocol.QuotaByStorageTypeExceededException", Code::kResourceExhausted},
    Row{"org.apache.hadoop.hdfs.protocol.QuotaExceededException", Code::kResourceExhausted},
    Row{"org.apache.hadoop.hdfs.protocol.RecoveryInProgressException", Code::kUnavailable},
    Row{"org.apache.hadoop.hdfs.protocol.SnapshotAccessControlException", Code::kPermissionDenied},
    Row{"org.apache.hadoop.hdfs.protocol.UnregisteredNodeException", Code::kFailedPrecondition},
    Row{"org.apache.hadoop.hdfs.server.datanode.ReplicaNotFoundException", Code::kNotFound},
    Row{"org.apache.hadoop.hdfs.server.namenode.LeaseExpiredException", Code::kFailedPrecondition},
    Row{"org.apache.hadoop.hdfs.server.namenode.NotReplicatedYetException", Code::kUnavailable},
    Row{"org.apache.hadoop.hdfs.server.namenode.SafeModeException", Code::kFailedPrecondition},
    Row{"org.apache.hadoop.hdfs.server.protocol.DisallowedDatanodeException", Code::kPermissionDenied},
    Row{"org.apache.hadoop.ipc.RPC$VersionMismatch", Code::kUnimplemented},
    Row{"org.apache.hadoop.ipc.RetriableException", Code::kUnavailable},
    Row{"org.apache.hadoop.ipc.RpcNoSuchMethodException", Code::kUnimplemented},
    Row{"org.apache.hadoop.ipc.RpcNoSuchProtocolException", Code::kUnimplemented},
    Row{"org.apache.hadoop.ipc.StandbyException", Code::kUnavailable},
    Row{"org.apache.hadoop.security.AccessControlException", Code::kPermissionDenied},
    Row{"org.apache.hadoop.security.authorize.AuthorizationException", Code::kPermissionDenied},
    Row{"org.apache.hadoop.security.token.SecretManager$InvalidToken", Code::kPermissionDenied},
};
static_assert(std::is_sorted(kCodes.begin(), kCodes.end(), [](const Row& a, const Row& b) {
  return a.exception_class < b.exception_class;
}));

// A namenode refuses in safe mode: one that starts for a while, one that was told to until it is told otherwise. The class is
// the same, the reason stands behind the first line.
bool PassesByItself(std::string_view exception_class, std::string_view text) {
  return exception_class == "org.apache.hadoop.hdfs.server.namenode.SafeModeException" &&
         text.find("turned off automatically") != std::string_view::npos;
}

}  // namespace

std::string_view ExceptionClass(const Status& status) {
  if (!status.tag().empty()) return status.tag();
  switch (status.code()) {
    case Code::kNotFound: return "java.io.FileNotFoundException";
    case Code::kAlreadyExists: return "org.apache.hadoop.fs.FileAlreadyExistsException";
    case Code::kPermissionDenied: return "org.apache.hadoop.security.AccessControlException";
    case Code::kInvalidArgument: return "java.lang.IllegalArgumentException";
    case Code::kUnimplemented: return "java.lang.UnsupportedOperationException";
    case Code::kUnavailable: return java::kRetriable;
    default: return java::kIo;
  }
}

ErrorDetail DetailOf(std::string_view exception_class) {
  if (exception_class == java::kNoSuchMethod) return ErrorDetail::kNoSuchMethod;
  if (exception_class == java::kNoSuchProtocol) return ErrorDetail::kNoSuchProtocol;
  if (exception_class == java::kVersionMismatch) return ErrorDetail::kVersionMismatch;
  if (exception_class == java::kRpcServer) return ErrorDetail::kFatalDeserializing;
  return ErrorDetail::kApplication;
}

Status FromException(std::string_view exception_class, std::string_view text) {
  const auto row = std::lower_bound(kCodes.begin(), kCodes.end(), exception_class,
                                    [](const Row& a, std::string_view name) { return a.exception_class < name; });
  const bool known = row != kCodes.end() && row->exception_class == exception_class;
  // Servers append a stack trace.
  const std::string_view first_line = text.substr(0, text.find('\n'));
  const Code code = PassesByItself(exception_class, text) ? Code::kUnavailable : known ? row->code : Code::kIo;
  Status status(code, std::string(first_line));
  return std::move(status).WithTag(std::string(exception_class));
}

}  // namespace mrd::rpc

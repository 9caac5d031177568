#pragma once

// The failures of HDFS by name. Each is a Status whose tag is the Java class that foreign clients know it by; the code
// says what kind of failure it is. Messages carry no class name.

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mrd::dfs {

namespace java {  // Fully qualified class names; fixed by the wire.
inline constexpr const char* kFileNotFound = "java.io.FileNotFoundException";
inline constexpr const char* kIo = "java.io.IOException";
inline constexpr const char* kIllegalArgument = "java.lang.IllegalArgumentException";
inline constexpr const char* kUnsupportedOperation = "java.lang.UnsupportedOperationException";
inline constexpr const char* kHadoopIllegalArgument = "org.apache.hadoop.HadoopIllegalArgumentException";
inline constexpr const char* kAccessControl = "org.apache.hadoop.security.AccessControlException";
inline constexpr const char* kFileAlreadyExists = "org.apache.hadoop.fs.FileAlreadyExistsException";
inline constexpr const char* kParentNotDirectory = "org.apache.hadoop.fs.ParentNotDirectoryException";
inline constexpr const char* kPathIsNotDirectory = "org.apache.hadoop.fs.PathIsNotDirectoryException";
inline constexpr const char* kPathIsNotEmptyDirectory = "org.apache.hadoop.fs.PathIsNotEmptyDirectoryException";
inline constexpr const char* kInvalidPath = "org.apache.hadoop.fs.InvalidPathException";
inline constexpr const char* kAlreadyBeingCreated = "org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException";
inline constexpr const char* kRecoveryInProgress = "org.apache.hadoop.hdfs.protocol.RecoveryInProgressException";
inline constexpr const char* kLeaseExpired = "org.apache.hadoop.hdfs.server.namenode.LeaseExpiredException";
inline constexpr const char* kNotReplicatedYet = "org.apache.hadoop.hdfs.server.namenode.NotReplicatedYetException";
inline constexpr const char* kSafeMode = "org.apache.hadoop.hdfs.server.namenode.SafeModeException";
inline constexpr const char* kNsQuotaExceeded = "org.apache.hadoop.hdfs.protocol.NSQuotaExceededException";
inline constexpr const char* kDsQuotaExceeded = "org.apache.hadoop.hdfs.protocol.DSQuotaExceededException";
inline constexpr const char* kPathComponentTooLong =
    "org.apache.hadoop.hdfs.protocol.FSLimitException$PathComponentTooLongException";
inline constexpr const char* kMaxDirectoryItemsExceeded =
    "org.apache.hadoop.hdfs.protocol.FSLimitException$MaxDirectoryItemsExceededException";
inline constexpr const char* kUnregisteredNode = "org.apache.hadoop.hdfs.protocol.UnregisteredNodeException";
inline constexpr const char* kDisallowedDatanode =
    "org.apache.hadoop.hdfs.server.protocol.DisallowedDatanodeException";
inline constexpr const char* kReplicaNotFound = "org.apache.hadoop.hdfs.server.datanode.ReplicaNotFoundException";
inline constexpr const char* kStandby = "org.apache.hadoop.ipc.StandbyException";
inline constexpr const char* kRetriable = "org.apache.hadoop.ipc.RetriableException";
inline constexpr const char* kAuthorization = "org.apache.hadoop.security.authorize.AuthorizationException";
}  // namespace java

// One Status of the class. kCode follows from it: see errors.cc.
Status Exception(const char* java_class, std::string message);
// The code that a class stands for; kIo for classes not listed above.
Code CodeOf(std::string_view java_class);

}  // namespace mrd::dfs

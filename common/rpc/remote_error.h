#pragma once

#include <string_view>

#include "common/base/status.h"
#include "common/rpc/frame.h"

namespace mrd::rpc {

// How a Status travels as a Java exception and back. This table knows the classes of RPC itself and the common ones that
// HDFS clients branch on; further classes travel as the tag of a Status.

namespace java {  // Fully qualified class names; fixed by the wire.
inline constexpr const char* kIo = "java.io.IOException";
inline constexpr const char* kRpcServer = "org.apache.hadoop.ipc.RpcServerException";
inline constexpr const char* kIpc = "org.apache.hadoop.ipc.IpcException";
inline constexpr const char* kNoSuchMethod = "org.apache.hadoop.ipc.RpcNoSuchMethodException";
inline constexpr const char* kNoSuchProtocol = "org.apache.hadoop.ipc.RpcNoSuchProtocolException";
inline constexpr const char* kVersionMismatch = "org.apache.hadoop.ipc.RPC$VersionMismatch";
inline constexpr const char* kAuthorization = "org.apache.hadoop.security.authorize.AuthorizationException";
inline constexpr const char* kRetriable = "org.apache.hadoop.ipc.RetriableException";
}  // namespace java

// The class to throw for a failure: its tag, or what its code stands for. Lives as long as the Status.
// REQUIRES: !status.ok().
std::string_view ExceptionClass(const Status& status);

// What kind of error the class is for the wire. A fatal one ends the connection.
ErrorDetail DetailOf(std::string_view exception_class);

// The failure that a server threw: the class as the tag, the first line of `text` as the message, the code from the table;
// classes that are not in it are kIo. Safe mode that ends by itself is kUnavailable.
Status FromException(std::string_view exception_class, std::string_view text);

}  // namespace mrd::rpc

#include "common/rpc/remote_error.h"

#include <catch2/catch.hpp>
#include <string>

namespace mrd::rpc {
namespace {

TEST_CASE("remote error: codes have their classes, a tag goes before them", "[rpc]") {
  CHECK(ExceptionClass(NotFound("x")) == "java.io.FileNotFoundException");
  CHECK(ExceptionClass(AlreadyExists("x")) == "org.apache.hadoop.fs.FileAlreadyExistsException");
  CHECK(ExceptionClass(PermissionDenied("x")) == "org.apache.hadoop.security.AccessControlException");
  CHECK(ExceptionClass(InvalidArgument("x")) == "java.lang.IllegalArgumentException");
  CHECK(ExceptionClass(Unimplemented("x")) == "java.lang.UnsupportedOperationException");
  CHECK(ExceptionClass(Unavailable("x")) == "org.apache.hadoop.ipc.RetriableException");
  CHECK(ExceptionClass(Corruption("x")) == "java.io.IOException");
  const Status tagged = NotFound("x").WithTag("org.example.Oops");
  CHECK(ExceptionClass(tagged) == "org.example.Oops");
}

TEST_CASE("remote error: classes come back as tag and code, without the stack trace", "[rpc]") {
  const Status status = FromException("java.io.FileNotFoundException", "File does not exist: /a\n\tat Foo.bar(Foo.java:1)");
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.message() == "File does not exist: /a");
  CHECK(status.tag() == "java.io.FileNotFoundException");
  CHECK(FromException("org.apache.hadoop.ipc.StandbyException", "x").code() == Code::kUnavailable);
  CHECK(FromException("com.example.Strange", "x").code() == Code::kIo);
  // A namenode that starts will serve; one whose safe mode somebody turned on waits for somebody.
  const std::string safe_mode = "org.apache.hadoop.hdfs.server.namenode.SafeModeException";
  const std::string refused = "Cannot delete /a. Name node is in safe mode.\n";
  CHECK(FromException(safe_mode, refused + "The reported blocks 0 needs additional 2 blocks to reach the threshold. Safe "
                                           "mode will be turned off automatically once the thresholds have been reached.")
            .code() == Code::kUnavailable);
  CHECK(FromException(safe_mode, refused + "It was turned on manually.").code() == Code::kFailedPrecondition);
  CHECK(FromException("com.example.Strange", "x").tag() == "com.example.Strange");
  CHECK(FromException("", "").code() == Code::kIo);
}

TEST_CASE("remote error: only unreadable requests end the connection", "[rpc]") {
  CHECK(DetailOf(java::kNoSuchMethod) == ErrorDetail::kNoSuchMethod);
  CHECK(DetailOf(java::kNoSuchProtocol) == ErrorDetail::kNoSuchProtocol);
  CHECK(DetailOf("java.io.IOException") == ErrorDetail::kApplication);
  CHECK(DetailOf(java::kRpcServer) == ErrorDetail::kFatalDeserializing);
}

}  // namespace
}  // namespace mrd::rpc

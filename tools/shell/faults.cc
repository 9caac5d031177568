#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

constexpr const char* kUsageTag = "shell.usage";
constexpr const char* kInterruptTag = "shell.interrupt";
constexpr const char* kWordedTag = "shell.worded";

std::string Quoted(std::string_view text) { return "`" + std::string(text) + "'"; }

Status Fault(Code code, std::string_view text, std::string_view reason) {
  return Status(code, Quoted(text) + ": " + std::string(reason)).WithTag(kWordedTag);
}

}  // namespace

Status NoSuchFile(std::string_view text) { return Fault(Code::kNotFound, text, "No such file or directory"); }
Status FileExists(std::string_view text) { return Fault(Code::kAlreadyExists, text, "File exists"); }
Status IsDirectory(std::string_view text) { return Fault(Code::kFailedPrecondition, text, "Is a directory"); }
Status IsNotDirectory(std::string_view text) { return Fault(Code::kFailedPrecondition, text, "Is not a directory"); }
Status IsNotEmpty(std::string_view text) { return Fault(Code::kFailedPrecondition, text, "Directory is not empty"); }
Status PathFault(std::string_view text, std::string_view reason) { return Fault(Code::kIo, text, reason); }

Status OperationFault(std::string_view operation, std::string_view text, std::string_view target) {
  std::string message = std::string(operation) + " " + Quoted(text);
  if (!target.empty()) message += " to " + Quoted(target);
  return Status(Code::kIo, message + ": Input/output error").WithTag(kWordedTag);
}

Status UsageFault(std::string message) { return InvalidArgument(std::move(message)).WithTag(kUsageTag); }
bool IsUsageFault(const Status& status) { return status.tag() == kUsageTag; }

Status Interrupted() { return Cancelled("Interrupted").WithTag(kInterruptTag); }
bool IsInterrupted(const Status& status) { return status.tag() == kInterruptTag; }

Status Worded(Status status, std::string_view text) {
  if (status.ok() || !status.tag().empty()) return status;
  switch (status.code()) {
    case Code::kNotFound:
      return NoSuchFile(text);
    case Code::kAlreadyExists:
      return FileExists(text);
    case Code::kPermissionDenied:
      return Fault(Code::kPermissionDenied, text, "Permission denied");
    default:
      return status;
  }
}

}  // namespace mrd::shell

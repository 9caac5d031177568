#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mrd::shell {

// Failures as the shell words them: "`/data': Is a directory". `text` is the path as the user wrote it.
Status NoSuchFile(std::string_view text);
Status FileExists(std::string_view text);
Status IsDirectory(std::string_view text);
Status IsNotDirectory(std::string_view text);
Status IsNotEmpty(std::string_view text);
Status PathFault(std::string_view text, std::string_view reason = "Input/output error");
// "rename `a' to `b': Input/output error".
Status OperationFault(std::string_view operation, std::string_view text, std::string_view target);

// Wrong words: the command's usage is printed below the message and the exit status is 255.
Status UsageFault(std::string message);
bool IsUsageFault(const Status& status);

// Ctrl-C while something was half done: exit status 130.
Status Interrupted();
bool IsInterrupted(const Status& status);

// `status` of an operation on the path: in the shell's words where it says just why the system refused, else as it is
// (what a namenode answered already names path and reason).
Status Worded(Status status, std::string_view text);

}  // namespace mrd::shell

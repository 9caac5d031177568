// stat, test, checksum.
#include <string>
#include <string_view>

#include "common/base/hex.h"
#include "tools/shell/command.h"
#include "tools/shell/dates.h"
#include "tools/shell/faults.h"
#include "tools/shell/item.h"
#include "tools/shell/permission.h"

namespace mrd::shell {
namespace {

std::string Field(const Item& item, char letter) {
  const fs::FileStatus& status = *item.status;
  switch (letter) {
    case 'a':
      return PermissionDigits(status.mode);
    case 'A':
      return PermissionLetters(status.mode);
    case 'b':
      return std::to_string(status.size_bytes);
    case 'F':
      return status.is_directory ? "directory" : "regular file";
    case 'g':
      return status.group;
    case 'n':
      return item.path.name();
    case 'o':
      return std::to_string(status.block_size_bytes);
    case 'r':
      return std::to_string(status.is_directory ? 0 : status.replication);
    case 'u':
      return status.owner;
    case 'x':
      return UtcTime(status.accessed_ms);
    case 'X':
      return std::to_string(status.accessed_ms);
    case 'y':
      return UtcTime(status.modified_ms);
    case 'Y':
      return std::to_string(status.modified_ms);
    default:
      return std::string(1, letter);  // "%%" too
  }
}

std::string Filled(std::string_view format, const Item& item) {
  std::string line;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      line += Field(item, format[++i]);
    } else {
      line += format[i];
    }
  }
  return line;
}

constexpr std::uint32_t kRead = 4;
constexpr std::uint32_t kWrite = 2;

}  // namespace

Status RunStat(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  std::string format = "%y";
  if (words[0].find('%') != std::string::npos) {
    format = words[0];
    words.erase(words.begin());
  }
  if (words.empty()) words.emplace_back(".");
  VisitWords(session, words, [&](Item& item) {
    session.PrintLine(Filled(format, item));
    return Status::Ok();
  });
  return Status::Ok();
}

Status RunTest(Session& session, Words words) {
  OptionWords options(1, 1, {"e", "d", "f", "s", "z", "w", "r"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  if (options.seen().empty()) return UsageFault("No test flag given");
  if (options.seen().size() > 1) return UsageFault("Only one test flag is allowed");
  const char flag = (*options.seen().begin())[0];
  const auto check = [&](Item& item) -> Status {
    bool answer = true;
    if (flag == 'd') answer = item.is_directory();
    if (flag == 'f') answer = !item.is_directory();
    if (flag == 's') answer = item.size_bytes() > 0;
    if (flag == 'z') answer = item.size_bytes() == 0;
    if (flag == 'r' || flag == 'w') {
      Result<bool> allowed = item.file_system->MayAccess(item.path, flag == 'r' ? kRead : kWrite);
      if (!allowed.ok()) return Worded(allowed.status(), item.text);
      answer = *allowed;
    }
    if (!answer) session.SetExitStatus(1);
    return Status::Ok();
  };
  const auto missing = [&](Item&) {
    session.SetExitStatus(1);
    return Status::Ok();
  };
  VisitWords(session, words, check, missing);
  return Status::Ok();
}

Status RunChecksum(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {"v"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  VisitWords(session, words, [&](Item& item) -> Status {
    if (item.is_directory()) return IsDirectory(item.text);
    std::string line = item.text;
    Result<fs::FileChecksum> checksum = item.file_system->Checksum(item.path);
    if (checksum.ok()) {
      line += "\t" + checksum->algorithm + "\t" + ToHex(checksum->bytes.data(), checksum->bytes.size());
    } else if (checksum.status().code() == Code::kUnimplemented) {
      line += "\tNONE\t";
    } else {
      return Worded(checksum.status(), item.text);
    }
    if (options.Has("v")) line += "\tBlockSize=" + std::to_string(item.status->block_size_bytes);
    session.PrintLine(line);
    return Status::Ok();
  });
  return Status::Ok();
}

}  // namespace mrd::shell

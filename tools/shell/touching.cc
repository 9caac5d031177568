// touch, touchz, truncate.
#include <string>
#include <utility>
#include <vector>

#include "tools/shell/command.h"
#include "tools/shell/dates.h"
#include "tools/shell/destination.h"
#include "tools/shell/faults.h"
#include "tools/shell/interrupt.h"
#include "tools/shell/item.h"

namespace mrd::shell {
namespace {

constexpr long kRecoveryPauseMs = 1000;

Status CreateEmpty(const Item& item) {
  auto file = item.file_system->Create(item.path, true);
  if (!file.ok()) return Worded(file.status(), item.text);
  return Worded((*file)->Close(), item.text);
}

Status CreateNew(const Item& item) {
  MRD_RETURN_IF_ERROR(CheckDestination(item, 1, true));
  return CreateEmpty(item);
}

}  // namespace

Status RunTouchz(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const auto found = [](Item& item) -> Status {
    if (item.is_directory()) return IsDirectory(item.text);
    if (item.size_bytes() != 0) return PathFault(item.text, "Not a zero-length file");
    return CreateEmpty(item);
  };
  VisitWords(session, words, found, [](Item& item) { return CreateNew(item); });
  return Status::Ok();
}

Status RunTouch(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {"a", "m", "c"}, {"t"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  std::int64_t time = session.clock().WallMillis();
  if (const auto text = options.Value("t")) {
    const auto parsed = ParseTouchTime(*text);
    if (!parsed) {
      return UsageFault("Unable to parse the specified timestamp " + *text + ". The expected format is yyyyMMdd:HHmmss");
    }
    time = *parsed;
  }
  const bool both = options.Has("a") == options.Has("m");
  const auto set = [&](Item& item) {
    Status status = item.file_system->SetTimes(item.path, both || options.Has("m") ? time : -1,
                                               both || options.Has("a") ? time : -1);
    return Worded(std::move(status), item.text);
  };
  const auto make = [&](Item& item) -> Status {
    if (options.Has("c")) return Status::Ok();
    MRD_RETURN_IF_ERROR(CreateNew(item));
    return set(item);
  };
  VisitWords(session, words, set, make);
  return Status::Ok();
}

Status RunTruncate(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {"w"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const auto length = ParseNumber(words[0]);
  if (!length) {
    session.Warn("Illegal length, a non-negative integer expected");
    return UsageFault("For input string: \"" + words[0] + "\"");
  }
  if (*length < 0) return UsageFault("length must be >= 0");
  words.erase(words.begin());
  const auto wanted = static_cast<std::uint64_t>(*length);
  std::vector<Item> unfinished;
  VisitWords(session, words, [&](Item& item) -> Status {
    if (item.is_directory()) return IsDirectory(item.text);
    if (wanted > item.size_bytes()) {
      return InvalidArgument("Cannot truncate to a larger file size. Current size: " +
                             std::to_string(item.size_bytes()) + ", truncate size: " + std::to_string(wanted) + ".");
    }
    Result<bool> done = item.file_system->Truncate(item.path, wanted);
    if (!done.ok()) return Worded(done.status(), item.text);
    if (*done) {
      session.PrintLine("Truncated " + item.text + " to length: " + std::to_string(wanted));
    } else if (options.Has("w")) {
      unfinished.push_back(item);
    } else {
      session.PrintLine("Truncating " + item.text + " to length: " + std::to_string(wanted) +
                        ". Wait for block recovery to complete before further updating this file.");
    }
    return Status::Ok();
  });
  const InterruptScope scope;
  for (const Item& item : unfinished) {
    session.Print("Waiting for " + item.text + " ...");
    while (true) {
      Result<bool> closed = item.file_system->IsClosed(item.path);
      if (!closed.ok()) return Worded(closed.status(), item.text);
      if (*closed) break;
      session.Print(".");
      session.Flush();
      if (InterruptScope::Wait(kRecoveryPauseMs)) return Interrupted();
    }
    session.PrintLine("\nTruncated " + item.text + " to length: " + std::to_string(wanted));
  }
  return Status::Ok();
}

}  // namespace mrd::shell

#include <string>
#include <vector>

#include "tools/shell/command.h"
#include "tools/shell/faults.h"
#include "tools/shell/interrupt.h"
#include "tools/shell/item.h"

namespace mrd::shell {
namespace {

constexpr long kPauseMs = 1000;

// How far the blocks are: none waits, or some have fewer or more replicas than wanted.
enum class Progress { kDone, kTooFew, kTooMany };

Result<Progress> ProgressOf(const Item& item, std::size_t wanted) {
  auto blocks = item.file_system->Locate(item.path, 0, item.size_bytes());
  if (!blocks.ok()) return Worded(blocks.status(), item.text);
  for (const fs::BlockLocation& block : *blocks) {
    if (block.hosts.size() < wanted) return Progress::kTooFew;
    if (block.hosts.size() > wanted) return Progress::kTooMany;
  }
  return Progress::kDone;
}

Status WaitFor(Session& session, Item& item, std::size_t wanted) {
  session.Print("Waiting for " + item.text + " ...");
  bool warned = false;
  while (true) {
    MRD_RETURN_IF_ERROR(item.Refresh());
    if (!item.exists()) return NoSuchFile(item.text);
    MRD_ASSIGN_OR_RETURN(const Progress progress, ProgressOf(item, wanted));
    if (progress == Progress::kDone) break;
    if (progress == Progress::kTooMany && !warned) {
      session.PrintLine("\nWARNING: the waiting time may be long for DECREASING the number of replications.");
      warned = true;
    }
    session.Print(".");
    session.Flush();
    if (InterruptScope::Wait(kPauseMs)) return Interrupted();
  }
  session.PrintLine(" done");
  return Status::Ok();
}

}  // namespace

Status RunSetrep(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {"R", "w"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const auto replication = ParseNumber(words[0]);
  if (!replication || *replication > 32767) {
    session.Warn("Illegal replication, a positive integer expected");
    return UsageFault("For input string: \"" + words[0] + "\"");
  }
  if (*replication < 1) return UsageFault("replication must be >= 1");
  words.erase(words.begin());
  const auto wanted = static_cast<std::uint32_t>(*replication);
  std::vector<Item> changed;
  const auto set = [&](Item& item) -> Status {
    if (item.is_directory()) return Status::Ok();
    Result<bool> done = item.file_system->SetReplication(item.path, wanted);
    if (!done.ok()) return Worded(done.status(), item.text);
    if (!*done) return IoError("Could not set replication for: " + item.text);
    session.PrintLine("Replication " + std::to_string(wanted) + " set: " + item.text);
    changed.push_back(item);
    return Status::Ok();
  };
  VisitWords(session, words, [&](Item& item) {
    VisitTree(session, item, set);
    return Status::Ok();
  });
  if (!options.Has("w")) return Status::Ok();
  const InterruptScope scope;
  for (Item& item : changed) MRD_RETURN_IF_ERROR(WaitFor(session, item, wanted));
  return Status::Ok();
}

}  // namespace mrd::shell

#include <utility>
#include <vector>

#include "tools/shell/command.h"
#include "tools/shell/destination.h"
#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

Status Move(const Item& source, const Item& destination) {
  MRD_ASSIGN_OR_RETURN(const Item target, TargetFor(destination, source));
  MRD_RETURN_IF_ERROR(CheckNotBelowItself(source, target));
  if (source.file_system != target.file_system) return PathFault(source.text, "Does not match target filesystem");
  if (target.exists()) return FileExists(target.text);
  return Worded(source.file_system->Rename(source.path, target.path), source.text);
}

}  // namespace

Status RunMv(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  MRD_ASSIGN_OR_RETURN(const Item destination, RemoteDestination(session.file_systems(), words));
  const std::vector<Item> sources = ExpandWords(session, words);
  if (sources.empty()) return Status::Ok();
  MRD_RETURN_IF_ERROR(CheckDestination(destination, sources.size(), false));
  for (const Item& source : sources) {
    session.FailUnlessOk(source.exists() ? Move(source, destination) : NoSuchFile(source.text));
  }
  return Status::Ok();
}

}  // namespace mrd::shell

// mkdir, rmdir.
#include <optional>

#include "tools/shell/command.h"
#include "tools/shell/faults.h"
#include "tools/shell/item.h"

namespace mrd::shell {

Status RunMkdir(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {"p"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const bool parents = options.Has("p");
  const auto found = [&](Item& item) {
    if (!item.is_directory()) return IsNotDirectory(item.text);
    return parents ? Status::Ok() : FileExists(item.text);
  };
  const auto make = [&](Item& item) -> Status {
    if (!parents) {
      MRD_ASSIGN_OR_RETURN(const bool has_parent, item.ParentExists());
      if (!has_parent) return NoSuchFile(item.path.parent().ToString());
    }
    return Worded(item.file_system->Mkdirs(item.path, std::nullopt, parents), item.text);
  };
  VisitWords(session, words, found, make);
  return Status::Ok();
}

Status RunRmdir(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {"-ignore-fail-on-non-empty"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const bool ignore = options.Has("-ignore-fail-on-non-empty");
  VisitWords(session, words, [&](Item& item) -> Status {
    if (!item.is_directory()) return IsNotDirectory(item.text);
    MRD_ASSIGN_OR_RETURN(const std::vector<Item> children, ChildrenOf(item));
    if (!children.empty()) return ignore ? Status::Ok() : IsNotEmpty(item.text);
    Result<bool> deleted = item.file_system->Delete(item.path, false);
    if (!deleted.ok()) return Worded(deleted.status(), item.text);
    return *deleted ? Status::Ok() : PathFault(item.text);
  });
  return Status::Ok();
}

}  // namespace mrd::shell

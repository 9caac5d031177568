// chmod, chown, chgrp.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "tools/shell/command.h"
#include "tools/shell/faults.h"
#include "tools/shell/item.h"
#include "tools/shell/permission.h"

namespace mrd::shell {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./@").find(c) != std::string_view::npos;
}

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsNameCharacter);
}

// Each item of the words, with all below them if `descend`.
void Change(Session& session, const Words& words, bool descend, const Visit& change) {
  VisitWords(session, words, [&](Item& item) -> Status {
    if (!descend) return change(item);
    VisitTree(session, item, change);
    return Status::Ok();
  });
}

// "changing permissions of '/x': why".
Status Changing(Status status, std::string_view what, const Item& item) {
  if (status.ok()) return status;
  return std::move(status).WithContext("changing " + std::string(what) + " of '" + item.text + "'");
}

struct Owners {
  std::string owner;  // "": unchanged
  std::string group;
};

Status SetOwners(Session& session, const Words& words, bool descend, const Owners& owners) {
  Change(session, words, descend, [&](Item& item) -> Status {
    const bool owner = !owners.owner.empty() && owners.owner != item.status->owner;
    const bool group = !owners.group.empty() && owners.group != item.status->group;
    if (!owner && !group) return Status::Ok();
    Status status = item.file_system->SetOwner(item.path, owner ? owners.owner : "", group ? owners.group : "");
    return Changing(std::move(status), "ownership", item);
  });
  return Status::Ok();
}

}  // namespace

Status RunChmod(Session& session, Words words) {
  // "-rwx" is a mode, not an option: only what stands first and is known is one.
  bool descend = false;
  while (!words.empty() && words[0] == "-R") {
    descend = true;
    words.erase(words.begin());
  }
  OptionWords options(2, OptionWords::kMany, {});
  const bool mode_with_dash = !words.empty() && words[0].size() > 1 && words[0][0] == '-' &&
                              words[0].find_first_not_of("rwxXt,-+=ugoa", 1) == std::string::npos;
  const std::string first = mode_with_dash ? words[0] : "";
  if (mode_with_dash) words[0] = "mode";
  MRD_RETURN_IF_ERROR(options.Parse(words));
  if (mode_with_dash) words[0] = first;
  MRD_ASSIGN_OR_RETURN(const ModeChange mode, ModeChange::Parse(words[0], session.settings().umask));
  words.erase(words.begin());
  Change(session, words, descend, [&](Item& item) -> Status {
    const std::uint32_t now = item.status->mode & 01777;
    const std::uint32_t wanted = mode.Apply(now, item.is_directory());
    if (wanted == now) return Status::Ok();
    return Changing(item.file_system->SetPermission(item.path, wanted), "permissions", item);
  });
  return Status::Ok();
}

Status RunChown(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {"R"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const std::string spec = words[0];
  words.erase(words.begin());
  const std::size_t colon = spec.find(':');
  Owners owners;
  owners.owner = spec.substr(0, colon);
  if (colon != std::string::npos) owners.group = spec.substr(colon + 1);
  const auto fits = [](const std::string& name) { return name.empty() || IsName(name); };
  if (!fits(owners.owner) || !fits(owners.group)) {
    return UsageFault("'" + spec + "' does not match expected pattern for [owner][:group].");
  }
  if (owners.owner.empty() && owners.group.empty()) {
    return UsageFault("'" + spec + "' does not specify  owner or group.");
  }
  return SetOwners(session, words, options.Has("R"), owners);
}

Status RunChgrp(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {"R"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  Owners owners;
  owners.group = words[0];
  words.erase(words.begin());
  if (!IsName(owners.group)) {
    return UsageFault("'" + owners.group + "' does not match expected pattern for group");
  }
  return SetOwners(session, words, options.Has("R"), owners);
}

}  // namespace mrd::shell

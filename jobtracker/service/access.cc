#include "jobtracker/service/access.h"

#include <algorithm>
#include <utility>

#include "common/base/environment.h"

namespace mrd::jobtracker {
namespace {

constexpr std::int64_t kKeepMs = 300'000;
constexpr std::size_t kUsersMax = 10'000;  // a client may invent names; beyond this the answers kept start anew

std::set<std::string> Names(std::string_view text) {
  std::set<std::string> names;
  while (!text.empty()) {
    const std::size_t end = text.find(',');
    std::string_view name = text.substr(0, end);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (!name.empty()) names.emplace(name);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return names;
}

}  // namespace

AccessList AccessList::Parse(std::string_view text) {
  AccessList list;
  // Users end at the first blank; a blank in front means that there are groups only.
  const std::size_t blank = text.find(' ');
  list.users_ = Names(text.substr(0, blank));
  if (blank != std::string_view::npos) list.groups_ = Names(text.substr(blank + 1));
  list.everybody_ = list.users_.contains("*") || list.groups_.contains("*");
  return list;
}

const std::vector<std::string>& Access::GroupsOf(const std::string& user, std::int64_t now_ms) {
  if (groups_.size() > kUsersMax) groups_.clear();
  Groups& groups = groups_[user];
  if (now_ms >= groups.until_ms) {
    groups.names = GroupsOfUser(user);
    groups.until_ms = now_ms + kKeepMs;
  }
  return groups.names;
}

bool Access::IsOn(const AccessList& list, const std::string& user, std::int64_t now_ms) {
  if (list.everybody() || list.users().contains(user)) return true;
  if (list.groups().empty()) return false;
  const std::vector<std::string>& groups = GroupsOf(user, now_ms);
  return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) { return list.groups().contains(group); });
}

bool Access::IsAdministrator(const std::string& user, std::int64_t now_ms) {
  return user == options_.superuser || IsOn(options_.administrators, user, now_ms);
}

Status Access::MayView(const std::string& user, const Job& job, std::int64_t now_ms) {
  if (!options_.lists_heeded || user == job.owner || IsAdministrator(user, now_ms)) return Status::Ok();
  if (IsOn(AccessList::Parse(job.view_list), user, now_ms)) return Status::Ok();
  return PermissionDenied("user " + user + " may not see " + job.id + ": it belongs to " + job.owner +
                          ", whose mapreduce.job.acl-view-job does not name the user");
}

Status Access::MayModify(const std::string& user, const Job& job, std::int64_t now_ms) {
  if (user == job.owner || IsAdministrator(user, now_ms)) return Status::Ok();
  if (options_.lists_heeded && IsOn(AccessList::Parse(job.modify_list), user, now_ms)) return Status::Ok();
  return PermissionDenied("user " + user + " may not change " + job.id + ": only its owner " + job.owner +
                          ", administrators" +
                          (options_.lists_heeded ? " and those named in its mapreduce.job.acl-modify-job may" : " may"));
}

Status Access::MaySubmit(const std::string& user, const std::string& queue, std::int64_t now_ms) {
  if (!options_.lists_heeded || IsAdministrator(user, now_ms)) return Status::Ok();
  const auto list = options_.submitters.find(queue);
  if (list == options_.submitters.end() || IsOn(list->second, user, now_ms)) return Status::Ok();
  return PermissionDenied("user " + user + " may not submit to queue " + queue + "; mapreduce.jobtracker.queue." + queue +
                          ".acl-submit-job names who may, `mapred queue -showacls` which queues there are");
}

Status Access::MayAdminister(const std::string& user, std::int64_t now_ms) {
  if (IsAdministrator(user, now_ms)) return Status::Ok();
  return PermissionDenied("user " + user + " is no administrator: neither " + options_.superuser +
                          ", who runs the jobtracker, nor named in mapreduce.cluster.administrators");
}

std::vector<std::string> Access::Submitters(const std::string& queue) const {
  const auto list = options_.submitters.find(queue);
  if (!options_.lists_heeded || list == options_.submitters.end() || list->second.everybody()) return {"*"};
  std::vector<std::string> names(list->second.users().begin(), list->second.users().end());
  for (const std::string& group : list->second.groups()) names.push_back("@" + group);
  return names;
}

}  // namespace mrd::jobtracker

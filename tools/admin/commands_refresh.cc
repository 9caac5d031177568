// What the daemons read again, and upgrades.

#include <array>
#include <limits>

#include "tools/admin/command.h"
#include "tools/admin/size_text.h"
#include "tools/shell/faults.h"

namespace mrd::admin {
namespace {

// Asks the namenode for one thing and says that it was done.
Status Do(Session& session, Status (Namenode::*what)(), const char* done) {
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_RETURN_IF_ERROR((namenode->*what)());
  session.PrintLine(done);
  return Status::Ok();
}

Status RunRefreshNodes(Session& session, const Words&) {
  return Do(session, &Namenode::RefreshNodes, "Refresh nodes successful");
}
Status RunRefreshServiceAcl(Session& session, const Words&) {
  return Do(session, &Namenode::RefreshServiceAcl, "Refresh service acl successful");
}
Status RunRefreshUserToGroups(Session& session, const Words&) {
  return Do(session, &Namenode::RefreshUserToGroupsMappings, "Refresh user to groups mapping successful");
}
Status RunRefreshSuperUserGroups(Session& session, const Words&) {
  return Do(session, &Namenode::RefreshSuperUserGroups, "Refresh super user groups configuration successful");
}
Status RunRefreshCallQueue(Session& session, const Words&) {
  return Do(session, &Namenode::RefreshCallQueue, "Refresh call queue successful");
}
Status RunFinalizeUpgrade(Session& session, const Words&) {
  return Do(session, &Namenode::FinalizeUpgrade, "Finalize upgrade successful");
}

Status RunUpgrade(Session& session, const Words& words) {
  if (words[0] == "finalize") return RunFinalizeUpgrade(session, words);
  if (words[0] != "query") return shell::UsageFault(words[0] + ": neither query nor finalize");
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_ASSIGN_OR_RETURN(const bool finished, namenode->UpgradeIsFinal());
  session.PrintLine(finished ? "Upgrade finalized" : "Upgrade not finalized");
  return Status::Ok();
}

Status RunRollingUpgrade(Session& session, const Words& words) {
  const std::string word = words.empty() ? "query" : words[0];
  Upgrade action = Upgrade::kQuery;
  const char* name = "QUERY";
  if (word == "prepare") {
    action = Upgrade::kPrepare;
    name = "PREPARE";
  } else if (word == "finalize") {
    action = Upgrade::kFinalize;
    name = "FINALIZE";
  } else if (word != "query") {
    return shell::UsageFault(word + ": none of query, prepare, finalize");
  }
  session.PrintLine(std::string(name) + " rolling upgrade ...");
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_ASSIGN_OR_RETURN(const bool under_way, namenode->RollingUpgrade(action));
  session.PrintLine(
      under_way ? "A rolling upgrade is in progress."
                : "There is no rolling upgrade in progress or rolling upgrade has already been finalized.");
  return Status::Ok();
}

Status RunSetBalancerBandwidth(Session& session, const Words& words) {
  const Result<std::int64_t> bandwidth = ParseSize(words[0]);
  if (!bandwidth.ok()) return shell::UsageFault(bandwidth.status().message());
  if (*bandwidth < 0) return shell::UsageFault("Bandwidth should be a non-negative integer");
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_RETURN_IF_ERROR(namenode->SetBalancerBandwidth(*bandwidth));
  session.PrintLine("Balancer bandwidth is set to " + std::to_string(*bandwidth));
  return Status::Ok();
}

Status SetSnapshottable(Session& session, const std::string& directory, bool allowed) {
  MRD_ASSIGN_OR_RETURN(const Session::Place place, session.Resolve(directory));
  MRD_RETURN_IF_ERROR(place.namenode->SetSnapshottable(place.path, allowed));
  session.PrintLine((allowed ? "Allowing snapshot on " : "Disallowing snapshot on ") + directory + " succeeded");
  return Status::Ok();
}
Status RunAllowSnapshot(Session& session, const Words& words) { return SetSnapshottable(session, words[0], true); }
Status RunDisallowSnapshot(Session& session, const Words& words) { return SetSnapshottable(session, words[0], false); }

constexpr std::array kCommands = {
    Command{"refreshNodes", "",
            "The namenode reads the files of dfs.hosts and dfs.hosts.exclude again. Only hosts in the first, if it\n"
            "is set, may register; those in the second are decommissioned: their blocks are copied to others.\n",
            0, 0, RunRefreshNodes},
    Command{"refreshServiceAcl", "", "The namenode reads again who may call which service.\n", 0, 0,
            RunRefreshServiceAcl},
    Command{"refreshUserToGroupsMappings", "", "The namenode asks again which groups users are in.\n", 0, 0,
            RunRefreshUserToGroups},
    Command{"refreshSuperUserGroupsConfiguration", "", "The namenode reads again who may act for others.\n", 0, 0,
            RunRefreshSuperUserGroups},
    Command{"refreshCallQueue", "", "The namenode makes its queue of calls anew.\n", 0, 0, RunRefreshCallQueue},
    Command{"setBalancerBandwidth", "<bandwidth in bytes per second>",
            "Tells every live datanode how many bytes each second a balancer may move, until it restarts. Takes k,\n"
            "m, g.\n",
            1, 1, RunSetBalancerBandwidth},
    Command{"finalizeUpgrade", "", "What was kept for going back before an upgrade is deleted.\n", 0, 0,
            RunFinalizeUpgrade},
    Command{"upgrade", "<query | finalize>", "Tells whether an upgrade is final, or makes it so.\n", 1, 1, RunUpgrade},
    Command{"rollingUpgrade", "[<query|prepare|finalize>]", "Tells whether a rolling upgrade is under way.\n", 0, 1,
            RunRollingUpgrade},
    Command{"allowSnapshot", "<snapshotDir>", "Lets snapshots of a directory be made.\n", 1, 1, RunAllowSnapshot},
    Command{"disallowSnapshot", "<snapshotDir>", "Ends that.\n", 1, 1, RunDisallowSnapshot},
};

}  // namespace

std::span<const Command> RefreshCommands() { return kCommands; }

}  // namespace mrd::admin

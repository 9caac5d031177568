// What one datanode is asked.

#include <array>
#include <memory>

#include "tools/admin/command.h"
#include "tools/admin/report.h"
#include "tools/shell/faults.h"

namespace mrd::admin {
namespace {

// An address that is none is a matter of words.
Result<std::unique_ptr<Datanode>> At(Session& session, const std::string& address) {
  Result<std::unique_ptr<Datanode>> datanode = session.DatanodeAt(address);
  if (!datanode.ok() && datanode.status().code() == Code::kInvalidArgument) {
    return shell::UsageFault(datanode.status().message());
  }
  return datanode;
}

// A datanode that cannot be reached is said to be so; what it answered stays as it is.
Status Unreachable(const Status& status) {
  if (status.ok() || !status.tag().empty()) return status;
  return Status(status).WithContext("Datanode unreachable");
}

Status RunGetDatanodeInfo(Session& session, const Words& words) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  const Result<DatanodeFacts> facts = datanode->Facts();
  if (!facts.ok()) return Unreachable(facts.status());
  session.PrintLine("Uptime: " + std::to_string(facts->uptime_seconds) +
                    ", Software version: " + facts->software_version + ", Config version: " + facts->config_version);
  return Status::Ok();
}

Status RunGetVolumeReport(Session& session, const Words& words) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  const Result<std::vector<VolumeInfo>> volumes = datanode->Volumes();
  if (!volumes.ok()) return Unreachable(volumes.status());
  session.Print(VolumesText(*volumes));
  return Status::Ok();
}

Status RunGetBalancerBandwidth(Session& session, const Words& words) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  const Result<std::uint64_t> bandwidth = datanode->BalancerBandwidth();
  if (!bandwidth.ok()) return Unreachable(bandwidth.status());
  session.PrintLine("Balancer bandwidth is " + std::to_string(*bandwidth) + " bytes per second.");
  return Status::Ok();
}

Status RunTriggerBlockReport(Session& session, const Words& given) {
  Words words = given;
  const bool incremental = words[0] == "-incremental";
  if (incremental) words.erase(words.begin());
  if (words.empty()) return shell::UsageFault("no datanode is named");
  // A datanode has one namenode, so naming it changes nothing.
  if (words.size() == 3 && words[1] == "-namenode") words.resize(1);
  if (words.size() != 1) return shell::UsageFault("Can't understand arguments: " + words[1]);
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  MRD_RETURN_IF_ERROR(Unreachable(datanode->TriggerBlockReport(incremental)));
  session.PrintLine(std::string("Triggering ") + (incremental ? "an incremental" : "a full") + " block report on " +
                    datanode->address().ToString() + ".");
  return Status::Ok();
}

Status RunShutdownDatanode(Session& session, const Words& words) {
  const bool for_upgrade = words.size() == 2;
  if (for_upgrade && words[1] != "upgrade") return shell::UsageFault(words[1] + ": only \"upgrade\" may follow");
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  MRD_RETURN_IF_ERROR(Unreachable(datanode->Shutdown(for_upgrade)));
  session.PrintLine("Submitted a shutdown request to datanode " + words[0]);
  return Status::Ok();
}

Status RunEvictWriters(Session& session, const Words& words) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  MRD_RETURN_IF_ERROR(Unreachable(datanode->EvictWriters()));
  session.PrintLine("Requested writer eviction to datanode " + words[0]);
  return Status::Ok();
}

Status RunRefreshNamenodes(Session& session, const Words& words) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  return Unreachable(datanode->RefreshNamenodes());
}

Status RunDeleteBlockPool(Session& session, const Words& words) {
  const bool force = words.size() == 3;
  if (force && words[2] != "force") return shell::UsageFault(words[2] + ": only \"force\" may follow");
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Datanode> datanode, At(session, words[0]));
  return Unreachable(datanode->DeleteBlockPool(words[1], force));
}

constexpr std::array kCommands = {
    Command{"getDatanodeInfo", "<datanode_host:ipc_port>",
            "Tells how long a datanode has run, and its version.\n",
            1, 1, RunGetDatanodeInfo},
    Command{"getVolumeReport", "<datanode_host:ipc_port>",
            "Lists the directories of a datanode and their room.\n",
            1, 1, RunGetVolumeReport},
    Command{"getBalancerBandwidth", "<datanode_host:ipc_port>",
            "Tells how many bytes each second a balancer may move over a datanode.\n",
            1, 1, RunGetBalancerBandwidth},
    Command{"triggerBlockReport", "[-incremental] <datanode_host:ipc_port> [-namenode <namenode_host:ipc_port>]",
            "Lets a datanode report all its blocks now, or with -incremental those that changed.\n",
            1, 4, RunTriggerBlockReport},
    Command{"shutdownDatanode", "<datanode_host:ipc_port> [upgrade]",
            "Stops a datanode; with \"upgrade\" its clients are told that it comes back soon.\n",
            1, 2, RunShutdownDatanode},
    Command{"evictWriters", "<datanode_host:ipc_port>",
            "Makes a datanode end the writes under way.\n",
            1, 1, RunEvictWriters},
    Command{"refreshNamenodes", "<datanode_host:ipc_port>",
            "Lets a datanode read again which namenodes it serves.\n",
            1, 1, RunRefreshNamenodes},
    Command{"deleteBlockPool", "<datanode_host:ipc_port> <blockpoolId> [force]",
            "Removes the blocks of a file system that a datanode no longer serves; with \"force\" even if there\n"
            "are any.\n",
            2, 3, RunDeleteBlockPool},
};

}  // namespace

std::span<const Command> DatanodeCommands() { return kCommands; }

}  // namespace mrd::admin

// What state the file system is in, and what changes it.

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "tools/admin/command.h"
#include "tools/admin/report.h"
#include "tools/shell/faults.h"

namespace mrd::admin {
namespace {

constexpr std::chrono::milliseconds kSafeModePoll{500};
// As Hadoop's defaults have it: three checkpoint periods of an hour, three times a million transactions.
constexpr CheckpointBounds kBeforeShutdown{3 * 3600, 3 * 1'000'000};

struct Section {
  const char* flag;
  const char* title;
  dfs::DatanodeReportType type;
};
constexpr std::array kSections = {
    Section{"-live", "Live", dfs::DatanodeReportType::kLive},
    Section{"-dead", "Dead", dfs::DatanodeReportType::kDead},
    Section{"-decommissioning", "Decommissioning", dfs::DatanodeReportType::kDecommissioning},
    Section{"-enteringmaintenance", "Entering maintenance", dfs::DatanodeReportType::kEnteringMaintenance},
    Section{"-inmaintenance", "In maintenance", dfs::DatanodeReportType::kInMaintenance},
};
constexpr const char* kSlowFlag = "-slownodes";

bool Contains(const Words& words, const char* word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The first word that is none of the flags; "" when all are.
std::string UnknownFlag(const Words& words) {
  for (const std::string& word : words) {
    const bool known = word == kSlowFlag || std::any_of(kSections.begin(), kSections.end(),
                                                        [&](const Section& section) { return word == section.flag; });
    if (!known) return word;
  }
  return "";
}

// One resolver question for each address.
HostNameOf RememberedNames() {
  return [names = std::map<std::string, std::string>()](const std::string& ip) mutable {
    const auto [at, is_new] = names.try_emplace(ip);
    if (is_new) at->second = HostNameOfAddress(ip);
    return at->second;
  };
}

Status RunReport(Session& session, const Words& words) {
  if (const std::string unknown = UnknownFlag(words); !unknown.empty()) {
    return shell::UsageFault(unknown + ": no kind of datanode");
  }
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  ClusterReport report;
  MRD_ASSIGN_OR_RETURN(report.safe_mode, namenode->SafeMode(dfs::SafeModeAction::kGet));
  MRD_ASSIGN_OR_RETURN(report.totals, namenode->Totals());
  for (const Section& section : kSections) {
    const bool chosen = Contains(words, section.flag);
    if (!words.empty() && !chosen) continue;
    DatanodeSection filled{section.title, chosen, {}};
    MRD_ASSIGN_OR_RETURN(filled.nodes, namenode->Datanodes(section.type));
    report.sections.push_back(std::move(filled));
  }
  if (words.empty() || Contains(words, kSlowFlag)) {
    DatanodeSection filled{"Slow", !words.empty(), {}};
    MRD_ASSIGN_OR_RETURN(filled.nodes, namenode->SlowDatanodes());
    report.sections.push_back(std::move(filled));
  }
  session.Print(ReportText(report, RememberedNames()));
  return Status::Ok();
}

Status RunSafeMode(Session& session, const Words& words) {
  const std::string& action = words[0];
  static const std::map<std::string, dfs::SafeModeAction> kActions = {
      {"enter", dfs::SafeModeAction::kEnter},         {"leave", dfs::SafeModeAction::kLeave},
      {"get", dfs::SafeModeAction::kGet},             {"wait", dfs::SafeModeAction::kGet},
      {"forceExit", dfs::SafeModeAction::kForceExit},
  };
  const auto known = kActions.find(action);
  if (known == kActions.end()) return shell::UsageFault(action + ": none of enter, leave, get, wait, forceExit");
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_ASSIGN_OR_RETURN(bool on, namenode->SafeMode(known->second));
  while (on && action == "wait") {
    if (!Pause(kSafeModePoll)) return Cancelled("interrupted while safe mode is ON");
    MRD_ASSIGN_OR_RETURN(on, namenode->SafeMode(dfs::SafeModeAction::kGet));
  }
  session.PrintLine(on ? "Safe mode is ON" : "Safe mode is OFF");
  return Status::Ok();
}

Status RunSaveNamespace(Session& session, const Words& words) {
  CheckpointBounds bounds;
  if (!words.empty()) {
    if (words[0] != "-beforeShutdown") return shell::UsageFault(words[0] + ": unknown option");
    bounds = kBeforeShutdown;
  }
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  if (bounds.seconds != 0) {
    session.PrintLine("Do checkpoint if necessary before stopping namenode. The time window is " +
                      std::to_string(bounds.seconds) + " seconds, and the transaction gap is " +
                      std::to_string(bounds.transactions));
  }
  MRD_ASSIGN_OR_RETURN(const bool saved, namenode->SaveNamespace(bounds));
  session.PrintLine(saved ? "Save namespace successful" : "No extra checkpoint has been created.");
  return Status::Ok();
}

Status RunRollEdits(Session& session, const Words&) {
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_ASSIGN_OR_RETURN(const std::uint64_t first, namenode->RollEdits());
  session.PrintLine("Successfully rolled edit logs.\nNew segment starts at txid " + std::to_string(first));
  return Status::Ok();
}

Status RunRestoreFailedStorage(Session& session, const Words& words) {
  if (words[0] != "true" && words[0] != "false" && words[0] != "check") {
    return shell::UsageFault("restoreFailedStorage valid args are true|false|check");
  }
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_ASSIGN_OR_RETURN(const bool on, namenode->RestoreFailedStorage(words[0]));
  session.PrintLine(std::string("restoreFailedStorage is set to ") + (on ? "true" : "false"));
  return Status::Ok();
}

Status RunMetaSave(Session& session, const Words& words) {
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_RETURN_IF_ERROR(namenode->MetaSave(words[0]));
  session.PrintLine("Created metasave file " + words[0] + " in the log directory of namenode " + namenode->uri());
  return Status::Ok();
}

Status RunPrintTopology(Session& session, const Words&) {
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  MRD_ASSIGN_OR_RETURN(const std::vector<dfs::DatanodeInfo> nodes, namenode->Datanodes(dfs::DatanodeReportType::kLive));
  session.Print(TopologyText(nodes, RememberedNames()));
  return Status::Ok();
}

Status RunListOpenFiles(Session& session, const Words& words) {
  OpenFilesWanted wanted;
  std::string path = "/";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-blockingDecommission") {
      wanted.blocking_decommission = true;
    } else if (words[i] == "-path" && i + 1 < words.size()) {
      path = words[++i];
    } else {
      return shell::UsageFault(words[i] + (words[i] == "-path" ? ": needs a path" : ": unknown option"));
    }
  }
  MRD_ASSIGN_OR_RETURN(const Session::Place place, session.Resolve(path));
  wanted.below = place.path;
  MRD_ASSIGN_OR_RETURN(const std::vector<OpenFile> files, place.namenode->OpenFiles(wanted));
  session.Print(OpenFilesText(files));
  return Status::Ok();
}

constexpr std::array kCommands = {
    Command{"report", "[-live] [-dead] [-decommissioning] [-enteringmaintenance] [-inmaintenance] [-slownodes]",
            "Prints how much room there is, how many blocks are in trouble, and each datanode.\n"
            "With options only datanodes of these kinds are listed.\n",
            0, kAnyNumber, RunReport},
    Command{"safemode", "<enter | leave | get | wait | forceExit>",
            "In safe mode names cannot be changed and blocks are neither copied nor deleted. The namenode begins in\n"
            "it and leaves it when enough blocks are reported; entered by hand it must be left by hand.\n"
            "get tells whether it is on, wait returns when it is off.\n",
            1, 1, RunSafeMode},
    Command{"saveNamespace", "[-beforeShutdown]",
            "Writes a checkpoint of the name space. Needs safe mode. With -beforeShutdown an old checkpoint will do,\n"
            "if it is younger than three hours and fewer than 3000000 transactions behind.\n",
            0, 1, RunSaveNamespace},
    Command{"rollEdits", "", "Begins a new segment of the journal.\n", 0, 0, RunRollEdits},
    Command{"restoreFailedStorage", "true|false|check",
            "Whether directories of the namenode that failed are used again when they work. Here they always are.\n",
            1, 1, RunRestoreFailedStorage},
    Command{"metasave", "<filename>",
            "Writes datanodes and blocks in trouble to a file of this plain name in the directory logs of the\n"
            "namenode's first name directory; a file that is there is replaced.\n",
            1, 1, RunMetaSave},
    Command{"printTopology", "", "Lists the live datanodes by rack.\n", 0, 0, RunPrintTopology},
    Command{"listOpenFiles", "[-blockingDecommission] [-path <path>]",
            "Lists files that are being written, with the client and its host; with -path only those whose path\n"
            "begins so.\n",
            0, 3, RunListOpenFiles},
};

}  // namespace

std::span<const Command> StateCommands() { return kCommands; }

}  // namespace mrd::admin

#include "tools/check/diagnosis.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

namespace mrd::check {
namespace {

using std::to_string;

constexpr std::int64_t kClockDifferenceMaxMs = 5'000;
// Below this a disk that the namenode writes to is about to be full.
constexpr std::uint64_t kNamenodeRoomMin = 256ull << 20;
constexpr std::size_t kListedMax = 20;

std::string Size(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  std::uint64_t whole = bytes;
  std::uint64_t rest = 0;
  while (whole >= 1024 && unit + 1 < std::size(kUnits)) {
    rest = whole % 1024;
    whole /= 1024;
    ++unit;
  }
  return to_string(whole) + (unit > 0 && whole < 10 ? "." + to_string(rest * 10 / 1024) : "") + " " +
         std::string(kUnits[unit]);
}

std::string Seconds(std::int64_t ms) { return to_string(ms / 1000) + "." + to_string(ms % 1000 / 100) + " s"; }

std::string Blocks(std::uint64_t count) { return to_string(count) + (count == 1 ? " block" : " blocks"); }

std::string LostLine(const dfs::LostBlock& block) {
  return dfs::ToString(block.block) + (block.path.empty() ? "" : " of " + block.path) + ": " + block.why;
}

std::vector<std::string> LostLines(const std::vector<dfs::LostBlock>& blocks, std::uint64_t all) {
  std::vector<std::string> lines;
  for (const dfs::LostBlock& block : blocks) lines.push_back(LostLine(block));
  if (all > blocks.size() && !blocks.empty()) lines.push_back("and " + to_string(all - blocks.size()) + " more");
  return lines;
}

// Judges one set of findings, from what keeps everything from working to what is merely good to know.
class Judgement {
 public:
  explicit Judgement(const Findings& findings) : found_(findings) {}

  Diagnosis Run() {
    LookAtConfiguration();
    if (!found_.has_cluster) {
      LookAtProcesses();
      Note("No distributed file system is configured: commands work on local files.",
           {"`mr up` starts a private one; fs.defaultFS in core-site.xml names another (MR_CONF_DIR or HADOOP_CONF_DIR)."});
      return std::move(diagnosis_);
    }
    if (!found_.namenode_tells) {
      Unreachable();
      LookAtProcesses();
      return std::move(diagnosis_);
    }
    told_ = &*found_.namenode_tells;
    Note("The namenode at " + found_.namenode + " answers, cluster " + told_->cluster_id + ".", {});
    LookAtJournal();
    LookAtSafeMode();
    LookAtLostBlocks();
    LookAtPlaces();
    LookAtProcesses();
    LookAtNodes();
    LookAtReplication();
    LookAtRoom();
    LookAtClocks();
    LookAtVersions();
    return std::move(diagnosis_);
  }

 private:
  void Problem(std::string text, std::vector<std::string> details) {
    diagnosis_.problems.push_back({std::move(text), std::move(details)});
  }
  void Note(std::string text, std::vector<std::string> details) {
    diagnosis_.notes.push_back({std::move(text), std::move(details)});
  }

  void LookAtConfiguration() {
    if (!found_.configuration_fault.empty()) {
      Problem("The configuration cannot be used: " + found_.configuration_fault, {});
    }
    if (found_.configuration_files.empty()) {
      Note("No configuration file is read; every setting has its default.", {});
    } else {
      Note("Configuration files, later ones win:", found_.configuration_files);
    }
    if (!found_.notices.empty()) Note("The configuration was read with remarks:", found_.notices);
    if (!found_.private_cluster.empty()) Note("The private cluster in " + found_.private_cluster + " is meant.", {});
  }

  void Unreachable() {
    std::vector<std::string> details = {found_.reached.message(), found_.tried};
    if (found_.private_cluster.empty()) {
      details.push_back("It is named by fs.defaultFS=" + found_.default_file_system +
                        "; is it the right address, and does the namenode run there?");
    }
    Problem("The namenode at " + found_.namenode + " cannot be asked.", std::move(details));
  }

  void LookAtProcesses() {
    std::vector<std::string> running;
    for (const LocalProcess& process : found_.processes) {
      if (process.running) {
        running.push_back(process.name + ", process " + to_string(process.process));
        continue;
      }
      std::vector<std::string> details;
      if (!process.last_errors.empty()) details.push_back("The last errors in its log:");
      for (const std::string& line : process.last_errors) details.push_back("  " + line);
      details.push_back("`mr up` starts it again.");
      Problem("The " + process.name + " of the private cluster does not run.", std::move(details));
    }
    if (!running.empty()) Note("Processes of the private cluster:", std::move(running));
  }

  void LookAtJournal() {
    if (!told_->journal_fault.empty()) {
      Problem("The namenode takes no changes: " + told_->journal_fault, {});
    }
    for (const dfs::DirectoryFacts& directory : told_->directories) {
      if (!directory.fault.empty()) {
        Problem("The namenode's directory " + directory.path + " is out of use: " + directory.fault,
                {"The others go on. It is taken back with the next segment of the journal once it works "
                 "(hdfs dfsadmin -rollEdits begins one), or after a restart."});
      }
    }
  }

  void LookAtSafeMode() {
    if (!told_->safe_mode) {
      Note("Safe mode is off.", {});
      return;
    }
    std::vector<std::string> details = LostLines(told_->awaited, told_->awaited_blocks);
    if (told_->awaited_blocks > 0) details.insert(details.begin(), "It waits for " + Blocks(told_->awaited_blocks) + ":");
    const auto silent = std::count_if(told_->nodes.begin(), told_->nodes.end(),
                                      [](const dfs::NodeFacts& node) { return node.alive && !node.reported; });
    if (told_->nodes.empty()) details.push_back("No datanode has registered since the namenode started.");
    if (silent > 0) details.push_back(to_string(silent) + " datanode(s) have registered and not yet reported their blocks.");
    Problem("Safe mode is on, so nothing can be changed. " + told_->safe_mode_tip, std::move(details));
  }

  void LookAtLostBlocks() {
    if (told_->stats.missing_blocks == 0) return;
    std::vector<std::string> details = LostLines(told_->lost, told_->stats.missing_blocks);
    details.push_back("`hdfs fsck / -list-corruptfileblocks` lists them all; -move saves what is readable of their files.");
    Problem(Blocks(told_->stats.missing_blocks) + " cannot be read by anybody.", std::move(details));
  }

  void LookAtPlaces() {
    const std::uint32_t found = told_->found_targets;
    const std::uint32_t wanted = told_->wanted_targets;
    if (found >= wanted) {
      Note("A new block finds a place for each of its " + to_string(wanted) + " replicas.", {});
      return;
    }
    std::vector<std::string> details;
    for (const dfs::RefusedNode& refused : told_->refused) {
      if (details.size() == kListedMax) {
        details.push_back("and " + to_string(told_->refused.size() - kListedMax) + " more");
        break;
      }
      details.push_back(refused.address + " is not taken: " + refused.why);
    }
    if (told_->nodes.empty()) details.push_back("The namenode knows of no datanode.");
    if (found == 0) {
      Problem("No new block can be written: there is a place for none of its replicas.", std::move(details));
    } else {
      details.push_back("The cluster has " + to_string(LiveCount()) + " live datanode(s), and dfs.replication asks for " +
                        to_string(wanted) + " replicas.");
      Problem("A new block finds a place for only " + to_string(found) + " of its " + to_string(wanted) + " replicas.",
              std::move(details));
    }
  }

  std::size_t LiveCount() const {
    return static_cast<std::size_t>(std::count_if(told_->nodes.begin(), told_->nodes.end(),
                                                  [](const dfs::NodeFacts& node) { return node.alive; }));
  }

  void LookAtNodes() {
    std::vector<std::string> fine;
    std::size_t next_contact = 0;
    for (const dfs::NodeFacts& node : told_->nodes) {
      const std::string name = "The datanode " + node.info.id.XferAddress();
      if (!node.alive) {
        const bool on_purpose = node.info.admin_state != dfs::AdminState::kNormal;
        (on_purpose ? diagnosis_.notes : diagnosis_.problems)
            .push_back({name + " is dead: the namenode has heard nothing of it for " + Seconds(node.silent_ms) + ".", {}});
        continue;
      }
      const std::size_t before = diagnosis_.problems.size();
      if (node.stale) Problem(name + " is stale: its last heartbeat was " + Seconds(node.silent_ms) + " ago.", {});
      if (node.failed_volumes > 0) LookAtVolumes(name, node, next_contact);
      if (next_contact < found_.contacts.size()) LookAtContact(name, found_.contacts[next_contact]);
      ++next_contact;
      if (diagnosis_.problems.size() == before) {
        fine.push_back(node.info.id.XferAddress() + ": heartbeat " + Seconds(node.silent_ms) + " ago, " +
                       Size(node.info.remaining) + " of " + Size(node.info.capacity) + " free for blocks, " +
                       to_string(node.storages.size()) + " volume(s), version " + VersionOf(next_contact - 1));
      }
    }
    if (!fine.empty()) Note("Datanodes in order, reached from here and by the namenode:", std::move(fine));
  }

  std::string VersionOf(std::size_t contact) const {
    const bool known = contact < found_.contacts.size() && found_.contacts[contact].itself.ok();
    return known ? found_.contacts[contact].itself->software_version : "unknown";
  }

  void LookAtVolumes(const std::string& name, const dfs::NodeFacts& node, std::size_t contact) {
    std::vector<std::string> details;
    if (contact < found_.contacts.size() && found_.contacts[contact].itself.ok()) {
      for (const auto& volume : found_.contacts[contact].itself->volumes) {
        if (!volume.fault.empty()) details.push_back(volume.path + ": " + volume.fault);
      }
    }
    Problem(name + " has " + to_string(node.failed_volumes) + " failed volume(s).", std::move(details));
  }

  void LookAtContact(const std::string& name, const NodeContact& contact) {
    if (!contact.data_port.ok()) {
      Problem(name + " is alive for the namenode but cannot be reached from here: files cannot be read from it.",
              {contact.data_port.message(), "Is a firewall or another network in between? dfs.client.use.datanode.hostname "
                                            "makes clients use names instead of addresses."});
    }
    if (!contact.rpc_port.ok()) {
      Problem(name + " does not take calls on its RPC port from here.", {contact.rpc_port.message()});
    } else if (!contact.itself.ok()) {
      Note(name + " does not tell of itself: " + contact.itself.status().message(), {});
    } else if (!contact.itself->waiting_for.empty()) {
      Problem(name + " does not reach its namenode " + contact.itself->namenode + ".",
              {"It waits: " + contact.itself->waiting_for});
    }
  }

  void LookAtReplication() {
    const std::uint64_t under = told_->stats.under_replicated;
    if (under == 0) {
      if (told_->stats.missing_blocks == 0 && !told_->safe_mode) Note("Every block has the replicas that it should have.", {});
      return;
    }
    std::vector<std::string> details;
    std::uint64_t seen = 0;
    for (const dfs::ReasonCount& reason : told_->reasons) {
      seen += reason.blocks;
      if (details.size() < kListedMax) details.push_back(Blocks(reason.blocks) + ": " + reason.why);
    }
    if (seen < under) details.push_back("The reasons are those of the " + Blocks(seen) + " looked at.");
    Problem(Blocks(under) + " wait for more replicas; they can be read.", std::move(details));
  }

  void LookAtRoom() {
    std::vector<std::string> lines;
    for (const dfs::DirectoryFacts& directory : told_->directories) {
      if (directory.capacity == 0) continue;
      lines.push_back("namenode " + directory.path + ": " + Size(directory.available) + " of " + Size(directory.capacity));
      if (directory.available < kNamenodeRoomMin) {
        Problem("The disk below " + directory.path + " is nearly full: " + Size(directory.available) + " left.",
                {"When it is full the namenode takes no changes until there is room."});
      }
    }
    for (const NodeContact& contact : found_.contacts) {
      if (!contact.itself.ok()) continue;
      for (const auto& volume : contact.itself->volumes) {
        if (!volume.fault.empty()) continue;
        lines.push_back("datanode " + contact.address + " " + volume.path + ": " + Size(volume.available) + " of " +
                        Size(volume.capacity) + ", " + Size(volume.reserved) + " reserved for others, " +
                        Size(volume.remaining) + " left for blocks");
      }
    }
    if (!lines.empty()) Note("Room on disks:", std::move(lines));
  }

  void LookAtClocks() {
    std::vector<std::string> wrong;
    // Our clock was somewhere between the two readings when the other one was read.
    const auto look = [&](const std::string& whose, std::int64_t ms) {
      const std::int64_t early = found_.clock_before_ms - ms;
      const std::int64_t late = ms - found_.clock_after_ms;
      const std::int64_t difference = std::max(early, late);
      if (difference > kClockDifferenceMaxMs) {
        wrong.push_back(whose + " is " + Seconds(difference) + (late > 0 ? " ahead of" : " behind") + " this machine");
      }
    };
    look("the namenode's clock", told_->clock_ms);
    for (const NodeContact& contact : found_.contacts) {
      if (contact.itself.ok()) look("the clock of datanode " + contact.address, contact.itself->clock_ms);
    }
    if (wrong.empty()) {
      Note("The clocks agree within " + to_string(kClockDifferenceMaxMs / 1000) + " s.", {});
    } else {
      Problem("Clocks differ: times of files and leases will look wrong.", std::move(wrong));
    }
  }

  void LookAtVersions() {
    std::map<std::string, std::string> who;
    who[found_.version] = "this program";
    const auto add = [&](const std::string& version, const std::string& name) {
      std::string& names = who[version];
      names += (names.empty() ? "" : ", ") + name;
    };
    add(told_->software_version, "namenode");
    for (const NodeContact& contact : found_.contacts) {
      if (contact.itself.ok()) add(contact.itself->software_version, "datanode " + contact.address);
    }
    std::vector<std::string> lines;
    for (const auto& [version, names] : who) lines.push_back(version + ": " + names);
    if (who.size() == 1) {
      Note("All parts are of version " + found_.version + ".", {});
    } else {
      Note("The parts are of different versions.", std::move(lines));
    }
  }

  const Findings& found_;
  const dfs::Examination* told_ = nullptr;
  Diagnosis diagnosis_;
};

void AppendRemark(const Remark& remark, const std::string& mark, std::string* text) {
  *text += mark + remark.text + "\n";
  for (const std::string& detail : remark.details) *text += std::string(mark.size() + 2, ' ') + detail + "\n";
}

boost::json::array ToJson(const std::vector<Remark>& remarks) {
  boost::json::array array;
  for (const Remark& remark : remarks) {
    boost::json::array details;
    for (const std::string& detail : remark.details) details.emplace_back(detail);
    boost::json::object object;
    object["text"] = remark.text;
    object["details"] = std::move(details);
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace

Diagnosis Judge(const Findings& findings) { return Judgement(findings).Run(); }

std::string AsText(const Diagnosis& diagnosis) {
  std::string text;
  for (std::size_t i = 0; i < diagnosis.problems.size(); ++i) {
    AppendRemark(diagnosis.problems[i], to_string(i + 1) + ". ", &text);
  }
  if (diagnosis.healthy()) text += "Nothing is wrong.\n";
  if (!diagnosis.notes.empty()) text += "\n";
  for (const Remark& note : diagnosis.notes) AppendRemark(note, "- ", &text);
  return text;
}

std::string AsJson(const Diagnosis& diagnosis) {
  boost::json::object object;
  object["healthy"] = diagnosis.healthy();
  object["problems"] = ToJson(diagnosis.problems);
  object["notes"] = ToJson(diagnosis.notes);
  return boost::json::serialize(object) + "\n";
}

}  // namespace mrd::check

#include "tools/check/fsck_report.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <utility>

namespace mrd::check {
namespace {

using dfs::BlockHealth;
using std::to_string;

// As Java prints a float: the fewest digits that tell it apart, and always a fraction.
std::string Ratio(double value) {
  std::array<char, 48> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), static_cast<float>(value));
  (void)error;  // 48 bytes hold any float
  std::string out(text.data(), end);
  if (out.find_first_of(".en") == std::string::npos) out += ".0";
  return out;
}

std::string Percent(std::uint64_t part, std::uint64_t whole) {
  return " (" + Ratio(100.0 * static_cast<double>(part) / static_cast<double>(whole)) + " %)";
}

std::string_view TypeName(dfs::StorageType type) {
  switch (type) {
    case dfs::StorageType::kDisk: return "DISK";
    case dfs::StorageType::kSsd: return "SSD";
    case dfs::StorageType::kArchive: return "ARCHIVE";
    case dfs::StorageType::kRamDisk: return "RAM_DISK";
    case dfs::StorageType::kProvided: return "PROVIDED";
    case dfs::StorageType::kNvdimm: return "NVDIMM";
  }
  return "DISK";
}

std::string ReplicaText(const dfs::CheckedReplica& replica, const FsckWords& words) {
  std::string text;
  if (words.racks) {
    text = replica.rack + "/" + replica.node.XferAddress();
  } else {
    text = "DatanodeInfoWithStorage[" + replica.node.XferAddress() + "," + replica.storage_uuid + "," +
           std::string(TypeName(replica.storage_type)) + "]";
  }
  if (words.replica_details) text += "(" + (replica.state == "HEALTHY" ? "LIVE" : replica.state) + ")";
  return text;
}

std::string BlockLine(const dfs::CheckedBlock& block, const std::string& pool, const FsckWords& words) {
  std::string line = to_string(block.index) + ". " + pool + ":" + dfs::ToString(block.block) +
                     " len=" + to_string(block.block.length);
  if (block.health == BlockHealth::kMissing) {
    line += " MISSING!";
  } else if (block.health == BlockHealth::kOpen) {
    line = "Under Construction Block:\n" + line + " Expected_repl=" + to_string(block.replicas.size());
  } else {
    line += " Live_repl=" + to_string(block.live);
  }
  const bool places = words.locations || words.racks || words.replica_details;
  if (places && !block.replicas.empty()) {
    line += "  [";
    for (std::size_t i = 0; i < block.replicas.size(); ++i) {
      line += (i == 0 ? "" : ", ") + ReplicaText(block.replicas[i], words);
    }
    line += "]";
  }
  return line + "\n";
}

// What is wrong with one block, and why.
std::string FaultText(const std::string& path, const dfs::CheckedBlock& block, const std::string& pool) {
  const std::string name = pool + ":" + dfs::ToString(block.block);
  std::string text;
  switch (block.health) {
    case BlockHealth::kUnderReplicated:
      text = "\n" + path + ":  Under replicated " + name + ". Target Replicas is " + to_string(block.wanted) +
             " but found " + to_string(block.live) + " live replica(s), " + to_string(block.decommissioned) +
             " decommissioned replica(s), " + to_string(block.decommissioning) + " decommissioning replica(s)" +
             (block.maintenance > 0 ? ", " + to_string(block.maintenance) + " replica(s) in maintenance" : "") + ".\n";
      break;
    case BlockHealth::kMisreplicated:
      text = "\n" + path + ":  Replica placement policy is violated for " + name + ".\n";
      break;
    case BlockHealth::kCorrupt:
      text = "\n" + path + ": CORRUPT blockpool " + pool + " block blk_" + to_string(block.block.id.value) + "\n";
      break;
    case BlockHealth::kMissing: text = "\n"; break;
    case BlockHealth::kHealthy:
    case BlockHealth::kOpen:
    case BlockHealth::kOverReplicated: return "";
  }
  return text + path + ": " + dfs::ToString(block.block) + " because " + block.why + "\n";
}

struct Loss {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

Loss LossOf(const dfs::CheckedFile& file, BlockHealth health) {
  Loss loss;
  for (const dfs::CheckedBlock& block : file.blocks) {
    if (block.health != health) continue;
    ++loss.blocks;
    loss.bytes += block.block.length;
  }
  return loss;
}

std::string LossText(std::string_view what, const Loss& loss) {
  if (loss.blocks == 0) return "";
  return std::string(what) + " " + to_string(loss.blocks) + " blocks of total size " + to_string(loss.bytes) + " B";
}

}  // namespace

std::string JavaDate(std::int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 64> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%a %b %d %H:%M:%S %Z %Y", &local);
  return std::string(text.data(), size);
}

std::string FileText(const dfs::CheckedFile& file, const std::string& pool, const FsckWords& words) {
  if (file.directory) return words.files ? file.path + " <dir>\n" : "";
  std::string faults;
  for (const dfs::CheckedBlock& block : file.blocks) faults += FaultText(file.path, block, pool);
  const Loss missing = LossOf(file, BlockHealth::kMissing);
  const Loss corrupt = LossOf(file, BlockHealth::kCorrupt);
  const std::string missing_text = LossText("MISSING", missing);
  const std::string corrupt_text = LossText("CORRUPT", corrupt);
  const std::string head = file.path + " " + to_string(file.length) + " bytes, replicated: replication=" +
                           to_string(file.replication) + ", " + to_string(file.block_count) +
                           (file.open ? " block(s), OPENFORWRITE: " : " block(s): ");
  if (!words.files) {
    std::string text = file.open && words.open_files ? head + "\n" : "";
    text += faults;
    for (const std::string& loss : {missing_text, corrupt_text}) {
      if (!loss.empty()) text += file.path + ": " + loss + ".\n";
    }
    return text;
  }
  std::string text = head + faults;
  if (!missing_text.empty()) text += " " + missing_text + "\n";
  if (!corrupt_text.empty()) text += " " + corrupt_text + "\n";
  if (missing_text.empty() && corrupt_text.empty()) text += " OK\n";
  if (words.blocks) {
    for (const dfs::CheckedBlock& block : file.blocks) text += BlockLine(block, pool, words);
    text += "\n";
  }
  return text;
}

std::string SummaryText(const Summary& summary, const FsckWords& words) {
  const dfs::CheckTotals& totals = summary.totals;
  const bool any = totals.blocks > 0;
  const auto share = [&](std::uint64_t part, std::uint64_t whole) { return any && whole > 0 ? Percent(part, whole) : ""; };
  std::string text = std::string("\nStatus: ") + (summary.corrupt_files == 0 ? "HEALTHY" : "CORRUPT") +
                     "\n Number of data-nodes:\t" + to_string(summary.cluster.datanodes) +
                     "\n Number of racks:\t\t" + to_string(summary.cluster.racks) +
                     "\n Total dirs:\t\t\t" + to_string(totals.directories) + "\n Total symlinks:\t\t0\n" +
                     "\nReplicated Blocks:\n Total size:\t" + to_string(totals.bytes) + " B";
  if (totals.open_files > 0) text += " (Total open files size: " + to_string(totals.open_bytes) + " B)";
  text += "\n Total files:\t" + to_string(totals.files);
  if (totals.open_files > 0) text += " (Files currently being written: " + to_string(totals.open_files) + ")";
  text += "\n Total blocks (validated):\t" + to_string(totals.blocks);
  if (any) text += " (avg. block size " + to_string(totals.bytes / totals.blocks) + " B)";
  if (totals.open_files > 0) text += " (Total open file blocks (not validated): " + to_string(totals.open_blocks) + ")";
  const std::uint64_t below = totals.blocks - totals.minimally_replicated;
  if (summary.corrupt_files > 0 || below > 0) {
    text += "\n  ********************************";
    if (below > 0) {
      text += "\n  UNDER MIN REPL'D BLOCKS:\t" + to_string(below) + share(below, totals.blocks) +
              "\n  MINIMAL BLOCK REPLICATION:\t" + to_string(summary.cluster.min_replication);
    }
    if (summary.corrupt_files > 0) text += "\n  CORRUPT FILES:\t" + to_string(summary.corrupt_files);
    if (totals.missing > 0) {
      text += "\n  MISSING BLOCKS:\t" + to_string(totals.missing) + "\n  MISSING SIZE:\t\t" +
              to_string(totals.missing_bytes) + " B";
    }
    if (totals.corrupt > 0) {
      text += "\n  CORRUPT BLOCKS: \t" + to_string(totals.corrupt) + "\n  CORRUPT SIZE:\t\t" +
              to_string(totals.corrupt_bytes) + " B";
    }
    text += "\n  ********************************";
  }
  const double average = any ? static_cast<double>(totals.live_replicas) / static_cast<double>(totals.blocks) : 0;
  text += "\n Minimally replicated blocks:\t" + to_string(totals.minimally_replicated) +
          share(totals.minimally_replicated, totals.blocks) + "\n Over-replicated blocks:\t" +
          to_string(totals.over_replicated) + share(totals.over_replicated, totals.blocks) +
          "\n Under-replicated blocks:\t" + to_string(totals.under_replicated) +
          share(totals.under_replicated, totals.blocks) + "\n Mis-replicated blocks:\t\t" +
          to_string(totals.misreplicated) + share(totals.misreplicated, totals.blocks) +
          "\n Default replication factor:\t" + to_string(summary.cluster.default_replication) +
          "\n Average block replication:\t" + Ratio(average) + "\n Missing blocks:\t\t" + to_string(totals.missing) +
          "\n Corrupt blocks:\t\t" + to_string(totals.corrupt) + "\n Missing replicas:\t\t" +
          to_string(totals.lacking_replicas) + share(totals.lacking_replicas, totals.wanted_replicas);
  if (totals.decommissioned_replicas > 0) text += "\n DecommissionedReplicas:\t" + to_string(totals.decommissioned_replicas);
  if (totals.decommissioning_replicas > 0) {
    text += "\n DecommissioningReplicas:\t" + to_string(totals.decommissioning_replicas);
  }
  if (words.maintenance || totals.maintenance_replicas > 0) {
    text += "\n InMaintenanceReplicas:\t" + to_string(totals.maintenance_replicas);
  }
  text += "\n Blocks queued for replication:\t" + to_string(summary.cluster.queued_copies);
  // There are no such groups here; the lines stand for those who read them by machine.
  text +=
      "\n\nErasure Coded Block Groups:\n Total size:\t0 B\n Total files:\t0\n Total block groups (validated):\t0\n"
      " Minimally erasure-coded block groups:\t0\n Over-erasure-coded block groups:\t0\n"
      " Under-erasure-coded block groups:\t0\n Unsatisfactory placement block groups:\t0\n"
      " Average block group size:\t0.0\n Missing block groups:\t\t0\n Corrupt block groups:\t\t0\n"
      " Missing internal blocks:\t0\n Blocks queued for replication:\t0\n";
  return text;
}

std::string BlockText(dfs::BlockId id, const dfs::BlockCheck& check) {
  const std::string name = "blk_" + to_string(id.value);
  if (!check.known) return "Block " + name + " does not exist\n";
  const dfs::CheckedBlock& block = check.block;
  std::string text = "Block Id: " + name + "\nBlock belongs to: " + (check.path.empty() ? "no file" : check.path) +
                     "\nNo. of Expected Replica: " + to_string(block.wanted) +
                     "\nNo. of live Replica: " + to_string(block.live) +
                     "\nNo. of excess Replica: " + to_string(block.excess) +
                     "\nNo. of stale Replica: " + to_string(block.stale) +
                     "\nNo. of decommissioned Replica: " + to_string(block.decommissioned) +
                     "\nNo. of decommissioning Replica: " + to_string(block.decommissioning) +
                     "\nNo. of in maintenance Replica: " + to_string(block.maintenance) +
                     "\nNo. of corrupted Replica: " + to_string(block.corrupt) + "\n";
  if (!block.why.empty()) text += "Reason: " + block.why + "\n";
  for (const dfs::CheckedReplica& replica : block.replicas) {
    const std::string host = replica.node.host.empty() ? replica.node.ip : replica.node.host;
    text += "Block replica on datanode/rack: " + host + replica.rack + " is " +
            (replica.state == "STALE_NODE" ? "STALE" : replica.state) + "\n";
  }
  // Without a replica no line above would tell the status.
  if (block.replicas.empty() && dfs::IsLost(block.health)) text += "Block " + name + " is CORRUPT\n";
  return text;
}

int StatusOfLastLine(const std::string& report) {
  std::string_view text = report;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  const std::string_view line = text.substr(text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1);
  constexpr std::pair<std::string_view, int> kEnds[] = {
      {"is HEALTHY", 0},        {"does not exist", 0},  {"is CORRUPT", 1},
      {"is DECOMMISSIONED", 2}, {"is DECOMMISSIONING", 3}, {"is IN MAINTENANCE", 4},
      {"is ENTERING MAINTENANCE", 5}, {"is STALE", 6},  {"is EXCESS", 7},
  };
  for (const auto& [end, status] : kEnds) {
    if (line.ends_with(end)) return status;
  }
  return 255;
}

}  // namespace mrd::check

#include "tools/check/fsck_words.h"

#include <charconv>
#include <string_view>

namespace mrd::check {
namespace {

struct Flag {
  std::string_view name;
  bool FsckWords::* field;
};
constexpr Flag kFlags[] = {
    {"-list-corruptfileblocks", &FsckWords::list_corrupt},
    {"-move", &FsckWords::move},
    {"-delete", &FsckWords::remove},
    {"-openforwrite", &FsckWords::open_files},
    {"-files", &FsckWords::files},
    {"-blocks", &FsckWords::blocks},
    {"-locations", &FsckWords::locations},
    {"-racks", &FsckWords::racks},
    {"-replicaDetails", &FsckWords::replica_details},
    {"-maintenance", &FsckWords::maintenance},
    {"-showprogress", &FsckWords::show_progress},
};

struct Refused {
  std::string_view name;
  std::string_view why;
};
constexpr Refused kRefused[] = {
    {"-includeSnapshots", "this file system keeps no snapshots"},
    {"-upgradedomains", "datanodes of this file system belong to no upgrade domains"},
    {"-storagepolicies", "this file system keeps no storage policies"},
    {"-replicate", "blocks in too few racks are copied without being asked; -files -blocks -racks shows where they stand"},
};

}  // namespace

Result<dfs::BlockId> ParseBlockId(const std::string& text) {
  constexpr std::string_view kPrefix = "blk_";
  std::int64_t value = 0;
  if (text.starts_with(kPrefix)) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + kPrefix.size(), end, value);
    if (error == std::errc() && (stop == end || *stop == '_' || *stop == '.')) return dfs::BlockId{value};
  }
  return InvalidArgument("Incorrect blockId format: " + text + "; a block is named like blk_1073741825");
}

Result<FsckWords> ParseFsckWords(const std::vector<std::string>& words) {
  FsckWords parsed;
  bool has_path = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-blockId") {
      if (i + 1 == words.size()) return InvalidArgument("fsck: -blockId needs the names of blocks");
      for (; i + 1 < words.size() && !words[i + 1].starts_with('-'); ++i) {
        MRD_ASSIGN_OR_RETURN(const dfs::BlockId id, ParseBlockId(words[i + 1]));
        parsed.block_ids.push_back(id);
      }
      if (parsed.block_ids.empty()) return InvalidArgument("fsck: -blockId needs the names of blocks");
      continue;
    }
    for (const Refused& refused : kRefused) {
      if (word == refused.name) return InvalidArgument("fsck: " + word + " is refused: " + std::string(refused.why));
    }
    bool known = false;
    for (const Flag& flag : kFlags) {
      if (word != flag.name) continue;
      parsed.*flag.field = true;
      known = true;
    }
    if (known) continue;
    if (word.starts_with('-')) return InvalidArgument("fsck: Illegal option '" + word + "'");
    if (has_path) return InvalidArgument("fsck: can only operate on one path at a time '" + word + "'");
    parsed.path = word;
    has_path = true;
  }
  if (!has_path && parsed.block_ids.empty()) return InvalidArgument("fsck: no path is given");
  return parsed;
}

std::string FsckUsage() {
  return "Usage: hdfs fsck <path> [-list-corruptfileblocks | [-move | -delete | -openforwrite] "
         "[-files [-blocks [-locations | -racks | -replicaDetails]]]] [-showprogress] [-maintenance] "
         "[-blockId <blk_Id>...]\n"
         "\t<path>\tchecks what is at and below this path\n"
         "\t-list-corruptfileblocks\tonly lists blocks that nobody can read, with their files\n"
         "\t-move\tcopies what is readable of corrupt files to /lost+found\n"
         "\t-delete\tdeletes corrupt files\n"
         "\t-openforwrite\tlooks at files that are being written, too\n"
         "\t-files\tprints each file and directory\n"
         "\t-files -blocks\tprints the blocks of each file\n"
         "\t-files -blocks -locations\twhere their replicas are\n"
         "\t-files -blocks -racks\tthe same with racks\n"
         "\t-files -blocks -replicaDetails\tthe same with the state of each replica\n"
         "\t-maintenance\tcounts replicas on nodes in maintenance\n"
         "\t-showprogress\tdoes nothing: kept for old scripts\n"
         "\t-blockId\tprints the file of each block, its replicas and what is wrong with it\n"
         "Each fault is followed by its reason. Exit status: 0 healthy, 1 corrupt, 255 when it could not be told.\n";
}

}  // namespace mrd::check

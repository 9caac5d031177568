#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"

namespace mrd::check {

// The words of `hdfs fsck`.
struct FsckWords {
  std::string path = "/";
  bool list_corrupt = false;
  bool move = false;
  bool remove = false;
  bool open_files = false;
  bool files = false;
  bool blocks = false;
  bool locations = false;
  bool racks = false;
  bool replica_details = false;
  bool maintenance = false;
  bool show_progress = false;
  std::vector<dfs::BlockId> block_ids;  // then the path means nothing
};

// kInvalidArgument naming the word that fsck does not know, or the reason for which an option of Hadoop's is refused.
Result<FsckWords> ParseFsckWords(const std::vector<std::string>& words);
std::string FsckUsage();

// "blk_1073741825", also with its stamp, "blk_1073741825_1001", or the file name of its checksums.
Result<dfs::BlockId> ParseBlockId(const std::string& text);

}  // namespace mrd::check

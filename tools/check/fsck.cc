#include "tools/check/fsck.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "tools/check/fsck_report.h"
#include "tools/check/remains.h"

namespace mrd::check {
namespace {

constexpr int kStatusFailed = 255;

bool IsCorrupt(const dfs::CheckedFile& file) {
  return std::any_of(file.blocks.begin(), file.blocks.end(),
                     [](const dfs::CheckedBlock& block) { return dfs::IsLost(block.health); });
}

// One run of fsck over a path.
class FileCheck {
 public:
  FileCheck(const FsckSurroundings& around, const FsckWords& words) : around_(around), words_(words) {}

  int Run() {
    const std::int64_t begin_ns = around_.clock.MonotonicNanos();
    dfs::CheckRequest request;
    request.path = words_.path;
    request.all_files = words_.files;
    request.all_blocks = words_.files && words_.blocks;
    request.open_files = words_.open_files;
    for (bool first = true;; first = false) {
      Result<dfs::CheckPage> page = around_.namenode.CheckFiles(request);
      if (first) Begin(page);
      if (!page.ok()) return Fail(page.status(), first);
      Take(*std::move(page));
      if (!summary_.cluster.more) break;
      request.after = summary_.cluster.after;
      request.after_blocks = summary_.cluster.after_blocks;
    }
    Finish();
    Out(SummaryText(summary_, words_));
    const std::int64_t ms = (around_.clock.MonotonicNanos() - begin_ns) / 1'000'000;
    Out("FSCK ended at " + JavaDate(around_.clock.WallMillis()) + " in " + std::to_string(ms) + " milliseconds\n");
    return End(std::string("The filesystem under path '") + words_.path + "' is " +
               (summary_.corrupt_files == 0 ? "HEALTHY" : "CORRUPT"));
  }

 private:
  void Out(const std::string& text) { around_.console.Out(text); }

  int End(const std::string& last_line) {
    Out("\n\n" + last_line + "\n");
    return StatusOfLastLine(last_line);
  }

  void Begin(const Result<dfs::CheckPage>& page) {
    if (words_.show_progress) {
      Out("The fsck switch -showprogress is deprecated and no longer has any effect. Progress is now shown by default.\n");
    }
    Out("FSCK started by " + around_.namenode.user() + " (auth:SIMPLE)" +
        (page.ok() ? " from /" + page->client_ip : std::string()) + " for path " + words_.path + " at " +
        JavaDate(around_.clock.WallMillis()) + "\n");
  }

  int Fail(const Status& status, bool first) {
    if (first && status.code() == Code::kNotFound) return End("Path '" + words_.path + "' does not exist");
    around_.console.Err("fsck: " + status.message() + "\n");
    End("Fsck on path '" + words_.path + "' FAILED");
    return kStatusFailed;
  }

  // A file that a page could not finish goes on at the head of the next one.
  void Take(dfs::CheckPage page) {
    summary_.totals.Add(page.totals);
    pool_ = page.pool;
    std::size_t next = 0;
    if (cut_) {
      if (!page.files.empty() && page.files[0].path == cut_->path) {
        std::vector<dfs::CheckedBlock>& blocks = page.files[0].blocks;
        std::move(blocks.begin(), blocks.end(), std::back_inserter(cut_->blocks));
        next = 1;
      }
      if (page.after_blocks == 0 || page.after != cut_->path) Finish();
    }
    for (; next < page.files.size(); ++next) {
      dfs::CheckedFile& file = page.files[next];
      if (page.after_blocks > 0 && file.path == page.after) {
        cut_ = std::move(file);
      } else {
        Tell(file);
      }
    }
    page.files.clear();
    summary_.cluster = std::move(page);
  }

  void Finish() {
    if (!cut_) return;
    const dfs::CheckedFile file = *std::move(cut_);
    cut_.reset();
    Tell(file);
  }

  void Tell(const dfs::CheckedFile& file) {
    Out(FileText(file, pool_, words_));
    if (file.directory || !IsCorrupt(file)) return;
    ++summary_.corrupt_files;
    if (words_.move) Move(file);
    if (words_.remove) Delete(file);
  }

  void Move(const dfs::CheckedFile& file) {
    const Result<std::string> place = CopyRemains(around_.files, file);
    if (place.ok()) {
      Out("Fsck: copied the remains of the corrupted file " + file.path + " to " + *place + "\n");
    } else if (place.status().code() == Code::kAlreadyExists) {
      Out("Fsck: can't copy the remains of " + file.path + " to lost+found, because " + place.status().message() + "\n");
    } else {
      Out("Fsck: there were errors copying the remains of the corrupted file " + file.path + " to /lost+found: " +
          place.status().message() + "\n");
    }
  }

  void Delete(const dfs::CheckedFile& file) {
    const Status deleted = [&]() -> Status {
      MRD_ASSIGN_OR_RETURN(const fs::Path path, fs::Path::Parse(file.path));
      return around_.files.Delete(path, false).status();
    }();
    Out(deleted.ok() ? "Fsck: deleted corrupt file " + file.path + "\n"
                     : "Fsck: error deleting corrupted file " + file.path + ": " + deleted.message() + "\n");
  }

  const FsckSurroundings& around_;
  const FsckWords& words_;
  Summary summary_;
  std::string pool_;
  std::optional<dfs::CheckedFile> cut_;
};

int ListCorrupt(const FsckSurroundings& around, const FsckWords& words) {
  const Result<std::vector<dfs::LostBlock>> blocks = around.namenode.ListLostBlocks(words.path);
  if (!blocks.ok()) {
    around.console.Err("fsck: " + blocks.status().message() + "\n");
    return kStatusFailed;
  }
  std::string text;
  if (!blocks->empty()) text = "The list of corrupt blocks under path '" + words.path + "' are:\n";
  for (const dfs::LostBlock& block : *blocks) {
    text += "blk_" + std::to_string(block.block.id.value) + "\t" + block.path + "\n";
  }
  text += "The filesystem under path '" + words.path + "' has " + std::to_string(blocks->size()) + " CORRUPT blocks\n";
  around.console.Out(text);
  for (const dfs::LostBlock& block : *blocks) {
    around.console.Err("blk_" + std::to_string(block.block.id.value) + " because " + block.why + "\n");
  }
  return blocks->empty() ? 0 : kStatusFailed;
}

int CheckBlocks(const FsckSurroundings& around, const FsckWords& words) {
  std::string text = "FSCK started by " + around.namenode.user() + " (auth:SIMPLE) at " +
                     JavaDate(around.clock.WallMillis()) + "\n\n";
  for (const dfs::BlockId id : words.block_ids) {
    const Result<dfs::BlockCheck> found = around.namenode.CheckBlock(id);
    if (!found.ok()) {
      around.console.Out(text);
      around.console.Err("fsck: " + found.status().message() + "\n");
      return kStatusFailed;
    }
    text += BlockText(id, *found);
  }
  around.console.Out(text);
  return StatusOfLastLine(text);
}

}  // namespace

int RunFsck(const FsckSurroundings& around, const FsckWords& words) {
  if (!words.block_ids.empty()) return CheckBlocks(around, words);
  if (words.list_corrupt) return ListCorrupt(around, words);
  return FileCheck(around, words).Run();
}

}  // namespace mrd::check

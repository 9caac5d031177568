#include "tools/check/remains.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace mrd::check {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

struct Run {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// What lies between the lost blocks.
std::vector<Run> GoodRuns(const dfs::CheckedFile& file) {
  std::vector<Run> runs;
  std::uint64_t begin = 0;
  for (const dfs::CheckedBlock& block : file.blocks) {
    if (!dfs::IsLost(block.health)) continue;
    if (block.offset > begin) runs.push_back({begin, block.offset});
    begin = block.offset + block.block.length;
  }
  if (file.length > begin) runs.push_back({begin, file.length});
  return runs;
}

Status CopyRun(fs::FileSystem& files, fs::InputFile& from, const Run& run, const fs::Path& to) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::OutputFile> out, files.Create(to, false));
  std::string piece(kPieceBytes, '\0');
  for (std::uint64_t at = run.begin; at < run.end;) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), run.end - at));
    MRD_ASSIGN_OR_RETURN(const std::size_t got, from.ReadAt(at, piece.data(), want));
    if (got == 0) return Corruption("the file ends at byte " + std::to_string(at) + ", before byte " + std::to_string(run.end));
    MRD_RETURN_IF_ERROR(out->Append(piece.data(), got));
    at += got;
  }
  return out->Close();
}

}  // namespace

Result<std::string> CopyRemains(fs::FileSystem& files, const dfs::CheckedFile& file) {
  const std::string directory = "/lost+found" + file.path;
  MRD_ASSIGN_OR_RETURN(const fs::Path place, fs::Path::Parse(directory));
  const Result<fs::FileStatus> before = files.Stat(place);
  if (before.ok()) return AlreadyExists(directory + " already exists");
  if (before.status().code() != Code::kNotFound) return before.status();
  MRD_ASSIGN_OR_RETURN(const fs::Path source, fs::Path::Parse(file.path));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> from, files.Open(source));
  MRD_RETURN_IF_ERROR(files.Mkdirs(place));
  int number = 0;
  for (const Run& run : GoodRuns(file)) {
    MRD_ASSIGN_OR_RETURN(const fs::Path to, fs::Path::Parse(directory + "/" + std::to_string(number++)));
    MRD_RETURN_IF_ERROR(CopyRun(files, *from, run, to));
  }
  return directory;
}

}  // namespace mrd::check

#include "engine/input_recipe.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/fs/glob.h"
#include "formats/codec.h"

namespace mrd::engine {

namespace {

constexpr std::uint64_t kSplitsWanted = 16;
constexpr std::uint64_t kSmallestTarget = 1 << 20;
constexpr std::uint64_t kTargetStep = 64 << 10;

struct ListedFile {
  fs::FileStatus status;
  std::uint32_t input_index = 0;
};

bool Ignored(const std::string& name) { return !name.empty() && (name[0] == '_' || name[0] == '.'); }

// Collects the files of one input path.
class Lister {
 public:
  Lister(fs::FileSystem& system, bool recursive, std::uint32_t input_index, std::vector<ListedFile>& out)
      : system_(system), recursive_(recursive), input_index_(input_index), out_(out) {}

  Status Add(const fs::FileStatus& found) {
    if (!found.is_directory) {
      out_.push_back({found, input_index_});
      return Status::Ok();
    }
    MRD_ASSIGN_OR_RETURN(std::vector<fs::FileStatus> children, system_.List(found.path));
    for (const fs::FileStatus& child : children) {
      if (Ignored(child.path.name())) continue;
      if (child.is_directory && !recursive_) {
        return InvalidArgument("Not a file: " + child.path.ToString() +
                               " is a directory inside an input directory; set "
                               "mapreduce.input.fileinputformat.input.dir.recursive=true to read it too");
      }
      MRD_RETURN_IF_ERROR(Add(child));
    }
    return Status::Ok();
  }

 private:
  fs::FileSystem& system_;
  const bool recursive_;
  const std::uint32_t input_index_;
  std::vector<ListedFile>& out_;
};

// How large a split should be, from the sizes and the recipe.
std::uint64_t TargetSize(const InputRecipe& recipe, std::uint64_t block_bytes, std::uint64_t total_bytes) {
  std::uint64_t target = block_bytes;
  if (recipe.split_max_bytes != 0) {
    target = std::min(target, recipe.split_max_bytes);
  } else {
    std::uint64_t share = (total_bytes + kSplitsWanted - 1) / kSplitsWanted;
    share = (share + kTargetStep - 1) / kTargetStep * kTargetStep;
    target = std::min(target, std::max(share, kSmallestTarget));
  }
  return std::max<std::uint64_t>({target, recipe.split_min_bytes, 1});
}

// Cuts files into pieces and packs small ones together.
class Splitter {
 public:
  Splitter(const InputRecipe& recipe, InputPlan& plan) : recipe_(recipe), plan_(plan) {}

  void Add(const ListedFile& file, bool splittable, std::uint64_t target) {
    const std::string path = file.status.path.ToString();
    const std::uint64_t size = file.status.size_bytes;
    InputPiece piece{path, 0, size, !splittable, {}};
    if (!splittable || size <= target + target / 10) {
      Pack(file.input_index, std::move(piece), target);
      return;
    }
    Close();
    std::uint64_t at = 0;
    while (size - at > target + target / 10) {
      piece.start = at;
      piece.length = target;
      Pack(file.input_index, piece, target);
      Close();
      at += target;
    }
    piece.start = at;
    piece.length = size - at;
    Pack(file.input_index, std::move(piece), target);
  }
  void Close() {
    if (!open_.pieces.empty()) plan_.splits.push_back(std::move(open_));
    open_ = {};
  }

 private:
  void Pack(std::uint32_t input_index, InputPiece piece, std::uint64_t target) {
    const bool fits = !open_.pieces.empty() && recipe_.combine_small_files && open_.input_index == input_index &&
                      open_.bytes + piece.length <= target;
    if (!fits) Close();
    open_.input_index = input_index;
    open_.bytes += piece.length;
    open_.pieces.push_back(std::move(piece));
  }

  const InputRecipe& recipe_;
  InputPlan& plan_;
  InputSplit open_;
};

}  // namespace

InputRecipe::Cut InputRecipe::CutOf(std::uint32_t input_index) const {
  auto found = cuts.find(input_index);
  if (found == cuts.end()) found = cuts.find(0);
  return found == cuts.end() ? Cut::kByName : found->second;
}

// What to add where a bare word was looked for in the default file system while it names a file of this machine.
std::string LocalNamesake(const fs::Path& word, const fs::Path& looked_for, fs::Registry& file_systems) {
  constexpr const char* kLocal = "file";
  if (!word.scheme().empty() || looked_for.scheme().empty() || looked_for.scheme() == kLocal) return "";
  const Result<fs::Path> named = file_systems.Qualify(fs::Path(kLocal, "", word.path()));
  if (!named.ok()) return "";
  const Result<std::shared_ptr<fs::FileSystem>> local = file_systems.For(*named);
  if (!local.ok() || !(*local)->Stat(*named).ok()) return "";
  return "; " + named->path() + " is there on this machine: name it file://" + named->path() + ", or copy it with dfs -put";
}

Result<InputPlan> PlanFiles(const InputRecipe& recipe, fs::Registry& file_systems) {
  InputPlan plan;
  std::vector<ListedFile> files;
  std::uint64_t total = 0;
  for (const auto& [text, index] : recipe.inputs) {
    MRD_ASSIGN_OR_RETURN(fs::Path parsed, fs::Path::Parse(text));
    MRD_ASSIGN_OR_RETURN(fs::Path path, file_systems.Qualify(parsed));
    MRD_ASSIGN_OR_RETURN(std::shared_ptr<fs::FileSystem> system, file_systems.For(path));
    // A name that exists is taken literally even if it looks like a pattern.
    std::vector<fs::FileStatus> found;
    Result<fs::FileStatus> literal = system->Stat(path);
    if (literal.ok()) {
      found.push_back(std::move(*literal));
    } else if (literal.status().code() != Code::kNotFound) {
      return literal.status();
    } else if (fs::HasGlob(path.path())) {
      MRD_ASSIGN_OR_RETURN(found, fs::Glob(*system, path));
      if (found.empty()) return NotFound("Input Pattern " + path.ToString() + " matches 0 files");
    } else {
      return NotFound("Input path does not exist: " + path.ToString() + LocalNamesake(parsed, path, file_systems));
    }
    Lister lister(*system, recipe.recursive, index, files);
    for (const fs::FileStatus& status : found) {
      plan.roots.push_back(status.path);
      MRD_RETURN_IF_ERROR(lister.Add(status));
    }
  }
  for (const ListedFile& file : files) total += file.status.size_bytes;

  Splitter splitter(recipe, plan);
  for (const ListedFile& file : files) {
    const InputRecipe::Cut cut = recipe.CutOf(file.input_index);
    bool splittable = cut == InputRecipe::Cut::kAlways;
    if (cut == InputRecipe::Cut::kByName) {
      MRD_ASSIGN_OR_RETURN(const formats::Codec codec, formats::CodecForName(file.status.path.ToString()));
      splittable = formats::IsSplittable(codec) && recipe.records_found_anywhere;
    }
    splitter.Add(file, splittable, TargetSize(recipe, file.status.block_size_bytes, total));
  }
  splitter.Close();
  plan.files = files.size();
  plan.bytes += total;
  return plan;
}

}  // namespace mrd::engine

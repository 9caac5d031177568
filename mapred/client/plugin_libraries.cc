#include "mapred/client/plugin_libraries.h"

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <optional>
#include <set>

#include "common/base/environment.h"
#include "mapred/client/elf_needs.h"

namespace mrd::mapred {
namespace {

#if defined(__x86_64__)
constexpr const char* kTriplet = "x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr const char* kTriplet = "aarch64-linux-gnu";
#else
#error "name this machine's library directory here"
#endif

constexpr std::size_t kLibrariesMax = 1000;
constexpr const char* kRemedy =
    "put the library beside the plugin and link with -Wl,-rpath,'$ORIGIN' (it then travels with the job), or link it "
    "statically";

bool IsFile(Env& env, const std::string& path) {
  const Result<FileInfo> info = env.Stat(path);
  return info.ok() && info->type == FileType::kFile;
}

std::string Directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// Where the loader of any machine looks, and what packages of the system are installed to.
bool SystemHas(Env& env, const std::string& library) {
  for (const std::string& base : {std::string("/lib"), std::string("/usr/lib"), std::string("/usr/local/lib")}) {
    if (IsFile(env, base + "/" + kTriplet + "/" + library) || IsFile(env, base + "/" + library)) return true;
  }
  return IsFile(env, "/lib64/" + library) || IsFile(env, "/usr/lib64/" + library);
}

// The directory with $ORIGIN replaced; nothing when it does not begin with it.
std::optional<std::string> FromOrigin(const std::string& directory, const std::string& origin) {
  for (const std::string_view word : {"$ORIGIN", "${ORIGIN}"}) {
    if (directory.starts_with(word)) return origin + directory.substr(word.size());
  }
  return std::nullopt;
}

// One library that has to be looked at: the plugin itself first.
struct Object {
  std::string path;
  std::vector<std::string> inherited;  // directories of who needs it, as DT_RPATH works
};

class Search {
 public:
  Search(Env& env, const std::string& plugin_path) : env_(env), plugin_(plugin_path), root_(Directory(plugin_path)) {}

  Result<std::vector<ShippedLibrary>> Run() {
    waiting_.push_back({plugin_, {}});
    while (!waiting_.empty()) {
      const Object object = std::move(waiting_.front());
      waiting_.pop_front();
      MRD_RETURN_IF_ERROR(Follow(object));
    }
    std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::move(found_);
  }

 private:
  Status Follow(const Object& object) {
    MRD_ASSIGN_OR_RETURN(const ElfNeeds needs, ReadElfNeeds(env_, object.path));
    std::vector<std::string> directories = needs.directories;
    directories.insert(directories.end(), object.inherited.begin(), object.inherited.end());
    for (const std::string& library : needs.libraries) {
      if (!seen_.insert(library).second) continue;
      if (seen_.size() > kLibrariesMax) {
        return FailedPrecondition("the plugin " + plugin_ + " needs more than " + std::to_string(kLibrariesMax) +
                                  " libraries");
      }
      MRD_RETURN_IF_ERROR(Find(library, object.path, directories));
    }
    return Status::Ok();
  }

  Status Find(const std::string& library, const std::string& needed_by, const std::vector<std::string>& directories) {
    std::string elsewhere;  // where it is found, but by this machine alone
    for (const std::string& directory : directories) {
      const std::optional<std::string> local = FromOrigin(directory, Directory(needed_by));
      const std::string candidate = local.value_or(directory) + "/" + library;
      if (!IsFile(env_, candidate)) continue;
      const std::string name = std::filesystem::path(candidate).lexically_relative(root_).lexically_normal().string();
      if (local && !name.empty() && !name.starts_with("..")) {
        found_.push_back({candidate, name});
        waiting_.push_back({candidate, directories});
        return Status::Ok();
      }
      if (elsewhere.empty()) elsewhere = candidate;
    }
    if (SystemHas(env_, library)) return Status::Ok();
    if (elsewhere.empty()) elsewhere = OnLibraryPath(library);
    return FailedPrecondition(
        "the library " + library + ", which " + needed_by + " needs, " +
        (elsewhere.empty() ? "is not found in the usual places" : "is found here as " + elsewhere + " only") +
        ", so no tasktracker would have it; " + kRemedy);
  }

  std::string OnLibraryPath(const std::string& library) const {
    const std::string list = EnvironmentVariable("LD_LIBRARY_PATH").value_or("");
    for (std::size_t begin = 0; begin < list.size();) {
      const std::size_t end = std::min(list.find(':', begin), list.size());
      const std::string candidate = list.substr(begin, end - begin) + "/" + library;
      if (end > begin && IsFile(env_, candidate)) return candidate;
      begin = end + 1;
    }
    return "";
  }

  Env& env_;
  const std::string plugin_;
  const std::string root_;
  std::deque<Object> waiting_;
  std::set<std::string> seen_;
  std::vector<ShippedLibrary> found_;
};

}  // namespace

Result<std::vector<ShippedLibrary>> PluginLibraries(Env& env, const std::string& plugin_path) {
  return Search(env, plugin_path).Run();
}

}  // namespace mrd::mapred

// `mr __submit-planned DIRECTORY`: plans and submits a job that came to the jobtracker over HTTP, in a process of its own,
// since that needs the plugin. The jobtracker has laid out the directory:
//
//   request.json   what PlannedJobRequest says
//   site.json      the jobtracker's own configuration: an object of names and texts
//   conf.xml       further properties of the job, if there are any
//   pack/          plugin and libraries, files/ and archives/, as in a job pack; absent when request.json names one
//
// and reads outcome.json: {"jobId": "…"} or {"code": "InvalidArgument", "message": "…"}.

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "common/base/alt_stack.h"
#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/environment.h"
#include "common/base/sha256.h"
#include "common/base/site_file.h"
#include "common/base/write_confinement.h"
#include "dfs/client/file_systems.h"
#include "engine/guard/crash_guard.h"
#include "engine/plugin.h"
#include "formats/archive.h"
#include "mapred/client/cluster_runner.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/file_systems.h"
#include "tools/job_place.h"
#include "tools/planned_job.h"
#include "tools/submit_planned.h"

namespace mrd::tools {
namespace {

constexpr std::uint64_t kPackBytesMax = std::uint64_t{1} << 30;
constexpr rlim_t kCpuSecondsMax = 600;
constexpr std::size_t kReadBytes = 1 << 20;

// What the plugin, which is somebody else's, may do to this machine. The rest is the jobtracker's to bound: time, and how
// many of us there are.
void Confine(const std::string& directory) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none = {0, 0};
  const rlimit cpu = {kCpuSecondsMax, kCpuSecondsMax};
  const rlimit file = {kPackBytesMax, kPackBytesMax};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::setrlimit(RLIMIT_CPU, &cpu);
  (void)::setrlimit(RLIMIT_FSIZE, &file);
  if (CanConfineWrites().ok()) {
    // Without it the plugin may still write what this user may; the tasks of the job could as well.
    if (const Status confined = ConfineWrites({directory}); !confined.ok()) PrintError("", confined.message());
  }
}

class PlannedSubmission {
 public:
  explicit PlannedSubmission(std::string directory) : directory_(std::move(directory)) {}

  Result<std::string> Submit() {
    MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(env_, directory_ + "/request.json"));
    MRD_ASSIGN_OR_RETURN(asked_, PlannedJobRequest::Parse(text));
    MRD_RETURN_IF_ERROR(Configure());
    file_systems_.emplace(MakeFileSystems(dfs::client::OutlastingRestarts(*configuration_.config)));
    if (!asked_.pack.empty()) MRD_RETURN_IF_ERROR(FetchPack());
    MRD_RETURN_IF_ERROR(NameSideFiles());
    MRD_ASSIGN_OR_RETURN(const std::string plugin, PluginName());
    engine::JobRequest request{.plugin = nullptr,
                               .entry = nullptr,
                               .inputs = asked_.inputs,
                               .output = asked_.output,
                               .options = asked_.options,
                               .config = *configuration_.config};
    MRD_ASSIGN_OR_RETURN(request.plugin, engine::Plugin::Load(directory_ + "/pack/" + plugin));
    MRD_ASSIGN_OR_RETURN(request.entry, ChooseEntry(*request.plugin));
    MRD_RETURN_IF_ERROR(CheckPlaces());
    return Run(request);
  }

 private:
  Status Configure() {
    MRD_ASSIGN_OR_RETURN(configuration_, LoadConfiguration({}));
    Config& config = *configuration_.config;
    MRD_ASSIGN_OR_RETURN(const std::string site, ReadWholeFile(env_, directory_ + "/site.json"));
    boost::system::error_code error;
    const boost::json::value own = boost::json::parse(site, error);
    if (error || !own.is_object()) return Corruption(directory_ + "/site.json is no JSON object");
    for (const auto& property : own.as_object()) {
      const std::string name(property.key());
      // What is below our prefix and not of ours is a daemon's.
      if (!property.value().is_string() || (name.starts_with("mr.") && configuration_.keys->Find(name) == nullptr)) continue;
      MRD_RETURN_IF_ERROR(config.Set(name, std::string(property.value().as_string()), "the jobtracker's configuration"));
    }
    MRD_RETURN_IF_ERROR(config.Set("mapreduce.cluster.local.dir", directory_ + "/local", "program"));
    const std::string more = directory_ + "/conf.xml";
    MRD_ASSIGN_OR_RETURN(const bool has_more, Exists(env_, more));
    if (has_more) {
      MRD_ASSIGN_OR_RETURN(const std::string xml, ReadWholeFile(env_, more));
      MRD_ASSIGN_OR_RETURN(const std::vector<SiteProperty> properties, ParseSiteFile(xml, "conf"));
      for (const SiteProperty& property : properties) {
        MRD_RETURN_IF_ERROR(SetRequested(config, *configuration_.keys, property.name, property.value, "the request's conf"));
      }
    }
    for (const auto& [name, value] : asked_.config) {
      MRD_RETURN_IF_ERROR(SetRequested(config, *configuration_.keys, name, value, "the request"));
    }
    return Status::Ok();
  }

  Status FetchPack() {
    MRD_ASSIGN_OR_RETURN(const fs::Path system_dir,
                         fs::Path::Parse(configuration_.config->GetString("mapreduce.jobtracker.system.dir")));
    MRD_ASSIGN_OR_RETURN(const fs::Path qualified, file_systems_->Qualify(system_dir));
    const fs::Path path = qualified.Child("packs").Child(asked_.pack);
    MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems_->For(path));
    const Result<fs::FileStatus> there = system->Stat(path);
    if (there.status().code() == Code::kNotFound) {
      return NotFound("there is no pack " + asked_.pack + " in " + qualified.ToString() + "/packs; send the plugin itself");
    }
    MRD_RETURN_IF_ERROR(there.status());
    if (there->size_bytes > kPackBytesMax) {
      return InvalidArgument("the pack " + asked_.pack + " has " + std::to_string(there->size_bytes) +
                             " bytes; possible here are " + std::to_string(kPackBytesMax));
    }
    const std::string tar = directory_ + "/pack.tar";
    MRD_RETURN_IF_ERROR(Download(*system, path, tar));
    MRD_ASSIGN_OR_RETURN(const std::string hash, Sha256HexOfFile(env_, tar));
    if (hash != asked_.pack) return Corruption("the pack " + path.ToString() + " has the SHA-256 " + hash);
    MRD_RETURN_IF_ERROR(CreateDirs(env_, directory_ + "/pack"));
    return formats::UnpackArchive(env_, tar, directory_ + "/pack").WithContext("the pack " + asked_.pack);
  }

  Status Download(fs::FileSystem& system, const fs::Path& from, const std::string& to) {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> in, system.Open(from));
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> out, env_.CreateOrTruncate(to));
    std::vector<char> buffer(kReadBytes);
    for (std::uint64_t offset = 0; offset <= kPackBytesMax;) {
      MRD_ASSIGN_OR_RETURN(const std::size_t got, in->ReadAt(offset, buffer.data(), buffer.size()));
      if (got == 0) break;
      MRD_RETURN_IF_ERROR(out->Append(buffer.data(), got));
      offset += got;
    }
    return out->Close();
  }

  // As -files and -archives would name them, so that the job's pack becomes the same again.
  Status NameSideFiles() {
    for (const auto& [folder, key] : {std::pair{"files", "tmpfiles"}, std::pair{"archives", "tmparchives"}}) {
      const std::string path = directory_ + "/pack/" + folder;
      MRD_ASSIGN_OR_RETURN(const bool there, Exists(env_, path));
      if (!there) continue;
      MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env_.ListDir(path));
      std::string names;
      for (const FileInfo& entry : entries) {
        if (entry.name.find_first_of(",#") != std::string::npos) {
          return InvalidArgument("the side file \"" + entry.name + "\" has a comma or a # in its name; give it another");
        }
        names.append(names.empty() ? "" : ",").append("file://" + path + "/" + entry.name);
      }
      MRD_RETURN_IF_ERROR(configuration_.config->Set(key, names, "the request's files"));
    }
    return Status::Ok();
  }

  Result<std::string> PluginName() {
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env_.ListDir(directory_ + "/pack"));
    std::vector<std::string> names;
    for (const FileInfo& entry : entries) {
      if (entry.type == FileType::kFile) names.push_back(entry.name);
    }
    if (!asked_.plugin.empty()) {
      if (std::find(names.begin(), names.end(), asked_.plugin) != names.end()) return asked_.plugin;
      return NotFound("the pack holds no " + asked_.plugin + "; it holds " + Joined(names));
    }
    if (names.size() == 1) return names[0];
    if (names.empty()) return InvalidArgument("the pack holds no plugin");
    return InvalidArgument("the pack holds " + Joined(names) + "; say by \"plugin\" which of them is the plugin");
  }

  static std::string Joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  Result<const mr_job_entry*> ChooseEntry(const engine::Plugin& plugin) {
    const mr_job_entry* entry = nullptr;
    if (!asked_.job.empty()) {
      MRD_ASSIGN_OR_RETURN(entry, plugin.Find(asked_.job));
    } else {
      std::vector<std::string> names;
      for (const mr_job_entry* one : plugin.Public()) names.emplace_back((entry = one)->name);
      if (names.size() != 1) {
        return InvalidArgument(names.empty() ? "the plugin holds no job" : "the plugin holds several jobs; say by \"job\" "
                               "which of them is meant: " + Joined(names));
      }
    }
    if (entry->main != nullptr) {
      return InvalidArgument(std::string(entry->name) + " is a driver, whose rounds are made where it runs: mr jar runs it");
    }
    return entry;
  }

  // Whoever asks is elsewhere, and local files are those of this machine.
  Status CheckPlaces() {
    const std::string user = EnvironmentVariable("HADOOP_USER_NAME").value_or("");
    std::vector<std::string> texts = asked_.inputs;
    if (!asked_.output.empty()) texts.push_back(asked_.output);
    for (const std::string& text : texts) {
      MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(text));
      MRD_ASSIGN_OR_RETURN(const fs::Path path, file_systems_->Qualify(parsed));
      if (path.scheme() == "file" && user != CurrentUserName()) {
        return PermissionDenied(path.ToString() + " is a local file of the jobtracker's machine, so only " + CurrentUserName() +
                                ", who runs it, may name it; put it into the distributed file system");
      }
    }
    return Status::Ok();
  }

  Result<std::string> Run(const engine::JobRequest& request) {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<mapred::JobClient> client, ConnectJobtracker(*configuration_.config));
    mapred::ClusterRunner::Options options;
    options.follow = false;
    engine::JobMonitor nobody;
    mapred::ClusterRunner runner(env_, Clock::System(), *file_systems_, cancel_, *client, std::move(options));
    const engine::JobResult result = runner.Run(request, nobody);
    MRD_RETURN_IF_ERROR(result.status);
    return result.job_id;
  }

  Env& env_ = Env::Posix();
  const std::string directory_;
  engine::CancelFlag cancel_;
  PlannedJobRequest asked_;
  Configuration configuration_;
  std::optional<fs::Registry> file_systems_;
};

int Run(const std::vector<std::string>& words) {
  if (words.size() != 1) return UsageError(kSubmitPlannedCommand, "takes a directory");
  Confine(words[0]);
  engine::guard::InstallCrashGuard("the plugin of the request");
  const ThreadSignalStack stack;
  const Result<std::string> job = PlannedSubmission(words[0]).Submit();
  boost::json::object outcome;
  if (job.ok()) {
    outcome["jobId"] = *job;
  } else {
    outcome["code"] = std::string(CodeName(job.status().code()));
    outcome["message"] = job.status().message();
  }
  const Status written =
      WriteFileDurably(Env::Posix(), words[0] + "/outcome.json", boost::json::serialize(outcome));
  if (written.ok()) return kExitOk;
  PrintError(kSubmitPlannedCommand.name, written.message());
  return kExitFailed;
}

}  // namespace

const Command kSubmitPlannedCommand = {
    "__submit-planned", "DIRECTORY", nullptr, "Plans and submits a job that came to the jobtracker over HTTP.\n", Run,
};

}  // namespace mrd::tools

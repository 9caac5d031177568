#include <exception>

#include "engine/job.h"
#include "engine/local_runner.h"
#include "engine/record.h"

namespace mrd::engine {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;

// The mr_driver that a driver's main function talks to.
class DriverHost : public mr_driver {
 public:
  DriverHost(std::shared_ptr<const Plugin> plugin,
             const Config& config,
             JobRunner& runner,
             fs::Registry& file_systems,
             JobMonitor& monitor,
             std::vector<JobResult>& results)
      : plugin_(std::move(plugin)),
        config_(config),
        runner_(runner),
        file_systems_(file_systems),
        monitor_(monitor),
        results_(results),
        first_result_(results.size()) {
    api = &kApi;
  }

  const std::string& error() const { return error_; }

 private:
  static DriverHost& Of(mr_driver* driver) { return *static_cast<DriverHost*>(driver); }
  int32_t Refuse(const Status& why) {
    error_ = why.message();
    return MR_FAILED;
  }

  Result<JobRequest> MakeRequest(const mr_job_request& asked) {
    JobRequest request{plugin_, nullptr, {}, std::string(ToView(asked.output)), {}, config_};
    MRD_ASSIGN_OR_RETURN(request.entry, plugin_->Find(ToView(asked.job)));
    if (request.entry->configure == nullptr) {
      return InvalidArgument(std::string(ToView(asked.job)) + " is a driver; a driver runs jobs");
    }
    for (std::size_t i = 0; i < asked.input_count; ++i) request.inputs.emplace_back(ToView(asked.inputs[i]));
    for (std::size_t i = 0; i < asked.option_count; ++i) {
      request.options[std::string(ToView(asked.options[i].name))] = ToView(asked.options[i].value);
    }
    for (std::size_t i = 0; i < asked.property_count; ++i) {
      MRD_RETURN_IF_ERROR(
          request.config.Set(ToView(asked.properties[i].name), ToView(asked.properties[i].value), "program"));
    }
    return request;
  }

  int32_t RunJob(const mr_job_request& asked, uint32_t* run) {
    Result<JobRequest> request = MakeRequest(asked);
    if (!request.ok()) return Refuse(request.status());
    results_.push_back(runner_.Run(*request, monitor_));
    *run = static_cast<uint32_t>(results_.size() - 1 - first_result_);
    const Status& status = results_.back().status;
    return status.ok() ? static_cast<int32_t>(MR_OK) : Refuse(status);
  }

  struct Located {
    std::shared_ptr<fs::FileSystem> system;
    fs::Path path;
  };
  Result<Located> Locate(mr_bytes text) {
    MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(ToView(text)));
    Located located;
    MRD_ASSIGN_OR_RETURN(located.path, file_systems_.Qualify(parsed));
    MRD_ASSIGN_OR_RETURN(located.system, file_systems_.For(located.path));
    return located;
  }

  Status ReadFile(mr_bytes text, void* sink, void (*chunk)(void*, mr_bytes)) {
    MRD_ASSIGN_OR_RETURN(const Located at, Locate(text));
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<fs::InputFile> file, at.system->Open(at.path));
    std::string buffer(kReadBytes, '\0');
    for (std::uint64_t offset = 0;;) {
      MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(offset, buffer.data(), buffer.size()));
      if (got == 0) return Status::Ok();
      chunk(sink, {buffer.data(), got});
      offset += got;
    }
  }

  Status ListFiles(mr_bytes text, void* sink, void (*visit)(void*, mr_bytes)) {
    MRD_ASSIGN_OR_RETURN(const Located at, Locate(text));
    MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> entries, at.system->List(at.path));
    for (const fs::FileStatus& entry : entries) {
      const std::string name = entry.path.name();
      if (entry.is_directory || name.starts_with('_') || name.starts_with('.')) continue;
      visit(sink, ToBytes(entry.path.ToString()));
    }
    return Status::Ok();
  }

  Status WriteFile(mr_bytes text, mr_bytes content) {
    MRD_ASSIGN_OR_RETURN(const Located at, Locate(text));
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<fs::OutputFile> file, at.system->Create(at.path, /*overwrite=*/true));
    if (content.size != 0) MRD_RETURN_IF_ERROR(file->Append(content.data, content.size));
    return file->Close();
  }

  static const mr_driver_api kApi;

  std::shared_ptr<const Plugin> plugin_;
  const Config& config_;
  JobRunner& runner_;
  fs::Registry& file_systems_;
  JobMonitor& monitor_;
  std::vector<JobResult>& results_;
  const std::size_t first_result_;
  std::string error_;
  std::map<std::string, std::string> conf_values_;
};

const mr_driver_api DriverHost::kApi = {
    .size = sizeof(mr_driver_api),
    .version = MR_ABI_VERSION,
    .run = [](mr_driver* driver, const mr_job_request* request, uint32_t* run) -> int32_t {
      return Of(driver).RunJob(*request, run);
    },
    .counter = [](mr_driver* driver, uint32_t run, mr_bytes group, mr_bytes name, int64_t* value) -> int32_t {
      DriverHost& self = Of(driver);
      if (self.first_result_ + run >= self.results_.size()) return MR_NOT_FOUND;
      *value = self.results_[self.first_result_ + run].counters.Get(ToView(group), ToView(name));
      return MR_OK;
    },
    .error = [](mr_driver* driver) -> mr_bytes { return ToBytes(Of(driver).error_); },
    .conf_get = [](mr_driver* driver, mr_bytes name, mr_bytes* value) -> int32_t {
      DriverHost& self = Of(driver);
      const std::string key(ToView(name));
      std::optional<std::string> found = self.config_.Get(key);
      if (!found) return MR_NOT_FOUND;
      *value = ToBytes(self.conf_values_[key] = *found);
      return MR_OK;
    },
    .read_file = [](mr_driver* driver, mr_bytes path, void* sink, void (*chunk)(void*, mr_bytes)) -> int32_t {
      Status read = Of(driver).ReadFile(path, sink, chunk);
      return read.ok() ? static_cast<int32_t>(MR_OK) : Of(driver).Refuse(read);
    },
    .list_files = [](mr_driver* driver, mr_bytes path, void* sink, void (*file)(void*, mr_bytes)) -> int32_t {
      Status listed = Of(driver).ListFiles(path, sink, file);
      return listed.ok() ? static_cast<int32_t>(MR_OK) : Of(driver).Refuse(listed);
    },
    .exists = [](mr_driver* driver, mr_bytes path) -> int32_t {
      Result<Located> at = Of(driver).Locate(path);
      return at.ok() && at->system->Stat(at->path).ok() ? 1 : 0;
    },
    .remove = [](mr_driver* driver, mr_bytes path) -> int32_t {
      Result<Located> at = Of(driver).Locate(path);
      if (!at.ok()) return Of(driver).Refuse(at.status());
      Result<bool> removed = at->system->Delete(at->path, /*recursive=*/true);
      return removed.ok() ? static_cast<int32_t>(MR_OK) : Of(driver).Refuse(removed.status());
    },
    .write_file = [](mr_driver* driver, mr_bytes path, mr_bytes content) -> int32_t {
      Status written = Of(driver).WriteFile(path, content);
      return written.ok() ? static_cast<int32_t>(MR_OK) : Of(driver).Refuse(written);
    },
};

}  // namespace

int RunDriver(const std::shared_ptr<const Plugin>& plugin,
              const mr_job_entry& entry,
              const std::vector<std::string>& arguments,
              const Config& config,
              JobRunner& runner,
              fs::Registry& file_systems,
              JobMonitor& monitor,
              std::vector<JobResult>& results,
              std::string& error) {
  DriverHost host(plugin, config, runner, file_systems, monitor, results);
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  const int status = entry.main(&host, static_cast<int>(arguments.size()), argv.data());
  if (status != 0) error = host.error();
  return status;
}

}  // namespace mrd::engine

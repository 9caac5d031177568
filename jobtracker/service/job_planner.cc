#include "jobtracker/service/job_planner.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json.hpp>

#include "common/base/clock.h"
#include "common/base/unique_fd.h"
#include "common/net/co_status.h"
#include "mapred/ids.h"

extern char** environ;

namespace mrd::jobtracker {
namespace {

namespace json = boost::json;

constexpr std::size_t kAtOnce = 2;
constexpr std::int64_t kLookMs = 200;  // whether we are to stop
constexpr std::size_t kPrintedMax = 2'000;
constexpr std::uint32_t kPrivate = 0700;

Status WriteFile(Env& env, const std::string& path, std::string_view bytes) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env.Create(path));
  MRD_RETURN_IF_ERROR(file->Append(bytes.data(), bytes.size()));
  return file->Close();
}

// The code of that name, kInternal for a name that is none.
Code CodeOf(std::string_view name) {
  for (int code = static_cast<int>(Code::kNotFound); code < static_cast<int>(Code::kInternal); ++code) {
    if (CodeName(static_cast<Code>(code)) == name) return static_cast<Code>(code);
  }
  return Code::kInternal;
}

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

// Variables that would change whom or what the program speaks with are ours to say.
std::vector<std::string> EnvironmentOf(const std::string& user, const std::string& directory) {
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string_view text = *one;
    if (!text.starts_with("HADOOP_") && !text.starts_with("MR_") && !text.starts_with("LD_")) variables.emplace_back(text);
  }
  variables.push_back("HADOOP_USER_NAME=" + user);
  variables.push_back("MR_CONF_DIR=" + directory + "/conf");  // empty: site.json has what holds
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Waits for the end of the process, or ends it with its children. kDeadlineExceeded, kUnavailable when we stop.
Result<int> Await(int pid, std::int64_t timeout_ms, const std::atomic<bool>& stopping) {
  // The C library's function of that name cannot be linked from C++ in this version.
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  Status ended;
  const std::int64_t end_ms = Clock::System().MonotonicNanos() / 1'000'000 + timeout_ms;
  for (;;) {
    pollfd waits = {process.get(), POLLIN, 0};
    const std::int64_t left = end_ms - Clock::System().MonotonicNanos() / 1'000'000;
    const int got = ::poll(&waits, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, kLookMs)));
    if (got > 0) break;
    if (left <= 0) {
      ended = Status(Code::kDeadlineExceeded, "the job was not planned within " + std::to_string(timeout_ms) +
                                                  " ms (mr.jobtracker.http.plan.timeout)");
    } else if (stopping) {
      ended = Unavailable("the jobtracker stops");
    } else {
      continue;
    }
    break;
  }
  // Also what it may have left behind.
  (void)::kill(-pid, SIGKILL);
  int wait_status = 0;
  while (::waitpid(pid, &wait_status, 0) < 0) {
    if (errno != EINTR) return FromErrno(errno, "wait for the planning of a job");
  }
  MRD_RETURN_IF_ERROR(ended);
  return wait_status;
}

}  // namespace

JobPlanner::JobPlanner(Env& env, Logger log, JobPlannerOptions options)
    : env_(env), log_(std::move(log)), options_(std::move(options)), pool_("plans", kAtOnce) {}

Status JobPlanner::Start() {
  if (!options_.enabled) return Status::Ok();
  MRD_RETURN_IF_ERROR(RemoveTree(env_, options_.directory));
  return env_.CreateDir(options_.directory, kPrivate);
}

net::awaitable<Result<std::string>> JobPlanner::Submit(std::string user, const web::JobUpload& upload) {
  if (!options_.enabled) {
    co_return Unimplemented("this jobtracker does not plan jobs that come over HTTP (mr.jobtracker.http.plan.enabled); "
                            "mr jar submits them, or send their splits as well");
  }
  if (stopping_) co_return Unavailable("the jobtracker stops");
  if (running_ >= kAtOnce) {
    co_return ResourceExhausted(std::to_string(running_) + " jobs that came over HTTP are being planned; try again in a moment");
  }
  const std::string directory = options_.directory + "/" + std::to_string(++last_number_);
  ++running_;
  auto work = [&] { return Run(user, upload, directory); };
  Result<std::string> job = co_await pool_.Run(work);
  --running_;
  if (job.ok()) {
    log_.Info("job planned and submitted over http id=" + *job + " user=" + user);
  } else {
    log_.Warn("job over http refused user=" + user + " why=" + job.status().message());
  }
  co_return job;
}

Result<std::string> JobPlanner::Run(const std::string& user, const web::JobUpload& upload, const std::string& directory) {
  Result<std::string> job;
  if (Status ready = LayOut(upload, directory); !ready.ok()) {
    job = std::move(ready);
  } else if (const Result<int> process = Launch(user, directory); !process.ok()) {
    job = process.status();
  } else if (const Result<int> ended = Await(*process, options_.timeout_ms, stopping_); !ended.ok()) {
    job = ended.status();
  } else {
    job = Outcome(directory, *ended);
  }
  if (const Status removed = RemoveTree(env_, directory); !removed.ok()) log_.Warn(removed.message());
  return job;
}

Status JobPlanner::LayOut(const web::JobUpload& upload, const std::string& directory) const {
  MRD_RETURN_IF_ERROR(env_.CreateDir(directory, kPrivate));
  MRD_RETURN_IF_ERROR(env_.CreateDir(directory + "/conf"));
  json::object site;
  for (const auto& [name, value] : options_.site) site[name] = value;
  MRD_RETURN_IF_ERROR(WriteFile(env_, directory + "/site.json", json::serialize(site)));
  MRD_RETURN_IF_ERROR(WriteFile(env_, directory + "/request.json", upload.request));
  if (!upload.site.empty()) MRD_RETURN_IF_ERROR(WriteFile(env_, directory + "/conf.xml", upload.site));
  for (const web::JobUpload::File& file : upload.files) {
    const std::string folder = directory + "/pack" + (file.folder.empty() ? "" : "/" + file.folder);
    MRD_RETURN_IF_ERROR(CreateDirs(env_, folder));
    MRD_RETURN_IF_ERROR(WriteFile(env_, folder + "/" + file.name, file.bytes));
  }
  return Status::Ok();
}

Result<int> JobPlanner::Launch(const std::string& user, const std::string& directory) const {
  const std::string log = directory + "/printed";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> words = {"mr", "__submit-planned", directory};
  std::vector<std::string> variables = EnvironmentOf(user, directory);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, options_.program.c_str(), &actions, &attributes, Pointers(words).data(),
                                  Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return FromErrno(error, "start " + options_.program + ", which plans jobs and is installed beside the jobtracker");
  }
  return static_cast<int>(pid);
}

Result<std::string> JobPlanner::Outcome(const std::string& directory, int wait_status) const {
  const Result<std::string> text = ReadWholeFile(env_, directory + "/outcome.json");
  boost::system::error_code error;
  const json::value value = json::parse(text.ok() ? *text : "", error);
  if (!error && value.is_object()) {
    const std::string id = TextOf(value.as_object(), "jobId");
    if (mapred::IsJobId(id)) return id;
    std::string message = TextOf(value.as_object(), "message");
    // Where the files lay here tells the sender nothing.
    const std::string pack = directory + "/pack/";
    for (std::size_t at = message.find(pack); at != std::string::npos; at = message.find(pack, at)) message.erase(at, pack.size());
    if (!message.empty()) return Status(CodeOf(TextOf(value.as_object(), "code")), std::move(message));
  }
  std::string why = "the plugin ended the process that planned the job, by ";
  if (WIFSIGNALED(wait_status)) {
    why += "signal " + std::to_string(WTERMSIG(wait_status)) + " (" + ::strsignal(WTERMSIG(wait_status)) + ")";
  } else {
    why += "exit status " + std::to_string(WEXITSTATUS(wait_status));
  }
  const Result<std::unique_ptr<File>> printed = env_.OpenForRead(directory + "/printed");
  const Result<std::uint64_t> size = printed.ok() ? (*printed)->Size() : Result<std::uint64_t>(printed.status());
  if (size.ok() && *size != 0) {
    std::string tail(std::min<std::uint64_t>(*size, kPrintedMax), '\0');
    const Result<std::size_t> got = (*printed)->ReadAt(*size - tail.size(), tail.data(), tail.size());
    if (got.ok()) why += "; it printed: " + tail.substr(0, *got);
  }
  return InvalidArgument(std::move(why));
}

}  // namespace mrd::jobtracker

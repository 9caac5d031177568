#include "common/daemon/daemon.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <thread>

#include "common/base/clock.h"
#include "common/daemon/background.h"
#include "common/daemon/keys.h"
#include "common/daemon/options.h"
#include "common/daemon/rotating_file.h"

namespace mrd::daemon {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  return set;
}

// Signals are fetched by the main thread; every thread made later inherits that they are blocked.
void TakeSignals() {
  const sigset_t set = StopSignals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
}

void Print(std::FILE* where, const std::string& text) { (void)std::fwrite(text.data(), 1, text.size(), where); }

std::string Json(const Ports& ports) {
  std::string text = "{";
  for (const auto& [name, port] : ports) {
    text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + std::to_string(port);
  }
  return text + "}\n";
}

std::string Words(const Ports& ports) {
  std::string text;
  for (const auto& [name, port] : ports) text += " " + name + "=" + std::to_string(port);
  return text;
}

Result<LogLevel> LevelOf(const Config& config) {
  const std::string name = config.GetString(kLogLevelKey);
  if (const std::optional<LogLevel> level = ParseLogLevel(name)) return *level;
  return InvalidArgument(std::string(kLogLevelKey) + " is " + name + " (" + config.Source(kLogLevelKey) +
                         "); one of TRACE, DEBUG, INFO, WARN, ERROR, OFF is expected");
}

// A file that exists while the daemon does.
class OwnFile {
 public:
  ~OwnFile() { Remove(); }
  Status Write(const std::string& path, std::string_view content) {
    if (path.empty()) return Status::Ok();
    MRD_RETURN_IF_ERROR(WriteFileDurably(Env::Posix(), path, content));
    path_ = path;
    content_ = content;
    return Status::Ok();
  }
  // Not one that another process has put in its place.
  void Remove() {
    if (path_.empty()) return;
    const Result<std::string> now = ReadWholeFile(Env::Posix(), path_);
    if (now.ok() && *now == content_) (void)Env::Posix().RemoveFile(path_);
    path_.clear();
  }

 private:
  std::string path_;
  std::string content_;
};

// One run of a daemon program, from the command line to the exit code.
class Process {
 public:
  explicit Process(const Program& program) : program_(program), config_(keys_) {}

  int Main(const std::vector<std::string>& words) {
    const Status status = Prepare(words);
    if (!status.ok()) return Refuse(status);
    if (options_.help) {
      Print(stdout, HelpText(program_));
      return 0;
    }
    const std::string log_file = LogFile();
    const Context context{config_, *log_, options_.switches, log_file, [this](const Status& reason) { Fail(reason); }};
    if (program_.instead) {
      if (const std::optional<Status> done = program_.instead(context)) return done->ok() ? 0 : Refuse(*done);
    }
    return Serve(context);
  }

 private:
  Status Prepare(const std::vector<std::string>& words) {
    MRD_ASSIGN_OR_RETURN(options_, ParseOptions(words, program_.switches));
    if (options_.help) return Status::Ok();
    options_.site_files.insert(options_.site_files.end(), program_.more_site_files.begin(), program_.more_site_files.end());
    for (const std::span<const ConfigKey> table : program_.keys) keys_.Add(table);
    keys_.Add(DaemonKeys());
    MRD_RETURN_IF_ERROR(LoadConfiguration(Env::Posix(), options_, &config_));
    MRD_ASSIGN_OR_RETURN(const LogLevel level, LevelOf(config_));
    MRD_ASSIGN_OR_RETURN(stop_timeout_ms_, config_.GetDurationMs(kStopTimeoutKey));
    if (options_.background && !background_.Enter()) return IoError("--daemon: the system cannot make a process");
    return OpenLog(level);
  }

  Status OpenLog(LogLevel level) {
    if (options_.log_file.empty()) {
      log_ = std::make_unique<Log>(level);
    } else {
      MRD_ASSIGN_OR_RETURN(const std::int64_t bytes, config_.GetSize(kLogFileBytesKey));
      MRD_ASSIGN_OR_RETURN(const std::int64_t files, config_.GetInt(kLogFilesKey));
      MRD_ASSIGN_OR_RETURN(log_file_, RotatingFile::Open(Env::Posix(), options_.log_file,
                                                         static_cast<std::uint64_t>(bytes), static_cast<int>(files)));
      // A full disk must not stop the daemon for its log's sake.
      log_ = std::make_unique<Log>(level, [this](std::string_view line) { (void)log_file_->Write(line); });
    }
    for (const std::string& notice : config_.notices()) Logging().Warn(notice);
    return Status::Ok();
  }

  // Whoever started us may have pointed stderr at a file: `mr up` does.
  std::string LogFile() const {
    Env& env = Env::Posix();
    const std::string named = options_.log_file.empty() ? "/proc/self/fd/2" : options_.log_file;
    const Result<std::string> path = env.RealPath(named);
    if (!path.ok()) return "";
    const Result<FileInfo> file = env.Stat(*path);
    return file.ok() && file->type == FileType::kFile ? *path : "";
  }

  Logger Logging() const { return Logger(*log_, program_.name); }

  // One clear line, where the person who started it looks; in the log too when that is elsewhere.
  int Refuse(const Status& status) {
    const std::string line = std::string(program_.name) + ": " + status.message() + "\n";
    if (log_ && log_file_) Logging().Error(status.message());
    if (!background_.Failed(line)) Print(stderr, line);
    return 1;
  }

  int Serve(const Context& context) {
    TakeSignals();
    RaiseOpenFileLimit();
    if (Status status = pid_file_.Write(options_.pid_file, std::to_string(::getpid()) + "\n"); !status.ok()) {
      return Refuse(status);
    }
    Result<std::unique_ptr<Service>> service = program_.start(context);
    if (!service.ok()) return Refuse(service.status());
    const Ports ports = (*service)->ports();
    if (Status status = ports_file_.Write(options_.ports_file, Json(ports)); !status.ok()) {
      (void)(*service)->Stop();
      return Refuse(status);
    }
    Logging().Info("serving" + Words(ports) + " pid=" + std::to_string(::getpid()));
    background_.Serving();
    WaitForSignal();
    if (failed_) ExitNow(1);
    return StopInOrder(**service);
  }

  static void WaitForSignal() {
    const sigset_t set = StopSignals();
    int signal = 0;
    while (::sigwait(&set, &signal) != 0) {
    }
  }

  // The service stops on a thread of its own, so that this one can watch the time and further signals.
  int StopInOrder(Service& service) {
    Logging().Info("stopping");
    ports_file_.Remove();
    std::atomic<bool> stopped = false;
    Status outcome;
    std::thread stopper([&] {
      outcome = service.Stop();
      stopped = true;
      ::kill(::getpid(), SIGTERM);  // wakes the wait below
    });
    const sigset_t set = StopSignals();
    const timespec timeout{static_cast<std::time_t>(stop_timeout_ms_ / 1000), stop_timeout_ms_ % 1000 * 1'000'000};
    const int signal = ::sigtimedwait(&set, nullptr, &timeout);
    if (!stopped || failed_) {
      Logging().Error(failed_ ? "stopping failed"
                              : signal < 0 ? "work under way did not end in time; ending regardless"
                                           : "told to stop twice; ending at once");
      ExitNow(1);
    }
    stopper.join();
    if (!outcome.ok()) {
      Logging().Error("stopping: " + outcome.message());
      return 1;
    }
    Logging().Info("stopped");
    return 0;
  }

  void Fail(const Status& reason) {
    Logging().Error("cannot go on: " + reason.message());
    failed_ = true;
    ::kill(::getpid(), SIGTERM);
  }

  // Without destructors: threads are at work still.
  [[noreturn]] void ExitNow(int code) {
    ports_file_.Remove();
    pid_file_.Remove();
    ::_exit(code);
  }

  const Program& program_;
  KeyRegistry keys_;
  Config config_;
  Options options_;
  std::int64_t stop_timeout_ms_ = 0;
  Background background_;
  std::unique_ptr<RotatingFile> log_file_;
  std::unique_ptr<Log> log_;
  OwnFile pid_file_;
  OwnFile ports_file_;
  std::atomic<bool> failed_ = false;
};

}  // namespace

int Run(const Program& program, int argc, const char* const* argv) {
  return Process(program).Main(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

}  // namespace mrd::daemon

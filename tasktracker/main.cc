#include <signal.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/environment.h"
#include "common/daemon/daemon.h"
#include "common/daemon/exposure.h"
#include "common/fs/keys.h"
#include "common/fs/local_file_system.h"
#include "common/fs/registry.h"
#include "common/http/keys.h"
#include "dfs/client/file_systems.h"
#include "dfs/client/hdfs_file_system.h"
#include "dfs/client/keys.h"
#include "dfs/keys.h"
#include "engine/keys.h"
#include "common/base/syscall_denials.h"
#include "common/base/write_confinement.h"
#include "mapred/keys.h"
#include "tasktracker/keys.h"
#include "tasktracker/server.h"

namespace {

using namespace mrd;  // NOLINT: a main

class TasktrackerService final : public daemon::Service {
 public:
  TasktrackerService(fs::Registry file_systems) : file_systems_(std::move(file_systems)) {}
  Status Start(const daemon::Context& context, tasktracker::Options options,
               std::function<void(const Status&)> on_end) {
    MRD_ASSIGN_OR_RETURN(
        server_, tasktracker::Server::Start(Env::Posix(), Clock::System(), context.log, context.config, file_systems_,
                                            zygotes_, std::move(options), std::move(on_end)));
    return Status::Ok();
  }
  daemon::Ports ports() const override {
    return {{"http", server_->http_port()}, {"shuffle", server_->shuffle_port()}};
  }
  Status Stop() override { return server_->Stop(); }

 private:
  fs::Registry file_systems_;
  tasktracker::ZygotePids zygotes_;
  std::unique_ptr<tasktracker::Server> server_;
};

// Where job packs lie.
fs::Registry MakeFileSystems(const Config& config) {
  fs::Registry registry(config.GetString("fs.defaultFS", "file:///"), CurrentDirectory());
  registry.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(Env::Posix());
  });
  registry.Register("hdfs", dfs::client::HdfsFactory(dfs::client::OutlastingRestarts(config), Clock::System()));
  return registry;
}

Result<std::unique_ptr<daemon::Service>> Start(const daemon::Context& context) {
  MRD_ASSIGN_OR_RETURN(tasktracker::Options options, tasktracker::ReadOptions(context.config));
  const std::vector<daemon::Binding> bindings = {{"mr.tasktracker.shuffle.address", options.shuffle_host},
                                                 {"mapreduce.tasktracker.http.address", options.http_host}};
  options.log_file = context.log_file;
  MRD_ASSIGN_OR_RETURN(options.secret, daemon::ReadSecretFor(Env::Posix(), context.config, bindings));
  RaiseOpenFileLimit();
  if (const Status can = CanConfineWrites(); options.confine_attempts && !can.ok()) {
    options.confine_attempts = false;
    options.sandbox_troubles.push_back("mr.tasktracker.sandbox: attempts are not confined, since " + can.message());
  }
  if (const Status can = CanDenySystemCalls(); options.filter_calls && !can.ok()) {
    options.filter_calls = false;
    options.sandbox_troubles.push_back("mr.tasktracker.sandbox: no system call is refused, since " + can.message());
  }
  auto on_end = [fail = context.fail](const Status& why) {
    if (why.code() == Code::kCancelled) {
      ::kill(::getpid(), SIGTERM);  // the orderly end that a signal brings, whichever thread waits for it
    } else {
      fail(why);
    }
  };
  auto service = std::make_unique<TasktrackerService>(MakeFileSystems(context.config));
  MRD_RETURN_IF_ERROR(service->Start(context, std::move(options), std::move(on_end)));
  return std::unique_ptr<daemon::Service>(std::move(service));
}

}  // namespace

int main(int argc, char** argv) {
  daemon::Program program;
  program.name = "tasktracker";
  program.summary = "Runs tasks of MapReduce jobs on its machine and serves their map output.";
  program.keys = {fs::CoreKeys(),        engine::MapReduceKeys(), dfs::DfsKeys(),
                  dfs::client::ClientKeys(), mapred::ClusterKeys(), tasktracker::TasktrackerKeys(),
                  http::HttpKeys()};
  program.more_site_files = {"mapred-site.xml"};
  program.start = Start;
  return daemon::Run(program, argc, argv);
}

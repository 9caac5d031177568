#include <signal.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/daemon/daemon.h"
#include "common/daemon/exposure.h"
#include "common/fs/keys.h"
#include "datanode/keys.h"
#include "datanode/server.h"
#include "dfs/keys.h"

namespace {

using namespace mrd;  // NOLINT: a main

class DatanodeService final : public daemon::Service {
 public:
  explicit DatanodeService(std::unique_ptr<datanode::Server> server) : server_(std::move(server)) {}
  daemon::Ports ports() const override { return {{"xfer", server_->xfer_port()}, {"ipc", server_->ipc_port()}}; }
  Status Stop() override { return server_->Stop(); }

 private:
  std::unique_ptr<datanode::Server> server_;
};

Result<std::unique_ptr<daemon::Service>> Start(const daemon::Context& context) {
  MRD_ASSIGN_OR_RETURN(datanode::DatanodeOptions options, datanode::ReadOptions(context.config));
  MRD_ASSIGN_OR_RETURN(options.secret, daemon::ReadSecretFor(Env::Posix(), context.config,
                                                             {{"dfs.datanode.address", options.xfer_host},
                                                              {"dfs.datanode.ipc.address", options.ipc_host}}));
  auto on_end = [fail = context.fail](const Status& why) {
    if (why.code() == Code::kCancelled) {
      ::kill(::getpid(), SIGTERM);  // the orderly end that a signal brings, whichever thread waits for it
    } else {
      fail(why);
    }
  };
  MRD_ASSIGN_OR_RETURN(
      std::unique_ptr<datanode::Server> server,
      datanode::Server::Start(Env::Posix(), Clock::System(), context.log, std::move(options), std::move(on_end)));
  return std::unique_ptr<daemon::Service>(std::make_unique<DatanodeService>(std::move(server)));
}

}  // namespace

int main(int argc, char** argv) {
  daemon::Program program;
  program.name = "datanode";
  program.summary = "Keeps blocks of the distributed file system on the disks of its machine.";
  program.keys = {fs::CoreKeys(), dfs::DfsKeys(), datanode::DatanodeKeys()};
  program.start = Start;
  return daemon::Run(program, argc, argv);
}

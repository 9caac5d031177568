#include <memory>
#include <utility>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/daemon/daemon.h"
#include "common/daemon/exposure.h"
#include "common/fs/keys.h"
#include "common/http/keys.h"
#include "dfs/client/keys.h"
#include "dfs/keys.h"
#include "jobtracker/keys.h"
#include "jobtracker/server.h"
#include "mapred/keys.h"

namespace {

using namespace mrd;  // NOLINT: a main

class JobtrackerService final : public daemon::Service {
 public:
  explicit JobtrackerService(std::unique_ptr<jobtracker::Server> server) : server_(std::move(server)) {}
  daemon::Ports ports() const override {
    daemon::Ports ports = {{"rpc", server_->rpc_port()}};
    if (server_->http_port() != 0) ports.emplace_back("http", server_->http_port());
    return ports;
  }
  Status Stop() override { return server_->Stop(); }

 private:
  std::unique_ptr<jobtracker::Server> server_;
};

Result<std::unique_ptr<daemon::Service>> Start(const daemon::Context& context) {
  MRD_ASSIGN_OR_RETURN(jobtracker::JobtrackerOptions options, jobtracker::ReadOptions(context.config));
  options.log_file = context.log_file;
  MRD_ASSIGN_OR_RETURN(options.secret,
                       daemon::ReadSecretFor(Env::Posix(), context.config,
                                             {{options.rpc_key, options.rpc_ip},
                                              {"mapreduce.jobtracker.http.address", options.http_ip}}));
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<jobtracker::Server> server,
                       jobtracker::Server::Start(Env::Posix(), Clock::System(), context.log, context.config,
                                                 std::move(options), context.fail));
  return std::unique_ptr<daemon::Service>(std::make_unique<JobtrackerService>(std::move(server)));
}

}  // namespace

int main(int argc, char** argv) {
  daemon::Program program;
  program.name = "jobtracker";
  program.summary = "Knows all jobs of a MapReduce cluster and decides where their tasks run.";
  program.keys = {fs::CoreKeys(), dfs::DfsKeys(), dfs::client::ClientKeys(), mapred::ClusterKeys(),
                  jobtracker::JobtrackerKeys(), http::HttpKeys()};
  program.more_site_files = {"mapred-site.xml"};
  program.start = Start;
  return daemon::Run(program, argc, argv);
}

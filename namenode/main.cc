#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/environment.h"
#include "common/daemon/daemon.h"
#include "common/daemon/exposure.h"
#include "common/fs/keys.h"
#include "dfs/keys.h"
#include "namenode/keys.h"
#include "namenode/offline_dump.h"
#include "namenode/server.h"

namespace {

using namespace mrd;  // NOLINT: a main

class NamenodeService final : public daemon::Service {
 public:
  explicit NamenodeService(std::unique_ptr<namenode::Server> server) : server_(std::move(server)) {}
  daemon::Ports ports() const override { return {{"rpc", server_->rpc_port()}}; }
  Status Stop() override { return server_->Stop(); }

 private:
  std::unique_ptr<namenode::Server> server_;
};

Status FormatNow(const daemon::Context& context) {
  MRD_ASSIGN_OR_RETURN(const namenode::NamenodeOptions options, namenode::ReadOptions(context.config));
  namenode::FormatWish wish;
  wish.force = context.Has("force");
  if (const auto id = context.switches.find("clusterid"); id != context.switches.end()) wish.cluster_id = id->second;
  MRD_ASSIGN_OR_RETURN(const std::string done, namenode::Format(Env::Posix(), Clock::System(), options, wish));
  std::printf("%s\n", done.c_str());
  return Status::Ok();
}

Status PrintLine(std::string_view line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fputc('\n', stdout) != EOF;
  return written ? Status::Ok() : IoError("standard output takes no more");
}

Status DumpCheckpointNow(const std::string& directory) {
  const std::string scratch = EnvironmentVariable("TMPDIR").value_or("/tmp");
  return namenode::DumpCheckpointOffline(Env::Posix(), directory, scratch, PrintLine);
}

std::optional<Status> Instead(const daemon::Context& context) {
  if (context.Has("format")) return FormatNow(context);
  if (const auto path = context.switches.find("dumpJournal"); path != context.switches.end()) {
    return namenode::DumpJournalOffline(Env::Posix(), path->second, PrintLine);
  }
  if (const auto path = context.switches.find("dumpCheckpoint"); path != context.switches.end()) {
    return DumpCheckpointNow(path->second);
  }
  return std::nullopt;
}

Result<std::unique_ptr<daemon::Service>> Start(const daemon::Context& context) {
  MRD_ASSIGN_OR_RETURN(namenode::NamenodeOptions options, namenode::ReadOptions(context.config));
  MRD_ASSIGN_OR_RETURN(options.secret,
                       daemon::ReadSecretFor(Env::Posix(), context.config, {{options.rpc_key, options.rpc_ip}}));
  if (context.Has("format-if-new")) {
    MRD_ASSIGN_OR_RETURN(const bool formatted, namenode::IsFormatted(Env::Posix(), options));
    if (!formatted) MRD_RETURN_IF_ERROR(namenode::Format(Env::Posix(), Clock::System(), options, {}).status());
  }
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<namenode::Server> server,
                       namenode::Server::Start(Env::Posix(), Clock::System(), context.log, std::move(options), context.fail));
  return std::unique_ptr<daemon::Service>(std::make_unique<NamenodeService>(std::move(server)));
}

}  // namespace

int main(int argc, char** argv) {
  daemon::Program program;
  program.name = "namenode";
  program.summary = "Keeps the name space of the distributed file system and knows where its blocks are.";
  program.keys = {fs::CoreKeys(), dfs::DfsKeys(), namenode::NamenodeKeys()};
  program.switches = {
      {"format", nullptr, "Makes a new, empty file system in dfs.namenode.name.dir and ends; refuses over existing data."},
      {"force", nullptr, "With -format: also over existing data, which is lost."},
      {"nonInteractive", nullptr, "With -format: nothing is ever asked, so this changes nothing."},
      {"clusterid", "ID", "With -format: the cluster's id instead of one that is made up."},
      {"format-if-new", nullptr, "Formats before serving when the directories hold no file system yet."},
      {"dumpJournal", "PATH", "Prints the journal of a storage directory, or one segment, as JSON lines and ends."},
      {"dumpCheckpoint", "DIR", "Prints the checkpoint of a storage directory that no namenode runs on, and ends."},
  };
  program.instead = Instead;
  program.start = Start;
  return daemon::Run(program, argc, argv);
}

#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "dfs/client/check_client.h"
#include "dfs/client/dfs_path.h"
#include "tools/check/fsck.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/file_systems.h"
#include "tools/generic_options.h"
#include "tools/process_console.h"

namespace mrd::tools {
namespace {

int Failed(const Status& status) {
  WriteAll(kStderr, status.message() + "\n");
  return kExitUsage;
}

// As in a query of a URL.
std::string Escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 0x80 && std::isalnum(byte) != 0) || c == '.' || c == '-' || c == '_' || c == '*';
    constexpr const char* kDigits = "0123456789ABCDEF";
    if (plain) {
      out += c;
    } else {
      out.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return out;
}

Result<int> Check(const Config& config, check::FsckWords words) {
  fs::Registry file_systems = MakeFileSystems(config);
  MRD_ASSIGN_OR_RETURN(const fs::Path given, fs::Path::Parse(words.path));
  MRD_ASSIGN_OR_RETURN(const fs::Path path, file_systems.Qualify(given));
  if (path.scheme() != "hdfs") {
    return InvalidArgument("fsck: " + path.ToString() + " is not in a distributed file system; name hdfs://host:port/path, "
                           "set fs.defaultFS, or start a private cluster with `mr up`");
  }
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> files, file_systems.For(path));
  MRD_ASSIGN_OR_RETURN(const auto patience, dfs::client::CheckClient::PatienceOf(config));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<dfs::client::CheckClient> namenode,
                       dfs::client::CheckClient::Make(path.authority(), config, patience));
  words.path = dfs::client::DfsPath(path);
  WriteAll(kStderr, "Connecting to namenode via hdfs://" + namenode->address() + "/fsck?ugi=" + namenode->user() +
                        "&path=" + Escaped(words.path) + "\n");
  ProcessConsole console;
  return check::RunFsck({console, *namenode, *files, Clock::System()}, words);
}

int Run(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const Result<ConfigurationChoices> choices = TakeGenericOptions(words);
  if (!choices.ok()) return Failed(choices.status());
  Result<check::FsckWords> parsed = check::ParseFsckWords(words);
  if (!parsed.ok()) {
    WriteAll(kStderr, parsed.status().message() + "\n" + check::FsckUsage());
    return kExitUsage;
  }
  const Result<Configuration> configuration = LoadConfiguration(*choices);
  if (!configuration.ok()) return Failed(configuration.status());
  const Result<int> status = Check(*configuration->config, *std::move(parsed));
  return status.ok() ? *status : Failed(status.status());
}

}  // namespace

const Command kFsckCommand = {
    "fsck",
    "[GENERIC OPTIONS] PATH [OPTION...]",
    "Checks the files of the distributed file system, and says why a block is not as it should be.",
    "The options are those of `hdfs fsck`: -files -blocks -locations -racks -replicaDetails, -list-corruptfileblocks,\n"
    "-move, -delete, -openforwrite, -maintenance, -blockId. The last line says HEALTHY or CORRUPT.\n"
    "Exit status: 0 healthy, 1 corrupt, 255 when it could not be told.\n",
    Run,
};

}  // namespace mrd::tools

// The two hands of kill_rounds.py, on our own client:
//
//   acknowledged_client HOST:PORT write DIRECTORY SEED   changes a directory at random until its standard input ends, and
//                                                        tells of every change when it begins and when it was acknowledged
//   acknowledged_client HOST:PORT check                  for each line "PATH ID HOW" of its standard input tells how much
//                                                        of the file there is and whether every byte is right; HOW
//                                                        "recover" ends the lease of a writer that went away before
//
// What is told, a line each: "begin mkdir PATH", "begin create PATH ID", "begin append PATH LENGTH", "begin rename FROM TO",
// "begin delete PATH"; then "flushed LENGTH" any number of times for the two that write, then "done" (for those two with the
// length) or "failed REASON". Each file has an id, from which its bytes follow. Nothing is touched again after a failure,
// because whether it happened is unknown.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/random.h"
#include "common/fs/keys.h"
#include "dfs/client/context.h"
#include "dfs/client/dfs_path.h"
#include "dfs/client/hdfs_file_system.h"
#include "dfs/client/keys.h"
#include "dfs/client/options.h"
#include "dfs/keys.h"

namespace mrd {
namespace {

constexpr std::uint64_t kBlockBytes = 256 << 10;  // files have several
constexpr std::size_t kPieceBytesMax = 48 << 10;
constexpr int kPiecesMax = 16;
constexpr std::size_t kFilesMax = 60;
constexpr std::size_t kDirectoriesMax = 100;
constexpr auto kRecoverSecondsMax = std::chrono::seconds(90);

char ByteAt(std::uint64_t id, std::uint64_t offset) {
  std::uint64_t state = id * 0x9e3779b97f4a7c15u + offset / 8;
  return static_cast<char>(SplitMix64(state) >> (offset % 8 * 8));
}

std::string BytesOf(std::uint64_t id, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = ByteAt(id, offset + i);
  return bytes;
}

// One line, without breaks, at once: the reader must not lose it when somebody is killed.
void Tell(std::string line) {
  std::replace(line.begin(), line.end(), '\n', ' ');
  line += '\n';
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() || std::fflush(stdout) != 0) std::exit(3);
}

bool InputEnded() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, 0) <= 0) return false;
  char byte;
  return ::read(STDIN_FILENO, &byte, 1) == 0;
}

fs::Path At(const std::string& path) { return fs::Path("", "", path); }

class Writer {
 public:
  Writer(fs::FileSystem& fs, std::string directory, std::uint64_t seed)
      : fs_(fs), directory_(std::move(directory)), random_(seed), next_id_(seed << 24) {}

  void Run() {
    Told("mkdir " + directory_, [&] { return fs_.Mkdirs(At(directory_)); });
    while (!InputEnded()) {
      const std::uint64_t turn = random_.Below(100);
      if (turn < 15 && directories_ < kDirectoriesMax) {
        ++directories_;
        const std::string path = NewName();
        Told("mkdir " + path, [&] { return fs_.Mkdirs(At(path)); });
      } else if (files_.empty() || (turn < 60 && files_.size() < kFilesMax)) {
        CreateFile();
      } else if (turn < 72) {
        AppendToFile();
      } else if (turn < 86) {
        RenameFile();
      } else {
        DeleteFile();
      }
    }
  }

 private:
  struct File {
    std::uint64_t id = 0;
    std::uint64_t length = 0;
  };
  using Files = std::map<std::string, File>;

  std::string NewName() { return directory_ + "/n" + std::to_string(names_++); }

  // Any of the files, which is forgotten until the change is acknowledged.
  Files::node_type Take() {
    return files_.extract(std::next(files_.begin(), static_cast<std::ptrdiff_t>(random_.Below(files_.size()))));
  }

  template <typename Change>
  bool Told(const std::string& what, const Change& change) {
    Tell("begin " + what);
    const Status status = change();
    TellEnd(status, "");
    return status.ok();
  }

  void TellEnd(const Status& status, const std::string& done) {
    Tell(status.ok() ? "done" + done : "failed " + status.ToString());
    // Somebody is being started again; failing quickly would only leave files behind that are not touched any more.
    if (!status.ok()) std::this_thread::sleep_for(std::chrono::milliseconds(100 + random_.Below(200)));
  }

  void CreateFile() {
    const std::string path = NewName();
    File file{next_id_++, 0};
    Tell("begin create " + path + " " + std::to_string(file.id));
    fs::CreateOptions options;
    options.replication = random_.Below(4) == 0 ? 3 : 2;
    options.block_size_bytes = kBlockBytes;
    Write(path, file, fs_.Create(At(path), options));
  }

  void AppendToFile() {
    const auto taken = Take();
    Tell("begin append " + taken.key() + " " + std::to_string(taken.mapped().length));
    Write(taken.key(), taken.mapped(), fs_.Append(At(taken.key())));
  }

  void Write(const std::string& path, File file, Result<std::unique_ptr<fs::OutputFile>> out) {
    const Status status = out.ok() ? Fill(**out, file) : out.status();
    TellEnd(status, " " + std::to_string(file.length));
    if (status.ok()) files_[path] = file;
  }

  Status Fill(fs::OutputFile& out, File& file) {
    for (std::uint64_t pieces = random_.Below(kPiecesMax); pieces > 0; --pieces) {
      const std::string bytes = BytesOf(file.id, file.length, 1 + random_.Below(kPieceBytesMax));
      MRD_RETURN_IF_ERROR(out.Append(bytes.data(), bytes.size()));
      file.length += bytes.size();
      const std::uint64_t turn = random_.Below(4);
      if (turn > 1) {
        MRD_RETURN_IF_ERROR(turn == 2 ? out.Hflush() : out.Hsync());
        Tell("flushed " + std::to_string(file.length));
      }
      // Others have the processor meanwhile, and somebody may be killed while the file is open.
      if (turn == 0) std::this_thread::sleep_for(std::chrono::milliseconds(random_.Below(20)));
    }
    return out.Close();
  }

  void RenameFile() {
    auto taken = Take();
    const std::string to = NewName();
    if (!Told("rename " + taken.key() + " " + to, [&] { return fs_.Rename(At(taken.key()), At(to)); })) return;
    taken.key() = to;
    files_.insert(std::move(taken));
  }

  void DeleteFile() {
    const auto taken = Take();
    Told("delete " + taken.key(), [&]() -> Status {
      MRD_ASSIGN_OR_RETURN(const bool was_there, fs_.Delete(At(taken.key()), false));
      if (!was_there) return NotFound(taken.key() + " was acknowledged, but there was nothing to delete");
      return Status::Ok();
    });
  }

  fs::FileSystem& fs_;
  const std::string directory_;
  Random random_;
  std::uint64_t next_id_;
  std::uint64_t names_ = 0;
  std::size_t directories_ = 0;
  Files files_;
};

class Checker {
 public:
  Checker(fs::FileSystem& fs, dfs::client::Context& context) : fs_(fs), context_(context) {}

  void Run() {
    std::string line;
    while (std::getline(std::cin, line)) {
      std::istringstream words(line);
      std::string path;
      std::string how;
      std::uint64_t id = 0;
      words >> path >> id >> how;
      Status status = how == "recover" ? Recover(path) : Status::Ok();
      std::uint64_t length = 0;
      if (status.ok()) status = Compare(path, id, &length);
      Tell(path + " " + std::to_string(length) + (status.ok() ? " right" : " wrong " + status.ToString()));
    }
  }

 private:
  Status Recover(const std::string& path) {
    const auto end = std::chrono::steady_clock::now() + kRecoverSecondsMax;
    while (true) {
      const Result<bool> closed = context_.Run<Result<bool>>(
          [&]() { return context_.namenode().RecoverLease(path, context_.client_name); });
      MRD_RETURN_IF_ERROR(closed.status());
      if (*closed) return Status::Ok();
      if (std::chrono::steady_clock::now() > end) {
        return Status(Code::kDeadlineExceeded, path + ": its lease was not recovered within " +
                                std::to_string(kRecoverSecondsMax.count()) + " s");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  Status Compare(const std::string& path, std::uint64_t id, std::uint64_t* length) {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> file, fs_.Open(At(path)));
    std::string buffer(1 << 16, '\0');
    while (true) {
      MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(*length, buffer.data(), buffer.size()));
      if (got == 0) return Status::Ok();
      const std::string wanted = BytesOf(id, *length, got);
      const auto differs = std::mismatch(wanted.begin(), wanted.end(), buffer.begin());
      *length += static_cast<std::uint64_t>(differs.first - wanted.begin());
      if (differs.first != wanted.end()) return Corruption(path + ": another byte at " + std::to_string(*length));
    }
  }

  fs::FileSystem& fs_;
  dfs::client::Context& context_;
};

Result<Config> MakeConfig(const KeyRegistry& registry) {
  Config config(registry);
  const std::pair<const char*, const char*> settings[] = {
      {"dfs.client.retry.window.base", "300ms"},
      {"dfs.client.socket-timeout", "20s"},
      // Of three datanodes one may be dead: writing goes on with the others.
      {"dfs.client.block.write.replace-datanode-on-failure.best-effort", "true"},
  };
  for (const auto& [name, value] : settings) MRD_RETURN_IF_ERROR(config.Set(name, value, "acknowledged_client"));
  return config;
}

Status RunAs(int count, char** words) {
  const std::string what = count > 2 ? words[2] : "";
  if (!(what == "check" && count == 3) && !(what == "write" && count == 5)) {
    return InvalidArgument("usage: acknowledged_client HOST:PORT check | write DIRECTORY SEED");
  }
  KeyRegistry registry;
  registry.Add(fs::CoreKeys());
  registry.Add(dfs::DfsKeys());
  registry.Add(dfs::client::ClientKeys());
  MRD_ASSIGN_OR_RETURN(const Config config, MakeConfig(registry));
  MRD_ASSIGN_OR_RETURN(const auto fs, dfs::client::MakeHdfsFileSystem(words[1], config, Clock::System()));
  if (what == "write") {
    Writer(*fs, words[3], std::strtoull(words[4], nullptr, 10)).Run();
    return Status::Ok();
  }
  // The blocking interface has no word for ending a lease.
  MRD_ASSIGN_OR_RETURN(dfs::client::NamenodeAddress address,
                       dfs::client::ParseAuthority(words[1], dfs::client::kDefaultNamenodePort));
  MRD_ASSIGN_OR_RETURN(dfs::client::Options options, dfs::client::ReadOptions(config));
  dfs::client::Context context(std::move(address), std::move(options), Clock::System(), SystemSeed());
  Checker(*fs, context).Run();
  return Status::Ok();
}

}  // namespace
}  // namespace mrd

int main(int count, char** words) {
  const mrd::Status status = mrd::RunAs(count, words);
  if (status.ok()) return 0;
  std::fprintf(stderr, "acknowledged_client: %s\n", status.ToString().c_str());
  return 2;
}

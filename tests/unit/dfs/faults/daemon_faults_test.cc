// A whole namenode and a whole datanode on a disk whose n-th call fails, or that is full from some byte on. Whatever n is:
// what was acknowledged is there after a restart on a disk that works, nothing else is, no byte is wrong, and who refuses
// says why. The suite takes a sample of n; with MR_LONG_TESTS=1 every n is visited.

#include <catch2/catch.hpp>

#include <cerrno>
#include <functional>
#include <set>
#include <string>

#include <unistd.h>

#include "common/base/environment.h"
#include "tests/support/faulty_env.h"
#include "tests/unit/dfs/faults/whole_daemons.h"

namespace mrd::dfs {
namespace {

using test::FaultyEnv;

bool Long() { return EnvironmentVariable("MR_LONG_TESTS").value_or("") == "1"; }

// What is done to the disk. `n` counts calls; of a full disk, pieces of kPieceBytes that still fit.
struct Fault {
  const char* name;
  std::function<void(FaultyEnv& env, std::uint64_t n)> plant;
};
constexpr std::uint64_t kPieceBytes = 1'500;

std::vector<Fault> Faults() {
  return {
      {"EIO once", [](FaultyEnv& env, std::uint64_t n) { env.FailCall(n, EIO); }},
      {"EIO from then on", [](FaultyEnv& env, std::uint64_t n) { env.FailCall(n, EIO, FaultyEnv::Duration::kFromThenOn); }},
      {"ENOSPC once", [](FaultyEnv& env, std::uint64_t n) { env.FailCall(n, ENOSPC); }},
      {"full after a short write", [](FaultyEnv& env, std::uint64_t n) { env.LimitWrittenBytes(n * kPieceBytes); }},
  };
}

// Changes of the namespace, each with what it makes of the set of paths.
struct Change {
  std::string what;
  std::function<Status(fs::FileSystem& fs)> carry_out;
  std::function<void(std::set<std::string>* paths)> expect;
};

Status CreateEmpty(fs::FileSystem& fs, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::OutputFile> file, fs.Create(At(path), false));
  return file->Close();
}

std::vector<Change> Changes() {
  std::vector<Change> changes;
  for (int i = 0; i < 4; ++i) {
    const std::string dir = "/d" + std::to_string(i);
    changes.push_back({"mkdir " + dir, [dir](fs::FileSystem& fs) { return fs.Mkdirs(At(dir)); },
                       [dir](auto* paths) { paths->insert(dir + "/"); }});
    changes.push_back({"rename", [dir](fs::FileSystem& fs) { return fs.Rename(At(dir), At(dir + "x")); },
                       [dir](auto* paths) {
                         paths->erase(dir + "/");
                         paths->insert(dir + "x/");
                       }});
    changes.push_back({"create", [dir](fs::FileSystem& fs) { return CreateEmpty(fs, dir + "x/f"); },
                       [dir](auto* paths) { paths->insert(dir + "x/f"); }});
  }
  changes.push_back({"delete", [](fs::FileSystem& fs) { return fs.Delete(At("/d0x"), true).status(); },
                     [](auto* paths) {
                       paths->erase("/d0x/");
                       paths->erase("/d0x/f");
                     }});
  return changes;
}

std::string Joined(const std::set<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) text += path + " ";
  return text;
}

// One life of a namenode on the disk, and the next on one that works. False when the fault did not come about.
bool VisitNamenode(const Fault& fault, std::uint64_t n) {
  WholeNamenode namenode;
  FaultyEnv env(Env::Posix());
  fault.plant(env, n);
  const Status started = namenode.Start(env);
  std::set<std::string> acknowledged;
  std::set<std::string> or_these;  // what there is when the change that failed happened all the same
  Status failed;
  std::string fatal;
  if (started.ok()) {
    Client client(namenode.port());
    or_these = acknowledged;
    for (const Change& change : Changes()) {
      or_these = acknowledged;
      change.expect(&or_these);
      failed = change.carry_out(client.fs());
      if (!failed.ok()) break;
      acknowledged = or_these;
    }
    fatal = namenode.fatal();
    (void)namenode.End();
  }
  const bool faulted = env.faults() > 0;
  INFO(fault.name << " at " << n << ": " << env.last_fault() << "; start: " << started.ToString()
                  << "; change: " << failed.ToString() << "; fatal: " << fatal);
  if (!faulted) {
    CHECK(started.ok());
    CHECK(failed.ok());
  }
  // A refusal names the place.
  if (!started.ok()) CHECK(started.message().find('/') != std::string::npos);
  if (!failed.ok()) CHECK(failed.message().size() > 10);
  env.Reset();
  const Status again = namenode.Start(env);
  INFO("again: " << again.ToString());
  REQUIRE(again.ok());
  Client client(namenode.port());
  const Result<std::vector<std::string>> tree = client.Tree();
  REQUIRE(tree.ok());
  const std::set<std::string> there(tree->begin(), tree->end());
  INFO("there: " << Joined(there) << "; acknowledged: " << Joined(acknowledged) << "; or: " << Joined(or_these));
  // A file that was created and not closed by a failed call is there too: creating and closing are two edits.
  CHECK((there == acknowledged || there == or_these));
  // It can be changed again.
  const Status afterwards = client.fs().Mkdirs(At("/afterwards"));
  INFO("afterwards: " << afterwards.ToString());
  CHECK(afterwards.ok());
  CHECK(namenode.End().ok());
  return faulted;
}

constexpr std::size_t kFileBytes = 200'000;
constexpr std::size_t kBlockBytes = 65'536;

std::string Content(std::uint64_t seed) {
  std::string bytes(kFileBytes, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>((i * 2654435761u + seed * 40503u) >> 9);
  return bytes;
}

// How many bytes of the file were acknowledged, and whether it was closed.
struct Written {
  std::size_t flushed = 0;
  bool closed = false;
  Status failed;
};

Written Write(fs::FileSystem& fs, const std::string& path, const std::string& content) {
  Written written;
  fs::CreateOptions options;
  options.block_size_bytes = kBlockBytes;
  written.failed = [&]() -> Status {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::OutputFile> file, fs.Create(At(path), options));
    for (std::size_t at = 0; at < content.size(); at += 50'000) {
      MRD_RETURN_IF_ERROR(file->Append(content.data() + at, std::min<std::size_t>(50'000, content.size() - at)));
      MRD_RETURN_IF_ERROR(at == 0 ? file->Hsync() : file->Hflush());
      written.flushed = std::min(content.size(), at + 50'000);
    }
    return file->Close();
  }();
  written.closed = written.failed.ok();
  return written;
}

// A datanode that was written to on a disk that fails, and then on one that works.
bool VisitDatanode(WholeNamenode& namenode, WholeDatanode& datanode, const Fault& fault, std::uint64_t n, std::uint64_t number) {
  FaultyEnv env(Env::Posix());
  fault.plant(env, n);
  const std::string path = "/f" + std::to_string(number);
  const std::string content = Content(number);
  Written written;
  const Status started = datanode.Start(env);
  if (started.ok() && datanode.Registered(2)) {
    Client client(namenode.port());
    written = Write(client.fs(), path, content);
  }
  datanode.End();
  const bool faulted = env.faults() > 0;
  INFO(fault.name << " at " << n << ": " << env.last_fault() << "; start: " << started.ToString()
                  << "; write: " << written.failed.ToString() << "; flushed " << written.flushed);
  if (!faulted) CHECK(written.closed);
  if (!started.ok()) CHECK(started.message().find('/') != std::string::npos);
  env.Reset();
  const Status again = datanode.Start(env);
  INFO("again: " << again.ToString());
  REQUIRE(again.ok());
  REQUIRE(datanode.Registered(10));
  if (written.flushed > 0) {
    Client client(namenode.port());
    if (!written.closed) {
      const Status recovered = client.RecoverLease(path, 60);
      INFO(recovered.ToString());
      REQUIRE(recovered.ok());
    }
    Result<std::string> read = std::string();
    // Block reports take their moment.
    for (int i = 0; i < 400; ++i) {
      read = client.Read(path, content.size());
      if (read.ok() && read->size() >= written.flushed) break;
      ::usleep(25'000);
    }
    INFO("read: " << read.status().ToString());
    REQUIRE(read.ok());
    CHECK(read->size() >= written.flushed);
    if (written.closed) CHECK(read->size() == content.size());
    CHECK(content.compare(0, read->size(), *read) == 0);
  }
  datanode.End();
  return faulted;
}

TEST_CASE("whole namenode: any call of the disk may fail, and what was acknowledged is there", "[faults]") {
  for (const Fault& fault : Faults()) {
    std::uint64_t visited = 0;
    const std::uint64_t step = Long() ? 1 : 11;
    for (std::uint64_t n = 1; VisitNamenode(fault, n); n += step) ++visited;
    CHECK(visited >= 3);
    if (Long()) WARN(fault.name << ": " << visited << " places");
  }
}

TEST_CASE("whole datanode: any call of the disk may fail, and what was acknowledged is there", "[faults]") {
  WholeNamenode namenode;
  REQUIRE(namenode.Start(Env::Posix()).ok());
  WholeDatanode datanode(namenode.port());
  // Its first start makes the volume.
  REQUIRE(datanode.Start(Env::Posix()).ok());
  REQUIRE(datanode.Registered(10));
  datanode.End();
  std::uint64_t number = 0;
  for (const Fault& fault : Faults()) {
    std::uint64_t visited = 0;
    const std::uint64_t step = Long() ? 1 : 23;
    for (std::uint64_t n = 1; VisitDatanode(namenode, datanode, fault, n, number++); n += step) ++visited;
    CHECK(visited >= 3);
    if (Long()) WARN(fault.name << ": " << visited << " places");
  }
}

}  // namespace
}  // namespace mrd::dfs

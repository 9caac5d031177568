// What the tracker keeps on its disk: local directories, logs, packs, the list of map output.

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/sha256.h"
#include "common/fs/local_file_system.h"
#include "tasktracker/linked_file.h"
#include "tasktracker/local_dirs.h"
#include "tasktracker/map_outputs.h"
#include "tasktracker/pack_cache.h"
#include "tasktracker/process_tree.h"
#include "tasktracker/task_logs.h"
#include "tests/support/temporary_dir.h"
#include "tests/unit/tasktracker/tar.h"

namespace mrd::tasktracker {
namespace {

class FixedClock final : public Clock {
 public:
  std::int64_t MonotonicNanos() override { return 0; }
  std::int64_t WallMillis() override { return now_ms; }
  std::int64_t ProcessCpuMillis() override { return 0; }
  std::int64_t now_ms = 0;
};

void Write(const std::string& path, std::string_view text) {
  Result<std::unique_ptr<File>> file = Env::Posix().CreateOrTruncate(path);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append(text.data(), text.size()).ok());
  REQUIRE((*file)->Close().ok());
}

bool There(const std::string& path) { return Exists(Env::Posix(), path).value(); }

TEST_CASE("local directories: what an earlier tracker left is cleared, other files stay") {
  const test::TemporaryDir dir;
  REQUIRE(CreateDirs(Env::Posix(), dir / "a/tasktracker/jobs/job_1_0001/attempt").ok());
  Write(dir / "a/kept", "x");
  const auto dirs = LocalDirs::Open(Env::Posix(), {dir / "a"}, 0);
  REQUIRE(dirs.ok());
  CHECK_FALSE(There(dir / "a/tasktracker/jobs/job_1_0001"));
  CHECK(There(dir / "a/tasktracker/old"));
  (*dirs)->RemoveOld();
  CHECK_FALSE(There(dir / "a/tasktracker/old"));
  CHECK(There(dir / "a/kept"));
}

TEST_CASE("local directories: a tracker that stops removes no more, and the next one does") {
  const test::TemporaryDir dir;
  for (const char* job : {"job_1_0001", "job_1_0002"}) {
    auto dirs = LocalDirs::Open(Env::Posix(), {dir / "a"}, 0);
    REQUIRE(dirs.ok());
    REQUIRE((*dirs)->MakeJobDirs(job).ok());
    Write(dir / "a/tasktracker/jobs/" + job + "/spill", "x");
    (*dirs)->StopRemoving();
    (*dirs)->RemoveJob(job);
    (*dirs)->RemoveOld();
    CHECK(There(dir / "a/tasktracker/jobs/" + job + "/spill"));
  }
  const auto dirs = LocalDirs::Open(Env::Posix(), {dir / "a"}, 0);
  REQUIRE(dirs.ok());
  CHECK(There(dir / "a/tasktracker/old/jobs-0/job_1_0001/spill"));
  CHECK(There(dir / "a/tasktracker/old/jobs-1/job_1_0002/spill"));
  (*dirs)->RemoveOld();
  CHECK_FALSE(There(dir / "a/tasktracker/old"));
}

TEST_CASE("local directories: a broken one is left out and told, the others are used in turn") {
  const test::TemporaryDir dir;
  Write(dir / "file", "x");
  const auto dirs = LocalDirs::Open(Env::Posix(), {dir / "a", dir / "file/b", dir / "c"}, 0);
  REQUIRE(dirs.ok());
  REQUIRE((*dirs)->Troubles().size() == 1);
  CHECK((*dirs)->Troubles()[0].find(dir / "file/b") != std::string::npos);
  const auto made = (*dirs)->MakeJobDirs("job_1_0001");
  REQUIRE(made.ok());
  CHECK(made->size() == 2);
  const std::string first = (*dirs)->Next().value();
  CHECK((*dirs)->Next().value() != first);
  CHECK((*dirs)->Next().value() == first);

  (*dirs)->Suspect(dir / "a/tasktracker/jobs/x", IoError("it is full"));
  CHECK((*dirs)->Next().value() == dir / "c/tasktracker");
  CHECK((*dirs)->Next().value() == dir / "c/tasktracker");
  (*dirs)->Check();  // it is well again
  CHECK((*dirs)->Troubles().size() == 1);
}

TEST_CASE("local directories: without a good one there is no tracker, and the reason is named") {
  const test::TemporaryDir dir;
  Write(dir / "file", "x");
  const auto none = LocalDirs::Open(Env::Posix(), {dir / "file/a"}, 0);
  CHECK(none.status().code() == Code::kResourceExhausted);
  CHECK(none.status().message().find(dir / "file/a") != std::string::npos);
  const auto full = LocalDirs::Open(Env::Posix(), {dir / "a"}, UINT64_MAX);
  CHECK(full.status().message().find("minspacestart") != std::string::npos);
}

TEST_CASE("local directories: two trackers do not share one") {
  const test::TemporaryDir dir;
  const auto first = LocalDirs::Open(Env::Posix(), {dir / "a"}, 0);
  REQUIRE(first.ok());
  const auto second = LocalDirs::Open(Env::Posix(), {dir / "a"}, 0);
  CHECK(second.status().code() == Code::kFailedPrecondition);
}

TEST_CASE("task logs: they stay for their time after the job, and while it runs") {
  const test::TemporaryDir dir;
  FixedClock clock;
  clock.now_ms = Clock::System().WallMillis();
  TaskLogs logs(Env::Posix(), clock, dir.path(), std::chrono::hours(24));
  const std::string attempt = "attempt_1_0001_m_000000_0";
  REQUIRE(logs.Prepare(attempt).ok());
  Write(logs.AttemptDir(attempt) + "/stderr", "one\ntwo\n");
  CHECK(logs.Tail(attempt, "stderr", 5) == "two\n");
  CHECK(logs.Tail(attempt, "stderr", 100) == "one\ntwo\n");
  CHECK(logs.Tail(attempt, "stdout", 100) == "");

  logs.Ended("job_1_0001", std::chrono::hours(1));
  clock.now_ms += 59 * 60 * 1000;
  logs.Sweep({});
  CHECK(There(logs.AttemptDir(attempt)));
  clock.now_ms += 2 * 60 * 1000;
  logs.Sweep({"job_1_0001"});
  CHECK(There(logs.AttemptDir(attempt)));
  logs.Sweep({});
  CHECK_FALSE(There(logs.JobDir("job_1_0001")));
}

TEST_CASE("task logs: only ids of attempts name a directory") {
  TaskLogs logs(Env::Posix(), Clock::System(), "/logs", std::chrono::hours(1));
  CHECK(logs.AttemptDir("attempt_1_0001_m_000000_0") == "/logs/job_1_0001/attempt_1_0001_m_000000_0");
  for (const char* const text : {"", "..", "attempt_1_0001_m_000000", "../attempt_1_0001_m_000000_0",
                                 "attempt_1_0001_m_000000_0/..", "attempt_1_0001_m_0_0"}) {
    CHECK(logs.AttemptDir(text) == "");
  }
}

TEST_CASE("map outputs: a reduce gets its segments that have records, in the order of the spills") {
  std::vector<MapOutput::Spill> spills(2);
  spills[0] = {0, "/a", {{0, 10, 1}, {10, 20, 2}}};
  spills[1] = {1, "/b", {{0, 0, 0}, {0, 5, 1}}};
  MapOutputs outputs;
  outputs.Add("attempt_1_0001_m_000000_0", MapOutput(spills));
  outputs.Add("attempt_1_00010_m_000000_0", MapOutput(spills));
  const MapOutputs::Ptr kept = outputs.Find("attempt_1_0001_m_000000_0");
  REQUIRE(kept != nullptr);
  CHECK(kept->Of(0).size() == 1);
  REQUIRE(kept->Of(1).size() == 2);
  CHECK(kept->Of(1)[1].path == "/b");
  CHECK(kept->Of(2).empty());
  CHECK(kept->BytesByReduce() == std::vector<std::uint64_t>{10, 25});
  outputs.RemoveJob("job_1_0001");
  CHECK(outputs.Find("attempt_1_0001_m_000000_0") == nullptr);
  CHECK(outputs.Find("attempt_1_00010_m_000000_0") != nullptr);  // another job
}

TEST_CASE("linked file: stays without its first name, and is none when another file has that name") {
  Env& env = Env::Posix();
  test::TemporaryDir dir;
  REQUIRE(WriteFileDurably(env, dir / "spill", "output").ok());
  const FileInfo info = env.Stat(dir / "spill").value();
  const NamedFile file{dir / "spill", info.device, info.inode};
  REQUIRE(LinkNamedFile(env, file, dir / "fetched/r_0/link").ok());
  CHECK_FALSE(LinkNamedFile(env, {file.path, file.device, file.inode + 1}, dir / "fetched/r_0/other").ok());
  CHECK_FALSE(There(dir / "fetched/r_0/other"));
  REQUIRE(env.RemoveFile(file.path).ok());
  CHECK(ReadWholeFile(env, dir / "fetched/r_0/link").value() == "output");
  CHECK(LinkNamedFile(env, file, dir / "fetched/r_0/again").code() == Code::kNotFound);
  CHECK_FALSE(There(dir / "fetched/r_0/again"));
}

TEST_CASE("process tree: a family is descendants and group, however the numbers lie") {
  const ProcessTree tree({{10, 50, 10, false, 100, 0},   // its own group, child of 50
                          {50, 1, 50, false, 1000, 0},   // the root
                          {51, 1, 50, false, 20, 0},     // an orphan in the root's group
                          {9, 10, 9, false, 3, 0},       // left the group, but is a grandchild
                          {60, 1, 60, false, 7, 0}});
  CHECK(tree.ResidentBytes(50) == 1123);
  CHECK(tree.Family(60).size() == 1);
  CHECK(tree.ChildrenOf(1).size() == 3);
}

// A cache on a directory of its own, and packs in another.
struct Packs {
  Packs() : registry("file:///", "/") {
    registry.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
      return fs::MakeLocalFileSystem(Env::Posix());
    });
    dirs = LocalDirs::Open(Env::Posix(), {dir / "local"}, 0).value();
  }
  PackName Make(const std::string& name, const std::vector<test::TarEntry>& entries) {
    const std::string bytes = test::Tar(entries);
    Write(dir / name, bytes);
    return {dir / name, Sha256Hex(bytes), bytes.size(), "job.so"};
  }
  test::TemporaryDir dir;
  fs::Registry registry;
  std::unique_ptr<LocalDirs> dirs;
  Log log{LogLevel::kOff};
};

TEST_CASE("pack cache: a pack is unpacked once, with side files and archives under their names") {
  Packs packs;
  PackCache cache(Env::Posix(), packs.registry, *packs.dirs, Logger(packs.log, "t"), 1 << 20);
  const std::string inner = test::Tar({{"deep/inside", "42"}});
  const PackName name = packs.Make("p", {{"job.so", "elf"}, {"files/words", "a b"}, {"archives/dict", inner}});
  const auto pack = cache.Get(name);
  INFO(pack.status().ToString());
  REQUIRE(pack.ok());
  CHECK(ReadWholeFile(Env::Posix(), (*pack)->dir + "/job.so").value() == "elf");
  CHECK(ReadWholeFile(Env::Posix(), (*pack)->side_file_dir + "/words").value() == "a b");
  CHECK(ReadWholeFile(Env::Posix(), (*pack)->side_file_dir + "/dict/deep/inside").value() == "42");
  REQUIRE(Env::Posix().RemoveFile(name.path).ok());
  CHECK(cache.Get(name).ok());
}

TEST_CASE("pack cache: what is not the pack that was meant is refused and leaves nothing") {
  Packs packs;
  PackCache cache(Env::Posix(), packs.registry, *packs.dirs, Logger(packs.log, "t"), 1 << 20);
  PackName name = packs.Make("p", {{"job.so", "elf"}});
  const std::string right = name.sha256;
  name.sha256[0] = name.sha256[0] == 'a' ? 'b' : 'a';
  CHECK(cache.Get(name).status().code() == Code::kCorruption);
  name.sha256 = right;
  name.bytes -= 1;
  CHECK(cache.Get(name).status().code() == Code::kCorruption);
  name.bytes += 1;
  CHECK(cache.Get(name).ok());  // it is no lasting refusal
  name.sha256 = "../../etc";
  CHECK(cache.Get(name).status().code() == Code::kInvalidArgument);
  CHECK(cache.Get(packs.Make("q", {{"job.so", "elf"}, {"../out", "x"}})).status().code() == Code::kInvalidArgument);
  CHECK(cache.Get(packs.Make("r", {{"other.so", "elf"}})).status().code() == Code::kNotFound);
  CHECK_FALSE(There(packs.dir / "local/tasktracker/out"));
  CHECK(Env::Posix().ListDir(packs.dir / "local/tasktracker/packs").value().size() == 1);
}

TEST_CASE("pack cache: beyond its bound it drops what is not in use, the longest unused first") {
  Packs packs;
  PackCache cache(Env::Posix(), packs.registry, *packs.dirs, Logger(packs.log, "t"), 2500);
  const std::string big(1000, 'x');
  const PackName first = packs.Make("1", {{"job.so", big + "1"}});
  const PackName second = packs.Make("2", {{"job.so", big + "2"}});
  const PackName third = packs.Make("3", {{"job.so", big + "3"}});
  const auto held = cache.Get(first);
  REQUIRE(held.ok());
  const std::string second_dir = cache.Get(second).value()->dir;
  const std::string third_dir = cache.Get(third).value()->dir;
  CHECK(There((*held)->dir));
  CHECK_FALSE(There(second_dir));
  CHECK(There(third_dir));
}

}  // namespace
}  // namespace mrd::tasktracker

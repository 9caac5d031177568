// The commands of the shell on a file system in memory and on local files: what they print, where, and how they end.
#include "tools/shell/shell.h"

#include <catch2/catch.hpp>

#include "common/fs/local_file_system.h"
#include "tests/support/memory_file_system.h"
#include "tests/support/temporary_dir.h"
#include "tools/shell/permission.h"
#include "tools/shell/text_columns.h"

namespace mrd::shell {
namespace {

class BufferConsole final : public Console {
 public:
  bool Out(std::string_view text) override {
    out += text;
    return true;
  }
  void Err(std::string_view text) override { err += text; }
  Result<std::size_t> In(char* to, std::size_t size) override {
    const std::size_t got = std::min(size, in.size());
    in.copy(to, got);
    in.erase(0, got);
    return got;
  }
  std::string out, err, in;
};

class StoppedClock final : public Clock {
 public:
  std::int64_t MonotonicNanos() override { return 0; }
  std::int64_t WallMillis() override { return now_ms; }
  std::int64_t ProcessCpuMillis() override { return 0; }
  std::int64_t now_ms = 1'700'000'000'000;
};

// A shell whose default file system is in memory; relative paths mean /user/<the process's user> there.
struct Fixture {
  test::TemporaryDir dir;
  std::shared_ptr<test::MemoryFileSystem> memory = std::make_shared<test::MemoryFileSystem>();
  fs::Registry registry{"mem://host", dir / "."};
  BufferConsole console;
  StoppedClock clock;
  Settings settings;

  Fixture() {
    registry.Register("mem", [this](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
      return std::shared_ptr<fs::FileSystem>(memory);
    });
    registry.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
      return fs::MakeLocalFileSystem(Env::Posix());
    });
    settings.home = dir / "home";
  }

  int Run(Words words) {
    console.out.clear();
    console.err.clear();
    return shell::Run({console, registry, clock, settings}, std::move(words));
  }
  void WriteLocal(const std::string& name, const std::string& content) {
    REQUIRE(WriteFileDurably(Env::Posix(), dir / name, content).ok());
  }
  std::string Local(const std::string& name) {
    auto content = ReadWholeFile(Env::Posix(), dir / name);
    return content.ok() ? *content : "(none)";
  }
};

}  // namespace

TEST_CASE("shell: sizes for people have one decimal, none when exact", "[shell]") {
  CHECK(BinarySize(0) == "0");
  CHECK(BinarySize(1023) == "1023");
  CHECK(BinarySize(1024) == "1 K");
  CHECK(BinarySize(1536) == "1.5 K");
  CHECK(BinarySize(64u << 20) == "64 M");
  CHECK(BinarySize((1u << 20) - 1) == "1.0 M");
  CHECK(BinarySize(UINT64_MAX) == "16.0 E");
}

TEST_CASE("shell: symbolic and octal modes", "[shell]") {
  const auto apply = [](const char* text, std::uint32_t mode, bool is_directory = false) {
    const auto change = ModeChange::Parse(text, 022);
    REQUIRE(change.ok());
    return change->Apply(mode, is_directory);
  };
  CHECK(apply("755", 0644) == 0755);
  CHECK(apply("1777", 0644) == 01777);
  CHECK(apply("u+x,go-r", 0644) == 0700);
  CHECK(apply("a=rX", 0600) == 0444);
  CHECK(apply("a=rX", 0600, true) == 0555);
  CHECK(apply("+w", 0444) == 0644);
  CHECK(apply("+t", 0777) == 01777);
  for (const char* bad : {"", "9", "77777", "u", "u+", "u+q", "x+r", "u+r,"}) CHECK_FALSE(ModeChange::Parse(bad, 022).ok());
  CHECK(PermissionLetters(01754) == "rwxr-xr-T");
}

TEST_CASE_METHOD(Fixture, "shell: ls prints columns, a head line and paths as they were asked for", "[shell]") {
  memory->Put("/data/a.txt", std::string(1366, 'x'));
  memory->Put("/data/sub/b", "1");
  REQUIRE(Run({"-ls", "/data"}) == 0);
  CHECK(console.out.starts_with("Found 2 items\n-rw-r--r--   3 ann users       1366 2023-11-1"));
  CHECK(console.out.find("drwxr-xr-x   - ann users          0 2023-11-1") != std::string::npos);
  CHECK(console.out.ends_with(" /data/sub\n"));
  CHECK(Run({"ls", "-C", "mem://host/data"}) == 0);
  CHECK(console.out == "mem://host/data/a.txt\nmem://host/data/sub\n");
  CHECK(Run({"-ls", "-R", "-C", "/"}) == 0);
  CHECK(console.out == "/data\n/data/a.txt\n/data/sub\n/data/sub/b\n");
  CHECK(Run({"-ls", "-C", "/data/*"}) == 0);
  CHECK(console.out == "/data/a.txt\n/data/sub/b\n");
  CHECK(Run({"-ls", "/nope", "/x*"}) == 1);
  CHECK(console.err == "ls: `/x*': No such file or directory\nls: `/nope': No such file or directory\n");
}

TEST_CASE_METHOD(Fixture, "shell: wrong words print the usage and end with 255", "[shell]") {
  CHECK(Run({"-ls", "-z"}) == 255);
  CHECK(console.err.starts_with("-ls: Illegal option -z\nUsage: hadoop fs [generic options] -ls [-C]"));
  CHECK(Run({"-mkdir"}) == 255);
  CHECK(console.err.starts_with("-mkdir: Not enough arguments: expected 1 but got 0\n"));
  CHECK(Run({"-mkdri", "/a"}) == 255);
  CHECK(console.err == "-mkdri: Unknown command\nDid you mean -mkdir?\n");
  CHECK(Run({"-getfacl", "/"}) == 1);
  CHECK(Run({}) == 255);
}

TEST_CASE_METHOD(Fixture, "shell: mkdir and rmdir", "[shell]") {
  CHECK(Run({"-mkdir", "/a/b"}) == 1);
  CHECK(console.err == "mkdir: `mem://host/a': No such file or directory\n");
  CHECK(Run({"-mkdir", "-p", "/a/b"}) == 0);
  CHECK(Run({"-mkdir", "/a/b"}) == 1);
  CHECK(console.err == "mkdir: `/a/b': File exists\n");
  CHECK(Run({"-mkdir", "-p", "/a/b"}) == 0);
  CHECK(Run({"-rmdir", "/a"}) == 1);
  CHECK(console.err == "rmdir: `/a': Directory is not empty\n");
  CHECK(Run({"-rmdir", "--ignore-fail-on-non-empty", "/a"}) == 0);
  CHECK(Run({"-rmdir", "/a/b", "/a"}) == 0);
  CHECK(Run({"-test", "-e", "/a"}) == 1);
}

TEST_CASE_METHOD(Fixture, "shell: put refuses what is there, overwrites with -f and leaves nothing half done", "[shell]") {
  WriteLocal("f", "hello");
  const std::string source = dir / "f";
  CHECK(Run({"-put", source, "/d/f"}) == 1);
  CHECK(console.err == "put: `/d/f': No such file or directory: `mem://host/d/f'\n");
  CHECK(Run({"-mkdir", "/d"}) == 0);
  CHECK(Run({"-put", source, "/d"}) == 0);
  CHECK(memory->Content("/d/f") == "hello");
  CHECK(memory->Content("/d/f._COPYING_") == "(none)");
  CHECK(Run({"-put", source, "/d/f"}) == 1);
  CHECK(console.err == "put: `/d/f': File exists\n");
  WriteLocal("f", "again");
  CHECK(Run({"-put", "-f", source, "/d/f"}) == 0);
  CHECK(memory->Content("/d/f") == "again");
  CHECK(Run({"-put", dir / "none", "/d"}) == 1);
  console.in = "from input";
  CHECK(Run({"-put", "-", "/d/in"}) == 0);
  CHECK(memory->Content("/d/in") == "from input");
  CHECK(Run({"-put", source, source, "/d/in"}) == 1);
  CHECK(console.err == "put: `/d/in': Is not a directory\n");
}

TEST_CASE_METHOD(Fixture, "shell: trees go up, across and down again", "[shell]") {
  for (int i = 0; i < 20; ++i) memory->Put("/t/" + std::to_string(i % 3) + "/" + std::to_string(i), std::to_string(i));
  CHECK(Run({"-cp", "-t", "4", "/t", "/copy"}) == 0);
  CHECK(memory->Content("/copy/1/16") == "16");
  CHECK(Run({"-get", "/copy", dir / "down"}) == 0);
  CHECK(Local("down/2/17") == "17");
  CHECK(Run({"-moveFromLocal", dir / "down", "/up"}) == 0);
  CHECK(memory->Content("/up/0/18") == "18");
  CHECK(Local("down/2/17") == "(none)");
  CHECK(Run({"-cp", "/t", "/t/below"}) == 1);
  CHECK(console.err == "cp: `/t' to `/t/below': is a subdirectory of itself\n");
  CHECK(Run({"-cp", "/t", "/"}) == 1);
  CHECK(console.err == "cp: `/t' to `mem://host/t': are identical\n");
}

TEST_CASE_METHOD(Fixture, "shell: cp -p keeps times, owner and permission", "[shell]") {
  memory->Put("/f", "x");
  REQUIRE(memory->SetOwner(fs::Path("", "", "/f"), "bob", "staff").ok());
  REQUIRE(memory->SetPermission(fs::Path("", "", "/f"), 0600).ok());
  REQUIRE(memory->SetTimes(fs::Path("", "", "/f"), 5000, 6000).ok());
  CHECK(Run({"-cp", "-p", "/f", "/g"}) == 0);
  CHECK(Run({"-stat", "%a %A %b %F %g %n %o %r %u %X %Y %y %%", "/g"}) == 0);
  CHECK(console.out == "600 rw------- 1 regular file staff g 134217728 3 bob 6000 5000 1970-01-01 00:00:05 %\n");
  CHECK(Run({"-cp", "-pt", "/f", "/h"}) == 0);
  CHECK(Run({"-stat", "%a %u %Y", "/h"}) == 0);
  CHECK(console.out == "644 ann 5000\n");
}

TEST_CASE_METHOD(Fixture, "shell: mv moves into directories and refuses what is there", "[shell]") {
  memory->Put("/a", "1");
  memory->Put("/b", "2");
  memory->Put("/d/x", "3");
  CHECK(Run({"-mv", "/a", "/b"}) == 1);
  CHECK(console.err == "mv: `/b': File exists\n");
  CHECK(Run({"-mv", "/a", "/b", "/d"}) == 0);
  CHECK(memory->Content("/d/b") == "2");
  CHECK(Run({"-mv", "/d", "/d/e"}) == 1);
  CHECK(Run({"-mv", "/none", "/q"}) == 1);
  CHECK(console.err == "mv: `/none': No such file or directory\n");
}

TEST_CASE_METHOD(Fixture, "shell: rm asks for -r, tells what it deleted, uses the trash where there is one", "[shell]") {
  memory->Put("/d/f", "1");
  CHECK(Run({"-rm", "/d"}) == 1);
  CHECK(console.err == "rm: `/d': Is a directory\n");
  CHECK(Run({"-rm", "-f", "/none", "/no*"}) == 0);
  CHECK(Run({"-rm", "-r", "/d"}) == 0);
  CHECK(console.out == "Deleted /d\n");

  memory->trash_interval_minutes = 60;
  memory->Put("/d/f", "2");
  CHECK(Run({"-rm", "/d/f"}) == 0);
  CHECK(console.out.empty());
  CHECK(console.err.ends_with("INFO fs.TrashPolicyDefault: Moved: 'mem://host/d/f' to trash at: "
                              "mem://host/user/ann/.Trash/Current/d/f\n"));
  memory->Put("/d/f", "3");
  CHECK(Run({"-rm", "/d/f"}) == 0);
  CHECK(memory->Content("/user/ann/.Trash/Current/d/f1700000000000") == "3");
  CHECK(Run({"-rm", "-r", "/user"}) == 1);
  CHECK(console.err.find("as it contains the trash. Consider using -skipTrash option") != std::string::npos);
  CHECK(Run({"-expunge"}) == 0);
  CHECK(memory->Content("/user/ann/.Trash/Current/d/f") == "(none)");
  clock.now_ms += 61 * 60'000;
  CHECK(Run({"-expunge"}) == 0);
  CHECK(Run({"-ls", "-C", "/user/ann/.Trash"}) == 0);
  CHECK(console.out.empty());
}

TEST_CASE_METHOD(Fixture, "shell: rm -safely asks above the limit", "[shell]") {
  settings.safe_delete_files_max = 2;
  for (const char* name : {"/d/1", "/d/2", "/d/3"}) memory->Put(name, "");
  console.in = "n\n";
  CHECK(Run({"-rm", "-r", "-safely", "/d"}) == 0);
  CHECK(console.err == "Proceed deleting 3 files? (Y or N) Delete aborted at user request.\n\n");
  console.in = "y\n";
  CHECK(Run({"-rm", "-r", "-safely", "/d"}) == 0);
  CHECK(console.out == "Deleted /d\n");
}

TEST_CASE_METHOD(Fixture, "shell: du, count, checksum", "[shell]") {
  memory->Put("/d/15", std::string(15, 'x'));
  memory->Put("/d/s/1k", std::string(1024, 'x'));
  CHECK(Run({"-du", "-v", "/d"}) == 0);
  CHECK(console.out == "SIZE  DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS  FULL_PATH_NAME\n"
                       "15    45                                     /d/15\n"
                       "1024  3072                                   /d/s\n");
  CHECK(Run({"-du", "-s", "-h", "/d"}) == 0);
  CHECK(console.out == "1.0 K  3.0 K  /d\n");
  CHECK(Run({"-count", "/d"}) == 0);
  CHECK(console.out == "           2            2               1039 /d\n");
  CHECK(Run({"-count", "-q", "-v", "/d"}) == 0);
  CHECK(console.out ==
        "       QUOTA       REM_QUOTA     SPACE_QUOTA REM_SPACE_QUOTA    DIR_COUNT   FILE_COUNT       CONTENT_SIZE PATHNAME\n"
        "        none             inf            none             inf            2            2               1039 /d\n");
  CHECK(Run({"-checksum", "/d/15"}) == 0);
  CHECK(console.out == "/d/15\tLENGTH\t0f\n");
}

TEST_CASE_METHOD(Fixture, "shell: cat, head, tail, text, test", "[shell]") {
  memory->Put("/f", std::string(1000, 'a') + std::string(1000, 'b'));
  memory->Put("/empty", "");
  CHECK(Run({"-cat", "/f", "/empty"}) == 0);
  CHECK(console.out.size() == 2000);
  CHECK(Run({"-head", "/f"}) == 0);
  CHECK(console.out == std::string(1000, 'a') + std::string(24, 'b'));
  CHECK(Run({"-tail", "/f"}) == 0);
  CHECK(console.out == std::string(24, 'a') + std::string(1000, 'b'));
  CHECK(Run({"-cat", "/"}) == 1);
  CHECK(console.err == "cat: `/': Is a directory\n");
  memory->Put("/seq", std::string("SEQ\x06", 4));
  CHECK(Run({"-text", "/seq"}) == 1);
  CHECK(Run({"-test", "-z", "/empty"}) == 0);
  CHECK(Run({"-test", "-z", "/f"}) == 1);
  CHECK(Run({"-test", "-d", "/"}) == 0);
  CHECK(Run({"-test", "-e", "-d", "/"}) == 255);
}

TEST_CASE_METHOD(Fixture, "shell: setrep, chmod, chown, touch, truncate, append, merge, find", "[shell]") {
  memory->Put("/d/a", "1");
  memory->Put("/d/B", "2");
  CHECK(Run({"-setrep", "-w", "2", "/d"}) == 0);
  CHECK(console.out == "Replication 2 set: /d/B\nReplication 2 set: /d/a\nWaiting for /d/B ... done\nWaiting for /d/a ... done\n");
  CHECK(Run({"-setrep", "0", "/d"}) == 255);
  CHECK(console.err.starts_with("-setrep: replication must be >= 1\n"));
  CHECK(Run({"-chmod", "-R", "700", "/d"}) == 0);
  CHECK(Run({"-chown", "-R", "bob:staff", "/d"}) == 0);
  CHECK(Run({"-stat", "%a %u:%g", "/d/a"}) == 0);
  CHECK(console.out == "700 bob:staff\n");
  CHECK(Run({"-chmod", "xyz", "/d"}) == 255);
  CHECK(console.err.starts_with("-chmod: chmod : mode 'xyz' does not match the expected pattern.\n"));
  CHECK(Run({"-touchz", "/d/a"}) == 1);
  CHECK(console.err == "touchz: `/d/a': Not a zero-length file\n");
  CHECK(Run({"-touchz", "/d/new"}) == 0);
  WriteLocal("more", "+more");
  CHECK(Run({"-appendToFile", dir / "more", "/d/a"}) == 0);
  CHECK(memory->Content("/d/a") == "1+more");
  CHECK(Run({"-getmerge", "-nl", "-skip-empty-file", "/d", dir / "merged"}) == 0);
  CHECK(Local("merged") == "2\n1+more\n");
  CHECK(Run({"-truncate", "9", "/d/a"}) == 1);
  CHECK(console.err == "truncate: Cannot truncate to a larger file size. Current size: 6, truncate size: 9.\n");
  CHECK(Run({"-find", "/d", "-iname", "[ab]", "-a", "-print"}) == 0);
  CHECK(console.out == "/d/B\n/d/a\n");
  CHECK(Run({"-find", "/d", "-size", "1"}) == 255);
}

TEST_CASE_METHOD(Fixture, "shell: the local file system's own operations", "[shell]") {
  WriteLocal("f", "12345");
  const std::string file = "file://" + (dir / "f");
  CHECK(Run({"-truncate", "2", file}) == 0);
  CHECK(Local("f") == "12");
  CHECK(Run({"-chmod", "640", file}) == 0);
  CHECK(Run({"-touch", "-m", "-t", "20240305:101112", file}) == 0);
  CHECK(Run({"-stat", "%a %b", file}) == 0);
  CHECK(console.out == "640 2\n");
  CHECK(Run({"-checksum", file}) == 0);
  CHECK(console.out == file + "\tNONE\t\n");
  CHECK(Run({"-count", "file://" + (dir / ".")}) == 0);
  CHECK(console.out.starts_with("           1            1                  2 file://"));
  CHECK(Run({"-test", "-w", file}) == 0);
}

}  // namespace mrd::shell

// The contract of FileSystem on the machine's own files.
#include "common/fs/local_file_system.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "common/base/unique_fd.h"
#include "tests/support/faulty_env.h"
#include "tests/support/temporary_dir.h"

namespace mrd::fs {
namespace {

struct Fixture {
  test::TemporaryDir dir;
  std::shared_ptr<FileSystem> fs = MakeLocalFileSystem(Env::Posix());

  Path At(const std::string& name) const { return Path("", "", dir / name); }

  void Write(const std::string& name, std::string_view content, bool overwrite = false) {
    auto file = fs->Create(At(name), overwrite);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append(content.data(), content.size()).ok());
    REQUIRE((*file)->Close().ok());
  }

  std::string Read(const std::string& name) {
    auto file = fs->Open(At(name));
    if (!file.ok()) return file.status().ToString();
    std::string content(*(*file)->Size(), '\0');
    const auto got = (*file)->ReadAt(0, content.data(), content.size());
    return got.ok() && *got == content.size() ? content : "read failed";
  }

  std::vector<std::string> Names(const std::string& name) {
    auto entries = fs->List(At(name));
    REQUIRE(entries.ok());
    std::vector<std::string> names;
    for (const FileStatus& entry : *entries)
      names.push_back(entry.path.name() + (entry.is_directory ? "/" : ""));
    return names;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "local file system: a created file makes its parents and is read back",
                 "[fs]") {
  Write("a/b/f", "hello");
  CHECK(Read("a/b/f") == "hello");
  CHECK(fs->Create(At("a/b/f"), false).status().code() == Code::kAlreadyExists);
  Write("a/b/f", "hi", true);
  CHECK(Read("a/b/f") == "hi");
  CHECK(fs->Create(At("a"), true).status().code() == Code::kInvalidArgument);
  CHECK(fs->Create(At("a/b/f/below"), false).status().code() == Code::kFailedPrecondition);
}

TEST_CASE_METHOD(Fixture, "local file system: status of files, directories and nothing", "[fs]") {
  Write("f", "12345");
  const auto file = fs->Stat(At("f"));
  REQUIRE(file.ok());
  CHECK(file->path == At("f"));
  CHECK_FALSE(file->is_directory);
  CHECK(file->size_bytes == 5);
  CHECK(file->block_size_bytes == 32 << 20);
  CHECK(file->modified_ms > 1'500'000'000'000);
  CHECK_FALSE(file->owner.empty());
  CHECK_FALSE(file->group.empty());
  CHECK(fs->Stat(At(""))->is_directory);
  const Status missing = fs->Stat(At("none")).status();
  CHECK(missing.code() == Code::kNotFound);
  CHECK_THAT(missing.message(), Catch::Contains(dir / "none"));
}

TEST_CASE_METHOD(
    Fixture,
    "local file system: a listing is sorted, a file lists itself, links count as their targets",
    "[fs]") {
  Write("d/b", "1");
  Write("d/a", "22");
  REQUIRE(fs->Mkdirs(At("d/sub")).ok());
  REQUIRE(Env::Posix().Symlink("sub", dir / "d/to-dir").ok());
  REQUIRE(Env::Posix().Symlink("a", dir / "d/to-file").ok());
  REQUIRE(Env::Posix().Symlink("nowhere", dir / "d/to-nothing").ok());
  CHECK(Names("d") == std::vector<std::string>{"a", "b", "sub/", "to-dir/", "to-file"});
  CHECK((*fs->List(At("d")))[4].size_bytes == 2);
  CHECK((*fs->List(At("d")))[0].path == At("d/a"));
  CHECK(Names("d/a") == std::vector<std::string>{"a"});
  CHECK(fs->List(At("none")).status().code() == Code::kNotFound);
}

TEST_CASE_METHOD(Fixture,
                 "local file system: rename moves files and directories and replaces nothing",
                 "[fs]") {
  Write("a", "a");
  Write("b", "b");
  CHECK(fs->Rename(At("a"), At("b")).code() == Code::kAlreadyExists);
  CHECK(Read("b") == "b");
  CHECK(fs->Rename(At("a"), At("none/c")).code() == Code::kNotFound);
  CHECK(fs->Rename(At("a"), At("c")).ok());
  CHECK(Read("c") == "a");
  REQUIRE(fs->Mkdirs(At("d/e")).ok());
  REQUIRE(fs->Mkdirs(At("empty")).ok());
  CHECK(fs->Rename(At("d"), At("empty")).code() == Code::kAlreadyExists);
  CHECK(fs->Rename(At("d"), At("moved")).ok());
  CHECK(fs->Stat(At("moved/e")).ok());
}

TEST_CASE_METHOD(Fixture, "local file system: delete", "[fs]") {
  Write("d/f", "1");
  CHECK_FALSE(*fs->Delete(At("none"), true));
  const Status refused = fs->Delete(At("d"), false).status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK_THAT(refused.message(), Catch::Contains(dir / "d") && Catch::Contains("not empty"));
  CHECK(*fs->Delete(At("d"), true));
  CHECK(fs->Stat(At("d")).status().code() == Code::kNotFound);
  REQUIRE(fs->Mkdirs(At("e")).ok());
  CHECK(*fs->Delete(At("e"), false));
  CHECK(fs->Delete(Path("", "", "/"), true).status().code() == Code::kInvalidArgument);
}

TEST_CASE_METHOD(Fixture, "local file system: deleting a link leaves what it leads to", "[fs]") {
  Write("d/f", "1");
  REQUIRE(Env::Posix().Symlink(dir / "d", dir / "link").ok());
  CHECK(*fs->Delete(At("link"), true));
  CHECK(Read("d/f") == "1");
}

TEST_CASE_METHOD(Fixture, "local file system: blocks lie nowhere in particular", "[fs]") {
  Write("f", "0123456789");
  const auto blocks = fs->Locate(At("f"), 4, 100);
  REQUIRE(blocks.ok());
  REQUIRE(blocks->size() == 1);
  CHECK((*blocks)[0].offset == 4);
  CHECK((*blocks)[0].length == 6);
  CHECK((*blocks)[0].hosts.empty());
  CHECK(fs->Locate(At("f"), 10, 1)->empty());
}

TEST_CASE_METHOD(
    Fixture,
    "local file system: canonical paths follow links and dots as far as there is something",
    "[fs]") {
  REQUIRE(fs->Mkdirs(At("real/sub")).ok());
  REQUIRE(Env::Posix().Symlink("real/sub", dir / "link").ok());
  const auto canonical = [&](const std::string& name) {
    const auto path = fs->Canonical(At(name));
    return path.ok() ? path->path() : path.status().ToString();
  };
  CHECK(canonical("link") == dir / "real/sub");
  CHECK(canonical("link/..") == dir / "real");
  CHECK(canonical("link/new/x") == dir / "real/sub/new/x");
  CHECK(canonical("link/../new") == dir / "real/new");
  CHECK(canonical("none/../real/./sub") == dir / "real/sub");
  CHECK(fs->Canonical(Path("", "", "/"))->path() == "/");
  CHECK(fs->Canonical(Path("", "", "/none-such/../.."))->path() == "/");
}

TEST_CASE_METHOD(Fixture, "local file system: paths of others are refused", "[fs]") {
  for (const Path& path :
       {Path("hdfs", "h", "/x"), Path("file", "host", "/x"), Path("", "", "x")}) {
    INFO(path.ToString());
    CHECK(fs->Stat(path).status().code() == Code::kInvalidArgument);
    CHECK(fs->Mkdirs(path).code() == Code::kInvalidArgument);
  }
  CHECK(fs->Stat(Path("file", "", dir.path())).ok());
  CHECK(fs->Stat(Path("file", "localhost", dir.path())).ok());
}

TEST_CASE_METHOD(Fixture, "local file system: what is read and written is counted", "[fs]") {
  Write("f", "12345");
  CHECK(Read("f") == "12345");
  REQUIRE(fs->Delete(At("f"), false).ok());
  const IoStatistics statistics = fs->Statistics();
  CHECK(statistics.bytes_written == 5);
  CHECK(statistics.bytes_read == 5);
  CHECK(statistics.read_operations == 1);
  CHECK(statistics.write_operations == 2);
}

TEST_CASE("local file system: an error of the disk reaches the caller with the path", "[fs]") {
  const test::TemporaryDir dir;
  test::FaultyEnv env(Env::Posix());
  const auto fs = MakeLocalFileSystem(env);
  auto file = fs->Create(Path("", "", dir / "f"), false);
  REQUIRE(file.ok());
  env.LimitWrittenBytes(2);
  const Status status = (*file)->Append("abc", 3);
  CHECK(status.code() == Code::kResourceExhausted);
  CHECK_THAT(status.message(), Catch::Contains(dir / "f"));
}

TEST_CASE_METHOD(Fixture, "local file system: dropping from the cache takes memory alone", "[fs]") {
  const std::string content(1 << 20, 'x');
  auto created = fs->Create(At("f"), false);
  REQUIRE(created.ok());
  REQUIRE((*created)->Append(content.data(), content.size()).ok());
  REQUIRE((*created)->Hsync().ok());  // what is not on disk yet stays
  REQUIRE((*created)->Close().ok());

  const auto cached_pages = [&] {
    const UniqueFd file(::open((dir / "f").c_str(), O_RDONLY));
    void* const mapped = ::mmap(nullptr, content.size(), PROT_READ, MAP_SHARED, file.get(), 0);
    REQUIRE(mapped != MAP_FAILED);
    std::vector<unsigned char> pages(content.size() / 4096);
    REQUIRE(::mincore(mapped, content.size(), pages.data()) == 0);
    ::munmap(mapped, content.size());
    return std::count_if(pages.begin(), pages.end(), [](unsigned char page) { return (page & 1) != 0; });
  };
  auto file = fs->Open(At("f"));
  REQUIRE(file.ok());
  const auto before = cached_pages();
  (*file)->DropCached(0, content.size());  // all, since the kernel may keep it as one piece
  struct statfs where {};
  REQUIRE(::statfs(dir.path().c_str(), &where) == 0);
  if (where.f_type != TMPFS_MAGIC) CHECK(cached_pages() <= before / 2);  // the memory of tmpfs is the file itself
  CHECK(Read("f") == content);
}

}  // namespace mrd::fs

// Our client against Hadoop's servers: what it writes Hadoop's own client reads, and the other way round.

#include <catch2/catch.hpp>

#include <thread>

#include "dfs/errors.h"
#include "tests/compat/hadoop/hdfs_fixture.h"

namespace mrd::test {
namespace {

HadoopCluster& Cluster() {
  static HadoopCluster cluster(HadoopCluster::Settings{});
  return cluster;
}

// False, with a line that says why, where Hadoop cannot be had.
bool Available() {
  if (!Cluster().available()) WARN("skipped: " << Cluster().reason());
  return Cluster().available();
}

TEST_CASE("dfs client: files of awkward sizes come back, and Hadoop's client reads the same", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{513},
                                 kBlock - 1, kBlock, kBlock + 1, 3 * kBlock + 700}) {
    INFO("size " << size);
    const std::string path = "/sizes/f" + std::to_string(size);
    const std::string content = Content(size);
    REQUIRE(WriteFile(*fs, path, content, 7777).ToString() == "OK");
    const auto status = fs->Stat(At(path));
    REQUIRE(status.ok());
    CHECK(status->size_bytes == size);
    CHECK(status->replication == 3);
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{3} << 20}) {
      const auto read = ReadFile(*fs, path, piece);
      REQUIRE(read.status().ToString() == "OK");
      CHECK(*read == content);
    }
    CHECK(Cluster().Do("read " + path) == LengthAndCrc(content));
  }
}

TEST_CASE("dfs client: reads what Hadoop's client wrote, at any offset", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  const std::size_t size = 2 * kBlock + 12345;
  Cluster().Do("write /hadoop-wrote " + std::to_string(size));
  const std::string content = Content(size);
  const auto whole = ReadFile(*fs, "/hadoop-wrote");
  REQUIRE(whole.status().ToString() == "OK");
  CHECK(*whole == content);

  auto file = fs->Open(At("/hadoop-wrote"));
  REQUIRE(file.ok());
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{511}, std::size_t{512}, kBlock - 1, kBlock,
                                   2 * kBlock - 300, size - 1}) {
    for (const std::size_t length : {std::size_t{1}, std::size_t{513}, kBlock + 3}) {
      INFO("offset " << offset << " length " << length);
      std::string out(length, '\0');
      const auto got = (*file)->ReadAt(offset, out.data(), length);
      REQUIRE(got.status().ToString() == "OK");
      REQUIRE(*got == std::min(length, size - offset));
      CHECK(out.substr(0, *got) == content.substr(offset, *got));
    }
  }
  std::string out(1, '\0');
  CHECK(*(*file)->ReadAt(size, out.data(), 1) == 0);
}

TEST_CASE("dfs client: one open file serves several threads at once", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  const std::string content = Content(4 * kBlock);
  REQUIRE(WriteFile(*fs, "/threads", content).ok());
  auto file = fs->Open(At("/threads"));
  REQUIRE(file.ok());
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      std::string out(100'000, '\0');
      for (std::size_t at = t * kBlock; at < (t + 1) * kBlock; at += out.size()) {
        const auto got = (*file)->ReadAt(at, out.data(), out.size());
        if (!got.ok() || out.compare(0, *got, content, at, *got) != 0) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("dfs client: checksums are those of Hadoop's client", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  auto composite = Connect(Cluster(), {{"dfs.checksum.combine.mode", "COMPOSITE_CRC"}});
  for (const std::size_t size : {std::size_t{0}, std::size_t{700}, kBlock, 2 * kBlock + 1, 5 * kBlock}) {
    INFO("size " << size);
    const std::string path = "/sums/f" + std::to_string(size);
    REQUIRE(WriteFile(*fs, path, Content(size)).ok());
    const auto sum = fs->Checksum(At(path));
    REQUIRE(sum.status().ToString() == "OK");
    CHECK(sum->algorithm + " " + Hex(sum->bytes) == Cluster().Do("checksum " + path));
    if (size == 0) continue;  // Hadoop has none of this kind for it
    const auto crc = composite->Checksum(At(path));
    REQUIRE(crc.status().ToString() == "OK");
    CHECK(crc->algorithm + " " + Hex(crc->bytes) == Cluster().Do("composite " + path));
  }
}

TEST_CASE("dfs client: append goes on mid-chunk, mid-block and at a block's end", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  for (const std::size_t first : {std::size_t{0}, std::size_t{1}, std::size_t{700}, std::size_t{1024}, kBlock}) {
    for (const std::size_t more : {std::size_t{0}, std::size_t{1}, std::size_t{600}, kBlock}) {
      INFO("first " << first << " more " << more);
      const std::string path = "/append/" + std::to_string(first) + "-" + std::to_string(more);
      const std::string content = Content(first + more);
      REQUIRE(WriteFile(*fs, path, content.substr(0, first)).ToString() == "OK");
      auto file = fs->Append(At(path));
      REQUIRE(file.status().ToString() == "OK");
      REQUIRE(WriteAll(**file, content.substr(first)).ToString() == "OK");
      REQUIRE((*file)->Close().ToString() == "OK");
      const auto read = ReadFile(*fs, path);
      REQUIRE(read.status().ToString() == "OK");
      CHECK(*read == content);
      CHECK(Cluster().Do("read " + path) == LengthAndCrc(content));
    }
  }
}

TEST_CASE("dfs client: flushed bytes are visible to others while the file is open", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  auto reader = Connect(Cluster());
  const std::string content = Content(kBlock + 5000);
  auto file = fs->Create(At("/flushed"), true);
  REQUIRE(file.ok());
  std::size_t written = 0;
  for (const std::size_t part : {std::size_t{100}, std::size_t{1}, std::size_t{411}, std::size_t{70'000}, kBlock - 70'000}) {
    INFO("written " << written << " and " << part);
    REQUIRE((*file)->Append(content.data() + written, part).ok());
    written += part;
    REQUIRE((written % 2 == 0 ? (*file)->Hflush() : (*file)->Hsync()).ToString() == "OK");
    const auto seen = ReadFile(*reader, "/flushed");
    REQUIRE(seen.status().ToString() == "OK");
    CHECK(*seen == content.substr(0, written));
    CHECK(Cluster().Do("read /flushed") == LengthAndCrc(content.substr(0, written)));
  }
  CHECK_FALSE(*fs->IsClosed(At("/flushed")));
  REQUIRE((*file)->Append(content.data() + written, content.size() - written).ok());
  REQUIRE((*file)->Close().ToString() == "OK");
  CHECK(*fs->IsClosed(At("/flushed")));
  CHECK(*ReadFile(*reader, "/flushed") == content);
}

TEST_CASE("dfs client: truncate and concat", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  const std::string content = Content(2 * kBlock + 100);
  REQUIRE(WriteFile(*fs, "/cut/a", content).ok());
  const auto at_block = fs->Truncate(At("/cut/a"), kBlock);
  REQUIRE(at_block.status().ToString() == "OK");
  CHECK(*at_block);
  CHECK(*ReadFile(*fs, "/cut/a") == content.substr(0, kBlock));

  REQUIRE(WriteFile(*fs, "/cut/b", content.substr(kBlock, 5000)).ok());
  REQUIRE(WriteFile(*fs, "/cut/c", content.substr(kBlock + 5000)).ok());
  const Status joined = fs->Concat(At("/cut/a"), {At("/cut/b"), At("/cut/c")});
  REQUIRE(joined.ToString() == "OK");
  const auto read = ReadFile(*fs, "/cut/a", 1 << 18);  // the second block is a short one
  REQUIRE(read.status().ToString() == "OK");
  CHECK(*read == content);
  CHECK(Cluster().Do("read /cut/a") == LengthAndCrc(content));
  CHECK(fs->Stat(At("/cut/b")).status().code() == Code::kNotFound);
}

TEST_CASE("dfs client: a directory of 3000 entries is listed whole and in order", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  for (int i = 0; i < 3000; ++i) {
    char name[32];
    std::snprintf(name, sizeof(name), "/many/d%05d", i);
    REQUIRE(fs->Mkdirs(At(name)).ok());
  }
  const auto entries = fs->List(At("/many"));
  REQUIRE(entries.status().ToString() == "OK");
  REQUIRE(entries->size() == 3000);
  CHECK(entries->front().path.ToString() ==
        "hdfs://127.0.0.1:" + std::to_string(Cluster().port()) + "/many/d00000");
  CHECK(entries->back().path.name() == "d02999");
  CHECK(fs->Statistics().large_read_operations == 1);
}

TEST_CASE("dfs client: owners, permissions, times, replication, totals", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster(), {{"fs.permissions.umask-mode", "027"}});
  REQUIRE(WriteFile(*fs, "/meta/f", Content(1000)).ok());
  CHECK(fs->Stat(At("/meta/f"))->mode == 0640);
  CHECK(fs->Stat(At("/meta"))->replication == 0);
  REQUIRE(fs->Mkdirs(At("/meta/d"), 01777, false).ok());
  CHECK(fs->Stat(At("/meta/d"))->mode == 01750);
  REQUIRE(fs->SetPermission(At("/meta/f"), 0600).ok());
  REQUIRE(fs->SetOwner(At("/meta/f"), "alice", "").ok());
  REQUIRE(fs->SetOwner(At("/meta/f"), "", "staff").ok());
  REQUIRE(fs->SetTimes(At("/meta/f"), 1'234'567'890'123, -1).ok());
  REQUIRE(*fs->SetReplication(At("/meta/f"), 2));
  const auto status = fs->Stat(At("/meta/f"));
  REQUIRE(status.ok());
  CHECK(status->mode == 0600);
  CHECK(status->owner == "alice");
  CHECK(status->group == "staff");
  CHECK(status->modified_ms == 1'234'567'890'123);
  CHECK(status->replication == 2);
  CHECK(status->block_size_bytes == kBlock);
  const auto total = fs->Summarize(At("/meta"));
  REQUIRE(total.ok());
  CHECK(total->files == 1);
  CHECK(total->directories == 2);
  CHECK(total->length == 1000);
  CHECK(total->space_consumed == 2000);
  const auto where = fs->Locate(At("/meta/f"), 0, 1000);
  REQUIRE(where.ok());
  REQUIRE(where->size() == 1);
  CHECK(where->front().length == 1000);
  CHECK_FALSE(where->front().hosts.empty());
  CHECK(fs->Space(At("/"))->capacity > 0);
}

TEST_CASE("dfs client: errors have the code and the class of their kind", "[compat]") {
  if (!Available()) return;
  namespace java = dfs::java;
  auto fs = Connect(Cluster());
  REQUIRE(WriteFile(*fs, "/errors/f", "x").ok());
  const auto is = [](const Status& status, Code code, const char* tag) {
    INFO(status.ToString() << " [" << status.tag() << "]");
    CHECK(status.code() == code);
    CHECK(status.tag() == tag);
    CHECK(status.message().find('\n') == std::string::npos);
  };
  is(fs->Stat(At("/errors/none")).status(), Code::kNotFound, java::kFileNotFound);
  is(fs->Open(At("/errors/none")).status(), Code::kNotFound, java::kFileNotFound);
  is(fs->Open(At("/errors")).status(), Code::kNotFound, java::kFileNotFound);
  is(fs->List(At("/errors/none")).status(), Code::kNotFound, java::kFileNotFound);
  is(fs->Create(At("/errors/f"), false).status(), Code::kAlreadyExists, java::kFileAlreadyExists);
  is(fs->Rename(At("/errors/none"), At("/errors/x")), Code::kNotFound, java::kFileNotFound);
  is(fs->Rename(At("/errors/f"), At("/errors/f")), Code::kAlreadyExists, java::kFileAlreadyExists);
  CHECK(fs->Delete(At("/errors"), false).status().tag() == java::kPathIsNotEmptyDirectory);
  CHECK_FALSE(*fs->Delete(At("/errors/none"), true));
  CHECK_FALSE(*fs->RenameInto(At("/errors/none"), At("/errors/x")));
  // The namenode leaves no doubt about who has it open.
  auto open = fs->Create(At("/errors/open"), true);
  REQUIRE(open.ok());
  auto other = Connect(Cluster());
  CHECK(other->Append(At("/errors/open")).status().tag() == java::kAlreadyBeingCreated);
  REQUIRE((*open)->Close().ok());

  ::setenv("HADOOP_USER_NAME", "mallory", 1);
  auto stranger = Connect(Cluster());
  ::unsetenv("HADOOP_USER_NAME");
  CHECK(stranger->UserName() == "mallory");
  is(stranger->Mkdirs(At("/errors/d")), Code::kPermissionDenied, java::kAccessControl);
}

TEST_CASE("dfs client: an unclosed file is left open, and a lost name is refused at the end", "[compat]") {
  if (!Available()) return;
  auto fs = Connect(Cluster());
  {
    auto file = fs->Create(At("/unclosed"), true);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append("abc", 3).ok());
    REQUIRE((*file)->Hflush().ok());
  }
  CHECK_FALSE(*fs->IsClosed(At("/unclosed")));
  CHECK(*ReadFile(*fs, "/unclosed") == "abc");

  auto file = fs->Create(At("/deleted"), true);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append("abc", 3).ok());
  REQUIRE(*fs->Delete(At("/deleted"), false));
  const Status closed = (*file)->Close();
  CHECK_FALSE(closed.ok());
  CHECK(closed.message().find("/deleted") != std::string::npos);
}

}  // namespace
}  // namespace mrd::test

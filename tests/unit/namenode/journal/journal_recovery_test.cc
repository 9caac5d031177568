#include "namenode/journal/journal_recovery.h"

#include <algorithm>

#include "namenode/journal/edit_codec.h"
#include "tests/support/crash_env.h"
#include "tests/unit/namenode/journal/journal_fixture.h"

namespace mrd::namenode {
namespace {

struct WriterRun {
  std::uint64_t epoch = 1;
  std::uint64_t writer = 11;
  std::uint32_t namespace_id = 7;
};

// Segment files made by hand: a header and edits [first, last] in flushes of two.
struct Disk {
  Disk() {
    for (const char* directory : {"/a", "/b"}) REQUIRE(env.CreateDir(directory, 0777).ok());
  }

  std::string Bytes(std::uint64_t first, std::uint64_t last, WriterRun run = {}) {
    std::string bytes = EncodeSegmentHeader({run.namespace_id, {first}, run.epoch, run.writer, 5});
    for (std::uint64_t id = first; id <= last; ++id) {
      std::string payload;
      EncodeEdit(NthEdit(id), payload);
      AppendRecord({{id}, static_cast<std::uint32_t>((id - first) % 2)}, payload, bytes);
    }
    return bytes;
  }
  std::string Put(const std::string& directory, std::uint64_t first, const std::string& bytes) {
    std::string path = directory + "/" + SegmentName({first});
    REQUIRE(WriteFileDurably(env, path, bytes).ok());
    return path;
  }

  Result<RecoveredJournal> Recover(std::vector<std::string> directories, std::uint64_t after = 0, bool mend = true) {
    return RecoverJournal(env, {std::move(directories), 7, {after}, mend});
  }
  // The last edit of a good recovery.
  std::uint64_t Last(std::vector<std::string> directories, std::uint64_t after = 0) {
    const Result<RecoveredJournal> recovered = Recover(std::move(directories), after);
    INFO(recovered.status().ToString());
    REQUIRE(recovered.ok());
    return recovered.value().last.value;
  }

  test::CrashEnv env;
};

std::string Flip(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 4);
  return bytes;
}

TEST_CASE("recovery: nothing is there", "[journal]") {
  Disk disk;
  CHECK(disk.Last({"/a", "/b"}) == 0);
  const Status none = disk.Recover({"/x", "/y"}).status();
  CHECK(none.code() == Code::kNotFound);
  CHECK_THAT(none.message(), Catch::StartsWith("no journal directory can be used: "));
  CHECK(disk.Recover({}).status().code() == Code::kInvalidArgument);
}

TEST_CASE("recovery: a torn last flush is cut, for good, and noted", "[journal]") {
  Disk disk;
  const std::string whole = disk.Bytes(1, 7);
  const std::string path = disk.Put("/a", 1, Flip(whole, disk.Bytes(1, 6).size() + 30) + std::string(1000, '\0'));
  const Result<RecoveredJournal> recovered = disk.Recover({"/a"});
  REQUIRE(recovered.ok());
  CHECK(recovered.value().last == TxId{6});
  REQUIRE(recovered.value().notes.size() == 1);
  CHECK_THAT(recovered.value().notes[0], Catch::Contains("cut an unfinished flush off the end of " + path));
  CHECK(*ReadWholeFile(disk.env, path) == disk.Bytes(1, 6));
  CHECK(disk.Recover({"/a"}).value().notes.empty());
}

TEST_CASE("recovery: only looking changes nothing", "[journal]") {
  Disk disk;
  const std::string torn = Flip(disk.Bytes(1, 7), disk.Bytes(1, 6).size() + 30);
  const std::string path = disk.Put("/a", 1, torn);
  CHECK(disk.Recover({"/a", "/b"}, 0, false).value().last == TxId{6});
  CHECK(*ReadWholeFile(disk.env, path) == torn);
  CHECK_FALSE(*Exists(disk.env, "/b/" + SegmentName({1})));
}

TEST_CASE("recovery: a damaged middle is refused with file, offset and what to do", "[journal]") {
  Disk disk;
  const std::size_t offset = disk.Bytes(1, 3).size();
  const std::string path = disk.Put("/a", 1, Flip(disk.Bytes(1, 9), offset + 25));
  const Status refused = disk.Recover({"/a"}).status();
  CHECK(refused.code() == Code::kCorruption);
  CHECK(refused.message() ==
        "journal segment " + path + " is damaged at offset " + std::to_string(offset) +
            ": edit 4 is not whole, though edits up to 8 had been written; put a good copy of the file from another "
            "journal directory in its place, or restore a checkpoint of edit 8 or later");

  SECTION("with a good copy elsewhere it is mended") {
    disk.Put("/b", 1, disk.Bytes(1, 9));
    CHECK(disk.Last({"/a", "/b"}) == 9);
    CHECK(disk.Last({"/a"}) == 9);
  }
  SECTION("a copy that does not reach what had been durable does not do") {
    disk.Put("/b", 1, disk.Bytes(1, 5));
    CHECK(disk.Recover({"/a", "/b"}).status().code() == Code::kCorruption);
  }
  SECTION("one that reaches it does") {
    disk.Put("/b", 1, disk.Bytes(1, 8));
    CHECK(disk.Last({"/a", "/b"}) == 8);
  }
  SECTION("it does not matter below the checkpoint") {
    disk.Put("/a", 10, disk.Bytes(10, 12));
    CHECK(disk.Last({"/a"}, 9) == 12);
    CHECK(disk.Recover({"/a"}, 8).status().code() == Code::kCorruption);
  }
}

TEST_CASE("recovery: every byte of a finished segment that is damaged is noticed", "[journal]") {
  Disk disk;
  const std::string whole = disk.Bytes(1, 4);
  disk.Put("/a", 5, disk.Bytes(5, 6));
  std::vector<bool> padding(whole.size(), false);
  for (std::uint64_t id = 1; id <= 4; ++id) {
    std::string payload;
    EncodeEdit(NthEdit(id), payload);
    const std::size_t end = disk.Bytes(1, id - 1).size() + kRecordHeaderBytes + payload.size();
    std::fill(padding.begin() + static_cast<std::ptrdiff_t>(end),
              padding.begin() + static_cast<std::ptrdiff_t>(disk.Bytes(1, id).size()), true);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    disk.Put("/a", 1, Flip(whole, at));
    const Result<RecoveredJournal> recovered = disk.Recover({"/a"}, 0, false);
    CHECK(recovered.ok() == padding[at]);
    if (recovered.ok()) CHECK(recovered.value().last == TxId{6});
  }
}

TEST_CASE("recovery: a missing segment is a gap", "[journal]") {
  Disk disk;
  disk.Put("/a", 1, disk.Bytes(1, 4));
  disk.Put("/a", 8, disk.Bytes(8, 9));
  const Status refused = disk.Recover({"/a"}).status();
  CHECK(refused.code() == Code::kCorruption);
  CHECK_THAT(refused.message(), Catch::Contains("has no edits 5 to 7"));
  CHECK(disk.Last({"/a"}, 7) == 9);
  CHECK(disk.Recover({"/a"}, 6).status().code() == Code::kCorruption);
  disk.Put("/b", 5, disk.Bytes(5, 7));
  CHECK(disk.Last({"/a", "/b"}) == 9);
  CHECK(disk.Last({"/a"}) == 9);  // copied
}

TEST_CASE("recovery: the journal of another file system is refused by name", "[journal]") {
  Disk disk;
  const std::string path = disk.Put("/a", 1, disk.Bytes(1, 4, {.namespace_id = 8}));
  disk.Put("/b", 1, disk.Bytes(1, 4));
  const Status refused = disk.Recover({"/b", "/a"}).status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK_THAT(refused.message(), Catch::StartsWith("journal segment " + path + " belongs to namespace 8, not to 7"));
}

TEST_CASE("recovery: a directory that was out of use gets what it lacks", "[journal]") {
  Disk disk;
  // /a failed at edit 3 and missed two segments.
  const std::string stale = disk.Put("/a", 1, disk.Bytes(1, 3) + std::string(500, '\0'));
  disk.Put("/b", 1, disk.Bytes(1, 8));
  disk.Put("/b", 9, disk.Bytes(9, 12, {.epoch = 2, .writer = 12}));
  disk.Put("/b", 13, disk.Bytes(13, 14, {.epoch = 3, .writer = 13}));
  const Result<RecoveredJournal> recovered = disk.Recover({"/a", "/b"});
  REQUIRE(recovered.ok());
  CHECK(recovered.value().last == TxId{14});
  CHECK(recovered.value().epoch == 3);
  CHECK(recovered.value().notes.size() == 3);
  CHECK(disk.Last({"/a"}) == 14);
  CHECK(*ReadWholeFile(disk.env, stale) == disk.Bytes(1, 8));
}

TEST_CASE("recovery: edits that a later run did not know of were never acknowledged", "[journal]") {
  Disk disk;
  // A crash left edit 5 in /a alone; the next run started without /a and made another edit 5.
  disk.Put("/a", 1, disk.Bytes(1, 5));
  disk.Put("/b", 1, disk.Bytes(1, 4));
  disk.Put("/b", 5, disk.Bytes(5, 6, {.epoch = 2, .writer = 12}));
  CHECK(disk.Last({"/a", "/b"}) == 6);
  CHECK(*ReadWholeFile(disk.env, "/a/" + SegmentName({1})) == disk.Bytes(1, 4));
}

TEST_CASE("recovery: of two segments with the same beginning the later run's counts", "[journal]") {
  Disk disk;
  disk.Put("/a", 5, disk.Bytes(5, 9));
  disk.Put("/b", 5, disk.Bytes(5, 6, {.epoch = 2, .writer = 12}));
  CHECK(disk.Last({"/a", "/b"}, 4) == 6);
  CHECK(disk.Last({"/a"}, 4) == 6);
}

TEST_CASE("recovery: two runs that did not know of each other are not mixed", "[journal]") {
  Disk disk;
  disk.Put("/a", 5, disk.Bytes(5, 9, {.epoch = 2, .writer = 12}));
  disk.Put("/b", 5, disk.Bytes(5, 6, {.epoch = 2, .writer = 13}));
  const Status refused = disk.Recover({"/a", "/b"}, 4).status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK_THAT(refused.message(), Catch::Contains("two namenodes that did not know of each other"));
}

TEST_CASE("recovery: copies of one run that differ are not mixed", "[journal]") {
  Disk disk;
  disk.Put("/a", 1, disk.Bytes(1, 3));
  std::string other = disk.Bytes(1, 2);
  std::string payload;
  EncodeEdit(NthEdit(99), payload);
  AppendRecord({{3}, 0}, payload, other);
  disk.Put("/b", 1, other);
  CHECK_THAT(disk.Recover({"/a", "/b"}).status().message(), Catch::Contains("hold different edits"));
}

TEST_CASE("recovery: an empty last segment does not count, and leftovers go away", "[journal]") {
  Disk disk;
  disk.Put("/a", 1, disk.Bytes(1, 4));
  disk.Put("/a", 5, disk.Bytes(5, 4) + std::string(300, '\0'));
  REQUIRE(WriteFileDurably(disk.env, "/a/" + SegmentName({5}) + ".tmp", "half").ok());
  CHECK(disk.Last({"/a"}) == 4);
  CHECK(disk.Last({"/a"}, 4) == 4);
  CHECK_FALSE(*Exists(disk.env, "/a/" + SegmentName({5}) + ".tmp"));
}

TEST_CASE("recovery: replay tells when a segment does not reach what it should", "[journal]") {
  Disk disk;
  const std::string path = disk.Put("/a", 1, disk.Bytes(1, 4));
  std::vector<std::uint64_t> ids;
  const auto keep = [&](Edit edit) {
    ids.push_back(edit.id.value);
    return Status::Ok();
  };
  CHECK(ReplaySegment(disk.env, path, {2}, {3}, keep).ok());
  CHECK(ids == std::vector<std::uint64_t>{2, 3});
  CHECK(ReplaySegment(disk.env, path, {1}, {5}, keep).code() == Code::kCorruption);
  CHECK(ReplaySegment(disk.env, path, {1}, {4}, [](Edit) { return Cancelled("stop"); }).code() == Code::kCancelled);
}

}  // namespace
}  // namespace mrd::namenode

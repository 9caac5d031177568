#include "jobtracker/journal/job_store.h"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "jobtracker/journal/store_keys.h"
#include "tests/support/temporary_dir.h"

namespace mrd::jobtracker {
namespace {

std::map<std::string, std::string> All(JobStore& store, std::string_view prefix) {
  std::map<std::string, std::string> rows;
  REQUIRE(store.Scan(prefix, [&](std::string_view key, std::string_view value) {
    rows.emplace(key, value);
    return Status::Ok();
  }).ok());
  return rows;
}

}  // namespace

TEST_CASE("job store: what was written is there after it was opened again", "[journal]") {
  const test::TemporaryDir dir;
  const std::string path = dir / "a/b/store";
  {
    Result<std::unique_ptr<JobStore>> store = JobStore::Open(Env::Posix(), path);
    REQUIRE(store.ok());
    const std::vector<StoreWrite> writes = {{"spec/x", "1"}, {"spec/y", "2"}, {"spicy", "3"}};
    REQUIRE((*store)->Write(writes, false).ok());
    const StoreWrite removal = {"spec/y", std::nullopt};
    REQUIRE((*store)->Write({&removal, 1}, true).ok());
  }
  Result<std::unique_ptr<JobStore>> store = JobStore::Open(Env::Posix(), path);
  REQUIRE(store.ok());
  CHECK(All(**store, kSpecPrefix) == std::map<std::string, std::string>{{"spec/x", "1"}});
  CHECK((*store)->Get("spicy").value() == "3");
  CHECK_FALSE((*store)->Get("spec/y").value().has_value());
}

TEST_CASE("job store: one process at a time, and no newer version", "[journal]") {
  const test::TemporaryDir dir;
  {
    Result<std::unique_ptr<JobStore>> store = JobStore::Open(Env::Posix(), dir / "store");
    REQUIRE(store.ok());
    const Status second = JobStore::Open(Env::Posix(), dir / "store").status();
    CHECK(second.code() == Code::kUnavailable);
    CHECK(second.message().find("another jobtracker") != std::string::npos);
    const StoreWrite newer = {"!version", "2"};
    REQUIRE((*store)->Write({&newer, 1}, true).ok());
  }
  const Status refused = JobStore::Open(Env::Posix(), dir / "store").status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK(refused.message().find("version 2") != std::string::npos);
}

TEST_CASE("job store: a scan stops at the first error", "[journal]") {
  const test::TemporaryDir dir;
  Result<std::unique_ptr<JobStore>> store = JobStore::Open(Env::Posix(), dir / "store");
  REQUIRE(store.ok());
  const std::vector<StoreWrite> writes = {{"a1", ""}, {"a2", ""}, {"a3", ""}};
  REQUIRE((*store)->Write(writes, false).ok());
  int rows = 0;
  const Status stopped = (*store)->Scan("a", [&](std::string_view, std::string_view) {
    return ++rows == 2 ? Corruption("enough") : Status::Ok();
  });
  CHECK(stopped.message() == "enough");
  CHECK(rows == 2);
}

TEST_CASE("job store: keys sort as their numbers do, and give them back", "[journal]") {
  CHECK(RecordKey(9) < RecordKey(10));
  CHECK(RecordKey(255) < RecordKey(256));
  CHECK(RecordNumber(RecordKey(0xFEDCBA9876543210)) == 0xFEDCBA9876543210);
  CHECK_FALSE(RecordNumber("record/12").has_value());
  CHECK_FALSE(RecordNumber("spec/0000000000000001").has_value());
  CHECK(SplitsKey("job_1_0001", 16) == "splits/job_1_0001/00000010");
  // The splits of one job are not mixed up with those of another whose id begins alike.
  CHECK_FALSE(SplitsKey("job_1_00010", 0).starts_with(SplitsKeyPrefix("job_1_0001")));
}

}  // namespace mrd::jobtracker

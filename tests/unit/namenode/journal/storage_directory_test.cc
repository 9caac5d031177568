#include "namenode/journal/storage_directory.h"

#include <catch2/catch.hpp>

#include "tests/support/faulty_env.h"
#include "tests/support/temporary_dir.h"

namespace mrd::namenode {
namespace {

dfs::NamespaceInfo Info(const std::string& cluster = "CID-1") {
  return {cluster, "BP-5-127.0.0.1-6", 1234567890, 1000};
}

TEST_CASE("storage: VERSION has the lines of the document and comes back", "[storage]") {
  CHECK(EncodeVersion(Info()) ==
        "# Which file system this directory belongs to. Written by namenode -format; not to be edited.\n"
        "layoutVersion=1\nstorageType=NAME_NODE\nnamespaceID=1234567890\nclusterID=CID-1\n"
        "blockpoolID=BP-5-127.0.0.1-6\ncTime=1000\n");
  const Result<dfs::NamespaceInfo> back = DecodeVersion(EncodeVersion(Info()));
  REQUIRE(back.ok());
  CHECK(back.value().cluster_id == "CID-1");
  CHECK(back.value().pool_id == "BP-5-127.0.0.1-6");
  CHECK(back.value().namespace_id == 1234567890);
  CHECK(back.value().created_ms == 1000);
}

TEST_CASE("storage: a VERSION that is not ours, newer or cut is refused with the reason", "[storage]") {
  const std::string good = EncodeVersion(Info());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return DecodeVersion(text).status();
  };
  CHECK(with("layoutVersion=1", "layoutVersion=2").code() == Code::kUnimplemented);
  CHECK(with("layoutVersion=1", "layoutVersion=-66x").code() == Code::kCorruption);
  CHECK(with("NAME_NODE", "DATA_NODE").code() == Code::kCorruption);
  CHECK(with("namespaceID=1234567890", "namespaceID=99999999999").code() == Code::kCorruption);
  CHECK(with("clusterID=CID-1", "clusterID=").code() == Code::kCorruption);
  CHECK(with("cTime=1000", "cTime=").code() == Code::kCorruption);
  for (std::size_t size = 0; size + 6 < good.size(); ++size) CHECK_FALSE(DecodeVersion(good.substr(0, size)).ok());
}

TEST_CASE("storage: formatting makes directories, again it does nothing", "[storage]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  const FormatRequest request{{dir / "x/y", dir / "z"}, Info(), false};
  CHECK(ReadVersion(env, dir / "z").status().code() == Code::kNotFound);
  CHECK(FormatStorage(env, request).value() == FormatOutcome::kFormatted);
  CHECK(ReadVersion(env, dir / "x/y").value().cluster_id == "CID-1");
  CHECK(ReadVersion(env, dir / "z").value().namespace_id == 1234567890);
  REQUIRE(WriteFileDurably(env, CurrentPath(dir / "z") + "/edits", "1").ok());
  CHECK(FormatStorage(env, request).value() == FormatOutcome::kAlreadyFormatted);
  CHECK(*Exists(env, CurrentPath(dir / "z") + "/edits"));
}

TEST_CASE("storage: formatting over data is refused unless forced, and then nothing was changed", "[storage]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  REQUIRE(FormatStorage(env, {{dir / "a"}, Info(), false}).ok());
  REQUIRE(WriteFileDurably(env, CurrentPath(dir / "a") + "/edits", "1").ok());

  const Status refused = FormatStorage(env, {{dir / "b", dir / "a"}, Info("CID-2"), false}).status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK_THAT(refused.message(), Catch::Contains((dir / "a") + " holds the file system of cluster CID-1"));
  CHECK(ReadVersion(env, dir / "b").status().code() == Code::kNotFound);
  CHECK(ReadVersion(env, dir / "a").value().cluster_id == "CID-1");

  CHECK(FormatStorage(env, {{dir / "b", dir / "a"}, Info("CID-2"), true}).value() == FormatOutcome::kFormatted);
  CHECK(ReadVersion(env, dir / "a").value().cluster_id == "CID-2");
  CHECK_FALSE(*Exists(env, CurrentPath(dir / "a") + "/edits"));
}

TEST_CASE("storage: files of something else are data, too", "[storage]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  REQUIRE(CreateDirs(env, CurrentPath(dir.path())).ok());
  REQUIRE(WriteFileDurably(env, CurrentPath(dir.path()) + "/fsimage", "1").ok());
  CHECK(FormatStorage(env, {{dir.path()}, Info(), false}).status().code() == Code::kFailedPrecondition);
  CHECK(JoinStorage(env, dir.path(), Info()).code() == Code::kFailedPrecondition);
  CHECK(JoinStorage(env, dir / "new", Info()).code() == Code::kOk);
  CHECK(ReadVersion(env, dir / "new").value().cluster_id == "CID-1");
}

TEST_CASE("storage: a directory is held by one namenode, also against formatting", "[storage]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  const auto lock = LockStorage(env, dir.path());
  REQUIRE(lock.ok());
  const Status second = LockStorage(env, dir.path()).status();
  CHECK(second.code() == Code::kUnavailable);
  CHECK_THAT(second.message(), Catch::Contains("in use by another namenode"));
  CHECK(FormatStorage(env, {{dir.path()}, Info(), true}).status().code() == Code::kUnavailable);
}

TEST_CASE("storage: formatting that fails at any call is formatted or not, and can be repeated", "[storage]") {
  test::TemporaryDir dir;
  test::FaultyEnv env(Env::Posix());
  REQUIRE(FormatStorage(env, {{dir / "0"}, Info(), false}).ok());
  const std::uint64_t calls = env.calls();
  for (std::uint64_t n = 1; n <= calls; ++n) {
    const std::string path = dir / std::to_string(n);
    env.FailCall(n, EIO);
    const bool formatted = FormatStorage(env, {{path}, Info(), false}).ok();
    env.Reset();
    const Result<dfs::NamespaceInfo> info = ReadVersion(env, path);
    if (formatted) CHECK(info.ok());
    if (!info.ok()) CHECK(info.status().code() == Code::kNotFound);
    CHECK(FormatStorage(env, {{path}, Info(), true}).ok());
    CHECK(ReadVersion(env, path).ok());
  }
}

}  // namespace
}  // namespace mrd::namenode

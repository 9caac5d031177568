// On a tree of plain files in place of the kernel's: what is read and written where.

#include "tasktracker/memory_groups.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_dir.h"

namespace mrd::tasktracker {
namespace {

constexpr pid_t kTracker = 4711;

void Write(const std::string& path, std::string_view text) {
  Result<std::unique_ptr<File>> file = Env::Posix().CreateOrTruncate(path);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append(text.data(), text.size()).ok());
}

std::string Read(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(Env::Posix(), path);
  return text.ok() ? *text : "absent";
}

bool There(const std::string& path) { return Exists(Env::Posix(), path).value(); }

// A group as a machine leaves it to a service.
struct Service {
  Service() {
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    Write(path + "/cgroup.controllers", "cpu memory pids\n");
    Write(path + "/cgroup.procs", "4711\n");
  }
  Result<std::unique_ptr<MemoryGroups>> Open() const { return MemoryGroups::Open(Env::Posix(), path, kTracker); }

  test::TemporaryDir dir;
  const std::string path = dir / "tracker.service";
};

TEST_CASE("memory groups: the group of a process is found by its mounts", "[cgroup]") {
  constexpr std::string_view kMounts =
      "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
  CHECK(MemoryGroups::OwnGroup(kMounts, "0::/system.slice/tasktracker.service\n").value() ==
        "/sys/fs/cgroup/system.slice/tasktracker.service");
  // Of a container that sees a part of the tree only.
  CHECK(MemoryGroups::OwnGroup("1 1 0:26 /docker/x /cg rw - cgroup2 none rw\n", "0::/docker/x/y\n").value() == "/cg/y");
  CHECK(MemoryGroups::OwnGroup("1 1 0:26 /docker/x /cg rw - cgroup2 none rw\n", "0::/docker/xy\n").status().code() ==
        Code::kUnavailable);
  for (const char* cgroup : {"", "0::/\n", "4:memory:/a\n3:cpu:/\n"}) {
    CHECK(MemoryGroups::OwnGroup(kMounts, cgroup).status().code() == Code::kUnavailable);
  }
  for (const char* mounts : {"", "garbage - cgroup2 \n", "1 2 3 - cgroup2 x\n", "22 1 8:1 / / rw - ext4 x rw\n"}) {
    CHECK(MemoryGroups::OwnGroup(mounts, "0::/a\n").status().code() == Code::kUnavailable);
  }
}

TEST_CASE("memory groups: an attempt gets its limit, and its end is told by the kernel's files", "[cgroup]") {
  const Service service;
  const auto groups = service.Open();
  REQUIRE(groups.ok());
  CHECK(Read(service.path + "/tracker/cgroup.procs") == "4711");
  CHECK(Read(service.path + "/cgroup.subtree_control") == "+memory");

  auto group = (*groups)->Make("attempt_1_0001_m_000000_0", 200 << 20);
  REQUIRE(group.ok());
  const std::string dir = service.path + "/attempt_1_0001_m_000000_0";
  CHECK(Read(dir + "/memory.max") == "209715200");
  CHECK(Read(dir + "/memory.swap.max") == "0");
  CHECK(Read(dir + "/memory.oom.group") == "1");
  REQUIRE((*group)->Enter(815).ok());
  CHECK(Read(dir + "/cgroup.procs") == "815");
  CHECK((*group)->Read().peak_bytes == 0);
  CHECK((*group)->Read().oom_kills == 0);
  Write(dir + "/memory.peak", "209700000\n");
  Write(dir + "/cgroup.kill", "");
  Write(dir + "/memory.events", "low 0\nhigh 0\nmax 31\noom 2\noom_kill 3\noom_group_kill 1\n");
  CHECK((*group)->Read().peak_bytes == 209'700'000);
  CHECK((*group)->Read().oom_kills == 3);
  group->reset();
  CHECK(Read(dir + "/cgroup.kill") == "1");
  CHECK_FALSE((*groups)->Make("attempt_1_0001_m_000000_0", 1).ok());  // two attempts never share one
}

TEST_CASE("memory groups: what an earlier tracker left empty is removed, and nothing else", "[cgroup]") {
  const Service service;
  REQUIRE(::mkdir((service.path + "/attempt_1_0001_m_000000_0").c_str(), 0700) == 0);
  REQUIRE(::mkdir((service.path + "/other").c_str(), 0700) == 0);
  REQUIRE(service.Open().ok());
  CHECK_FALSE(There(service.path + "/attempt_1_0001_m_000000_0"));
  CHECK(There(service.path + "/other"));
}

TEST_CASE("memory groups: where they cannot be had, the reason is said and nothing is changed", "[cgroup]") {
  const Service service;
  std::string reason;
  SECTION("others are in the group") {
    Write(service.path + "/cgroup.procs", "4711\n4712\n");
    reason = "holds other processes too, such as 4712";
  }
  SECTION("no controller of memory") {
    Write(service.path + "/cgroup.controllers", "cpu memory_of_things\n");
    reason = "has no memory controller";
  }
  SECTION("limits are refused") {
    REQUIRE(::mkdir((service.path + "/cgroup.subtree_control").c_str(), 0700) == 0);
    reason = "takes no limits of memory";
  }
  SECTION("no group at all") {
    REQUIRE(Env::Posix().RemoveFile(service.path + "/cgroup.controllers").ok());
    reason = "cgroup.controllers";
  }
  const auto groups = service.Open();
  REQUIRE(groups.status().code() == Code::kUnavailable);
  CHECK(groups.status().message().find(reason) != std::string::npos);
  // The process is, at last, where it was.
  CHECK(Read(service.path + "/cgroup.procs").starts_with("4711"));
  CHECK(MemoryGroups::Find(Env::Posix(), "none", kTracker).status().code() == Code::kUnavailable);
  CHECK(MemoryGroups::Find(Env::Posix(), "there", kTracker).status().code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace mrd::tasktracker

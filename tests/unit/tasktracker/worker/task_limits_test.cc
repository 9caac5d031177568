#include "tasktracker/worker/task_limits.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tasktracker/worker/keys.h"

namespace mrd::tasktracker {
namespace {

const KeyRegistry& Keys() {
  static const KeyRegistry* const keys = [] {
    auto* const made = new KeyRegistry;
    made->Add(WorkerKeys());
    return made;
  }();
  return *keys;
}

Result<TaskLimits> Read(std::initializer_list<std::pair<const char*, const char*>> values) {
  Config config(Keys());
  for (const auto& [key, value] : values) REQUIRE(config.Set(key, value, "the test").ok());
  return TaskLimits::Read(config);
}

TEST_CASE("task limits: a failure with the sign of a limit names its key, others name none", "[limits]") {
  const Result<TaskLimits> limits =
      Read({{"mapreduce.task.rlimit.nofile", "64"}, {"mapreduce.task.rlimit.fsize", "65536"}, {"mapreduce.task.rlimit.nproc", "9"}});
  REQUIRE(limits.ok());
  CHECK(limits->Hint("open /a: Too many open files") ==
        "mapreduce.task.rlimit.nofile permits 64 open files; raise it if that is too little.");
  CHECK(limits->Hint("write /a: File too large").find("mapreduce.task.rlimit.fsize permits 65536 bytes") == 0);
  CHECK(limits->Hint("the plugin x.so crashed with SIGXFSZ (…)").find("mapreduce.task.rlimit.fsize") == 0);
  CHECK(limits->Hint("fork: Resource temporarily unavailable").find("mapreduce.task.rlimit.nproc permits 9 ") == 0);
  CHECK(limits->Hint("the barrel is empty").empty());
  CHECK(Read({})->Hint("open /a: Too many open files").empty());
}

TEST_CASE("task limits: a size in which no failure could be told is refused", "[limits]") {
  const Status refused = Read({{"mapreduce.task.rlimit.fsize", "65535"}}).status();
  CHECK(refused.code() == Code::kInvalidArgument);
  CHECK(refused.message().find("mapreduce.task.rlimit.fsize=65535") == 0);
}

TEST_CASE("task limits: they hold for the process, and those of the job's code not for a commit", "[limits]") {
  const Result<TaskLimits> limits = Read({{"mapreduce.task.rlimit.nofile", "64"}, {"mapred.map.child.ulimit", "4194304"}});
  REQUIRE(limits.ok());
  const auto in_child = [&](mapred::proto::TaskKindProto kind) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (!limits->Apply(kind).ok()) ::_exit(1);
      const auto is = [](auto resource, rlim_t value) {
        rlimit limit{};
        return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur == value && limit.rlim_max == value;
      };
      int found = is(RLIMIT_CORE, 0) ? 2 : 0;
      if (is(RLIMIT_NOFILE, 64)) found |= 4;
      if (is(RLIMIT_AS, rlim_t{4} << 30)) found |= 8;
      ::_exit(found);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
  };
  CHECK(in_child(mapred::proto::MAP) == (2 | 4 | 8));
  CHECK(in_child(mapred::proto::REDUCE) == (2 | 4));
  CHECK(in_child(mapred::proto::COMMIT) == 2);
}

}  // namespace
}  // namespace mrd::tasktracker

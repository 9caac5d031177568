// Runs over local files, which are the jobtracker's own user's.

#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/env.h"
#include "jobtracker/service/run_planner.h"
#include "tests/support/temporary_dir.h"

namespace mrd::jobtracker {
namespace {

namespace proto = mapred::proto;

class Rig {
 public:
  Rig() : planner(env, Clock::System(), Config(keys), "boss") {
    Write("pack", "bytes");
    REQUIRE(env.CreateDir((dir / "in"), 0755).ok());
    Write("in/a", "one\n");
    Write("in/b", "two\nthree\n");
    proto::JobSpecProto& spec = *job.mutable_spec();
    spec.set_jobid("");
    spec.set_jobname("count");
    spec.set_user("boss");
    spec.mutable_pack()->set_path("file://" + (dir / "pack"));
    spec.mutable_pack()->set_sha256(std::string(64, 'a'));
    spec.mutable_pack()->set_bytes(5);
    spec.mutable_pack()->set_plugin("count.so");
    spec.set_entry("count");
    spec.set_reduces(1);
    spec.set_output("file://" + (dir / "out") + "/%Y%m%d-%i");
    SetInput("in");
  }
  void Write(const std::string& name, const std::string& content) {
    const auto file = env.Create(dir / name);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append(content.data(), content.size()).ok());
    REQUIRE((*file)->Close().ok());
  }
  void SetInput(const std::string& name) {
    job.mutable_recipe()->clear_inputs();
    auto* const input = job.mutable_recipe()->add_inputs();
    input->set_path("file://" + (dir / name));
    input->set_inputindex(0);
  }
  RunToPlan Run(std::uint64_t number) const {
    RunToPlan run;
    run.job = std::make_shared<const proto::ScheduledJobProto>(job);
    run.owner = "boss";
    run.time = {1'767'225'600, number};  // 2026-01-01
    run.job_id = "job_7_000" + std::to_string(number);
    run.mark = "nightly-5-" + std::to_string(number);
    return run;
  }
  bool There(const std::string& name) { return *Exists(env, (dir / name)); }

  Env& env = Env::Posix();
  KeyRegistry keys;
  mrd::test::TemporaryDir dir;
  proto::ScheduledJobProto job;
  RunPlanner planner;
};

TEST_CASE("run planner: a submission with the input of now and an output of its own", "[schedule]") {
  Rig rig;
  REQUIRE(rig.planner.Check(rig.job, "boss").ok());
  const auto request = rig.planner.Plan(rig.Run(3));
  INFO(request.status().message());
  REQUIRE(request.ok());
  CHECK(request->spec().jobid() == "job_7_0003");
  CHECK(request->spec().output().ends_with("/out/20260101-3"));
  CHECK(request->spec().inputbytes() == 14);
  REQUIRE(request->splits_size() == 1);
  CHECK(request->splits(0).pieces_size() == 2);
  CHECK(rig.There("out/20260101-3/_temporary/0"));
  rig.Write("in/c", "four\n");
  CHECK(rig.planner.Plan(rig.Run(4))->splits(0).pieces_size() == 3);
}

TEST_CASE("run planner: what an earlier try of the same run left goes, what others made stays", "[schedule]") {
  Rig rig;
  REQUIRE(rig.planner.Plan(rig.Run(1)).ok());
  // The jobtracker died here. The next life plans the same run.
  REQUIRE(rig.planner.Plan(rig.Run(1)).ok());
  RunToPlan other = rig.Run(1);
  other.mark = "nightly-6-1";  // of another schedule of that name
  CHECK(rig.planner.Plan(other).status().code() == Code::kAlreadyExists);
  REQUIRE(rig.planner.Withdraw(other).ok());
  CHECK(rig.There("out/20260101-1"));
  REQUIRE(rig.planner.Withdraw(rig.Run(1)).ok());
  CHECK_FALSE(rig.There("out/20260101-1"));
}

TEST_CASE("run planner: nothing is made for a run that cannot be", "[schedule]") {
  Rig rig;
  rig.SetInput("nothing");
  CHECK(rig.planner.Plan(rig.Run(1)).status().code() == Code::kNotFound);
  rig.SetInput("in");
  rig.job.mutable_spec()->mutable_pack()->set_path("file://" + (rig.dir / "gone"));
  const Status gone = rig.planner.Plan(rig.Run(1)).status();
  CHECK(gone.code() == Code::kNotFound);
  CHECK_THAT(gone.message(), Catch::Contains("pack"));
  CHECK_FALSE(rig.There("out"));
}

TEST_CASE("run planner: what is refused when a schedule is added", "[schedule]") {
  Rig rig;
  const Status local = rig.planner.Check(rig.job, "ann");
  CHECK(local.code() == Code::kPermissionDenied);
  CHECK_THAT(local.message(), Catch::Contains("boss"));
  SECTION("an output that is always the same") {
    rig.job.mutable_spec()->set_output("hdfs://h/out");
    CHECK_THAT(rig.planner.Check(rig.job, "boss").message(), Catch::Contains("%Y%m%d-%H%M"));
  }
  SECTION("an unknown letter") {
    rig.job.mutable_spec()->set_output("hdfs://h/out/%Q");
    CHECK_THAT(rig.planner.Check(rig.job, "boss").message(), Catch::Contains("%Q"));
  }
  SECTION("no pack") {
    rig.job.mutable_spec()->mutable_pack()->set_sha256("");
    CHECK_THAT(rig.planner.Check(rig.job, "boss").message(), Catch::Contains("pack"));
  }
  SECTION("a specification without end") {
    rig.job.mutable_spec()->add_cuts(std::string(5 << 20, 'x'));
    CHECK_THAT(rig.planner.Check(rig.job, "boss").message(), Catch::Contains("bytes"));
  }
}

}  // namespace
}  // namespace mrd::jobtracker

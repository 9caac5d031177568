#include "jobtracker/service/submission.h"

#include <catch2/catch.hpp>

#include "common/fs/keys.h"
#include "mapred/keys.h"

namespace mrd::jobtracker {
namespace {

KeyRegistry Keys() {
  KeyRegistry keys;
  keys.Add(fs::CoreKeys());
  keys.Add(mapred::ClusterKeys());
  return keys;
}

mapred::proto::JobSpecProto Spec(const std::vector<std::pair<std::string, std::string>>& config) {
  mapred::proto::JobSpecProto spec;
  spec.set_jobid("job_1_0001");
  spec.set_jobname("name");
  spec.set_user("ann");
  spec.set_entry("x");
  spec.set_reduces(3);
  spec.set_output("hdfs://h:1/out");
  spec.set_queue("q");
  for (const auto& [name, value] : config) {
    mapred::proto::PropertyProto& property = *spec.add_config();
    property.set_name(name);
    property.set_value(value);
  }
  return spec;
}

}  // namespace

TEST_CASE("submission: a job's keys become its settings", "[submission]") {
  const KeyRegistry keys = Keys();
  SplitTable splits;
  const Result<std::shared_ptr<const JobSubmission>> made = MakeSubmission(
      Spec({{"mapreduce.map.maxattempts", "7"},
            {"mapred.max.map.failures.percent", "20"},  // the old name
            {"mapreduce.map.memory.mb", "512"},
            {"mapreduce.job.reduce.slowstart.completedmaps", "0.5"},
            {"mapreduce.reduce.speculative", "false"},
            {"mapreduce.job.ubertask.maxbytes", "1m"},
            {"mapreduce.job.locality.wait", "0"},
            {"mr.shuffle.memory.mb", "3"},  // others' business
            {"my.own", "x"}}),
      splits, keys);
  INFO(made.status().ToString());
  REQUIRE(made.ok());
  const JobSubmission& job = *made.value();
  CHECK(job.id == "job_1_0001");
  CHECK(job.queue == "q");
  CHECK(job.priority == Priority::kNormal);
  CHECK(job.settings.reduces == 3);
  CHECK(job.settings.has_output);
  CHECK_FALSE(job.settings.maps_publish);
  CHECK(job.settings.map_attempts_max == 7);
  CHECK(job.settings.reduce_attempts_max == 4);
  CHECK(job.settings.map_failures_percent == 20);
  CHECK(job.settings.map_memory == std::uint64_t{512} << 20);
  CHECK(job.settings.reduce_memory == 0);
  CHECK(job.settings.slow_start == 0.5);
  CHECK_FALSE(job.settings.reduce_speculative);
  CHECK(job.settings.map_speculative);
  CHECK(job.settings.whole_bytes_max == 1u << 20);
  CHECK(job.settings.locality_wait_ms == 0);
}

TEST_CASE("submission: what is not set is left to the cluster", "[submission]") {
  const KeyRegistry keys = Keys();
  mapred::proto::JobSpecProto spec = Spec({});
  spec.set_reduces(0);
  SplitTable splits;
  const auto made = MakeSubmission(spec, splits, keys);
  REQUIRE(made.ok());
  CHECK_FALSE(made.value()->settings.locality_wait_ms.has_value());
  CHECK(made.value()->settings.maps_publish);
  spec.clear_output();
  CHECK_FALSE(MakeSubmission(spec, splits, keys).value()->settings.has_output);
}

TEST_CASE("submission: what cannot be meant is refused by name", "[submission]") {
  const KeyRegistry keys = Keys();
  SplitTable splits;
  const Status number = MakeSubmission(Spec({{"mapreduce.map.maxattempts", "many"}}), splits, keys).status();
  CHECK(number.code() == Code::kInvalidArgument);
  CHECK(number.message().find("mapreduce.map.maxattempts") != std::string::npos);
  mapred::proto::JobSpecProto spec = Spec({});
  spec.set_priority("URGENT");
  CHECK(MakeSubmission(spec, splits, keys).status().message().find("URGENT") != std::string::npos);
}

}  // namespace mrd::jobtracker

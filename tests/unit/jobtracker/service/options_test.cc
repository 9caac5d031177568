#include "jobtracker/options.h"

#include <catch2/catch.hpp>

#include "common/fs/keys.h"
#include "jobtracker/keys.h"
#include "mapred/keys.h"

namespace mrd::jobtracker {
namespace {

Result<JobtrackerOptions> Read(const std::vector<std::pair<std::string, std::string>>& settings) {
  static const KeyRegistry keys = [] {
    KeyRegistry made;
    made.Add(fs::CoreKeys());
    made.Add(mapred::ClusterKeys());
    made.Add(JobtrackerKeys());
    return made;
  }();
  Config config(keys);
  for (const auto& [name, value] : settings) {
    const Status set = config.Set(name, value, "test");
    if (!set.ok()) return set;
  }
  return ReadOptions(config);
}

}  // namespace

TEST_CASE("jobtracker options: where nothing is said, on loopback and below the user's directory", "[options]") {
  const Result<JobtrackerOptions> options = Read({{"hadoop.tmp.dir", "/data/mr"}});
  INFO(options.status().ToString());
  REQUIRE(options.ok());
  CHECK(options.value().rpc_ip == "127.0.0.1");
  CHECK(options.value().rpc_port == 8021);
  CHECK(options.value().http_port == 50030);
  CHECK(options.value().dir == "/data/mr/mapred/jobtracker");
  CHECK(options.value().system_dir == "file:///data/mr/mapred/system");
  CHECK(options.value().done_dir == "file:///data/mr/mapred/history");
  CHECK(options.value().dispatcher.core.queues.size() == 1);
  CHECK(options.value().dispatcher.core.policy == Policy::kFifo);
}

TEST_CASE("jobtracker options: packs and history lie in the file system that all share", "[options]") {
  const Result<JobtrackerOptions> options =
      Read({{"fs.defaultFS", "hdfs://h:9000/"}, {"mapred.job.tracker", "jt:9001"}});
  REQUIRE(options.ok());
  CHECK(options.value().rpc_ip == "jt");
  CHECK(options.value().rpc_port == 9001);
  CHECK(options.value().system_dir == "hdfs://h:9000/tmp/mapred/system");
  CHECK(options.value().done_dir == "hdfs://h:9000/tmp/mapred/history");
  CHECK(Read({{"fs.defaultFS", "hdfs://h:9000"}, {"mapreduce.jobtracker.system.dir", "/sys"}}).value().system_dir ==
        "hdfs://h:9000/sys");
}

TEST_CASE("jobtracker options: queues and what is said of each", "[options]") {
  const Result<JobtrackerOptions> options = Read({{"mapred.queue.names", "default, batch"},
                                                  {"mapreduce.jobtracker.taskscheduler", "org.apache.hadoop.mapred.FairScheduler"},
                                                  {"mapreduce.jobtracker.queue.batch.weight", "2.5"},
                                                  {"mapreduce.jobtracker.queue.batch.minshare", "4"},
                                                  {"mapreduce.jobtracker.queue.batch.maxrunning", "3"},
                                                  {"mapreduce.jobtracker.queue.batch.state", "stopped"},
                                                  {"mapred.queue.batch.acl-submit-job", "ann staff"}});
  INFO(options.status().ToString());
  REQUIRE(options.ok());
  const CoreOptions& core = options.value().dispatcher.core;
  CHECK(core.policy == Policy::kFair);
  REQUIRE(core.queues.contains("batch"));
  const QueueOptions& batch = core.queues.at("batch");
  CHECK(batch.weight == 2.5);
  CHECK(batch.min_maps == 4);
  CHECK(batch.min_reduces == 4);
  CHECK(batch.running_jobs_max == 3);
  CHECK(batch.stopped);
  CHECK(options.value().access.submitters.at("batch").users() == std::set<std::string>{"ann"});
}

TEST_CASE("jobtracker options: what makes no sense is refused by name", "[options]") {
  const auto refused = [](const char* name, const char* value) {
    const Status status = Read({{name, value}}).status();
    INFO(name << "=" << value << ": " << status.ToString());
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK(status.message().find(name) != std::string::npos);
  };
  refused("mapreduce.jobtracker.address", "host:port");
  refused("mapreduce.jobtracker.taskscheduler", "lottery");
  refused("mapreduce.jobtracker.queues", ",");
  refused("mapreduce.jobtracker.queue.default.weight", "-1");
  refused("mapreduce.jobtracker.queue.default.maxrunning", "-1");
  refused("mapreduce.jobtracker.queue.default.state", "asleep");
  refused("mapreduce.jobtracker.expire.trackers.interval", "1500");  // less than two heartbeats
}

}  // namespace mrd::jobtracker

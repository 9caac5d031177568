#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/fs/registry.h"
#include "mapred/client/job_client.h"
#include "tools/shell/console.h"

namespace mrd::jobs {

using Words = std::vector<std::string>;

// Statuses, as Hadoop's `mapred job` has them.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 255;

// What a command about jobs works with. The owner keeps both alive.
struct Session {
  shell::Console& console;
  mapred::JobClient& client;
  fs::Registry* file_systems = nullptr;  // for files that words name; nullptr: none are read

  void PrintLine(std::string_view line) { console.Out(std::string(line) + "\n"); }
  // "Could not find job ID" for a job that the jobtracker does not know, else the message; returns kFailed.
  int Fail(const Status& status, const std::string& job_id = "");
};

// kInvalidArgument unless it is the id of a job.
Status CheckJobId(const std::string& text);
// "job_X_0001" of a job's, a task's or an attempt's id; "" for anything else.
std::string JobIdOf(const std::string& id);

// "PREP", "RUNNING", "SUCCEEDED", "FAILED", "KILLED".
const char* StateName(mapred::proto::JobStateProto state);
// "23-Nov-2026 14:05:09" in local time; "" for 0.
std::string TimeText(std::uint64_t ms);
// As Java prints a float: "1.0", "0.33333334".
std::string FloatText(double value);
// "3mins, 4sec".
std::string DurationText(std::uint64_t ms);

// Each takes the words after its name.
int RunJob(Session& session, const Words& words);
int RunQueue(Session& session, const Words& words);
int RunAdmin(Session& session, const Words& words);
int RunWhy(Session& session, const Words& words);
int RunLogs(Session& session, const Words& words);
// list, show, run, enable, disable, rm.
int RunSchedules(Session& session, const Words& words);

// What `mr schedule show` prints of one.
std::string ScheduleText(const mapred::proto::ScheduleProto& schedule);

// Usage of the options of `job`, a line each; their names, for completion.
std::string JobUsage();
std::vector<std::string> JobOptionNames();

}  // namespace mrd::jobs

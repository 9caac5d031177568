#include "tools/jobs/session.h"

#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "mapred/ids.h"

namespace mrd::jobs {

int Session::Fail(const Status& status, const std::string& job_id) {
  if (status.code() == Code::kNotFound && !job_id.empty()) {
    console.Err("Could not find job " + job_id + "\n");
  } else {
    console.Err(status.message() + "\n");
  }
  return kFailed;
}

Status CheckJobId(const std::string& text) {
  if (mapred::IsJobId(text)) return Status::Ok();
  return InvalidArgument("JobId string : " + text + " is not properly formed; it looks like job_1709633520000_0007");
}

std::string JobIdOf(const std::string& id) {
  if (mapred::IsJobId(id)) return id;
  if (const auto attempt = mapred::ParseAttemptId(id)) return attempt->job_id;
  if (const auto task = mapred::ParseTaskId(id)) return task->job_id;
  return "";
}

const char* StateName(mapred::proto::JobStateProto state) {
  switch (state) {
    case mapred::proto::JOB_RUNNING:
      return "RUNNING";
    case mapred::proto::JOB_SUCCEEDED:
      return "SUCCEEDED";
    case mapred::proto::JOB_FAILED:
      return "FAILED";
    case mapred::proto::JOB_PREP:
      return "PREP";
    case mapred::proto::JOB_KILLED:
      return "KILLED";
  }
  return "UNKNOWN";
}

std::string TimeText(std::uint64_t ms) {
  if (ms == 0) return "";
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 64> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%d-%b-%Y %H:%M:%S", &local);
  return std::string(text.data(), size);
}

std::string FloatText(double value) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), static_cast<float>(value)).ptr;
  std::string out(text.data(), end);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string DurationText(std::uint64_t ms) {
  const std::uint64_t seconds = ms / 1000;
  std::string text;
  if (seconds >= 3600) text += std::to_string(seconds / 3600) + "hrs, ";
  if (seconds >= 60) text += std::to_string(seconds / 60 % 60) + "mins, ";
  return text + std::to_string(seconds % 60) + "sec";
}

}  // namespace mrd::jobs

#include "mapred/client/task_log.h"

#include <utility>

#include "common/http/client.h"
#include "common/net/runtime.h"

namespace mrd::mapred {
namespace {

constexpr std::chrono::milliseconds kSilenceMax{15'000};
constexpr std::size_t kAnswerShown = 300;

}  // namespace

struct TaskLogs::Impl {
  net::Runtime runtime{"task-logs", 1};
};

TaskLogs::TaskLogs() : impl_(std::make_unique<Impl>()) {}
TaskLogs::~TaskLogs() = default;

Result<std::uint64_t> TaskLogs::Read(const Place& place,
                                     std::uint64_t offset,
                                     const std::function<bool(std::string_view)>& sink) {
  http::ClientRequest request;
  request.url = place.tracker_url + "/tasklog?attemptid=" + place.attempt_id + "&file=" + place.file +
                "&offset=" + std::to_string(offset);
  request.timeout = kSilenceMax;
  const std::function<bool(std::string_view)> on_body = [&](std::string_view bytes) {
    offset += bytes.size();
    return sink(bytes);
  };
  const Result<http::ClientResponse> answer = impl_->runtime.Run<Result<http::ClientResponse>>(
      impl_->runtime.executor(),
      [&] { return http::FetchStream(net::Connector::Tcp(), std::move(request), on_body); });
  if (!answer.ok()) return answer.status();
  if (answer->status == 200 || answer->status == 206 || answer->status == 204) return offset;
  if (answer->status == 416) return offset;  // nothing beyond the offset yet
  const std::string why = place.tracker_url + " has no " + place.file + " of " + place.attempt_id + ": " +
                          std::to_string(answer->status) + " " + answer->body.substr(0, kAnswerShown);
  return answer->status == 404 ? NotFound(why) : Unavailable(why);
}

}  // namespace mrd::mapred

#include "jobtracker/service/end_notifier.h"

#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "common/http/client.h"

namespace mrd::jobtracker {
namespace {

std::string Replaced(std::string text, std::string_view word, std::string_view by) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
  return text;
}

// What somebody's server says to that is of no interest.
constexpr std::uint64_t kAnswerBytesMax = 64u << 10;

}  // namespace

std::string NotificationUrl(std::string url, const std::string& job, const std::string& state) {
  return Replaced(Replaced(std::move(url), "$jobId", job), "$jobStatus", state);
}

net::awaitable<Status> EndNotifier::Tell(std::string url) {
  http::ClientRequest request;
  request.url = url;
  request.body_bytes_max = kAnswerBytesMax;
  const Result<http::ClientResponse> response = co_await http::Fetch(connector_, std::move(request));
  if (!response.ok()) co_return response.status();
  if (response.value().status / 100 != 2) {
    co_return Unavailable(url + ": answered with status " + std::to_string(response.value().status));
  }
  co_return Status::Ok();
}

}  // namespace mrd::jobtracker

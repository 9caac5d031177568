#include "common/http/live.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "common/base/clock.h"
#include "common/base/xxh3.h"
#include "common/http/uri.h"
#include "common/net/runtime.h"

namespace mrd::http {

struct LiveStreams::Count {
  explicit Count(std::size_t most) : max(most) {}
  const std::size_t max;
  std::atomic<std::size_t> open = 0;
};

namespace {

constexpr std::int64_t kSilenceNanos = 15'000'000'000;
constexpr std::string_view kEventStream = "text/event-stream";

// Keeps one place among the streams.
class Place {
 public:
  explicit Place(std::shared_ptr<LiveStreams::Count> count) : count_(std::move(count)) {
    taken_ = count_->open.fetch_add(1) < count_->max;
  }
  Place(const Place&) = delete;
  ~Place() { --count_->open; }
  bool taken() const { return taken_; }

 private:
  const std::shared_ptr<LiveStreams::Count> count_;
  bool taken_ = false;
};

std::string Id(std::string_view body) { return std::to_string(Xxh3_64(body.data(), body.size())); }

class StateSource final : public BodySource {
 public:
  // `request` and `json` outlive it: the session's and the router's.
  StateSource(const Request& request, const Handler& json, std::chrono::milliseconds interval, std::unique_ptr<Place> place)
      : request_(request),
        json_(json),
        interval_(interval),
        place_(std::move(place)),
        last_id_(request.headers.Get("Last-Event-ID")) {}

  awaitable<Result<Piece>> Next() override {
    if (!first_) (void)co_await net::SleepFor(interval_);
    Response response = co_await json_(request_);
    const std::string_view body = response.body;
    const std::string id = Id(body);
    const std::int64_t now = Clock::System().MonotonicNanos();
    Piece piece;
    if (id != last_id_) {
      last_id_ = id;
      last_sent_ns_ = now;
      piece.bytes = "id: " + id + "\nevent: " + (response.status == 200 ? "state" : "problem") + "\ndata: ";
      piece.bytes += body.ends_with('\n') ? body.substr(0, body.size() - 1) : body;
      piece.bytes += "\n\n";
    } else if (first_ || now - last_sent_ns_ > kSilenceNanos) {
      last_sent_ns_ = now;
      piece.bytes = ": alive\n\n";
    }
    first_ = false;
    co_return piece;
  }

 private:
  const Request& request_;
  const Handler& json_;
  const std::chrono::milliseconds interval_;
  const std::unique_ptr<Place> place_;
  std::string last_id_;
  std::int64_t last_sent_ns_ = 0;
  bool first_ = true;
};

constexpr std::size_t kTogetherMax = 8;

// One of the states of a stream of several.
struct Part {
  std::string of;
  Request request;
  std::string last_id;
};

class StatesSource final : public BodySource {
 public:
  StatesSource(std::vector<Part> parts, std::chrono::milliseconds interval, std::unique_ptr<Place> place)
      : parts_(std::move(parts)), interval_(interval), place_(std::move(place)) {}

  awaitable<Result<Piece>> Next() override {
    if (!first_) (void)co_await net::SleepFor(interval_);
    Piece piece;
    for (Part& part : parts_) {
      Response response = co_await part.request.router->Handle(part.request);
      const std::string id = Id(response.body);
      if (id == part.last_id) continue;
      part.last_id = id;
      AppendEvent(part, response, &piece.bytes);
    }
    const std::int64_t now = Clock::System().MonotonicNanos();
    if (piece.bytes.empty() && (first_ || now - last_sent_ns_ > kSilenceNanos)) piece.bytes = ": alive\n\n";
    if (!piece.bytes.empty()) last_sent_ns_ = now;
    first_ = false;
    co_return piece;
  }

 private:
  void AppendEvent(const Part& part, const Response& response, std::string* out) const {
    std::string_view body = response.body;
    if (body.ends_with('\n')) body.remove_suffix(1);
    std::string ids;
    for (const Part& one : parts_) ids += (ids.empty() ? "" : ".") + one.last_id;
    *out += "id: " + ids + "\nevent: state\ndata: {\"of\":" + boost::json::serialize(boost::json::string(part.of)) +
            ",\"status\":" + std::to_string(response.status) + ",\"state\":";
    *out += body.empty() || response.content_type != "application/json" ? std::string_view("null") : body;
    *out += "}\n\n";
  }

  std::vector<Part> parts_;
  const std::chrono::milliseconds interval_;
  const std::unique_ptr<Place> place_;
  std::int64_t last_sent_ns_ = 0;
  bool first_ = true;
};

// The states that a request asks for together; nothing when it asks for what cannot be had.
std::optional<std::vector<Part>> PartsOf(const Request& request) {
  std::vector<Part> parts;
  std::string_view ids = request.headers.Get("Last-Event-ID");
  for (const auto& [name, target] : request.query.all()) {
    if (name != "of") continue;
    Part part;
    part.of = target;
    part.request.target = target;
    part.request.peer = request.peer;
    part.request.router = request.router;
    const bool ok = ParseTarget(target, &part.request.path, &part.request.query);
    if (!ok || !part.request.path.starts_with("/api/") || part.request.path == request.path) return std::nullopt;
    const std::size_t dot = ids.find('.');
    part.last_id = std::string(ids.substr(0, dot));
    ids = dot == std::string_view::npos ? std::string_view() : ids.substr(dot + 1);
    parts.push_back(std::move(part));
  }
  if (parts.empty() || parts.size() > kTogetherMax) return std::nullopt;
  return parts;
}

Response TooMany(const Request& request) {
  return ErrorResponse(request, 503, "Too many live pages are open; ask for the JSON from time to time instead.");
}

}  // namespace

LiveStreams::LiveStreams(std::size_t streams_max) : count_(std::make_shared<Count>(streams_max)) {}

std::size_t LiveStreams::open() const { return count_->open; }

Handler LiveStreams::Live(Handler json, std::chrono::milliseconds interval) const {
  return [json = std::move(json), interval, count = count_](const Request& request) -> awaitable<Response> {
    const bool stream = request.headers.Get("Accept").find(kEventStream) != std::string_view::npos;
    if (!stream || request.method != Method::kGet) {
      Response response = co_await json(request);
      co_return response;
    }
    auto place = std::make_unique<Place>(count);
    if (!place->taken()) co_return TooMany(request);
    Response response;
    response.content_type = kEventStream;
    response.source = std::make_unique<StateSource>(request, json, interval, std::move(place));
    co_return response;
  };
}

Handler LiveStreams::Together(std::chrono::milliseconds interval) const {
  return [interval, count = count_](const Request& request) -> awaitable<Response> {
    std::optional<std::vector<Part>> parts = PartsOf(request);
    if (!parts) {
      co_return ErrorResponse(request, 400, "Name 1 to " + std::to_string(kTogetherMax) +
                                                " paths below /api, each escaped: ?of=PATH&of=PATH.");
    }
    auto place = std::make_unique<Place>(count);
    if (!place->taken()) co_return TooMany(request);
    Response response;
    response.content_type = kEventStream;
    response.source = std::make_unique<StatesSource>(*std::move(parts), interval, std::move(place));
    co_return response;
  };
}

}  // namespace mrd::http

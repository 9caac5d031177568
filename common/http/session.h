#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "common/base/log.h"
#include "common/http/server.h"
#include "common/net/stream.h"

namespace mrd::http {

// What all sessions of a server share. Outlives them.
struct SessionShared {
  Logger log;
  ServerOptions options;
  Router router;
  bool loopback = false;  // the listener is bound to a loopback address
  std::atomic<bool> stopping = false;
  std::atomic<int> large_bodies = 0;  // that are read or answered now
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> errors = 0;
  std::atomic<std::uint64_t> bytes_sent = 0;
};

// Why a request is refused before its handler sees it; OK: it is not. Pure.
Status CheckRequest(const Request& request, bool loopback, const std::vector<std::string>& host_names);

// One connection: reads a request, has it answered, writes the response, and so on. On one executor.
class Session {
 public:
  Session(std::shared_ptr<SessionShared> shared, std::unique_ptr<net::Stream> stream, boost::asio::any_io_executor executor)
      : shared_(std::move(shared)), stream_(std::move(stream)), executor_(std::move(executor)) {}

  awaitable<void> Run();
  // Tells a client that there are too many, and ends.
  awaitable<void> Refuse();
  // On the executor. Ends it when it waits for a request; Abort() in any case.
  void Stop();
  void Abort() { stream_->Close(); }
  const boost::asio::any_io_executor& executor() const { return executor_; }

 private:
  enum class Reading { kRequest, kRefused, kEnd };
  // Room for one body that is larger than usual; given back when the answer is out.
  class LargeBody {
   public:
    ~LargeBody() { Release(); }
    bool Take(SessionShared& shared);
    void Release();

   private:
    SessionShared* taken_ = nullptr;
  };
  // After the header: how large the body may be. kInvalidArgument when it will be larger, kResourceExhausted when there is
  // no room for one more of the large ones.
  Status AdmitBody(RequestParser& parser, LargeBody& room);
  // Reads until the parser has its header (or all), or until `limit` has passed.
  awaitable<Status> ReadUntil(RequestParser& parser, bool whole, std::chrono::milliseconds limit);
  awaitable<bool> ServeOne();
  awaitable<Response> Answer(Request& request);
  awaitable<Status> Send(const Request& request, Response& response, bool keep_alive);
  awaitable<Status> SendSource(Response& response, bool chunked);

  const std::shared_ptr<SessionShared> shared_;
  const std::unique_ptr<net::Stream> stream_;
  const boost::asio::any_io_executor executor_;
  std::string in_;         // read, not consumed
  bool between_ = false;   // waits for the first byte of a request
};

}  // namespace mrd::http

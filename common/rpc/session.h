#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "common/net/stream.h"
#include "common/net/waiter.h"
#include "common/rpc/frame.h"
#include "common/rpc/read_buffer.h"
#include "common/rpc/server.h"

namespace mrd::rpc {

// What the sessions of a server share. Constant while they run.
struct SessionShared {
  net::Runtime& runtime;
  Logger log;
  ServerOptions options;
  // Few: looked up by comparing.
  std::vector<std::pair<std::string, Service*>> protocols;
  // Memory of all sessions for requests that are being read or answered. Changes while they run, on any thread.
  mutable std::atomic<std::size_t> request_bytes{0};

  Service* Find(std::string_view protocol) const;
};

// One connection of a Server.
//
// Operation. Run() is a coroutine that reads and takes frames apart. Calls are given to workers: coroutines that park
// between calls and are resumed within Run()'s turn, so that a call whose handler does not wait costs no spawning and no
// trip through the event loop. Their responses gather in `out_`, which the writer, one more parked coroutine, sends in one
// piece when the frames at hand are done, or when calls that waited have ended.
//
// Bounds. With too many calls in flight or too many bytes not yet sent, Run() stops reading until there are fewer: a peer
// that does not read its responses is no longer read either. When the requests of all connections take as much memory as a few
// of the longest, a connection that wants more for a long one is told that the server is busy, and ends.
//
// Concurrency. Everything on one executor, a strand or a single thread. Only Stop() and Abort() are called by others, there.
//
// Life. Shared by Run() and by the coroutines that are at work; parked ones belong to the session, which destroys them.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<const SessionShared> shared,
          std::unique_ptr<net::Stream> stream,
          boost::asio::any_io_executor executor);
  ~Session();

  // Serves the connection until it ends. Calls in flight are waited for unless the connection broke or was aborted; their
  // handlers may end after it.
  net::awaitable<void> Run();

  // Instead of Run(): tells the peer why it is not served.
  net::awaitable<void> Refuse(std::string message);

  const boost::asio::any_io_executor& executor() const { return executor_; }
  // Since when no call has been in flight, as Clock::MonotonicNanos() tells it; 0 while one is. From any thread.
  std::int64_t quiet_since_ns() const { return quiet_since_ns_.load(std::memory_order_relaxed); }
  // Takes no further calls; closes when those in flight are answered.
  void Stop();
  // Closes now.
  void Abort();

 private:
  enum class State { kPreamble, kHandshake, kOpen, kFatal };
  enum class Progress { kNeedBytes, kBusy };
  struct Worker;

  // Taking apart what was read.
  Progress TakeFrames();
  bool TakePreamble();  // false: more bytes are needed
  void TakeFrame(std::string_view frame);
  void TakeControl(const RequestHeader& header, std::string_view body);
  void TakeSasl(const RequestHeader& header, std::string_view body);
  void TakeContext(const RequestHeader& header, std::string_view body);
  void TakeCallFrame(const RequestHeader& header, std::string_view body);
  std::size_t BytesWanted() const;
  // Tells the others how much memory this session has. True when it asks for more than there is for all.
  bool TakesTooMuch();
  bool HandshakeTookTooLong() const;

  // Calls.
  void Begin(const RequestHeader& header, const CallHeader& call, std::string_view request, Service& service);
  net::awaitable<void> Work(Worker& worker);
  Call CallOf(const Worker& worker);
  Status HandlerThrew(const Call& call, const char* what) const;
  void Finish(Worker& worker, const Result<std::string>& result);
  void Answer(const RequestHeader& header, const Result<std::string>& result);

  // Replies that end the connection.
  void Fatal(const RequestHeader& header, ErrorDetail detail, std::string_view exception_class, std::string_view message);
  void EndAfterReply();

  // Writing.
  bool Congested() const;
  net::awaitable<void> WaitForRoom();
  void WakeWriter();       // now, within this call
  void WakeWriterLater();  // when others at hand have added theirs
  void WakeReader();
  net::awaitable<void> WriteResponses();
  void CloseIfDone();
  void EndParked();

  const std::shared_ptr<const SessionShared> shared_;
  const std::unique_ptr<net::Stream> stream_;
  const boost::asio::any_io_executor executor_;
  const std::int64_t began_ns_;

  State state_ = State::kPreamble;
  bool sasl_expected_ = false;
  bool sasl_answered_ = false;
  Caller caller_;
  PeerStanding standing_;
  ReadBuffer in_;

  bool stopping_ = false;  // Stop() was called
  bool broken_ = false;    // nothing can be sent any more
  bool ended_ = false;     // parked coroutines are to end
  bool taking_ = false;    // within TakeFrames()
  std::size_t calls_in_flight_ = 0;
  std::atomic<std::int64_t> quiet_since_ns_;
  std::size_t request_bytes_in_flight_ = 0;
  std::size_t bytes_told_ = 0;  // its part of SessionShared::request_bytes
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;

  std::string out_;      // not yet being sent
  std::string sending_;  // being sent
  net::Waiter writer_;   // parked
  bool writer_made_ = false;
  bool writer_at_work_ = false;
  net::Waiter reader_;   // in WaitForRoom()
};

}  // namespace mrd::rpc

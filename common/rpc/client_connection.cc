#include "common/rpc/client_connection.h"

#include <sys/random.h>

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/net/unknown_host.h"
#include "common/rpc/frame.h"
#include "common/rpc/protobuf_wire.h"
#include "common/rpc/remote_error.h"
#include "proto/ipc/IpcConnectionContext.pb.h"

namespace mrd::rpc {
namespace asio = boost::asio;

namespace {

// A response may be as long as a request of a server with default settings.
constexpr std::size_t kResponseBytesMax = 128u << 20;
constexpr std::size_t kCallsMax = 65536;
constexpr std::int64_t kPingIntervalNs = 60'000'000'000;
// A connection that says nothing for this long while calls run into their deadlines is given up.
constexpr std::int64_t kSilenceNs = 10'000'000'000;

std::int64_t Now() { return Clock::System().MonotonicNanos(); }

// Names this client for the server's retry cache, hence never twice in the world.
std::string RandomClientId() {
  std::string id(kClientIdSize, '\0');
  // Fewer than 256 bytes come whole.
  MRD_CHECK(::getrandom(id.data(), id.size(), 0) == static_cast<ssize_t>(id.size()));
  return id;
}

}  // namespace

ClientConnection::ClientConnection(net::Connector& connector, asio::any_io_executor executor, ClientOptions options)
    : connector_(connector),
      executor_(std::move(executor)),
      options_(std::move(options)),
      address_(options_.host + ":" + std::to_string(options_.port)),
      client_id_(options_.client_id.empty() ? RandomClientId() : options_.client_id),
      timer_(executor_) {}

ClientConnection::~ClientConnection() = default;

// A coroutine's exception would be our own mistake; it ends the process like any that nobody catches.
void ClientConnection::Start(std::function<net::awaitable<void>()> coroutine) {
  asio::co_spawn(executor_, std::move(coroutine), [](const std::exception_ptr& exception) {
    if (exception) std::rethrow_exception(exception);
  });
}

void ClientConnection::Submit(OutgoingCall& call, net::Waiter waiter) {
  if (closed_ || calls_.size() >= kCallsMax) {
    call.result = closed_ ? Cancelled(call.method + " at " + address_ + ": the client was closed")
                          : ResourceExhausted(call.method + " at " + address_ + ": too many calls at once");
    waiter.Post();
    return;
  }
  Pending pending;
  pending.call = &call;
  pending.waiter = std::move(waiter);
  pending.deadline_ns = Now() + std::chrono::nanoseconds(call.timeout).count();
  const auto at = calls_.emplace(NewCallId(), std::move(pending)).first;
  Watch(std::min(at->second.deadline_ns, Now() + kPingIntervalNs));
  if (stream_) {
    Send(at->first, at->second);
    Flush();
  } else if (!running_) {
    running_ = true;
    Start([self = shared_from_this()] { return self->Run(self); });
  }
}

void ClientConnection::Close() {
  closed_ = true;
  timer_.cancel();
  if (stream_) stream_->Close();
  EndAll(Cancelled("call at " + address_ + ": the client was closed"));
}

std::int32_t ClientConnection::NewCallId() {
  do {
    last_call_id_ = last_call_id_ == INT32_MAX ? 0 : last_call_id_ + 1;
  } while (calls_.contains(last_call_id_));
  return last_call_id_;
}

net::awaitable<void> ClientConnection::Run(std::shared_ptr<ClientConnection> self) {
  while (!closed_ && !calls_.empty()) {
    const Status connected = co_await Connect();
    if (closed_) break;
    if (!connected.ok()) {
      EndAll(connected);
      break;
    }
    const std::shared_ptr<net::Stream> stream = stream_;
    last_heard_ns_ = Now();
    unanswered_since_ns_ = 0;
    in_ = ReadBuffer();
    out_.clear();
    AppendHandshake();
    for (auto& [id, pending] : calls_) Send(id, pending);
    Flush();
    const Status ended = co_await ReadResponses(*stream);
    stream->Close();
    stream_.reset();
    if (!closed_) Broke(ended);
  }
  stream_.reset();
  self->running_ = false;
}

net::awaitable<Status> ClientConnection::Connect() {
  Status failure;
  const bool first = !was_connected_ && options_.first_connect_attempts > 0;
  const int attempts = first ? options_.first_connect_attempts : options_.connect_attempts;
  const std::int64_t begin_ns = Now();
  bool told = !options_.on_waiting;
  for (int attempt = 0; attempt < std::max(attempts, 1); ++attempt) {
    if (attempt > 0 && !told && Now() - begin_ns >= std::chrono::nanoseconds(kWaitUntold).count()) {
      told = true;
      options_.on_waiting(failure);
    }
    if (attempt > 0) (void)co_await net::SleepFor(options_.connect_retry_delay);
    if (closed_ || calls_.empty()) break;
    Result<std::unique_ptr<net::Stream>> stream =
        co_await connector_.Connect(options_.host, options_.port, options_.connect_timeout);
    if (stream.ok()) {
      stream_ = std::move(*stream);
      was_connected_ = true;
      co_return Status::Ok();
    }
    failure = stream.status();
    // A name that nobody knows will not be known in a second either.
    if (net::IsUnknownHost(failure)) co_return Status(failure.code(), failure.message() + "; correct the address");
  }
  if (failure.ok()) co_return Cancelled("connect to " + address_ + ": nobody waits for it any more");
  co_return Status(failure.code(),
                   failure.message() + "; start the daemon that should listen there, or correct the address");
}

void ClientConnection::AppendHandshake() {
  AppendPreamble(&out_, kAuthNone);
  hadoop::common::IpcConnectionContextProto context;
  context.set_protocol(options_.protocol);
  context.mutable_userinfo()->set_effectiveuser(options_.user);
  if (!options_.real_user.empty()) context.mutable_userinfo()->set_realuser(options_.real_user);
  AppendControl(&out_, kCallIdContext, client_id_, context.SerializeAsString());
}

// Sending -------------------------------------------------------------------------------------------------------------

void ClientConnection::Send(std::int32_t id, Pending& pending) {
  RequestHeader header;
  header.call_id = id;
  header.client_id = client_id_;
  header.retry_count = pending.retry_count;
  AppendCall(&out_, header, CallHeader{pending.call->method, options_.protocol, 1}, pending.call->request);
  pending.sent = true;
  if (unanswered_since_ns_ == 0) unanswered_since_ns_ = Now();
}

void ClientConnection::Flush() {
  if (writing_ || !stream_ || out_.empty()) return;
  writing_ = true;
  Start([self = shared_from_this(), stream = stream_] { return self->Write(self, stream); });
}

net::awaitable<void> ClientConnection::Write(std::shared_ptr<ClientConnection> self, std::shared_ptr<net::Stream> stream) {
  std::string sending;
  // A writer whose stream is not the one of now must not take what is meant for that.
  while (stream_ == stream && !out_.empty()) {
    sending.clear();
    sending.swap(out_);
    const Status status = co_await stream->Write(sending);
    if (!status.ok()) {
      stream->Close();  // the reader tells everybody
      break;
    }
  }
  writing_ = false;
  if (stream_ != stream) self->Flush();
}

// Receiving -----------------------------------------------------------------------------------------------------------

net::awaitable<Status> ClientConnection::ReadResponses(net::Stream& stream) {
  for (;;) {
    const std::string_view bytes = in_.bytes();
    in_.MakeRoom(bytes.size() < kLengthSize ? kLengthSize
                                            : kLengthSize + static_cast<std::size_t>(DecodeLength(bytes)));
    const Result<std::size_t> got = co_await stream.ReadSome(in_.room(), in_.room_size());
    if (!got.ok()) co_return got.status();
    last_heard_ns_ = Now();
    unanswered_since_ns_ = 0;
    in_.Added(*got);
    if (Status status = TakeResponses(); !status.ok()) co_return status;
  }
}

Status ClientConnection::TakeResponses() {
  for (;;) {
    const std::string_view bytes = in_.bytes();
    if (bytes.size() < kLengthSize) return Status::Ok();
    const std::int32_t length = DecodeLength(bytes);
    if (length < 0 || static_cast<std::size_t>(length) > kResponseBytesMax) {
      return Corruption(address_ + ": response of " + std::to_string(length) + " bytes");
    }
    const std::size_t size = kLengthSize + static_cast<std::size_t>(length);
    if (bytes.size() < size) return Status::Ok();
    in_.Consume(size);
    MRD_RETURN_IF_ERROR(TakeResponse(bytes.substr(kLengthSize, static_cast<std::size_t>(length))));
  }
}

Status ClientConnection::TakeResponse(std::string_view frame) {
  ResponseHeader header;
  std::string_view body;
  if (!TakeResponseHeader(&frame, &header) ||
      (header.status == ResponseStatus::kSuccess && !TakeDelimited(&frame, &body))) {
    return Corruption(address_ + ": a response is not readable");
  }
  if (header.status == ResponseStatus::kFatal) {
    // It is about the connection, so trying again would get the same answer.
    Status status = FromException(header.exception_class, header.message);
    EndAll(status);
    return status;
  }
  const auto at = calls_.find(header.call_id);
  if (at == calls_.end()) return Status::Ok();  // its deadline passed
  if (!header.client_id.empty() && header.client_id != client_id_) {
    return Corruption(address_ + ": a response is for another client");
  }
  if (header.status == ResponseStatus::kSuccess) {
    End(at, std::string(body));
  } else {
    End(at, FromException(header.exception_class, header.message));
  }
  return Status::Ok();
}

void ClientConnection::Broke(const Status& why) {
  for (auto at = calls_.begin(); at != calls_.end();) {
    const auto current = at++;
    Pending& pending = current->second;
    if (!pending.sent) continue;
    pending.sent = false;
    if (pending.retry_count++ == 0) continue;
    const Code code = why.code() == Code::kCorruption ? why.code() : Code::kUnavailable;
    End(current, Status(code, pending.call->method + " at " + address_ + ": the connection broke twice: " + why.message()));
  }
}

void ClientConnection::End(Calls::iterator at, Result<std::string> result) {
  at->second.call->result = std::move(result);
  net::Waiter waiter = std::move(at->second.waiter);
  calls_.erase(at);
  waiter.Post();
}

void ClientConnection::EndAll(const Status& status) {
  while (!calls_.empty()) End(calls_.begin(), status);
}

// Deadlines -----------------------------------------------------------------------------------------------------------

void ClientConnection::Watch(std::int64_t at_ns) {
  if (at_ns >= watching_for_ns_ || closed_) return;
  watching_for_ns_ = at_ns;
  timer_.expires_after(std::chrono::nanoseconds(std::max<std::int64_t>(at_ns - Now(), 0)));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const std::shared_ptr<ClientConnection> connection = weak.lock();
    if (!cancelled && connection && !connection->closed_) connection->Look();
  });
}

void ClientConnection::Look() {
  watching_for_ns_ = INT64_MAX;
  const std::int64_t now = Now();
  std::int64_t next = INT64_MAX;
  bool silent = false;
  for (auto at = calls_.begin(); at != calls_.end();) {
    const auto current = at++;
    const Pending& pending = current->second;
    if (pending.deadline_ns > now) {
      next = std::min(next, pending.deadline_ns);
      continue;
    }
    // The peer may be gone without a word; the calls that are left should not wait for it too.
    silent |= pending.sent && unanswered_since_ns_ != 0 && now - unanswered_since_ns_ >= kSilenceNs;
    const std::string& method = pending.call->method;
    End(current, Status(Code::kDeadlineExceeded, method + " at " + address_ + ": no answer within " +
                                                     std::to_string(pending.call->timeout.count()) + " ms"));
  }
  if (stream_ && silent) {
    stream_->Close();
  } else if (stream_ && !calls_.empty() && now - std::max(last_heard_ns_, last_ping_ns_) >= kPingIntervalNs) {
    // Makes the system notice a peer that is gone.
    last_ping_ns_ = now;
    AppendPing(&out_, client_id_);
    Flush();
  }
  if (!calls_.empty()) Watch(std::min(next, now + kPingIntervalNs));
}

}  // namespace mrd::rpc

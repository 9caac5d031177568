#include "common/rpc/session.h"

#include <chrono>
#include <exception>
#include <utility>

#include "common/base/clock.h"
#include "common/rpc/protobuf_wire.h"
#include "common/rpc/remote_error.h"
#include "proto/ipc/IpcConnectionContext.pb.h"
#include "proto/ipc/RpcHeader.pb.h"

namespace mrd::rpc {
namespace {

// Responses that a peer has not taken yet; beyond it nothing more is read from it.
constexpr std::size_t kUnsentBytesMax = 1u << 20;
// Memory that a connection keeps for its next responses.
constexpr std::size_t kKeptCapacity = 64u << 10;
// How long a peer gets to read why its connection ends. Closing at once would reset the connection, and the reply with
// it, while the peer still sends.
constexpr std::chrono::milliseconds kLinger{500};
constexpr std::size_t kClientIdSizeMax = 256;
// The requests of all connections may take the memory of so many of the longest. Those that are no longer than this are
// not asked for room: what there are at most of them is bounded by the number of connections.
constexpr std::size_t kLongestRequestsMax = 4;
constexpr std::size_t kSmallRequestBytes = 64u << 10;
// Coroutines that a connection keeps for its next calls.
constexpr std::size_t kIdleWorkersMax = 32;

constexpr std::string_view kHttpHint =
    "HTTP/1.1 404 Not Found\r\n"
    "Content-type: text/plain\r\n"
    "Connection: close\r\n"
    "\r\n"
    "This is an RPC port (Hadoop IPC), not a web port. Point HTTP and WebHDFS clients at the daemon's HTTP address.\r\n";

bool IsHttp(std::string_view start) {
  return start == "GET " || start == "POST" || start == "PUT " || start == "HEAD";
}

// Names may come as user@REALM or user/host.
std::string ShortName(const std::string& name) { return name.substr(0, name.find_first_of("/@")); }

}  // namespace

Service* SessionShared::Find(std::string_view protocol) const {
  for (const auto& [name, service] : protocols) {
    if (name == protocol) return service;
  }
  return nullptr;
}

// A coroutine that handles one call at a time, and what that call is.
struct Session::Worker {
  net::Waiter parked;
  bool busy = false;
  Service* service = nullptr;
  RequestHeader header;
  CallHeader call;
  std::string_view request;
  std::shared_ptr<const char[]> pin;  // what the views above point into
};

Session::Session(std::shared_ptr<const SessionShared> shared,
                 std::unique_ptr<net::Stream> stream,
                 boost::asio::any_io_executor executor)
    : shared_(std::move(shared)),
      stream_(std::move(stream)),
      executor_(std::move(executor)),
      began_ns_(Clock::System().MonotonicNanos()),
      quiet_since_ns_(began_ns_) {
  stream_->SetIdleTimeout(shared_->options.preamble_timeout);
}

Session::~Session() { shared_->request_bytes -= bytes_told_; }

net::awaitable<void> Session::Run() {
  const std::shared_ptr<Session> self = shared_from_this();
  for (;;) {
    const Progress progress = TakeFrames();
    WakeWriter();
    if (broken_ || stopping_) break;
    if (progress == Progress::kBusy || Congested()) {
      co_await WaitForRoom();
      if (broken_ || stopping_) break;
      continue;
    }
    if (HandshakeTookTooLong()) break;
    in_.MakeRoom(BytesWanted());
    if (TakesTooMuch()) {
      RequestHeader none;
      none.call_id = kCallIdNone;
      Fatal(none, ErrorDetail::kFatalUnknown, java::kRpcServer,
            "Server too busy: the requests of all its connections take " +
                std::to_string(shared_->request_bytes.load()) + " bytes of memory. Try again later.");
      continue;
    }
    Result<std::size_t> got = co_await stream_->ReadSome(in_.room(), in_.room_size());
    if (!got.ok()) {
      if (!net::IsEndOfStream(got.status())) broken_ = true;
      break;
    }
    in_.Added(*got);
  }
  // A peer that only closed its sending side still gets what it asked for.
  while (!broken_ && (writer_at_work_ || !out_.empty() || (calls_in_flight_ > 0 && state_ != State::kFatal))) {
    co_await net::Waiter::Suspend([&](net::Waiter waiter) { reader_ = std::move(waiter); });
  }
  broken_ = true;
  stream_->Close();
  EndParked();
}

net::awaitable<void> Session::Refuse(std::string message) {
  // Not by Fatal(), which logs: these come in crowds.
  ResponseHeader reply;
  reply.call_id = kCallIdNone;
  reply.status = ResponseStatus::kFatal;
  reply.exception_class = java::kRpcServer;
  reply.message = message;
  reply.detail = ErrorDetail::kFatalUnknown;
  AppendResponse(&out_, reply, {});
  EndAfterReply();
  return Run();
}

void Session::Stop() {
  stopping_ = true;
  CloseIfDone();
  WakeReader();
}

void Session::Abort() {
  stopping_ = true;
  broken_ = true;
  stream_->Close();
  WakeReader();
}

// Reading -------------------------------------------------------------------------------------------------------------

bool Session::HandshakeTookTooLong() const {
  if (state_ != State::kPreamble && state_ != State::kHandshake) return false;
  const std::int64_t elapsed_ns = Clock::System().MonotonicNanos() - began_ns_;
  return elapsed_ns > std::chrono::nanoseconds(shared_->options.preamble_timeout).count();
}

bool Session::TakesTooMuch() {
  const std::size_t bytes = in_.capacity() + request_bytes_in_flight_;
  if (bytes == bytes_told_) return false;
  const bool more = bytes > bytes_told_;
  const std::size_t all = shared_->request_bytes += bytes - bytes_told_;
  bytes_told_ = bytes;
  return more && bytes > kSmallRequestBytes && all > kLongestRequestsMax * shared_->options.frame_bytes_max;
}

std::size_t Session::BytesWanted() const {
  const std::string_view bytes = in_.bytes();
  if (state_ == State::kPreamble || bytes.size() < kLengthSize) return kPreambleSize;
  return kLengthSize + static_cast<std::size_t>(DecodeLength(bytes));
}

Session::Progress Session::TakeFrames() {
  taking_ = true;
  Progress progress = Progress::kNeedBytes;
  while (!stopping_) {
    if (state_ == State::kFatal) {
      in_.Clear();
      break;
    }
    if (state_ == State::kPreamble) {
      if (!TakePreamble()) break;
      continue;
    }
    if (Congested()) {
      progress = Progress::kBusy;
      break;
    }
    const std::string_view bytes = in_.bytes();
    if (bytes.size() < kLengthSize) break;
    const std::int32_t length = DecodeLength(bytes);
    if (length < 0 || static_cast<std::size_t>(length) > shared_->options.frame_bytes_max) {
      RequestHeader none;
      none.call_id = kCallIdNone;
      Fatal(none, ErrorDetail::kFatalInvalidHeader, java::kRpcServer,
            "Frame of " + std::to_string(length) + " bytes; ipc.maximum.data.length allows 0 to " +
                std::to_string(shared_->options.frame_bytes_max));
      continue;
    }
    const std::size_t size = kLengthSize + static_cast<std::size_t>(length);
    if (bytes.size() < size) break;
    // Consumed first, used after: the bytes stay in place until room is made.
    in_.Consume(size);
    TakeFrame(bytes.substr(kLengthSize, static_cast<std::size_t>(length)));
  }
  taking_ = false;
  return progress;
}

bool Session::TakePreamble() {
  const std::string_view bytes = in_.bytes();
  if (bytes.size() < kMagic.size()) return false;
  const std::string_view start = bytes.substr(0, kMagic.size());
  if (start != kMagic) {
    if (IsHttp(start)) {
      out_.append(kHttpHint);
      EndAfterReply();
      return true;
    }
    shared_->log.Debug("connection from " + stream_->peer().ToString() + " does not speak RPC");
    broken_ = true;
    return false;
  }
  if (bytes.size() < kPreambleSize) return false;
  const auto version = static_cast<std::uint8_t>(bytes[4]);
  const auto auth = static_cast<std::uint8_t>(bytes[6]);
  in_.Consume(kPreambleSize);
  RequestHeader none;
  none.call_id = kCallIdNone;
  if (version != kIpcVersion) {
    Fatal(none, ErrorDetail::kFatalVersionMismatch, java::kVersionMismatch,
          "Server IPC version " + std::to_string(kIpcVersion) + " cannot communicate with client version " +
              std::to_string(version));
    return true;
  }
  if (auth != kAuthNone && auth != kAuthSasl) {
    Fatal(none, ErrorDetail::kFatalUnauthorized, java::kIpc, "Unknown authentication protocol " + std::to_string(auth));
    return true;
  }
  sasl_expected_ = auth == kAuthSasl;
  state_ = State::kHandshake;
  return true;
}

void Session::TakeFrame(std::string_view frame) {
  RequestHeader header;
  if (!TakeRequestHeader(&frame, &header)) {
    header = {};
    header.call_id = kCallIdNone;
    Fatal(header, ErrorDetail::kFatalDeserializing, java::kRpcServer, "Request header is not readable");
    return;
  }
  const auto invalid = [&](std::string_view why) {
    Fatal(header, ErrorDetail::kFatalInvalidHeader, java::kRpcServer, why);
  };
  if (header.client_id.size() > kClientIdSizeMax) {
    header.client_id = {};
    return invalid("Client id in the request header is too long");
  }
  if (header.rpc_op == -1) return invalid("No rpc op in the request header");
  if (header.rpc_op != kRpcOpFinal) return invalid("Unknown rpc op in the request header");
  if (header.rpc_kind == -1) return invalid("No rpc kind in the request header");
  if (header.rpc_kind != kRpcKindProtobuf) return invalid("Unsupported rpc kind in the request header");
  if (header.call_id < 0) return TakeControl(header, frame);
  if (state_ != State::kOpen) return invalid("Connection context not established");
  TakeCallFrame(header, frame);
}

void Session::TakeControl(const RequestHeader& header, std::string_view body) {
  switch (header.call_id) {
    case kCallIdPing: return;
    case kCallIdContext: return TakeContext(header, body);
    case kCallIdSasl: return TakeSasl(header, body);
    default:
      return Fatal(header, ErrorDetail::kFatalInvalidHeader, java::kRpcServer,
                   "Unknown out of band call #" + std::to_string(header.call_id));
  }
}

void Session::TakeSasl(const RequestHeader& header, std::string_view body) {
  const auto refuse = [&](std::string_view why) {
    Fatal(header, ErrorDetail::kFatalInvalidHeader, java::kRpcServer, why);
  };
  std::string_view message;
  hadoop::common::RpcSaslProto sasl;
  if (!TakeDelimited(&body, &message) || !sasl.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return Fatal(header, ErrorDetail::kFatalDeserializing, java::kRpcServer, "SASL message is not readable");
  }
  if (!sasl_expected_) return refuse("SASL protocol not requested by client");
  if (state_ == State::kOpen) return refuse("SASL message after the connection context");
  using Sasl = hadoop::common::RpcSaslProto;
  if (sasl.state() == Sasl::NEGOTIATE && !sasl_answered_) {
    // "No negotiation needed": the client goes on with simple authentication. Offering methods instead makes clients
    // look for tokens.
    sasl_answered_ = true;
    Sasl success;
    success.set_state(Sasl::SUCCESS);
    ResponseHeader reply;
    reply.call_id = kCallIdSasl;
    AppendResponse(&out_, reply, success.SerializeAsString());
    return;
  }
  const bool simple = sasl.auths_size() == 1 && sasl.auths(0).method() == "SIMPLE";
  if (sasl.state() == Sasl::INITIATE && simple) return;  // such a client expects no reply
  refuse("SASL message out of order");
}

void Session::TakeContext(const RequestHeader& header, std::string_view body) {
  if (state_ == State::kOpen) {
    return Fatal(header, ErrorDetail::kFatalInvalidHeader, java::kRpcServer, "Connection context already processed");
  }
  std::string_view message;
  hadoop::common::IpcConnectionContextProto context;
  if (!TakeDelimited(&body, &message) || !context.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return Fatal(header, ErrorDetail::kFatalDeserializing, java::kRpcServer, "Connection context is not readable");
  }
  caller_.user = ShortName(context.userinfo().effectiveuser());
  caller_.real_user = ShortName(context.userinfo().realuser());
  if (caller_.user.empty()) caller_.user = std::exchange(caller_.real_user, "");
  if (caller_.real_user == caller_.user) caller_.real_user.clear();
  Status allowed;
  if (caller_.user.empty()) {
    allowed = PermissionDenied("The connection context names no user");
  } else if (!caller_.real_user.empty()) {
    allowed = shared_->options.authorize_proxy
                  ? shared_->options.authorize_proxy(caller_, stream_->peer())
                  : PermissionDenied("User: " + caller_.real_user + " is not allowed to impersonate " + caller_.user);
  }
  if (!allowed.ok()) {
    return Fatal(header, ErrorDetail::kFatalUnauthorized, java::kAuthorization, allowed.message());
  }
  state_ = State::kOpen;
  // Clients keep connections for their whole life; TCP keep-alive finds those that died.
  stream_->SetIdleTimeout(std::chrono::milliseconds::zero());
}

// Calls ---------------------------------------------------------------------------------------------------------------

void Session::TakeCallFrame(const RequestHeader& header, std::string_view body) {
  CallHeader call;
  std::string_view request;
  if (!TakeCall(&body, &call, &request)) {
    return Fatal(header, ErrorDetail::kFatalDeserializing, java::kRpcServer, "Call is not readable");
  }
  Service* const service = shared_->Find(call.protocol);
  if (service == nullptr) {
    return Answer(header, Unimplemented("Unknown protocol: " + std::string(call.protocol)).WithTag(java::kNoSuchProtocol));
  }
  if (call.version != 1) {
    return Answer(header, Unimplemented("Protocol " + std::string(call.protocol) + " version mismatch. (client = " +
                                        std::to_string(call.version) + ", server = 1)")
                              .WithTag(java::kVersionMismatch));
  }
  Begin(header, call, request, *service);
}

void Session::Begin(const RequestHeader& header, const CallHeader& call, std::string_view request, Service& service) {
  const bool made = idle_.empty();
  if (made) {
    workers_.push_back(std::make_unique<Worker>());
    idle_.push_back(workers_.back().get());
  }
  Worker& worker = *idle_.back();
  idle_.pop_back();
  worker.busy = true;
  worker.service = &service;
  worker.header = header;
  worker.call = call;
  worker.request = request;
  worker.pin = in_.pin();
  if (++calls_in_flight_ == 1) quiet_since_ns_.store(0, std::memory_order_relaxed);
  request_bytes_in_flight_ += request.size();
  if (made) {
    std::function<net::awaitable<void>()> work = [this, &worker] { return Work(worker); };
    shared_->runtime.Spawn(executor_, std::move(work));
  } else {
    worker.parked.Resume();
  }
}

net::awaitable<void> Session::Work(Worker& worker) {
  for (;;) {
    if (!worker.busy) {
      co_await net::Waiter::Suspend([&](net::Waiter waiter) { worker.parked = std::move(waiter); });
      if (!worker.busy) co_return;  // the session ends
    }
    const std::shared_ptr<Session> self = shared_from_this();
    const Call call = CallOf(worker);
    Result<std::string> result = Result<std::string>();
    try {
      result = co_await worker.service->Handle(call);
    } catch (const std::exception& e) {
      // Running out of memory for one request must not end the server.
      result = HandlerThrew(call, e.what());
    }
    Finish(worker, result);
    if (ended_) co_return;
    if (idle_.size() >= kIdleWorkersMax) {
      std::erase_if(workers_, [&](const std::unique_ptr<Worker>& one) { return one.get() == &worker; });
      co_return;
    }
    idle_.push_back(&worker);
  }
}

Call Session::CallOf(const Worker& worker) {
  const std::string_view client_id = worker.header.client_id;
  return Call{worker.call.protocol,
              worker.call.method,
              worker.request,
              caller_,
              stream_->peer(),
              client_id.size() == kClientIdSize ? client_id : std::string_view(),
              worker.header.call_id,
              worker.header.retry_count,
              &standing_};
}

Status Session::HandlerThrew(const Call& call, const char* what) const {
  shared_->log.Error("call " + std::string(call.method) + " of " + std::string(call.protocol) + " from " +
                     call.peer.ToString() + " failed by an exception: " + what);
  return Internal(std::string(call.method) + " failed inside the server: " + what);
}

void Session::Finish(Worker& worker, const Result<std::string>& result) {
  Answer(worker.header, result);
  request_bytes_in_flight_ -= worker.request.size();
  if (--calls_in_flight_ == 0) quiet_since_ns_.store(Clock::System().MonotonicNanos(), std::memory_order_relaxed);
  worker.busy = false;
  worker.pin.reset();
  if (!taking_) WakeWriterLater();
  WakeReader();
}

void Session::Answer(const RequestHeader& header, const Result<std::string>& result) {
  if (broken_ || state_ == State::kFatal) return;
  ResponseHeader reply;
  reply.call_id = header.call_id;
  reply.client_id = header.client_id;
  reply.retry_count = header.retry_count;
  if (result.ok()) {
    AppendResponse(&out_, reply, *result);
    return;
  }
  const Status status = result.status();
  reply.exception_class = ExceptionClass(status);
  reply.message = status.message();
  reply.detail = DetailOf(reply.exception_class);
  if (reply.detail >= ErrorDetail::kFatalUnknown) {
    Fatal(header, reply.detail, reply.exception_class, reply.message);
    return;
  }
  reply.status = ResponseStatus::kError;
  AppendResponse(&out_, reply, {});
}

void Session::Fatal(const RequestHeader& header,
                    ErrorDetail detail,
                    std::string_view exception_class,
                    std::string_view message) {
  ResponseHeader reply;
  reply.call_id = header.call_id;
  reply.status = ResponseStatus::kFatal;
  reply.exception_class = exception_class;
  reply.message = message;
  reply.detail = detail;
  reply.client_id = header.client_id;
  reply.retry_count = header.retry_count;
  AppendResponse(&out_, reply, {});
  shared_->log.Info("connection from " + stream_->peer().ToString() + " is refused: " + std::string(message));
  EndAfterReply();
}

void Session::EndAfterReply() {
  if (state_ == State::kFatal) return;
  state_ = State::kFatal;
  const std::weak_ptr<Session> weak = weak_from_this();
  std::function<net::awaitable<void>()> linger = [weak]() -> net::awaitable<void> {
    (void)co_await net::SleepFor(kLinger);
    if (const std::shared_ptr<Session> session = weak.lock()) session->Abort();
  };
  shared_->runtime.Spawn(executor_, std::move(linger));
}

// Writing -------------------------------------------------------------------------------------------------------------

bool Session::Congested() const {
  return calls_in_flight_ >= shared_->options.calls_per_connection_max || out_.size() > kUnsentBytesMax ||
         request_bytes_in_flight_ > shared_->options.frame_bytes_max;
}

net::awaitable<void> Session::WaitForRoom() {
  while (Congested() && !broken_ && !stopping_) {
    co_await net::Waiter::Suspend([&](net::Waiter waiter) { reader_ = std::move(waiter); });
  }
}

void Session::WakeReader() {
  if (reader_.waiting()) reader_.Post();
}

void Session::WakeWriter() {
  if (out_.empty() || broken_ || writer_at_work_) return;
  writer_at_work_ = true;
  if (writer_made_) {
    writer_.Resume();
    return;
  }
  writer_made_ = true;
  std::function<net::awaitable<void>()> write = [this] { return WriteResponses(); };
  shared_->runtime.Spawn(executor_, std::move(write));
}

void Session::WakeWriterLater() {
  if (out_.empty() || broken_ || writer_at_work_) return;
  if (!writer_made_) return WakeWriter();
  writer_at_work_ = true;
  writer_.Post();
}

net::awaitable<void> Session::WriteResponses() {
  for (;;) {
    {
      const std::shared_ptr<Session> self = shared_from_this();
      while (!out_.empty() && !broken_) {
        sending_.swap(out_);
        const Status status = co_await stream_->Write(sending_);
        if (!status.ok()) {
          broken_ = true;
          stream_->Close();
        }
        sending_.clear();
        if (sending_.capacity() > kKeptCapacity) sending_.shrink_to_fit();
        WakeReader();
      }
      if (state_ == State::kFatal && !broken_) {
        // Run() reads and drops what the peer still sends, until the peer closes or the time to linger is over.
        stream_->CloseWrite();
      }
      CloseIfDone();
      if (ended_) co_return;
    }
    co_await net::Waiter::Suspend([&](net::Waiter waiter) {
      writer_ = std::move(waiter);
      writer_at_work_ = false;
      WakeReader();  // it may wait for the end of writing
    });
    if (ended_) co_return;
  }
}

void Session::CloseIfDone() {
  // Called by the writer when it is done too, hence not writer_at_work_.
  if (!stopping_ || calls_in_flight_ > 0 || !out_.empty() || !sending_.empty()) return;
  broken_ = true;
  stream_->Close();
  WakeReader();
}

void Session::EndParked() {
  ended_ = true;
  if (writer_.waiting()) writer_.Resume();
  for (Worker* worker : idle_) {
    if (worker->parked.waiting()) worker->parked.Resume();
  }
  idle_.clear();
}

}  // namespace mrd::rpc

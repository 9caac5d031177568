// The client against our own server, and against servers that misbehave.

#include "common/rpc/client.h"

#include <sched.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/net/deadline.h"
#include "common/rpc/frame.h"
#include "common/rpc/protobuf_wire.h"
#include "common/rpc/server.h"
#include "tests/unit/rpc/echo_service.h"

namespace mrd::rpc {
namespace {

using std::chrono::milliseconds;

ClientOptions OptionsFor(std::uint16_t port) {
  ClientOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.user = "alice";
  options.protocol = "test.Echo";
  options.client_id = "0123456789abcdef";
  options.call_timeout = milliseconds(20'000);
  return options;
}

class Fixture {
 public:
  explicit Fixture(std::size_t threads) : log_(LogLevel::kOff), runtime("rpc", threads) { StartServer(0); }
  ~Fixture() { StopServer(); }

  void StartServer(std::uint16_t port) {
    server_ = std::make_unique<Server>(runtime, Logger(log_, "rpc"), ServerOptions());
    server_->Add(service);
    Result<std::unique_ptr<net::Listener>> listener = runtime.Listen("127.0.0.1", port);
    REQUIRE(listener.ok());
    server_->Start(std::move(*listener));
  }
  void StopServer() {
    if (!server_) return;
    runtime.Run<void>(runtime.executor(), [&]() -> net::awaitable<void> { co_await server_->Stop(); });
    server_.reset();
  }
  Result<std::string> Call(Client& client, std::string method, std::string request) {
    return runtime.Run<Result<std::string>>(runtime.executor(), [&]() -> net::awaitable<Result<std::string>> {
      co_return co_await client.Call(method, request);
    });
  }
  std::uint16_t port() const { return server_->local().port; }

 private:
  Log log_;

 public:
  net::Runtime runtime;
  EchoService service;

 private:
  std::unique_ptr<Server> server_;
};

TEST_CASE("client: calls are answered, failures come back with class and code", "[rpc]") {
  for (const std::size_t threads : {1u, 3u}) {
    Fixture fixture(threads);
    Client client(net::Connector::Tcp(), fixture.runtime.NewStrand(), OptionsFor(fixture.port()));
    Result<std::string> result = fixture.Call(client, "echo", "hello");
    REQUIRE(result.ok());
    CHECK(*result == "hello");
    result = fixture.Call(client, "who", "");
    REQUIRE(result.ok());
    CHECK(*result == "alice//0123456789abcdef/1/0/127.0.0.1");
    const Status missing = fixture.Call(client, "missing", "").status();
    CHECK(missing.code() == Code::kNotFound);
    CHECK(missing.tag() == "java.io.FileNotFoundException");
    CHECK(missing.message() == "File does not exist: /x");
    CHECK(fixture.Call(client, "tagged", "").status().tag() == "org.example.Tagged");
    CHECK(fixture.Call(client, "nonesuch", "").status().code() == Code::kUnimplemented);
  }
}

TEST_CASE("client: many coroutines share one connection", "[rpc]") {
  for (const std::size_t threads : {1u, 3u}) {
    Fixture fixture(threads);
    Client client(net::Connector::Tcp(), fixture.runtime.NewStrand(), OptionsFor(fixture.port()));
    std::atomic<int> right = 0;
    net::Gate gate;
    for (int i = 0; i < 200; ++i) {
      REQUIRE(gate.Enter());
      fixture.runtime.Spawn(fixture.runtime.NewStrand(), [&, i]() -> net::awaitable<void> {
        for (int round = 0; round < 5; ++round) {
          const std::string request = std::to_string(i) + ":" + std::to_string(round);
          const std::string method = (i + round) % 3 == 0 ? "later" : "echo";
          const Result<std::string> result = co_await client.Call(method, request);
          if (result.ok() && *result == request) ++right;
        }
        gate.Leave();
      });
    }
    fixture.runtime.Run<void>(fixture.runtime.executor(), [&]() -> net::awaitable<void> { co_await gate.Close(); });
    CHECK(right == 1000);
  }
}

TEST_CASE("client: a deadline ends one call, the connection goes on", "[rpc]") {
  Fixture fixture(1);
  Client client(net::Connector::Tcp(), fixture.runtime.NewStrand(), OptionsFor(fixture.port()));
  Result<std::string> late;
  fixture.runtime.Run<void>(fixture.runtime.executor(), [&]() -> net::awaitable<void> {
    late = co_await client.Call("hold", "x", milliseconds(50));
  });
  CHECK(late.status().code() == Code::kDeadlineExceeded);
  CHECK(late.status().message().find("hold at 127.0.0.1:") == 0);
  fixture.service.release.Set();  // its answer comes now, and nobody waits for it
  CHECK(*fixture.Call(client, "echo", "x") == "x");
}

TEST_CASE("client: connects again after the server was restarted", "[rpc]") {
  Fixture fixture(2);
  Client client(net::Connector::Tcp(), fixture.runtime.NewStrand(), OptionsFor(fixture.port()));
  CHECK(fixture.Call(client, "echo", "1").ok());
  const std::uint16_t port = fixture.port();
  fixture.StopServer();
  const Status refused = fixture.Call(client, "echo", "2").status();
  CHECK(refused.code() == Code::kUnavailable);
  CHECK(refused.message() == "connect to 127.0.0.1:" + std::to_string(port) +
                                 ": Connection refused; start the daemon that should listen there, or correct the address");
  fixture.StartServer(port);
  CHECK(fixture.Call(client, "echo", "3").ok());
}

TEST_CASE("client: waits for a server that is not there yet", "[rpc]") {
  Fixture fixture(2);
  const std::uint16_t port = fixture.port();
  fixture.StopServer();
  ClientOptions options = OptionsFor(port);
  options.connect_attempts = 1000;
  options.connect_retry_delay = milliseconds(5);
  Client client(net::Connector::Tcp(), fixture.runtime.NewStrand(), options);
  Result<std::string> result;
  net::Gate gate;
  REQUIRE(gate.Enter());
  fixture.runtime.Spawn(fixture.runtime.NewStrand(), [&]() -> net::awaitable<void> {
    result = co_await client.Call("echo", "patience");
    gate.Leave();
  });
  fixture.runtime.Run<void>(fixture.runtime.executor(),
                            []() -> net::awaitable<void> { (void)co_await net::SleepFor(milliseconds(30)); });
  fixture.StartServer(port);
  fixture.runtime.Run<void>(fixture.runtime.executor(), [&]() -> net::awaitable<void> { co_await gate.Close(); });
  REQUIRE(result.ok());
  CHECK(*result == "patience");
}

// Counts attempts. Refuses them, or passes them on.
class CountingConnector final : public net::Connector {
 public:
  net::awaitable<Result<std::unique_ptr<net::Stream>>> Connect(std::string host, std::uint16_t port,
                                                               milliseconds timeout) override {
    ++attempts;
    if (refuse) co_return Unavailable("refused by the test");
    co_return co_await net::Connector::Tcp().Connect(std::move(host), port, timeout);
  }
  std::atomic<int> attempts{0};
  std::atomic<bool> refuse{true};
};

TEST_CASE("client: the first connection has its own number of attempts", "[rpc]") {
  Fixture fixture(2);
  CountingConnector connector;
  ClientOptions options = OptionsFor(fixture.port());
  options.first_connect_attempts = 2;
  options.connect_attempts = 5;
  options.connect_retry_delay = milliseconds(1);
  Client client(connector, fixture.runtime.NewStrand(), options);
  CHECK(fixture.Call(client, "echo", "1").status().code() == Code::kUnavailable);
  CHECK(connector.attempts == 2);
  connector.refuse = false;
  CHECK(fixture.Call(client, "echo", "2").ok());
  CHECK(connector.attempts == 3);
  // It was there once, so it is waited for.
  connector.refuse = true;
  connector.attempts = 0;
  fixture.StopServer();
  CHECK(fixture.Call(client, "echo", "3").status().code() == Code::kUnavailable);
  CHECK(connector.attempts == 5);
}

// A server that reads one call per connection and then does what the test says.
struct ScriptedServer {
  using Script = std::function<net::awaitable<void>(net::Stream& stream, RequestHeader header)>;

  ScriptedServer(net::Runtime& runtime, Script script) : runtime_(runtime) {
    Result<std::unique_ptr<net::Listener>> made = runtime.Listen("127.0.0.1", 0);
    REQUIRE(made.ok());
    listener = std::move(*made);
    REQUIRE(gate_.Enter());
    runtime.Spawn(runtime.executor(), [this, script]() -> net::awaitable<void> {
      for (;;) {
        Result<std::unique_ptr<net::Stream>> stream = co_await listener->Accept();
        if (!stream.ok()) break;
        ++connections;
        co_await Serve(**stream, script);
      }
      gate_.Leave();
    });
  }
  ~ScriptedServer() {
    listener->Close();
    runtime_.Run<void>(runtime_.executor(), [&]() -> net::awaitable<void> { co_await gate_.Close(); });
  }

  net::awaitable<void> Serve(net::Stream& stream, Script script) {
    std::string preamble(kPreambleSize, 0);
    (void)co_await net::ReadExactly(stream, preamble.data(), preamble.size());
    std::string body;
    for (int frame = 0; frame < 2; ++frame) {  // context, call
      char length[kLengthSize];
      Status status = co_await net::ReadExactly(stream, length, sizeof length);
      if (!status.ok()) co_return;
      body.assign(static_cast<std::size_t>(DecodeLength(std::string_view(length, sizeof length))), '\0');
      status = co_await net::ReadExactly(stream, body.data(), body.size());
      if (!status.ok()) co_return;
    }
    std::string_view rest = body;
    RequestHeader header;
    if (TakeRequestHeader(&rest, &header)) co_await script(stream, header);
  }

  std::unique_ptr<net::Listener> listener;
  std::atomic<int> connections = 0;

 private:
  net::Runtime& runtime_;
  net::Gate gate_;
};

Result<std::string> CallOnce(net::Runtime& runtime, std::uint16_t port, milliseconds timeout = milliseconds(20'000)) {
  Client client(net::Connector::Tcp(), runtime.NewStrand(), OptionsFor(port));
  return runtime.Run<Result<std::string>>(runtime.executor(), [&]() -> net::awaitable<Result<std::string>> {
    co_return co_await client.Call("echo", "x", timeout);
  });
}

TEST_CASE("client: a call whose reply was lost is repeated once with the same id", "[rpc]") {
  net::Runtime runtime("rpc", 1);
  std::vector<std::int32_t> ids, retries;
  ScriptedServer server(runtime, [&](net::Stream& stream, RequestHeader header) -> net::awaitable<void> {
    ids.push_back(header.call_id);
    retries.push_back(header.retry_count);
    if (ids.size() == 1) co_return;  // closes without a reply
    ResponseHeader reply;
    reply.call_id = header.call_id;
    reply.client_id = header.client_id;
    std::string out;
    AppendResponse(&out, reply, "second time");
    (void)co_await stream.Write(out);
  });
  const Result<std::string> result = CallOnce(runtime, server.listener->local().port);
  REQUIRE(result.ok());
  CHECK(*result == "second time");
  REQUIRE(ids.size() == 2);
  CHECK(ids[0] == ids[1]);
  CHECK(retries == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("client: a connection that breaks twice under a call ends it", "[rpc]") {
  net::Runtime runtime("rpc", 1);
  ScriptedServer server(runtime, [](net::Stream&, RequestHeader) -> net::awaitable<void> { co_return; });
  const Status status = CallOnce(runtime, server.listener->local().port).status();
  CHECK(status.code() == Code::kUnavailable);
  CHECK(status.message().find("the connection broke twice") != std::string::npos);
  CHECK(server.connections == 2);
}

TEST_CASE("client: a fatal reply ends the calls without trying again", "[rpc]") {
  net::Runtime runtime("rpc", 1);
  ScriptedServer server(runtime, [](net::Stream& stream, RequestHeader) -> net::awaitable<void> {
    ResponseHeader reply;
    reply.call_id = kCallIdNone;
    reply.status = ResponseStatus::kFatal;
    reply.exception_class = "org.apache.hadoop.security.authorize.AuthorizationException";
    reply.message = "go away\n\tat some.Stack";
    reply.detail = ErrorDetail::kFatalUnauthorized;
    std::string out;
    AppendResponse(&out, reply, "");
    (void)co_await stream.Write(out);
  });
  const Status status = CallOnce(runtime, server.listener->local().port).status();
  CHECK(status.code() == Code::kPermissionDenied);
  CHECK(status.message() == "go away");
  CHECK(server.connections == 1);
}

TEST_CASE("client: garbage from a server is an error, not a crash or a wait", "[rpc]") {
  net::Runtime runtime("rpc", 1);
  for (const std::string& garbage :
       {std::string("\xff\xff\xff\xff", 4), std::string("\0\0\0\x03zzz", 7), std::string("\x7f\xff\xff\xff", 4)}) {
    ScriptedServer server(runtime, [&](net::Stream& stream, RequestHeader) -> net::awaitable<void> {
      (void)co_await stream.Write(garbage);
      char byte;
      (void)co_await stream.ReadSome(&byte, 1);
    });
    const Status status = CallOnce(runtime, server.listener->local().port).status();
    CHECK(status.code() == Code::kCorruption);
  }
}

TEST_CASE("client: a silent server costs no more than the deadline", "[rpc]") {
  net::Runtime runtime("rpc", 1);
  ScriptedServer server(runtime, [](net::Stream& stream, RequestHeader) -> net::awaitable<void> {
    char byte;
    (void)co_await stream.ReadSome(&byte, 1);
  });
  const std::int64_t began = Clock::System().MonotonicNanos();
  CHECK(CallOnce(runtime, server.listener->local().port, milliseconds(50)).status().code() == Code::kDeadlineExceeded);
  CHECK(Clock::System().MonotonicNanos() - began < 10'000'000'000);
}

TEST_CASE("client: closing ends calls and refuses further ones", "[rpc]") {
  Fixture fixture(2);
  Client client(net::Connector::Tcp(), fixture.runtime.NewStrand(), OptionsFor(fixture.port()));
  Result<std::string> waiting;
  net::Gate gate;
  REQUIRE(gate.Enter());
  fixture.runtime.Spawn(fixture.runtime.NewStrand(), [&]() -> net::awaitable<void> {
    waiting = co_await client.Call("hold", "x");
    gate.Leave();
  });
  while (fixture.service.holding == 0) sched_yield();
  client.Close();
  fixture.runtime.Run<void>(fixture.runtime.executor(), [&]() -> net::awaitable<void> { co_await gate.Close(); });
  CHECK(waiting.status().code() == Code::kCancelled);
  CHECK(fixture.Call(client, "echo", "x").status().code() == Code::kCancelled);
  fixture.service.release.Set();
}

}  // namespace
}  // namespace mrd::rpc

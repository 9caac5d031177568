// Proves the server's side of RPC 9 with a raw socket: what is answered, what is refused and how, and that no client can
// take more than its share. What concerns concurrency runs on one thread and on strands over several.

#include "common/rpc/server.h"

#include <sched.h>

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/rpc/protobuf_wire.h"
#include "common/rpc/remote_error.h"
#include "tests/unit/rpc/echo_service.h"
#include "tests/unit/rpc/raw_client.h"

namespace mrd::rpc {
namespace {

class Fixture {
 public:
  explicit Fixture(ServerOptions options = {}, std::size_t threads = 1)
      : log_(LogLevel::kOff), runtime_("rpc", threads), server_(runtime_, Logger(log_, "rpc"), std::move(options)) {
    server_.Add(service);
    Result<std::unique_ptr<net::Listener>> listener = runtime_.Listen("127.0.0.1", 0);
    REQUIRE(listener.ok());
    server_.Start(std::move(*listener));
  }
  ~Fixture() { Stop(); }

  void Stop() {
    service.release.Set();
    runtime_.Run<void>(runtime_.executor(), [&]() -> net::awaitable<void> { co_await server_.Stop(); });
  }
  std::uint16_t port() const { return server_.local().port; }
  net::Runtime& runtime() { return runtime_; }
  Server& server() { return server_; }

  EchoService service;

 private:
  Log log_;
  net::Runtime runtime_;
  Server server_;
};

RawResponse Expect(RawClient& client) {
  RawResponse response;
  REQUIRE(client.Receive(&response));
  return response;
}

void ExpectFatal(RawClient& client, ErrorDetail detail, std::string_view exception_class, std::int32_t call_id) {
  const RawResponse response = Expect(client);
  CHECK(response.status == ResponseStatus::kFatal);
  CHECK(response.detail == detail);
  CHECK(response.exception_class == exception_class);
  CHECK(response.call_id == call_id);
  CHECK(client.ReadToEnd() == "");
}

TEST_CASE("server: preamble, context and first call in one segment are answered", "[rpc]") {
  Fixture fixture;
  RawClient client(fixture.port());
  client.Send(RawClient::Hello() + RawClient::Call(7, "echo", "hello"));
  const RawResponse response = Expect(client);
  CHECK(response.status == ResponseStatus::kSuccess);
  CHECK(response.call_id == 7);
  CHECK(response.retry_count == 3);
  CHECK(response.client_id == kTestClientId);
  CHECK(response.body == "hello");
  client.Send(RawClient::Call(8, "echo", ""));
  CHECK(Expect(client).body == "");
}

TEST_CASE("server: bytes may come one by one", "[rpc]") {
  Fixture fixture;
  RawClient client(fixture.port());
  const std::string all = RawClient::Hello() + RawClient::Call(1, "echo", "slowly");
  for (const char byte : all) client.Send(std::string_view(&byte, 1));
  CHECK(Expect(client).body == "slowly");
}

TEST_CASE("server: handlers see who calls, under short names", "[rpc]") {
  ServerOptions options;
  std::string asked;
  options.authorize_proxy = [&](const Caller& caller, const net::Endpoint& peer) {
    asked = caller.real_user + " as " + caller.user + " from " + peer.ip;
    return caller.real_user == "gateway" ? Status::Ok() : PermissionDenied("not you");
  };
  Fixture fixture(options);
  RawClient plain(fixture.port());
  plain.Send(RawClient::Hello("alice@EXAMPLE.COM") + RawClient::Call(1, "who", ""));
  CHECK(Expect(plain).body == "alice//0123456789abcdef/1/3/127.0.0.1");
  RawClient proxied(fixture.port());
  proxied.Send(RawClient::Preamble() + RawClient::Context("bob", "gateway/host@R") + RawClient::Call(2, "who", ""));
  CHECK(Expect(proxied).body == "bob/gateway/0123456789abcdef/2/3/127.0.0.1");
  CHECK(asked == "gateway as bob from 127.0.0.1");
  RawClient refused(fixture.port());
  refused.Send(RawClient::Preamble() + RawClient::Context("bob", "mallory"));
  ExpectFatal(refused, ErrorDetail::kFatalUnauthorized, java::kAuthorization, kCallIdContext);
  RawClient same(fixture.port());
  same.Send(RawClient::Preamble() + RawClient::Context("bob", "bob") + RawClient::Call(3, "who", ""));
  CHECK(Expect(same).body == "bob//0123456789abcdef/3/3/127.0.0.1");
  RawClient nobody(fixture.port());
  nobody.Send(RawClient::Hello(""));
  ExpectFatal(nobody, ErrorDetail::kFatalUnauthorized, java::kAuthorization, kCallIdContext);
}

TEST_CASE("server: failures travel as exceptions and leave the connection open", "[rpc]") {
  Fixture fixture;
  RawClient client(fixture.port());
  client.Send(RawClient::Hello());
  struct Expected {
    std::string method, protocol;
    std::uint64_t version;
    ErrorDetail detail;
    std::string exception_class, message;
  };
  const std::vector<Expected> table = {
      {"missing", "test.Echo", 1, ErrorDetail::kApplication, "java.io.FileNotFoundException", "File does not exist: /x"},
      {"tagged", "test.Echo", 1, ErrorDetail::kApplication, "org.example.Tagged", "later"},
      {"throw", "test.Echo", 1, ErrorDetail::kApplication, "java.io.IOException",
       "throw failed inside the server: std::bad_alloc"},
      {"nonesuch", "test.Other", 1, ErrorDetail::kNoSuchMethod, java::kNoSuchMethod,
       "Unknown method nonesuch called on test.Other protocol."},
      {"echo", "test.Unknown", 1, ErrorDetail::kNoSuchProtocol, java::kNoSuchProtocol, "Unknown protocol: test.Unknown"},
      {"echo", "test.Echo", 2, ErrorDetail::kVersionMismatch, java::kVersionMismatch,
       "Protocol test.Echo version mismatch. (client = 2, server = 1)"},
  };
  std::int32_t id = 0;
  for (const Expected& one : table) {
    client.Send(RawClient::Call(++id, one.method, "", one.protocol, one.version));
    const RawResponse response = Expect(client);
    CHECK(response.call_id == id);
    CHECK(response.status == ResponseStatus::kError);
    CHECK(response.detail == one.detail);
    CHECK(response.exception_class == one.exception_class);
    CHECK(response.message == one.message);
  }
  client.Send(RawClient::Call(99, "echo", "still here"));
  CHECK(Expect(client).body == "still here");
}

TEST_CASE("server: SASL negotiation is answered by SUCCESS, a SIMPLE initiation by silence", "[rpc]") {
  Fixture fixture;
  std::string preamble;
  AppendPreamble(&preamble, kAuthSasl);
  std::string negotiate, initiate, again;
  AppendControl(&negotiate, kCallIdSasl, "", std::string("\x10\x01", 2));
  std::string auth;
  AppendBytesField(&auth, 1, "SIMPLE");
  AppendBytesField(&auth, 2, "");
  std::string message = "\x10\x02";
  AppendBytesField(&message, 4, auth);
  AppendControl(&initiate, kCallIdSasl, "", message);

  RawClient client(fixture.port());
  client.Send(preamble + negotiate);
  const RawResponse reply = Expect(client);
  CHECK(reply.call_id == kCallIdSasl);
  CHECK(reply.body == std::string("\x10\x00", 2));
  client.Send(initiate + RawClient::Context("alice") + RawClient::Call(1, "echo", "x"));
  CHECK(Expect(client).body == "x");
  client.Send(negotiate);
  ExpectFatal(client, ErrorDetail::kFatalInvalidHeader, java::kRpcServer, kCallIdSasl);

  RawClient twice(fixture.port());
  twice.Send(preamble + negotiate + negotiate);
  CHECK(Expect(twice).status == ResponseStatus::kSuccess);
  ExpectFatal(twice, ErrorDetail::kFatalInvalidHeader, java::kRpcServer, kCallIdSasl);

  RawClient unasked(fixture.port());
  unasked.Send(RawClient::Preamble() + negotiate);
  ExpectFatal(unasked, ErrorDetail::kFatalInvalidHeader, java::kRpcServer, kCallIdSasl);
}

TEST_CASE("server: bad preambles are refused as clients expect", "[rpc]") {
  Fixture fixture;
  {
    RawClient client(fixture.port());
    client.Send(std::string("hrpc\x08\x00\x00", 7) + RawClient::Context("a") + RawClient::Call(1, "echo", "x"));
    const RawResponse response = Expect(client);
    CHECK(response.status == ResponseStatus::kFatal);
    CHECK(response.call_id == kCallIdNone);
    CHECK(response.detail == ErrorDetail::kFatalVersionMismatch);
    CHECK(response.exception_class == java::kVersionMismatch);
    CHECK(response.message == "Server IPC version 9 cannot communicate with client version 8");
    CHECK(client.ReadToEnd() == "");
  }
  {
    RawClient client(fixture.port());
    client.Send(std::string("hrpc\x09\x00\x55", 7));
    ExpectFatal(client, ErrorDetail::kFatalUnauthorized, java::kIpc, kCallIdNone);
  }
  for (const char* method : {"GET /", "POST /", "PUT /x", "HEAD /"}) {
    RawClient client(fixture.port());
    client.Send(std::string(method) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string reply = client.ReadToEnd();
    CHECK(reply.starts_with("HTTP/1.1 404 Not Found\r\nContent-type: text/plain\r\n"));
    CHECK(reply.find("RPC port") != std::string::npos);
  }
  RawClient client(fixture.port());
  client.Send("SSH-2.0-whatever\r\n");
  CHECK(client.ReadToEnd() == "");
}

TEST_CASE("server: bad headers end the connection with a reason", "[rpc]") {
  ServerOptions options;
  options.frame_bytes_max = 1000;
  Fixture fixture(options);
  const auto fatal = [&](const std::string& bytes, ErrorDetail detail, std::int32_t call_id) {
    RawClient client(fixture.port());
    client.Send(bytes);
    ExpectFatal(client, detail, java::kRpcServer, call_id);
  };
  const auto header = [](const std::string& fields) {
    std::string message;
    AppendVarint(&message, fields.size());
    return RawClient::Frame(message + fields);
  };
  const std::string preamble = RawClient::Preamble();
  const std::string hello = RawClient::Hello();
  using namespace std::string_literals;
  fatal(preamble + RawClient::Call(1, "echo", ""), ErrorDetail::kFatalInvalidHeader, 1);
  fatal(hello + RawClient::Context("bob"), ErrorDetail::kFatalInvalidHeader, kCallIdContext);
  fatal(hello + header("\x08\x02\x18\x02\x22\x00"s), ErrorDetail::kFatalInvalidHeader, 1);          // no op
  fatal(hello + header("\x08\x02\x10\x01\x18\x02\x22\x00"s), ErrorDetail::kFatalInvalidHeader, 1);  // continuation
  fatal(hello + header("\x10\x00\x18\x02\x22\x00"s), ErrorDetail::kFatalInvalidHeader, 1);          // no kind
  fatal(hello + header("\x08\x01\x10\x00\x18\x02\x22\x00"s), ErrorDetail::kFatalInvalidHeader, 1);  // Writable
  fatal(hello + header("\x08\x02\x10\x00\x18\x0d\x22\x00"s), ErrorDetail::kFatalInvalidHeader, -7);
  fatal(hello + RawClient::Frame("garbage"), ErrorDetail::kFatalDeserializing, kCallIdNone);
  fatal(hello + header("\x08\x02\x10\x00\x18\x02\x22\x00"s), ErrorDetail::kFatalDeserializing, 1);  // nothing follows
  fatal(hello + RawClient::Call(4, "unreadable", ""), ErrorDetail::kFatalDeserializing, 4);
  fatal(hello + "\x00\x00\x03\xe9"s, ErrorDetail::kFatalInvalidHeader, kCallIdNone);  // 1001 bytes
  fatal(hello + "\xff\xff\xff\xff"s, ErrorDetail::kFatalInvalidHeader, kCallIdNone);
}

TEST_CASE("server: a fatal reply arrives although the client keeps sending", "[rpc]") {
  Fixture fixture;
  RawClient client(fixture.port());
  client.Send(RawClient::Hello() + RawClient::Frame("garbage") + std::string(200'000, 'x'));
  ExpectFatal(client, ErrorDetail::kFatalDeserializing, java::kRpcServer, kCallIdNone);
}

TEST_CASE("server: pings are taken in silence", "[rpc]") {
  Fixture fixture;
  RawClient client(fixture.port());
  std::string ping;
  AppendPing(&ping, kTestClientId);
  client.Send(RawClient::Hello() + ping + ping + RawClient::Call(1, "echo", "x") + ping);
  CHECK(Expect(client).call_id == 1);
}

TEST_CASE("server: calls of one connection run at once and are answered as they end", "[rpc]") {
  for (const std::size_t threads : {1u, 3u}) {
    Fixture fixture({}, threads);
    RawClient client(fixture.port());
    std::string all = RawClient::Hello();
    for (int i = 0; i < 200; ++i) all += RawClient::Call(i, i % 2 ? "later" : "hold", "request " + std::to_string(i));
    all += RawClient::Call(1000, "echo", "overtakes");
    client.Send(all);
    std::map<std::int32_t, std::string> got;
    for (int i = 0; i < 101; ++i) {
      const RawResponse response = Expect(client);
      got[response.call_id] = response.body;
    }
    CHECK(got.size() == 101);
    CHECK(got.contains(1000));
    CHECK_FALSE(got.contains(0));
    fixture.service.release.Set();
    for (int i = 0; i < 100; ++i) {
      const RawResponse response = Expect(client);
      got[response.call_id] = response.body;
    }
    REQUIRE(got.size() == 201);
    for (int i = 0; i < 200; ++i) CHECK(got[i] == "request " + std::to_string(i));
  }
}

TEST_CASE("server: requests and responses of megabytes pass", "[rpc]") {
  Fixture fixture({}, 2);
  RawClient client(fixture.port());
  const std::string big(5u << 20, 'q');
  client.Send(RawClient::Hello() + RawClient::Call(1, "later", big) + RawClient::Call(2, "echo", "small"));
  std::map<std::int32_t, std::string> got;
  for (int i = 0; i < 2; ++i) {
    const RawResponse response = Expect(client);
    got[response.call_id] = response.body;
  }
  CHECK(got[1] == big);
  CHECK(got[2] == "small");
  client.Send(RawClient::Call(3, "big", "20000000"));
  CHECK(Expect(client).body.size() == 20'000'000);
}

TEST_CASE("server: a client that does not read is not read", "[rpc]") {
  Fixture fixture;
  RawClient greedy(fixture.port());
  std::string all = RawClient::Hello();
  constexpr int kCalls = 500;
  for (int i = 0; i < kCalls; ++i) all += RawClient::Call(i, "big", "100000");
  greedy.Send(all);
  // Others are served meanwhile.
  RawClient other(fixture.port());
  other.Send(RawClient::Hello() + RawClient::Call(1, "echo", "x"));
  CHECK(Expect(other).body == "x");
  // One megabyte unsent and the socket's buffers, not 50 megabytes.
  CHECK(fixture.service.calls < 200);
  for (int i = 0; i < kCalls; ++i) REQUIRE(Expect(greedy).body.size() == 100'000);
}

TEST_CASE("server: calls in flight are bounded per connection", "[rpc]") {
  ServerOptions options;
  options.calls_per_connection_max = 10;
  Fixture fixture(options);
  RawClient client(fixture.port());
  std::string all = RawClient::Hello();
  for (int i = 0; i < 50; ++i) all += RawClient::Call(i, "hold", "x");
  client.Send(all);
  RawClient other(fixture.port());
  other.Send(RawClient::Hello() + RawClient::Call(1, "echo", "x"));
  CHECK(Expect(other).body == "x");
  CHECK(fixture.service.holding <= 10);
  fixture.service.release.Set();
  std::set<std::int32_t> ids;
  for (int i = 0; i < 50; ++i) ids.insert(Expect(client).call_id);
  CHECK(ids.size() == 50);
}

TEST_CASE("server: long requests of many connections have bounded memory, what is too much is told so", "[rpc]") {
  ServerOptions options;
  options.frame_bytes_max = 1u << 20;
  Fixture fixture(options);
  // Each claims a megabyte, and stops before its end.
  const std::string whole = RawClient::Call(1, "echo", std::string(1'000'000, 'x'));
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 16; ++i) {
    slow.push_back(std::make_unique<RawClient>(fixture.port()));
    slow.back()->Send(RawClient::Hello() + whole.substr(0, 900'000));
  }
  // Small calls do not suffer.
  RawClient small(fixture.port());
  small.Send(RawClient::Hello() + RawClient::Call(2, "echo", "small"));
  CHECK(Expect(small).body == "small");
  // Those that there was room for are served when they go on; the others were told why not. A refused one may find its
  // connection closed while it sends, so nothing more is sent to it.
  int served = 0;
  int refused = 0;
  for (const auto& client : slow) {
    RawResponse response;
    if (client->Pending()) {
      REQUIRE(client->Receive(&response));
      CHECK(response.status == ResponseStatus::kFatal);
      CHECK(response.message.find("Server too busy") != std::string::npos);
      ++refused;
      continue;
    }
    client->Send(whole.substr(900'000));
    if (!client->Receive(&response)) continue;
    if (response.status == ResponseStatus::kSuccess) {
      CHECK(response.body.size() == 1'000'000);
      ++served;
    } else {
      CHECK(response.message.find("Server too busy") != std::string::npos);
      ++refused;
    }
  }
  CHECK(served >= 2);
  CHECK(refused >= 8);
  // The memory came back.
  slow.clear();
  RawClient again(fixture.port());
  again.Send(RawClient::Hello() + whole);
  CHECK(Expect(again).body.size() == 1'000'000);
}

TEST_CASE("server: connections beyond the bound are told so, a place that gets free is used", "[rpc]") {
  ServerOptions options;
  options.connections_max = 2;
  Fixture fixture(options);
  auto first = std::make_unique<RawClient>(fixture.port());
  RawClient second(fixture.port());
  for (RawClient* client : {first.get(), &second}) {
    client->Send(RawClient::Hello() + RawClient::Call(1, "echo", "x"));
    CHECK(Expect(*client).body == "x");
  }
  RawClient third(fixture.port());
  third.Send(RawClient::Hello());
  const RawResponse response = Expect(third);
  CHECK(response.status == ResponseStatus::kFatal);
  CHECK(response.message.find("2 connections, all of them in use") != std::string::npos);
  CHECK(third.ReadToEnd() == "");
  first.reset();
  bool served = false;
  for (int i = 0; i < 1000 && !served; ++i) {
    RawClient again(fixture.port());
    again.Send(RawClient::Hello() + RawClient::Call(1, "echo", "x"));
    RawResponse answer;
    served = again.Receive(&answer) && answer.status == ResponseStatus::kSuccess;
  }
  CHECK(served);
}

TEST_CASE("server: the connection that was quiet for longest makes room, one with a call in flight never", "[rpc]") {
  ServerOptions options;
  options.connections_max = 3;
  options.quiet_min = std::chrono::milliseconds(0);
  Fixture fixture(options);
  RawClient busy(fixture.port());
  busy.Send(RawClient::Hello() + RawClient::Call(1, "hold", ""));
  RawClient quiet(fixture.port());
  RawClient active(fixture.port());
  for (RawClient* client : {&quiet, &active}) {
    client->Send(RawClient::Hello() + RawClient::Call(1, "echo", "x"));
    CHECK(Expect(*client).body == "x");
  }
  RawClient fourth(fixture.port());
  fourth.Send(RawClient::Hello() + RawClient::Call(1, "echo", "room"));
  CHECK(Expect(fourth).body == "room");
  CHECK(quiet.ReadToEnd() == "");
  active.Send(RawClient::Call(2, "echo", "still here"));
  CHECK(Expect(active).body == "still here");
  fixture.service.release.Set();
  CHECK(Expect(busy).call_id == 1);
}

TEST_CASE("server: a handshake that is never finished ends", "[rpc]") {
  ServerOptions options;
  options.preamble_timeout = std::chrono::milliseconds(100);
  Fixture fixture(options);
  RawClient silent(fixture.port());
  RawClient half(fixture.port());
  half.Send("hrp");
  RawClient no_context(fixture.port());
  no_context.Send(RawClient::Preamble());
  RawClient idle(fixture.port());
  idle.Send(RawClient::Hello());
  CHECK(silent.ReadToEnd() == "");
  CHECK(half.ReadToEnd() == "");
  CHECK(no_context.ReadToEnd() == "");
  idle.Send(RawClient::Call(1, "echo", "idle is fine"));
  CHECK(Expect(idle).body == "idle is fine");
}

TEST_CASE("server: a client that closes its sending side still gets its answers", "[rpc]") {
  Fixture fixture;
  RawClient client(fixture.port());
  client.Send(RawClient::Hello() + RawClient::Call(1, "later", "x") + RawClient::Call(2, "big", "3000000"));
  client.CloseWrite();
  std::set<std::int32_t> ids;
  for (int i = 0; i < 2; ++i) ids.insert(Expect(client).call_id);
  CHECK(ids == std::set<std::int32_t>{1, 2});
  CHECK(client.ReadToEnd() == "");
}

TEST_CASE("server: clients that vanish with calls in flight leave nothing behind", "[rpc]") {
  Fixture fixture({}, 2);
  for (int i = 0; i < 50; ++i) {
    RawClient client(fixture.port());
    client.Send(RawClient::Hello() + RawClient::Call(1, "hold", "x") + RawClient::Call(2, "later", "x"));
  }
  RawClient other(fixture.port());
  other.Send(RawClient::Hello() + RawClient::Call(1, "echo", "x"));
  CHECK(Expect(other).body == "x");
}

TEST_CASE("server: Stop answers calls that end within its grace and closes", "[rpc]") {
  for (const std::size_t threads : {1u, 3u}) {
    Fixture fixture({}, threads);
    RawClient busy(fixture.port());
    busy.Send(RawClient::Hello() + RawClient::Call(1, "hold", "x"));
    RawClient idle(fixture.port());
    idle.Send(RawClient::Hello() + RawClient::Call(1, "echo", "x"));
    CHECK(Expect(idle).body == "x");
    while (fixture.service.holding == 0) sched_yield();
    fixture.Stop();  // releases the call
    CHECK(Expect(busy).body == "x");
    CHECK(busy.ReadToEnd() == "");
    CHECK(idle.ReadToEnd() == "");
    CHECK_THROWS(RawClient(fixture.port()));
  }
}

TEST_CASE("server: Stop does not wait long for a call that never ends", "[rpc]") {
  Fixture fixture;
  RawClient busy(fixture.port());
  busy.Send(RawClient::Hello() + RawClient::Call(1, "hold", "x"));
  while (fixture.service.holding == 0) sched_yield();
  fixture.runtime().Run<void>(fixture.runtime().executor(),
                              [&]() -> net::awaitable<void> { co_await fixture.server().Stop(); });
  CHECK(busy.ReadToEnd() == "");
  // The handler may still end, into nothing.
  fixture.service.release.Set();
}

TEST_CASE("server: garbage of all kinds harms nobody", "[rpc]") {
  Fixture fixture({}, 2);
  Random random(20);
  const std::string good = RawClient::Hello() + RawClient::Call(1, "echo", "some request") + RawClient::Call(2, "later", "x");
  for (int round = 0; round < 150; ++round) {
    std::string bytes = good;
    const std::uint64_t changes = random.Below(4);
    for (std::uint64_t i = 0; i < changes; ++i) bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    if (random.Below(3) == 0) bytes.resize(random.Below(bytes.size()));
    RawClient client(fixture.port());
    client.Send(bytes);
    if (random.Below(2) == 0) {
      client.CloseWrite();
      CHECK(client.ReadToEnd() != "timeout");
    }
  }
  RawClient client(fixture.port());
  client.Send(good);
  CHECK(Expect(client).body == "some request");
}

TEST_CASE("server: tells which protocols it has", "[rpc]") {
  Fixture fixture;
  RawClient client(fixture.port());
  std::string known, unknown, signature;
  AppendBytesField(&known, 1, "test.Echo");
  AppendBytesField(&unknown, 1, "test.Nothing");
  signature = known;
  AppendBytesField(&signature, 2, "RPC_PROTOCOL_BUFFER");
  const char* const meta = "org.apache.hadoop.ipc.ProtocolMetaInfoPB";
  client.Send(RawClient::Hello());
  client.Send(RawClient::Call(1, "getProtocolVersions", known, meta));
  const std::string with = Expect(client).body;
  client.Send(RawClient::Call(2, "getProtocolVersions", unknown, meta));
  const std::string without = Expect(client).body;
  CHECK(with.ends_with("RPC_PROTOCOL_BUFFER\x10\x01"));
  CHECK(without.ends_with("RPC_PROTOCOL_BUFFER"));
  client.Send(RawClient::Call(3, "getProtocolSignature", signature, meta));
  CHECK(Expect(client).body == std::string("\x0a\x02\x08\x01"));
}

}  // namespace
}  // namespace mrd::rpc

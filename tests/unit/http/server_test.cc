// Proves the server and the client against each other over loopback, and the server with raw bytes where a client of ours
// would not send them.

#include "common/http/server.h"

#include <catch2/catch.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/log.h"
#include "common/http/asset.h"
#include "common/http/client.h"
#include "common/http/file_body.h"
#include "common/http/live.h"
#include "common/http/metrics.h"

namespace mrd::http {
namespace {

using std::chrono::milliseconds;

constexpr Asset kAssets[] = {{"a.txt", "text/plain", "plain bytes", "GZIP", "\"tag\""}};

// Two pieces and an end; the second only after the first was sent.
class TwoPieces final : public BodySource {
 public:
  awaitable<Result<Piece>> Next() override {
    ++calls_;
    Piece piece;
    piece.bytes = calls_ == 1 ? "one" : "two";
    piece.last = calls_ == 2;
    co_return piece;
  }

 private:
  int calls_ = 0;
};

class Fixture {
 public:
  explicit Fixture(ServerOptions options = {}) : log_(LogLevel::kOff), runtime_("http", 1) {
    Router router;
    AddAssets(router, kAssets);
    router.Get("/hello/{name}", [](const Request& request) -> awaitable<Response> {
      co_return TextResponse("hello " + request.Part("name") + request.Query("mark"));
    });
    router.Get("/rest/{path...}", [](const Request& request) -> awaitable<Response> {
      co_return TextResponse("[" + request.Part("path") + "]");
    });
    router.Post("/echo", [](const Request& request) -> awaitable<Response> { co_return TextResponse(request.body); });
    router.PostLarge("/large", 3u << 20, [this](const Request& request) -> awaitable<Response> {
      ++large_now;
      for (int i = 0; i < 2000 && large_held && request.body.size() > 10; ++i) {
        (void)co_await net::SleepFor(milliseconds(10));
      }
      --large_now;
      co_return TextResponse(std::to_string(request.body.size()));
    });
    router.Get("/pieces", [](const Request&) -> awaitable<Response> {
      Response response;
      response.source = std::make_unique<TwoPieces>();
      co_return response;
    });
    router.Get("/throws", [](const Request&) -> awaitable<Response> {
      throw std::runtime_error("as a test");
      co_return Response();
    });
    const Handler state = [this](const Request&) -> awaitable<Response> {
      co_return JsonResponse("{\"n\":" + std::to_string(number) + "}\n");
    };
    router.Get("/api/state", live.Live(state, milliseconds(10)));
    router.Get("/api/live", live.Together(milliseconds(10)));
    server_.emplace(runtime_, Logger(log_, "http"), std::move(options), std::move(router));
    Result<std::unique_ptr<net::Listener>> listener = runtime_.Listen("127.0.0.1", 0);
    REQUIRE(listener.ok());
    server_->Start(std::move(*listener));
  }
  ~Fixture() {
    runtime_.Run<void>(runtime_.executor(), [&]() -> awaitable<void> { co_await server_->Stop(); });
  }

  std::string Url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(server_->local().port) + path; }

  ClientResponse Ask(ClientRequest request) {
    Result<ClientResponse> response = runtime_.Run<Result<ClientResponse>>(
        runtime_.executor(), [&]() -> awaitable<Result<ClientResponse>> {
          Result<ClientResponse> answer = co_await Fetch(net::Connector::Tcp(), request);
          co_return answer;
        });
    INFO(response.status().message());
    REQUIRE(response.ok());
    return *std::move(response);
  }
  ClientResponse Get(const std::string& path, const char* header = nullptr, const char* value = nullptr) {
    ClientRequest request;
    request.url = Url(path);
    if (header != nullptr) request.headers.Add(header, value);
    return Ask(std::move(request));
  }
  // Takes a body until it contains `end`.
  std::string Follow(const std::string& path, const std::string& last_id, std::function<bool(const std::string&)> enough) {
    ClientRequest request;
    request.url = Url(path);
    request.headers.Add("Accept", "text/event-stream");
    if (!last_id.empty()) request.headers.Add("Last-Event-ID", last_id);
    std::string all;
    (void)runtime_.Run<Result<ClientResponse>>(runtime_.executor(), [&]() -> awaitable<Result<ClientResponse>> {
      std::function<bool(std::string_view)> take = [&](std::string_view bytes) {
        all += bytes;
        return !enough(all);
      };
      Result<ClientResponse> answer = co_await FetchStream(net::Connector::Tcp(), request, take);
      co_return answer;
    });
    return all;
  }
  // Sends bytes and reads to the end of the connection.
  std::string Raw(std::string bytes) {
    return runtime_.Run<std::string>(runtime_.executor(), [&]() -> awaitable<std::string> {
      std::string out;
      Result<std::unique_ptr<net::Stream>> stream =
          co_await net::Connector::Tcp().Connect("127.0.0.1", server_->local().port, milliseconds(5000));
      if (!stream.ok()) co_return out;
      (*stream)->SetIdleTimeout(milliseconds(10'000));
      (void)co_await (*stream)->Write(bytes);
      std::string piece(4096, '\0');
      for (;;) {
        Result<std::size_t> got = co_await (*stream)->ReadSome(piece.data(), piece.size());
        if (!got.ok()) break;
        out.append(piece, 0, *got);
      }
      co_return out;
    });
  }

  int number = 1;
  std::atomic<int> large_now = 0;
  std::atomic<bool> large_held = false;
  LiveStreams live{2};
  net::Runtime& runtime() { return runtime_; }
  Server& server() { return *server_; }

 private:
  Log log_;
  net::Runtime runtime_;
  std::optional<Server> server_;
};

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_CASE("server: some paths take larger bodies, few of them at a time", "[http]") {
  Fixture fixture;
  const std::string head = " HTTP/1.1\r\nHost: localhost\r\nX-XSRF-HEADER: x\r\nConnection: close\r\n";
  // Of what is refused only the beginning is sent, since nobody reads the rest.
  const auto post = [&](const std::string& path, std::size_t size, std::size_t sent) {
    return fixture.Raw("POST " + path + head + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(sent, 'x'));
  };
  const auto chunk = [&](const std::string& path, const std::string& rest) {
    return fixture.Raw("POST " + path + head + "Transfer-Encoding: chunked\r\n\r\n180000\r\n" + rest);
  };
  constexpr std::size_t kSize = 2u << 20;
  CHECK(post("/large", kSize, kSize).ends_with("\r\n\r\n2097152"));
  CHECK(post("/large", (3u << 20) + 1, 10).starts_with("HTTP/1.1 413"));
  CHECK(post("/echo", kSize, 10).starts_with("HTTP/1.1 413"));
  CHECK(post("/nothing", kSize, 10).starts_with("HTTP/1.1 413"));
  CHECK(chunk("/large", std::string(0x180000, 'x') + "\r\n0\r\n\r\n").ends_with("\r\n\r\n1572864"));
  CHECK(chunk("/echo", "x").starts_with("HTTP/1.1 413"));
  // Four are taken at a time.
  fixture.large_held = true;
  std::vector<std::thread> clients;
  std::atomic<int> taken = 0;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      if (post("/large", kSize, kSize).ends_with("2097152")) ++taken;
    });
  }
  for (int i = 0; i < 4000 && fixture.large_now < 4; ++i) std::this_thread::sleep_for(milliseconds(5));
  CHECK(post("/large", kSize, 10).starts_with("HTTP/1.1 503"));
  CHECK(post("/large", 10, 10).ends_with("10"));  // an ordinary one
  fixture.large_held = false;
  for (std::thread& client : clients) client.join();
  CHECK(taken == 4);
  CHECK(post("/large", kSize, kSize).ends_with("2097152"));
}

TEST_CASE("server: routes by path and method, with names of components", "[http]") {
  Fixture fixture;
  CHECK(fixture.Get("/hello/a%20b?mark=!").body == "hello a b!");
  CHECK(fixture.Get("/rest/").body == "[]");
  CHECK(fixture.Get("/rest/a/b").body == "[a/b]");
  CHECK(fixture.Get("/hello").status == 404);
  CHECK(fixture.Get("/hello/").status == 404);
  CHECK(fixture.Get("/hello/a/b").status == 404);
  const ClientResponse wrong = fixture.Get("/echo");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.Get("Allow") == "POST");
  ClientRequest post;
  post.method = Method::kPost;
  post.url = fixture.Url("/echo");
  post.body = "some body";
  CHECK(fixture.Ask(post).body == "some body");
  CHECK(fixture.Get("/throws").status == 500);
  CHECK(fixture.server().figures().errors == 1);
}

TEST_CASE("server: every response carries the security headers", "[http]") {
  Fixture fixture;
  for (const char* path : {"/hello/x", "/nothing", "/static/a.txt"}) {
    const ClientResponse response = fixture.Get(path);
    CHECK(response.headers.Get("X-Content-Type-Options") == "nosniff");
    CHECK(response.headers.Get("X-Frame-Options") == "DENY");
    CHECK(response.headers.Get("Content-Security-Policy").find("script-src 'self'") != std::string_view::npos);
    CHECK(response.headers.Has("Date"));
  }
}

TEST_CASE("server: HEAD has the length and no body; requests in one segment are answered in turn", "[http]") {
  Fixture fixture;
  const std::string host = "Host: localhost\r\n";
  const std::string both = fixture.Raw("HEAD /hello/x HTTP/1.1\r\n" + host + "\r\nGET /hello/y HTTP/1.1\r\n" + host +
                                       "Connection: close\r\n\r\n");
  CHECK(CountOf(both, "HTTP/1.1 200 OK") == 2);
  CHECK(CountOf(both, "Content-Length: 7") == 2);
  CHECK(CountOf(both, "hello x") == 0);
  CHECK(both.ends_with("hello y"));
}

TEST_CASE("server: bodies of unknown length come in chunks, or end with the connection", "[http]") {
  Fixture fixture;
  CHECK(fixture.Get("/pieces").body == "onetwo");
  CHECK(fixture.Raw("GET /pieces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .ends_with("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
  const std::string old = fixture.Raw("GET /pieces HTTP/1.0\r\n\r\n");
  CHECK(old.ends_with("\r\n\r\nonetwo"));
  CHECK(old.find("chunked") == std::string::npos);
}

TEST_CASE("server: what is refused before a handler sees it", "[http]") {
  Fixture fixture;
  CHECK(fixture.Raw("GET /hello/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 403"));
  CHECK(fixture.Raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 403"));
  CHECK(fixture.Raw("garbage\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(fixture.Raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n").starts_with("HTTP/1.1 413"));
}

TEST_CASE("server: a slow client and an idle one lose their connection", "[http]") {
  ServerOptions options;
  options.header_timeout = milliseconds(100);
  options.idle_timeout = milliseconds(100);
  Fixture fixture(options);
  CHECK(fixture.Raw("GET / HTTP/1.1\r\nHost: loc").starts_with("HTTP/1.1 408"));
  CHECK(fixture.Raw("").empty());
  CHECK(CountOf(fixture.Raw("GET /hello/x HTTP/1.1\r\nHost: localhost\r\n\r\n"), "hello x") == 1);
}

TEST_CASE("server: connections over the limit are told so", "[http]") {
  ServerOptions options;
  options.connections_max = 0;
  Fixture fixture(options);
  CHECK(fixture.Raw("").starts_with("HTTP/1.1 503"));
  CHECK(fixture.server().figures().refused == 1);
}

TEST_CASE("assets: plain, compressed, or not again", "[http]") {
  Fixture fixture;
  const ClientResponse plain = fixture.Get("/static/a.txt");
  CHECK(plain.body == "plain bytes");
  CHECK(plain.headers.Get("ETag") == "\"tag\"");
  const ClientResponse packed = fixture.Get("/static/a.txt", "Accept-Encoding", "br, gzip");
  CHECK(packed.body == "GZIP");
  CHECK(packed.headers.Get("Content-Encoding") == "gzip");
  CHECK(fixture.Get("/static/a.txt", "Accept-Encoding", "gzip;q=0").body == "plain bytes");
  const ClientResponse known = fixture.Get("/static/a.txt", "If-None-Match", "\"tag\"");
  CHECK(known.status == 304);
  CHECK(known.body.empty());
  CHECK(fixture.Get("/static/b.txt").status == 404);
}

TEST_CASE("live: the state comes at once and when it changes; a client that knows it is told nothing twice", "[http]") {
  Fixture fixture;
  const std::string first = fixture.Follow("/api/state", "", [&](const std::string& all) {
    if (fixture.number == 1 && CountOf(all, "\n\n") == 1) fixture.number = 2;
    return CountOf(all, "\n\n") == 2;
  });
  CHECK(CountOf(first, "event: state") == 2);
  CHECK(first.find("data: {\"n\":1}\n\n") < first.find("data: {\"n\":2}\n\n"));
  const std::size_t at = first.rfind("id: ") + 4;
  const std::string id = first.substr(at, first.find('\n', at) - at);
  const std::string again = fixture.Follow("/api/state", id, [&](const std::string& all) {
    fixture.number = 3;
    return all.find("data") != std::string::npos;
  });
  CHECK(again.starts_with(": alive\n\n"));
  CHECK(CountOf(again, "event: state") == 1);
  CHECK(fixture.Get("/api/state").body == "{\"n\":3}\n");
}

TEST_CASE("live: several states in one stream, and what cannot be asked for", "[http]") {
  Fixture fixture;
  const std::string both = fixture.Follow("/api/live?of=%2Fapi%2Fstate&of=%2Fapi%2Fnone%3Fa%3D1", "", [&](const std::string& all) {
    return CountOf(all, "\n\n") >= 2;
  });
  CHECK(both.find("data: {\"of\":\"/api/state\",\"status\":200,\"state\":{\"n\":1}}\n\n") != std::string::npos);
  CHECK(both.find("{\"of\":\"/api/none?a=1\",\"status\":404,\"state\":{\"error\":") != std::string::npos);
  for (const char* bad : {"/api/live", "/api/live?of=%2Fhello%2Fx", "/api/live?of=%2Fapi%2Flive%3Fof%3Dx"}) {
    CHECK(fixture.Get(bad).status == 400);
  }
  CHECK(fixture.live.open() <= 1);
}

TEST_CASE("live: streams are counted, and too many are refused", "[http]") {
  Fixture fixture;
  LiveStreams none(0);
  const Handler live = none.Live([](const Request&) -> awaitable<Response> { co_return JsonResponse("{}"); }, milliseconds(1));
  Request request;
  request.headers.Add("Accept", "text/event-stream");
  const unsigned status = fixture.runtime().Run<unsigned>(fixture.runtime().executor(), [&]() -> awaitable<unsigned> {
    Response response = co_await live(request);
    co_return response.status;
  });
  CHECK(status == 503);
  CHECK(none.open() == 0);
}

TEST_CASE("client: failures name the address", "[http]") {
  Fixture fixture;
  const auto fail = [&](ClientRequest request) {
    return fixture.runtime().Run<Status>(fixture.runtime().executor(), [&]() -> awaitable<Status> {
      Result<ClientResponse> answer = co_await Fetch(net::Connector::Tcp(), request);
      co_return answer.status();
    });
  };
  ClientRequest request;
  request.url = "ftp://x/";
  CHECK(fail(request).code() == Code::kInvalidArgument);
  request.url = fixture.Url("/hello/" + std::string(1000, 'x'));
  request.body_bytes_max = 100;
  CHECK(fail(request).code() == Code::kResourceExhausted);
  request.body_bytes_max = 1 << 20;
  request.url = fixture.Url("/api/live?of=%2Fapi%2Fstate");
  request.timeout = milliseconds(100);
  const Status late = fail(request);
  CHECK(late.code() == Code::kDeadlineExceeded);
  CHECK(late.message().find("/api/live") != std::string::npos);
}

TEST_CASE("files: ranges", "[http]") {
  const auto range = [](std::string_view header) {
    const Result<std::optional<ByteRange>> parsed = ParseRange(header, 100);
    if (!parsed.ok()) return std::string("unsatisfiable");
    return *parsed ? std::to_string((*parsed)->begin) + "+" + std::to_string((*parsed)->end) : std::string("all");
  };
  CHECK(range("bytes=0-9") == "0+10");
  CHECK(range("bytes=90-") == "90+100");
  CHECK(range("bytes=90-1000") == "90+100");
  CHECK(range("bytes=-10") == "90+100");
  CHECK(range("bytes=-1000") == "0+100");
  for (const char* whole : {"", "lines=1-2", "bytes=", "bytes=5-2", "bytes=a-b", "bytes=0-1,3-4", "bytes=99999999999999999999-"}) {
    CHECK(range(whole) == "all");
  }
  for (const char* none : {"bytes=100-", "bytes=-0"}) CHECK(range(none) == "unsatisfiable");
}

TEST_CASE("metrics: Prometheus text and JMX beans", "[http]") {
  Fixture fixture;
  MetricRegistry registry("JobTracker");
  registry.Add("Cluster", []() -> awaitable<std::vector<Metric>> {
    Metric one{"jobs", MetricKind::kGauge, "Jobs.", 2, {{"queue", "a\"b\\\n"}}};
    std::vector<Metric> all(2, one);
    all[1].labels = {{"queue", "c"}};
    all[1].value = 0.5;
    co_return all;
  });
  const auto text = [&](std::function<awaitable<std::string>()> make) {
    return fixture.runtime().Run<std::string>(fixture.runtime().executor(), std::move(make));
  };
  CHECK(text([&] { return registry.Prometheus(); }) ==
        "# HELP jobs Jobs.\n# TYPE jobs gauge\njobs{queue=\"a\\\"b\\\\\\n\"} 2\njobs{queue=\"c\"} 5E-1\n");
  CHECK(text([&] { return registry.Jmx("Hadoop:service=JobTracker,name=C*"); }).find("\"modelerType\":\"Cluster\"") !=
        std::string::npos);
  CHECK(text([&] { return registry.Jmx("other"); }) == "{\"beans\":[]}\n");
}

}  // namespace
}  // namespace mrd::http

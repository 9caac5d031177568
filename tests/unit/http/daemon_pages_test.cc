// The pages that every daemon has: which files its log consists of, and that no others are shown.

#include "common/http/daemon_pages.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "common/base/config.h"
#include "common/base/env.h"
#include "common/http/metrics.h"
#include "common/http/router.h"
#include "common/http/uri.h"
#include "common/net/runtime.h"
#include "tests/support/temporary_dir.h"

namespace mrd::http {
namespace {

using Catch::Contains;

class Fixture {
 public:
  explicit Fixture(const std::string& log_file) : runtime_("pages", 1), disk_("disk", 1), config_(keys_), metrics_("Test") {
    AddDaemonPages(router_, DaemonPages{Env::Posix(), disk_, config_, {}, metrics_, log_file});
  }

  // A response with its whole body, wherever that comes from.
  Response Get(const std::string& path, const std::string& tail = "") {
    return runtime_.Run<Response>(runtime_.executor(), [&]() -> awaitable<Response> {
      Request request;
      request.path = path;
      if (!tail.empty()) request.query.Add("tail", tail);
      Response response = co_await router_.Handle(request);
      for (bool more = response.source != nullptr; more;) {
        Result<BodySource::Piece> piece = co_await response.source->Next();
        more = piece.ok() && !piece->last;
        if (piece.ok()) response.body += piece->bytes;
      }
      co_return response;
    });
  }

 private:
  net::Runtime runtime_;
  net::BlockingPool disk_;
  KeyRegistry keys_;
  Config config_;
  MetricRegistry metrics_;
  Router router_;
};

TEST_CASE("daemon pages: the log and what it was rotated to are shown, other files are not", "[http]") {
  test::TemporaryDir dir;
  const auto put = [&](const std::string& name, const std::string& text) {
    REQUIRE(WriteFileDurably(Env::Posix(), dir / name, text).ok());
  };
  put("x.log", "first\nsecond\n");
  put("x.log.1", "older\n");
  put("x.log.<b>", "odd\n");
  for (const char* other : {"secret", ".x.log", "x.logger", "ax.log"}) put(other, "nobody's\n");
  REQUIRE(::symlink((dir / "secret").c_str(), (dir / "x.log.7").c_str()) == 0);
  REQUIRE(CreateDirs(Env::Posix(), dir / "x.log.d").ok());
  Fixture fixture(dir / "x.log");

  const Response listing = fixture.Get("/logs/");
  CHECK(listing.status == 200);
  CHECK_THAT(listing.body, Contains("<a href=\"/logs/x.log?tail=65536\">x.log</a> 13 bytes") && Contains("/logs/x.log.1?") &&
                               Contains("/logs/x.log.%3Cb%3E?") && Contains("x.log.&lt;b&gt;"));
  for (const char* hidden : {"secret", ".x.log", "x.logger", "ax.log", "x.log.7", "x.log.d", "<b>"}) {
    INFO(hidden);
    CHECK_THAT(listing.body, !Contains("/" + std::string(hidden)) && !Contains(">" + std::string(hidden)));
  }

  CHECK(fixture.Get("/logs/x.log").body == "first\nsecond\n");
  CHECK(fixture.Get("/logs/x.log", "7").body == "second\n");
  CHECK(fixture.Get("/logs/x.log", "1000").body == "first\nsecond\n");
  CHECK(fixture.Get("/logs/x.log", "x").status == 400);
  CHECK(fixture.Get("/logs/x.log.<b>").body == "odd\n");
  for (const char* path : {"/logs/secret", "/logs/x.logger", "/logs/x.log.7", "/logs/x.log.d", "/logs/x.log.8", "/logs/..",
                           "/logs/x.log.d/../secret", "/logs/x.log./../secret"}) {
    INFO(path);
    const Response refused = fixture.Get(path);
    CHECK(refused.status == 404);
    CHECK_THAT(refused.body, !Contains("nobody's"));
  }
}

TEST_CASE("daemon pages: a log that is in no file is said to be elsewhere", "[http]") {
  Fixture fixture("");
  CHECK(fixture.Get("/logs/").status == 404);
  CHECK_THAT(fixture.Get("/logs/").body, Contains("stderr"));
  CHECK(fixture.Get("/logs/x.log").status == 404);
}

}  // namespace
}  // namespace mrd::http

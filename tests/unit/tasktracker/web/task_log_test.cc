// What attempts printed, over HTTP: parts of files, files that grow, and what must not be read.

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/clock.h"
#include "common/http/uri.h"
#include "common/net/runtime.h"
#include "tasktracker/web/pages.h"
#include "tests/support/invented_tracker.h"
#include "tests/support/temporary_dir.h"
#include "web/assets.h"

namespace mrd::tasktracker::web {
namespace {

using test::InventedTracker;

class Fixture {
 public:
  // `below`: where in the fixture's directory the attempts' logs lie.
  explicit Fixture(PagesOptions options = {}, const std::string& below = "")
      : logs_(dir_.path() + below),
        runtime_("pages", 1),
        pool_("files", 2),
        view(logs_, [] { return std::uint64_t{1'800'000'000'000}; }) {
    AddTasktrackerPages(router_, view, Env::Posix(), pool_, live_, mrd::web::Assets(), std::move(options));
    for (const char* attempt : {InventedTracker::kEndedAttempt, InventedTracker::kRunningAttempt}) {
      std::filesystem::create_directories(logs_ + "/" + attempt);
      Append(attempt, "0123456789");
    }
  }
  std::string PathOf(const std::string& attempt, const std::string& file = "stdout") const {
    return logs_ + "/" + attempt + "/" + file;
  }
  void Append(const std::string& attempt, const std::string& text) {
    std::ofstream(PathOf(attempt), std::ios::app) << text;
  }

  struct Answer {
    unsigned status = 0;
    std::string body;
    std::string state;
    std::string range;
  };
  // `between` is called after each piece of the body.
  Answer Get(const std::string& target, const std::string& range = "", std::function<void()> between = [] {}) {
    http::Request request;
    if (!range.empty()) request.headers.Add("Range", range);
    REQUIRE(http::ParseTarget(target, &request.path, &request.query));
    Answer answer;
    runtime_.Run<void>(runtime_.executor(), [&]() -> http::awaitable<void> {
      http::Response response = co_await router_.Handle(request);
      answer.status = response.status;
      answer.body = response.body;
      answer.state = response.headers.Get("X-Attempt-State");
      answer.range = response.headers.Get("Content-Range");
      while (response.source) {
        Result<http::BodySource::Piece> piece = co_await response.source->Next();
        if (!piece.ok()) break;
        answer.body += piece->bytes;
        between();
        if (piece->last) break;
      }
    });
    return answer;
  }
  static std::string Log(const std::string& attempt, const std::string& more = "") {
    return "/tasklog?attemptid=" + attempt + "&file=stdout" + more;
  }

 private:
  test::TemporaryDir dir_;
  const std::string logs_;
  net::Runtime runtime_;
  net::BlockingPool pool_;
  http::LiveStreams live_;
  http::Router router_;

 public:
  InventedTracker view;
};

const std::string kEnded = InventedTracker::kEndedAttempt;
const std::string kRunning = InventedTracker::kRunningAttempt;

TEST_CASE("task log: whole, from an offset, the end, a range", "[web]") {
  Fixture fixture;
  const Fixture::Answer whole = fixture.Get(Fixture::Log(kEnded));
  CHECK(whole.body == "0123456789");
  CHECK(whole.state == "ended");
  CHECK(fixture.Get(Fixture::Log(kRunning)).state == "running");
  CHECK(fixture.Get(Fixture::Log(kEnded, "&offset=7")).body == "789");
  CHECK(fixture.Get(Fixture::Log(kEnded, "&offset=10")).body.empty());
  CHECK(fixture.Get(Fixture::Log(kEnded, "&offset=99")).status == 200);
  CHECK(fixture.Get(Fixture::Log(kEnded, "&tail=2")).body == "89");
  const Fixture::Answer range = fixture.Get(Fixture::Log(kEnded), "bytes=2-4");
  CHECK(range.status == 206);
  CHECK(range.body == "234");
  CHECK(range.range == "bytes 2-4/10");
  CHECK(fixture.Get(Fixture::Log(kEnded), "bytes=10-").status == 416);
  CHECK(fixture.Get("/tasklog?attemptid=" + kEnded + "&filter=stdout").body == "0123456789");
  CHECK(fixture.Get("/tasklog?attemptid=" + kEnded).body == "==> stdout, 10 bytes <==\n0123456789\n\n");
}

TEST_CASE("task log: a running attempt is followed to its last byte", "[web]") {
  Fixture fixture;
  int pieces = 0;
  const Fixture::Answer all = fixture.Get(Fixture::Log(kRunning, "&follow=true&offset=8"), "", [&] {
    ++pieces;
    if (pieces == 1) fixture.Append(kRunning, "more ");
    if (pieces == 2) {
      fixture.Append(kRunning, "last");
      fixture.view.running = false;
    }
  });
  CHECK(all.body == "89more last");
  CHECK(all.state == "running");
}

TEST_CASE("task log: an attempt that printed nothing has empty logs, as long as its job has any here", "[web]") {
  Fixture fixture({}, "/job_1709633520000_0007");
  std::filesystem::remove_all(std::filesystem::path(fixture.PathOf(kEnded)).parent_path());
  const Fixture::Answer out = fixture.Get(Fixture::Log(kEnded));
  CHECK(out.status == 200);
  CHECK(out.body.empty());
  CHECK(out.state == "ended");
  CHECK(fixture.Get("/tasklog?attemptid=" + kEnded).body == "The attempt " + kEnded + " printed nothing here.\n");
  CHECK(fixture.Get("/tasklog?attemptid=" + kEnded + "&file=profile").status == 404);
  std::filesystem::remove_all(std::filesystem::path(fixture.PathOf(kEnded)).parent_path().parent_path());
  CHECK(fixture.Get(Fixture::Log(kEnded)).status == 404);
  CHECK(fixture.Get("/tasklog?attemptid=" + kEnded).status == 404);
}

TEST_CASE("task log: the log of an attempt that has just begun is waited for", "[web]") {
  Fixture fixture({}, "/job_1709633520000_0007");
  std::filesystem::remove(fixture.PathOf(kRunning));
  std::thread later([&] {
    Pause(120);
    fixture.Append(kRunning, "at last");
  });
  const Fixture::Answer answer =
      fixture.Get(Fixture::Log(kRunning, "&follow=true"), "", [&] { fixture.view.running = false; });
  later.join();
  CHECK(answer.status == 200);
  CHECK(answer.body == "at last");
}

TEST_CASE("task log: only plain files of an attempt are read", "[web]") {
  Fixture fixture;
  REQUIRE(::symlink("/etc/passwd", fixture.PathOf(kEnded, "link").c_str()) == 0);
  std::filesystem::create_directories(fixture.PathOf(kEnded, "folder"));
  for (const char* name : {"link", "folder", "none", "..%2Fx", "%2Fetc%2Fpasswd", ".hidden"}) {
    INFO(name);
    const Fixture::Answer answer = fixture.Get("/tasklog?attemptid=" + kEnded + "&file=" + name);
    CHECK(answer.status == 404);
    CHECK(answer.body.find("root:") == std::string::npos);
  }
  CHECK(fixture.Get("/tasklog?attemptid=" + kEnded).body.find("root:") == std::string::npos);
  for (const char* id : {"", "..", "attempt_1_0001_m_000000", "job_1_0001%2F..%2Fx"}) {
    CHECK(fixture.Get("/tasklog?attemptid=" + std::string(id) + "&file=stdout").status == 400);
  }
  CHECK(fixture.Get("/tasklog?attemptid=attempt_1_0001_m_000000_0&file=stdout").status == 404);
  CHECK(fixture.Get(Fixture::Log(kEnded, "&offset=-1")).status == 400);
}

TEST_CASE("task log: where lists are heeded, owner and administrators read", "[web]") {
  PagesOptions options;
  options.lists_heeded = true;
  options.administrators = {"root"};
  Fixture fixture(options);
  CHECK(fixture.Get(Fixture::Log(kEnded)).status == 403);
  CHECK(fixture.Get(Fixture::Log(kEnded, "&user.name=bob")).status == 403);
  CHECK(fixture.Get(Fixture::Log(kEnded, "&user.name=ann")).status == 200);
  CHECK(fixture.Get(Fixture::Log(kEnded, "&user.name=root")).status == 200);
}

TEST_CASE("tracker page: what it shows as JSON", "[web]") {
  Fixture fixture;
  const Fixture::Answer answer = fixture.Get("/api/tracker");
  CHECK(answer.status == 200);
  CHECK(answer.body.find("\"mapsMissing\":12") != std::string::npos);
  CHECK(answer.body.find("\"state\":\"succeeded\",\"phase\":\"map\"") != std::string::npos);
  CHECK(fixture.Get("/tasktracker.jsp").status == 302);
}

}  // namespace
}  // namespace mrd::tasktracker::web

// The jobtracker's addresses with invented jobs, without a network: what each answers and to whom.

#include "jobtracker/web/pages.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "common/http/uri.h"
#include "common/net/runtime.h"
#include "tests/support/invented_jobs.h"
#include "web/assets.h"

namespace mrd::jobtracker::web {
namespace {

namespace json = boost::json;
using http::Method;

constexpr const char* kRunning = "/api/jobs/job_1709633520000_0007";
constexpr const char* kFailed = "/api/jobs/job_1709633520000_0008";

class Fixture {
 public:
  Fixture() : runtime_("pages", 1), jobs_([] { return std::uint64_t{1'800'000'000'000}; }, 40'000) {
    AddJobtrackerPages(router_, jobs_, live_, mrd::web::Assets(), {});
  }
  http::Response Ask(Method method, const std::string& target, const std::string& body = "", const std::string& type = "") {
    http::Request request;
    if (!type.empty()) request.headers.Add("Content-Type", type);
    request.method = method;
    request.body = body;
    REQUIRE(http::ParseTarget(target, &request.path, &request.query));
    http::Response response;
    runtime_.Run<void>(runtime_.executor(), [&]() -> http::awaitable<void> { response = co_await router_.Handle(request); });
    return response;
  }
  http::Response Get(const std::string& target) { return Ask(Method::kGet, target); }
  json::object Json(const std::string& target) {
    const http::Response response = Get(target);
    INFO(target << " " << response.body);
    REQUIRE(response.status == 200);
    CHECK(response.content_type == "application/json");
    // Events carry it as one line.
    CHECK(response.body.find('\n') == response.body.size() - 1);
    return json::parse(response.body).as_object();
  }

 private:
  net::Runtime runtime_;
  test::InventedJobs jobs_;
  http::LiveStreams live_;
  http::Router router_;
};

TEST_CASE("pages: each page is there, and everything that it loads", "[web]") {
  Fixture fixture;
  for (const char* page : {"/", "/jobs", "/nodes", "/schedules", "/jobs/job_1_0001", "/tasks/task_1_0001_m_000000"}) {
    const http::Response response = fixture.Get(page);
    CHECK(response.status == 200);
    CHECK(response.content_type == "text/html; charset=utf-8");
    CHECK(response.lasting.find("onload") == std::string_view::npos);
  }
  for (const http::Asset& asset : mrd::web::Assets()) {
    CHECK(fixture.Get("/static/" + std::string(asset.name)).status == 200);
    // Modules import only what is there.
    std::string_view text = asset.bytes;
    for (std::size_t at = text.find("from \"./"); at != std::string_view::npos; at = text.find("from \"./", at + 1)) {
      const std::size_t begin = at + 8;
      const std::string other(text.substr(begin, text.find('"', begin) - begin));
      INFO(asset.name << " imports " << other);
      CHECK(fixture.Get("/static/" + other).status == 200);
    }
    // Strings are never parsed as markup.
    for (const char* forbidden : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
      CHECK(text.find(forbidden) == std::string_view::npos);
    }
  }
}

TEST_CASE("pages: cluster, jobs and one job as JSON", "[web]") {
  Fixture fixture;
  CHECK(fixture.Json("/api/cluster").at("trackers").as_array().size() == 7);
  CHECK(fixture.Json("/api/jobs?state=active").at("total").to_number<int>() == 2);
  CHECK(fixture.Json("/api/jobs?q=SCRIPT").at("jobs").as_array().size() == 1);
  const json::object job = fixture.Json(kRunning);
  CHECK(job.at("status").at("jobName").as_string() == test::InventedJobs::kHostileName);
  CHECK(job.at("phases").at("map").to_number<double>() > 0.1);
  CHECK(job.at("ledger").at("groupHistogram").as_array().size() > 5);
  CHECK(fixture.Json(kFailed).at("failures").as_array().size() == 2);
  CHECK(fixture.Json(std::string(kRunning) + "/counters").at("groups").as_array().size() == 3);
  CHECK(fixture.Json(std::string(kRunning) + "/conf").at("entry").as_string() == "wordcount");
  CHECK(fixture.Json(std::string(kRunning) + "/events?from=1&count=3").at("events").as_array().size() == 3);
  CHECK(fixture.Json(std::string(kRunning) + "/timeline").at("bars").as_array().size() > 20);
  CHECK(fixture.Get("/api/jobs/job_1_9999").status == 404);
  CHECK(fixture.Get("/api/jobs?count=x").status == 400);
  CHECK(fixture.Get(std::string(kRunning) + "/tasks?kind=none").status == 400);
}

TEST_CASE("pages: tasks by page, by order, and one of them", "[web]") {
  Fixture fixture;
  const std::string tasks = std::string(kFailed) + "/tasks?kind=map";
  const json::object second = fixture.Json(tasks + "&from=10&count=5");
  CHECK(second.at("total").to_number<int>() == 24);
  CHECK(second.at("tasks").at(0).at("taskId").as_string() == "task_1709633520000_0008_m_000010");
  const json::object failing = fixture.Json(tasks + "&state=failing&sort=attempts&order=desc");
  CHECK(failing.at("total").to_number<int>() > 0);
  const json::object one = fixture.Json("/api/tasks/task_1709633520000_0008_m_000002");
  CHECK(one.at("attempts").at(0).at("failure").at("kind").as_string() == "user");
  CHECK(fixture.Get("/api/tasks/task_1709633520000_0008_m_009999").status == 404);
  CHECK(fixture.Get("/api/tasks/nonsense").status == 404);
}

TEST_CASE("pages: changes need a name and the right", "[web]") {
  Fixture fixture;
  const std::string kill = std::string(kRunning) + "/kill";
  CHECK(fixture.Get(kill).status == 405);
  CHECK(fixture.Ask(Method::kPost, kill).status == 401);
  CHECK(fixture.Ask(Method::kPost, kill + "?user.name=bob").status == 403);
  CHECK(fixture.Ask(Method::kPost, kill + "?user.name=ann", "[]").status == 400);
  CHECK(fixture.Ask(Method::kPost, kill + "?user.name=ann", R"({"reason":"a test"})").status == 200);
  CHECK(fixture.Json(kRunning).at("status").at("state").as_string() == "killed");
  CHECK(fixture.Json(kRunning).at("status").at("failure").as_string() == "a test");
  const std::string priority = std::string(kFailed) + "/priority?user.name=bob";
  CHECK(fixture.Ask(Method::kPost, priority).status == 400);
  CHECK(fixture.Ask(Method::kPost, priority, R"({"priority":"HIGH"})").status == 200);
  const std::string attempt = "/api/attempts/attempt_1709633520000_0007_m_000001_0/kill?user.name=ann";
  CHECK(fixture.Ask(Method::kPost, attempt).status == 409);
  CHECK(fixture.Ask(Method::kPost, "/api/attempts/x/kill?user.name=ann").status == 404);
}

TEST_CASE("pages: a job is submitted by the hash of its pack", "[web]") {
  Fixture fixture;
  CHECK(fixture.Ask(Method::kPost, "/api/jobs?user.name=ann", "{}").status == 400);
  const http::Response made = fixture.Ask(Method::kPost, "/api/jobs?user.name=ann", R"({"jobName":"by hand","entry":"e",
      "reduces":0,"pack":{"path":"p","sha256":"ab","bytes":1,"plugin":"e.so"},
      "splits":[{"pieces":[{"path":"a","length":1}]}]})");
  REQUIRE(made.status == 201);
  const std::string place(made.headers.Get("Location"));
  CHECK(fixture.Json(place).at("status").at("jobName").as_string() == "by hand");
}

TEST_CASE("pages: a job that has to be planned is taken from its parts or its pack", "[web]") {
  Fixture fixture;
  const std::string path = "/api/jobs?user.name=ann";
  const auto send = [&](const std::string& plugin) {
    return fixture.Ask(Method::kPost, path, "--b\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n{}\r\n--b\r\n"
                       "Content-Disposition: form-data; name=\"plugin\"; filename=\"" + plugin + "\"\r\n\r\nELF\r\n--b--\r\n",
                       "multipart/form-data; boundary=b");
  };
  const http::Response made = send("count.so");
  REQUIRE(made.status == 201);
  const json::object answer = json::parse(made.body).as_object();
  const std::string place(made.headers.Get("Location"));
  CHECK(answer.at("location").as_string() == place);
  CHECK(place == "/api/jobs/" + std::string(answer.at("jobId").as_string()));
  CHECK(answer.at("status").at("jobId") == answer.at("jobId"));
  CHECK(fixture.Get(place).status == 200);
  const http::Response refused = send("nothing.so");
  CHECK(refused.status == 400);
  CHECK(refused.body.find("nothing.so is no plugin") != std::string::npos);
  CHECK(send("../../x,y").status == 400);
  CHECK(fixture.Ask(Method::kPost, path, R"({"pack":"0f"})").status == 201);
  CHECK(fixture.Ask(Method::kPost, "/api/jobs", R"({"pack":"0f"})").status == 401);
}

TEST_CASE("pages: Hadoop's old addresses and its history", "[web]") {
  Fixture fixture;
  const auto leads = [&](const std::string& from) {
    const http::Response response = fixture.Get(from);
    CHECK(response.status == 302);
    return std::string(response.headers.Get("Location"));
  };
  CHECK(leads("/jobtracker.jsp") == "/");
  CHECK(leads("/jobdetails.jsp?jobid=job_1709633520000_0007") == "/jobs/job_1709633520000_0007");
  CHECK(leads("/jobdetails.jsp?jobid=//evil.example") == "/jobs");
  CHECK(leads("/taskdetails.jsp?tipid=task_1_0001_m_000000") == "/tasks/task_1_0001_m_000000");
  CHECK(leads("/machines.jsp?type=active") == "/nodes");
  const std::string history = "/ws/v1/history/mapreduce/jobs";
  const json::object finished = fixture.Json(history + "?state=SUCCEEDED&limit=5");
  CHECK(finished.at("jobs").at("job").as_array().size() == 5);
  CHECK(fixture.Get(history + "/job_1709633520000_0007").status == 404);  // it runs
  CHECK(fixture.Json(history + "/job_1709633520000_0008").at("job").at("state").as_string() == "FAILED");
  CHECK(fixture.Json(history + "/job_1709633520000_0008/tasks?type=r").at("tasks").at("task").as_array().size() == 2);
}

TEST_CASE("pages: schedules, their runs, and changes by their owner", "[web]") {
  Fixture fixture;
  const json::object all = fixture.Json("/api/schedules");
  REQUIRE(all.at("schedules").as_array().size() == 2);
  const json::object one = fixture.Json("/api/schedules/nightly");
  CHECK(one.at("cron") == "30 2 * * *");
  CHECK(one.at("zone") == "Europe/Berlin");
  CHECK(one.at("enabled") == true);
  CHECK(one.at("jobName") == "<b>counts</b> of the day");
  const json::array& runs = one.at("runs").as_array();
  REQUIRE(runs.size() == 7);
  CHECK(runs[3].at("state") == "refused");
  CHECK(runs[4].at("count") == 3);
  CHECK_FALSE(fixture.Json("/api/schedules/weekly.report").contains("nextMs"));
  CHECK(fixture.Get("/api/schedules/other").status == 404);

  CHECK(fixture.Ask(Method::kPost, "/api/schedules/nightly/run").status == 401);
  CHECK(fixture.Ask(Method::kPost, "/api/schedules/nightly/run?user.name=bob").status == 403);
  CHECK(fixture.Ask(Method::kPost, "/api/schedules/nightly/run?user.name=ann").body == "{\"number\":8}\n");
  CHECK(fixture.Ask(Method::kPost, "/api/schedules/nightly/run?user.name=ann").status == 409);
  CHECK(fixture.Ask(Method::kPost, "/api/schedules/nightly/disable?user.name=ann").status == 200);
  CHECK(fixture.Json("/api/schedules/nightly").at("enabled") == false);
  CHECK(fixture.Ask(Method::kPost, "/api/schedules/nightly/enable?user.name=ann").status == 200);
  CHECK(fixture.Ask(Method::kPost, "/api/schedules/nightly/remove?user.name=ann").status == 200);
  CHECK(fixture.Get("/api/schedules/nightly").status == 404);
  CHECK(fixture.Ask(Method::kGet, "/api/schedules/nightly/run").status == 405);
}

}  // namespace
}  // namespace mrd::jobtracker::web

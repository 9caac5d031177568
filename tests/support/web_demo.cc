// The pages with invented jobs, to look at and for the tests of the pages: web_demo [--port N] [--ahead SECONDS].
// Prints "jobtracker PORT" and "tasktracker PORT" (the next one, if N is given) and serves until its input ends.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/http/daemon_site.h"
#include "jobtracker/web/pages.h"
#include "tasktracker/web/pages.h"
#include "tests/support/invented_jobs.h"
#include "tests/support/invented_tracker.h"
#include "web/assets.h"

namespace {

using namespace mrd;

std::uint64_t Number(int argc, char** argv, const char* name, std::uint64_t fallback) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) == 0) return std::strtoull(argv[i + 1], nullptr, 10);
  }
  return fallback;
}

bool Serve(net::Runtime& runtime, http::DaemonSite& site, const char* name, std::uint16_t port) {
  Result<std::unique_ptr<net::Listener>> listener = runtime.Listen("127.0.0.1", port);
  if (!listener.ok()) {
    std::fprintf(stderr, "web_demo: %s\n", listener.status().message().c_str());
    return false;
  }
  site.Start(std::move(*listener), runtime.executor());
  std::printf("%s %u\n", name, static_cast<unsigned>(site.local().port));
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Log log(LogLevel::kInfo);
  net::Runtime runtime("demo", 1);
  const auto now_ms = [] { return static_cast<std::uint64_t>(Clock::System().WallMillis()); };
  test::InventedJobs jobs(now_ms, Number(argc, argv, "--ahead", 30) * 1000);
  KeyRegistry keys;
  Config config(keys);
  (void)config.Set("demo.key", "<b>value</b>", "command line");
  (void)config.Set("demo.password", "hidden", "command line");
  const auto port = static_cast<std::uint16_t>(Number(argc, argv, "--port", 0));
  http::DaemonSite::Options options;
  options.service = "JobTracker";
  http::DaemonSite jobtracker(runtime, Env::Posix(), log, config, options);
  jobtracker.metrics().Add("Cluster", jobtracker::web::ClusterMetrics(jobs));
  jobtracker::web::AddJobtrackerPages(jobtracker.router(), jobs, jobtracker.live(), web::Assets(), {});
  if (!Serve(runtime, jobtracker, "jobtracker", port)) return 1;

  options.service = "TaskTracker";
  test::InventedTracker view("no-logs", now_ms);
  http::DaemonSite tasktracker(runtime, Env::Posix(), log, config, options);
  tasktracker.metrics().Add("Tracker", tasktracker::web::TrackerMetrics(view));
  tasktracker::web::AddTasktrackerPages(tasktracker.router(), view, Env::Posix(), tasktracker.pool(), tasktracker.live(),
                                        web::Assets(), {});
  const bool both = Serve(runtime, tasktracker, "tasktracker", port == 0 ? port : static_cast<std::uint16_t>(port + 1));

  char byte = 0;
  while (both && ::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  runtime.Run<void>(runtime.executor(), [&]() -> net::awaitable<void> {
    co_await jobtracker.Stop();
    co_await tasktracker.Stop();
  });
  return both ? 0 : 1;
}

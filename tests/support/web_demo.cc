// The pages with invented jobs, to look at and for the tests of the pages: web_demo [--port N] [--ahead SECONDS].
// Prints "jobtracker PORT" and serves until its input ends.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/http/daemon_pages.h"
#include "common/http/server.h"
#include "jobtracker/web/pages.h"
#include "tests/support/invented_jobs.h"
#include "web/assets.h"

namespace {

using namespace mrd;

std::uint64_t Number(int argc, char** argv, const char* name, std::uint64_t fallback) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) == 0) return std::strtoull(argv[i + 1], nullptr, 10);
  }
  return fallback;
}

}  // namespace

int main(int argc, char** argv) {
  Log log(LogLevel::kInfo);
  net::Runtime runtime("demo", 1);
  net::BlockingPool pool("files", 1);
  test::InventedJobs jobs([] { return static_cast<std::uint64_t>(Clock::System().WallMillis()); },
                          Number(argc, argv, "--ahead", 30) * 1000);
  KeyRegistry keys;
  Config config(keys);
  (void)config.Set("demo.key", "<b>value</b>", "command line");
  (void)config.Set("demo.password", "hidden", "command line");
  http::LiveStreams live;
  http::MetricRegistry metrics("JobTracker");
  metrics.Add("Process", http::ProcessMetrics());
  metrics.Add("Cluster", jobtracker::web::ClusterMetrics(jobs));
  http::Router router;
  jobtracker::web::AddJobtrackerPages(router, jobs, live, web::Assets(), {});
  http::AddDaemonPages(router, http::DaemonPages{Env::Posix(), pool, config, {}, metrics, ""});

  Result<std::unique_ptr<net::Listener>> listener =
      runtime.Listen("127.0.0.1", static_cast<std::uint16_t>(Number(argc, argv, "--port", 0)));
  if (!listener.ok()) {
    std::fprintf(stderr, "web_demo: %s\n", listener.status().message().c_str());
    return 1;
  }
  http::Server server(runtime, Logger(log, "http"), {}, std::move(router));
  server.Start(std::move(*listener), runtime.executor());
  std::printf("jobtracker %u\n", static_cast<unsigned>(server.local().port));
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  runtime.Run<void>(runtime.executor(), [&]() -> net::awaitable<void> { co_await server.Stop(); });
  return 0;
}

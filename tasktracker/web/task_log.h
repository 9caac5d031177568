#pragma once

#include <memory>
#include <string>

#include "common/http/router.h"
#include "tasktracker/web/pages.h"

namespace mrd::tasktracker::web {

// Answers /tasklog: what attempts printed. User code may put anything into its log directory, so nothing but plain files
// directly in it is opened. Thread-safe; references outlive it.
class TaskLogPage {
 public:
  TaskLogPage(Views& views, Env& env, net::BlockingPool& pool, PagesOptions options)
      : views_(views), env_(env), pool_(pool), options_(std::move(options)) {}

  http::awaitable<http::Response> Answer(const http::Request& request) const;

 private:
  template <typename T>
  using awaitable = http::awaitable<T>;

  struct OpenLog {
    std::shared_ptr<File> file;
    std::uint64_t size = 0;
  };
  awaitable<Status> MayRead(std::string user, std::string job_id) const;
  awaitable<Result<OpenLog>> Open(std::string path) const;
  // The log of an attempt that printed nothing may be missing. Of one that runs it is waited for.
  awaitable<Result<OpenLog>> OpenOfAttempt(std::string dir, std::string name, bool running) const;
  // Whether the logs of attempts of the job whose attempt has `dir` are here.
  awaitable<bool> KeepsJob(std::string dir, std::string job_id) const;
  awaitable<http::Response> OneFile(const http::Request& request, std::string dir, std::string name) const;
  awaitable<http::Response> AllFiles(const http::Request& request, std::string dir) const;

  Views& views_;
  Env& env_;
  net::BlockingPool& pool_;
  const PagesOptions options_;
};

}  // namespace mrd::tasktracker::web

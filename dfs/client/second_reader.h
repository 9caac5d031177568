#pragma once

#include <functional>
#include <mutex>
#include <semaphore>
#include <thread>

namespace mrd::dfs::client {

// A thread that does one half of a large read while its caller does the other: one processor alone neither copies nor
// checks as fast as memory delivers.
//
// The thread is made when it is first needed and ends with this; in between it sleeps. Threads: any.
class SecondReader {
 public:
  SecondReader() = default;
  ~SecondReader();
  SecondReader(const SecondReader&) = delete;
  SecondReader& operator=(const SecondReader&) = delete;

  // Runs both, `theirs` on the thread, and returns when both have ended. When the thread is at work for somebody else, or
  // cannot be made, `theirs` runs here after `ours`. Neither throws.
  void RunBoth(const std::function<void()>& ours, const std::function<void()>& theirs);

 private:
  bool Started();  // REQUIRES: mutex_ is held
  void Serve();

  std::mutex mutex_;  // held by the caller that the thread works for
  std::thread thread_;
  const std::function<void()>* work_ = nullptr;  // null with begin_ released: the end
  std::binary_semaphore begin_{0};
  std::binary_semaphore done_{0};
};

}  // namespace mrd::dfs::client

#include "dfs/client/second_reader.h"

#include <system_error>

namespace mrd::dfs::client {

SecondReader::~SecondReader() {
  if (!thread_.joinable()) return;
  work_ = nullptr;
  begin_.release();
  thread_.join();
}

bool SecondReader::Started() {
  if (thread_.joinable()) return true;
  if (std::thread::hardware_concurrency() < 2) return false;
  try {
    thread_ = std::thread([this] { Serve(); });
  } catch (const std::system_error&) {
    return false;  // no more threads for this process: it goes on with those it has
  }
  return true;
}

void SecondReader::Serve() {
  for (;;) {
    begin_.acquire();
    if (work_ == nullptr) return;
    (*work_)();
    done_.release();
  }
}

void SecondReader::RunBoth(const std::function<void()>& ours, const std::function<void()>& theirs) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || !Started()) {
    ours();
    theirs();
    return;
  }
  work_ = &theirs;
  begin_.release();
  ours();
  done_.acquire();
}

}  // namespace mrd::dfs::client

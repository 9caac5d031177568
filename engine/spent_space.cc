#include "engine/spent_space.h"

#include <fcntl.h>

#include <system_error>
#include <utility>

namespace mrd::engine {

namespace {
constexpr std::uint64_t kPage = 4096;
// Two gigabytes behind, which no disk is that takes the spills as fast as they are made.
constexpr std::size_t kWaitingMost = 256;

}  // namespace

SpentSpace::~SpentSpace() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SpentSpace::GiveMemory(File& file, std::uint64_t offset, std::uint64_t bytes) {
  if (file.descriptor() < 0) return;
  static_cast<void>(::posix_fadvise(file.descriptor(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                                    POSIX_FADV_DONTNEED));
}

void SpentSpace::Add(std::shared_ptr<File> file, std::uint64_t offset, std::uint64_t bytes) {
  if (file == nullptr || file->descriptor() < 0) return;
  const std::uint64_t begin = (offset + kPage - 1) / kPage * kPage;
  const std::uint64_t end = (offset + bytes) / kPage * kPage;
  if (begin >= end) return;
  const std::lock_guard lock(mutex_);
  if (ending_ || failed_ || waiting_.size() >= kWaitingMost) return;
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { Work(); });
    } catch (const std::system_error&) {
      failed_ = true;  // a process that may have no more threads does without
      return;
    }
  }
  waiting_.push_back({std::move(file), begin, end - begin});
  changed_.notify_one();
}

void SpentSpace::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    const Piece piece = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    static_cast<void>(::fallocate(piece.file->descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                  static_cast<off_t>(piece.offset), static_cast<off_t>(piece.bytes)));
    lock.lock();
  }
}

}  // namespace mrd::engine

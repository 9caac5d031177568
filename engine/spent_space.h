#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "common/base/env.h"

namespace mrd::engine {

// Gives back what spill files take while they are merged, for a job that reads each of their bytes once: the room on disk,
// the memory of the page cache, and the writing of what is not on disk yet. Without it, spills that were merged push
// those that were not out of memory, and these are read from the disk again.
//
// Any thread may call these. Memory is given back at once and in small pieces, so that the output that is being written has
// it. Room is given back by a thread, since a file system may wait for the disk; it starts with the first piece. Best
// effort: nothing fails for it, and pieces are left to the removal of their file when the thread falls behind or the file
// system cannot do it.
class SpentSpace {
 public:
  // Below this a piece is not worth a call: disks that are told of freed blocks take milliseconds for each.
  static constexpr std::uint64_t kPieceBytes = std::uint64_t{8} << 20;

  SpentSpace() = default;
  // Forgets what is still waiting and ends the thread.
  ~SpentSpace();

  // All runs are merged at once, so each holds back this much: of 298 runs 8 MiB would be a quarter of 10 GB.
  static constexpr std::uint64_t kMemoryPieceBytes = std::uint64_t{1} << 20;

  // Nobody will read [offset, offset + bytes) of `file` again. Gives back the memory of what is on disk already.
  static void GiveMemory(File& file, std::uint64_t offset, std::uint64_t bytes);
  // The same, of the room; the file must be open for writing too. Its whole pages alone are given back.
  void Add(std::shared_ptr<File> file, std::uint64_t offset, std::uint64_t bytes);

 private:
  struct Piece {
    std::shared_ptr<File> file;  // keeps it open
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  void Work();

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Piece> waiting_;
  bool ending_ = false;
  bool failed_ = false;  // no thread could be started
  std::thread thread_;
};

}  // namespace mrd::engine

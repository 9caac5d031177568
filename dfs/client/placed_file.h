#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/net/runtime.h"

namespace mrd::dfs::client {

// The file of a block that is being written, lent by the datanode on this host. Owned by the block's pipeline and by whoever
// writes to it at the moment. Thread-safe, but for Borrow().
class PlacedFile {
 public:
  PlacedFile() : disk_("dfs-place", 1) {}

  // Asks the datanode behind the socket for a new block and its file. The connection is for packets and acks; lent() tells
  // whether there is a file, too. To be called once, before anything else.
  net::awaitable<Result<UniqueFd>> Borrow(const std::string& socket_path, const std::string& operation);
  bool lent();
  // All of it at `offset`, or an error. Blocks. kCancelled after Close().
  Status Write(std::uint64_t offset, std::string_view bytes);
  // The same for the client's own thread, which must not block.
  net::awaitable<Status> WriteInBackground(std::uint64_t offset, std::string_view bytes);
  // Gives the file back: nothing of ours can reach it any more. Waits for a Write() that is under way.
  void Close();

 private:
  std::mutex mutex_;
  UniqueFd data_;            // guarded by the mutex
  net::BlockingPool disk_;
};

}  // namespace mrd::dfs::client

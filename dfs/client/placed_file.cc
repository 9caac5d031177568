#include "dfs/client/placed_file.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "dfs/client/short_circuit.h"

namespace mrd::dfs::client {

net::awaitable<Result<UniqueFd>> PlacedFile::Borrow(const std::string& socket_path, const std::string& operation) {
  Result<LentFile> lent = co_await disk_.Run([&] { return RequestLentFile(socket_path, operation); });
  if (!lent.ok()) co_return lent.status();
  const std::lock_guard lock(mutex_);
  data_ = std::move(lent->data);
  co_return std::move(lent->connection);
}

bool PlacedFile::lent() {
  const std::lock_guard lock(mutex_);
  return data_.valid();
}

Status PlacedFile::Write(std::uint64_t offset, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (!data_.valid()) return Cancelled("the block's file was given back");
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(data_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FromErrno(errno, "write to the block's file at " + std::to_string(offset));
    offset += static_cast<std::uint64_t>(put);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return Status::Ok();
}

net::awaitable<Status> PlacedFile::WriteInBackground(std::uint64_t offset, std::string_view bytes) {
  co_return co_await disk_.Run([&] { return Write(offset, bytes); });
}

void PlacedFile::Close() {
  const std::lock_guard lock(mutex_);
  data_ = UniqueFd();
}

}  // namespace mrd::dfs::client

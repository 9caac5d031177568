#include "datanode/transfer/input.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/net/co_status.h"
#include "dfs/wire/delimited.h"

namespace mrd::datanode {
namespace {

// Buffers kept for use again. More are in flight only when the disk or the next node is slow.
constexpr std::size_t kSparesMax = 8;

}  // namespace

void Input::MakeRoom(std::size_t size) {
  const std::size_t held = end_ - begin_;
  const bool unshared = buffer_.use_count() == 1;
  if (held == 0 && unshared) begin_ = end_ = 0;
  const std::size_t wanted = std::max(size, buffer_bytes_);
  // Room for all that is needed, and enough for the fetch to be worth a system call.
  if (capacity_ >= begin_ + size && capacity_ - end_ >= std::min(wanted / 4, capacity_ - begin_)) return;
  if (unshared && capacity_ >= wanted) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, held);
    begin_ = 0;
    end_ = held;
    return;
  }
  Buffer fresh;
  for (auto it = used_.begin(); it != used_.end(); ++it) {
    if (it->bytes.use_count() == 1 && it->size >= wanted) {
      fresh = std::move(*it);
      used_.erase(it);
      break;
    }
  }
  if (fresh.bytes == nullptr) fresh = Buffer{std::make_shared_for_overwrite<char[]>(wanted), wanted};
  if (held > 0) std::memcpy(fresh.bytes.get(), buffer_.get() + begin_, held);
  if (buffer_ != nullptr && used_.size() < kSparesMax) used_.push_back(Buffer{std::move(buffer_), capacity_});
  buffer_ = std::move(fresh.bytes);
  capacity_ = fresh.size;
  begin_ = 0;
  end_ = held;
}

net::awaitable<Status> Input::Need(std::size_t size) {
  while (end_ - begin_ < size) {
    MakeRoom(size);
    Result<std::size_t> got = co_await stream_.ReadSome(buffer_.get() + end_, capacity_ - end_);
    if (!got.ok()) co_return got.status();
    end_ += *got;
  }
  co_return Status::Ok();
}

Piece Input::Take(std::size_t size) {
  MRD_CHECK(size <= end_ - begin_);
  Piece piece{buffer_, {buffer_.get() + begin_, size}};
  begin_ += size;
  return piece;
}

net::awaitable<Result<Piece>> Input::ReadDelimitedBytes() {
  std::optional<dfs::wire::DelimitedLength> length;
  for (std::size_t prefix = 1; !length; ++prefix) {
    MRD_CO_RETURN_IF_ERROR(co_await Need(prefix));
    MRD_CO_ASSIGN_OR_RETURN(length, dfs::wire::DecodeDelimitedLength(buffered()));
  }
  MRD_CO_RETURN_IF_ERROR(co_await Need(length->prefix_bytes + length->message_bytes));
  Consume(length->prefix_bytes);
  co_return Take(length->message_bytes);
}

net::awaitable<Status> Input::ReadDelimited(std::string_view what, google::protobuf::MessageLite& message) {
  MRD_CO_ASSIGN_OR_RETURN(const Piece body, co_await ReadDelimitedBytes());
  co_return dfs::wire::ParseMessage(body.bytes, what, message);
}

}  // namespace mrd::datanode

#include "dfs/client/buffered_stream.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "common/net/co_status.h"
#include "dfs/wire/delimited.h"

namespace mrd::dfs::client {

BufferedStream::BufferedStream(std::unique_ptr<net::Stream> stream)
    : stream_(std::move(stream)), buffer_(kBufferBytes) {}

awaitable<Result<std::string_view>> BufferedStream::Peek(std::size_t size) {
  if (end_ - begin_ < size && buffer_.size() - begin_ < size) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (begin_ == end_) begin_ = end_ = 0;
  while (end_ - begin_ < size) {
    MRD_CO_ASSIGN_OR_RETURN(const std::size_t got,
                            co_await stream_->ReadSome(buffer_.data() + end_, buffer_.size() - end_));
    end_ += got;
  }
  co_return std::string_view(buffer_.data() + begin_, end_ - begin_);
}

awaitable<Status> BufferedStream::Read(char* out, std::size_t size) {
  const std::size_t buffered = std::min(size, end_ - begin_);
  std::memcpy(out, buffer_.data() + begin_, buffered);
  begin_ += buffered;
  if (buffered == size) co_return Status::Ok();
  co_return co_await net::ReadExactly(*stream_, out + buffered, size - buffered);
}

awaitable<Result<std::string>> BufferedStream::ReadDelimitedBytes() {
  std::size_t wanted = 1;
  while (true) {
    MRD_CO_ASSIGN_OR_RETURN(const std::string_view bytes, co_await Peek(wanted));
    MRD_CO_ASSIGN_OR_RETURN(const std::optional<wire::DelimitedLength> length, wire::DecodeDelimitedLength(bytes));
    if (!length) {
      wanted = bytes.size() + 1;
      continue;
    }
    Consume(length->prefix_bytes);
    std::string message(length->message_bytes, '\0');
    MRD_CO_RETURN_IF_ERROR(co_await Read(message.data(), message.size()));
    co_return message;
  }
}

awaitable<Status> BufferedStream::ReadDelimited(std::string_view what, google::protobuf::MessageLite& message) {
  MRD_CO_ASSIGN_OR_RETURN(const std::string bytes, co_await ReadDelimitedBytes());
  co_return wire::ParseMessage(bytes, what, message);
}

}  // namespace mrd::dfs::client

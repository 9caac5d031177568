#include "tasktracker/shuffle_frames.h"

#include <algorithm>
#include <cstring>

#include "common/net/co_status.h"

namespace mrd::tasktracker {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kFirstBytes = 4 << 10;
constexpr std::size_t kBufferBytes = 256 << 10;

}  // namespace

Result<std::string> ShuffleFrame(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  if (size > kShuffleFrameMax) {
    return InvalidArgument("a shuffle message of " + std::to_string(size) + " bytes is too large");
  }
  std::string frame;
  frame.reserve(kHeaderBytes + size);
  for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(size >> shift & 0xff));
  if (!message.AppendToString(&frame)) return Internal("a shuffle message lacks a required field");
  return frame;
}

net::awaitable<Status> ShuffleInput::Need(std::size_t size) {
  if (end_ - begin_ >= size) co_return Status::Ok();
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < size) buffer_.resize(std::max(size, kFirstBytes));
  while (end_ < size) {
    Result<std::size_t> got = co_await stream_.ReadSome(buffer_.data() + end_, buffer_.size() - end_);
    if (!got.ok()) co_return got.status();
    end_ += *got;
  }
  co_return Status::Ok();
}

net::awaitable<Status> ShuffleInput::ReadMessage(google::protobuf::MessageLite* message) {
  MRD_CO_RETURN_IF_ERROR(co_await Need(kHeaderBytes));
  std::size_t size = 0;
  for (std::size_t i = 0; i < kHeaderBytes; ++i) {
    size = size << 8 | static_cast<unsigned char>(buffer_[begin_ + i]);
  }
  if (size > kShuffleFrameMax) {
    co_return Corruption(stream_.peer().ToString() + " announces a shuffle message of " + std::to_string(size) +
                         " bytes, more than " + std::to_string(kShuffleFrameMax) + "; it speaks another protocol");
  }
  MRD_CO_RETURN_IF_ERROR(co_await Need(kHeaderBytes + size));
  // Partly at first: the library prints what it misses, and anybody may connect.
  const bool parsed = message->ParsePartialFromArray(buffer_.data() + begin_ + kHeaderBytes, static_cast<int>(size)) &&
                      message->IsInitialized();
  begin_ += kHeaderBytes + size;
  if (!parsed) co_return Corruption(stream_.peer().ToString() + " sent a shuffle message that is none");
  co_return Status::Ok();
}

net::awaitable<Result<std::string_view>> ShuffleInput::ReadSome(std::size_t size) {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() < kBufferBytes && size > buffer_.size()) buffer_.resize(std::min(size, kBufferBytes));
    MRD_CO_RETURN_IF_ERROR(co_await Need(1));
  }
  const std::string_view bytes(buffer_.data() + begin_, std::min(size, end_ - begin_));
  begin_ += bytes.size();
  co_return bytes;
}

}  // namespace mrd::tasktracker

#include "tasktracker/frame_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <utility>

#include "common/net/adopted_stream.h"
#include "common/net/co_status.h"
#include "tasktracker/worker/umbilical.h"

namespace mrd::tasktracker {
namespace {

constexpr std::size_t kReadBytes = 4 << 10;
// A peer that takes nothing for so long hangs; the next look at it will say so.
constexpr int kSendAttempts = 1000;
constexpr std::chrono::milliseconds kSendPause{5};

// Sends the first bytes of a frame with the descriptor. How many were sent, or -errno.
ssize_t SendAttached(int socket, std::string_view bytes, int attached) {
  iovec data{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &attached, sizeof(attached));
  const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent >= 0 ? sent : -errno;
}

}  // namespace

Result<std::shared_ptr<FrameStream>> FrameStream::Make(net::Runtime& runtime, boost::asio::any_io_executor executor,
                                                       UniqueFd socket, std::string name) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<net::Stream> stream,
                       net::AdoptSocket(executor, std::move(socket), std::move(name)));
  return std::shared_ptr<FrameStream>(new FrameStream(runtime, std::move(executor), std::move(stream)));
}

Status FrameStream::Send(const google::protobuf::MessageLite& message, UniqueFd attached) {
  if (closed_) return Status::Ok();
  Outgoing next;
  MRD_ASSIGN_OR_RETURN(next.frame, UmbilicalFrame(message));
  next.attached = std::move(attached);
  out_.push_back(std::move(next));
  if (writing_) return Status::Ok();
  writing_ = true;
  std::function<net::awaitable<void>()> body = [self = shared_from_this()] { return self->Write(self); };
  runtime_.Spawn(executor_, std::move(body));
  return Status::Ok();
}

net::awaitable<void> FrameStream::Write(std::shared_ptr<FrameStream>) {
  while (!closed_ && !out_.empty()) {
    Outgoing next = std::move(out_.front());
    out_.pop_front();
    std::string_view rest = next.frame;
    Status status;
    for (int attempt = 0; next.attached.valid() && status.ok(); ++attempt) {
      const ssize_t sent = SendAttached(stream_->descriptor(), rest, next.attached.get());
      if (sent > 0) {
        rest.remove_prefix(static_cast<std::size_t>(sent));
        next.attached.Reset();
      } else if ((sent == -EAGAIN || sent == -EINTR) && attempt < kSendAttempts) {
        status = co_await net::SleepFor(kSendPause);
      } else {
        status = FromErrno(static_cast<int>(-sent), "send a descriptor to " + stream_->peer().ip);
      }
    }
    if (status.ok() && !rest.empty()) status = co_await stream_->Write(rest);
    if (!status.ok()) Close();  // its reader finds out
  }
  writing_ = false;
}

net::awaitable<Result<bool>> FrameStream::Need(std::size_t size) {
  if (in_.size() - begin_ < size) {
    if (begin_ != end_) std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (in_.size() < size) in_.resize(std::max(size, kReadBytes));
  }
  while (end_ - begin_ < size) {
    Result<std::size_t> got = co_await stream_->ReadSome(in_.data() + end_, in_.size() - end_);
    if (!got.ok()) {
      if (end_ != begin_ && net::IsEndOfStream(got.status())) {
        co_return Corruption(stream_->peer().ip + " closed its umbilical within a message");
      }
      co_return false;
    }
    end_ += *got;
  }
  co_return true;
}

net::awaitable<Result<bool>> FrameStream::Receive(google::protobuf::MessageLite* message) {
  const std::shared_ptr<FrameStream> self = shared_from_this();
  Result<bool> there = co_await Need(kUmbilicalHeaderBytes);
  if (!there.ok() || !*there) co_return there;
  MRD_CO_ASSIGN_OR_RETURN(const std::size_t size, UmbilicalBodyBytes({in_.data() + begin_, kUmbilicalHeaderBytes}));
  begin_ += kUmbilicalHeaderBytes;
  there = co_await Need(size);
  if (!there.ok()) co_return there;
  if (!*there) co_return Corruption(stream_->peer().ip + " closed its umbilical within a message");
  const bool parsed =
      message->ParsePartialFromArray(in_.data() + begin_, static_cast<int>(size)) && message->IsInitialized();
  begin_ += size;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (in_.size() > (64 << 10)) {  // a large message went through: do not keep its memory
      in_.clear();
      in_.shrink_to_fit();
    }
  }
  if (!parsed) co_return Corruption(stream_->peer().ip + " sent a message that is none");
  co_return true;
}

void FrameStream::Close() {
  closed_ = true;
  out_.clear();
  stream_->Close();
}

}  // namespace mrd::tasktracker

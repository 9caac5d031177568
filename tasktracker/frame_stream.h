#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <google/protobuf/message_lite.h>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/net/runtime.h"
#include "common/net/stream.h"

namespace mrd::tasktracker {

// The tracker's end of an umbilical (tasktracker/worker/umbilical.h), for coroutines: messages go out in the order in
// which they were given, in the background; one coroutine receives. Everything on one executor. Shared, since what is
// being sent outlives the one who sent it.
class FrameStream : public std::enable_shared_from_this<FrameStream> {
 public:
  // Takes a connected Unix socket; `name` stands for the peer in messages. `runtime` must outlive it.
  static Result<std::shared_ptr<FrameStream>> Make(net::Runtime& runtime, boost::asio::any_io_executor executor,
                                                   UniqueFd socket, std::string name);

  // Sends the message, with a descriptor of which the peer gets a copy. An error concerns the message itself; when the
  // peer is gone, Receive() tells.
  Status Send(const google::protobuf::MessageLite& message, UniqueFd attached = UniqueFd());
  // The next message; false when the peer has closed or the stream was closed. kCorruption for what is no such message.
  net::awaitable<Result<bool>> Receive(google::protobuf::MessageLite* message);
  // Pending calls end. Messages that were not sent are dropped.
  void Close();

 private:
  struct Outgoing {
    std::string frame;
    UniqueFd attached;
  };
  FrameStream(net::Runtime& runtime, boost::asio::any_io_executor executor, std::unique_ptr<net::Stream> stream)
      : runtime_(runtime), executor_(std::move(executor)), stream_(std::move(stream)) {}
  net::awaitable<void> Write(std::shared_ptr<FrameStream> self);
  net::awaitable<Result<bool>> Need(std::size_t size);

  net::Runtime& runtime_;
  const boost::asio::any_io_executor executor_;
  const std::unique_ptr<net::Stream> stream_;
  std::deque<Outgoing> out_;
  bool writing_ = false;
  bool closed_ = false;
  std::vector<char> in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mrd::tasktracker

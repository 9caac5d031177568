#pragma once

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/net/stream.h"

namespace mrd::net {

// A stream over a connected socket that was made elsewhere: one end of a pair, the other end of which a child process has.
// `name` stands for the peer in messages. `executor` is a strand or has one thread.
Result<std::unique_ptr<Stream>> AdoptSocket(boost::asio::any_io_executor executor, UniqueFd socket, std::string name);

}  // namespace mrd::net

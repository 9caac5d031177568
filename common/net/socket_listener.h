#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "common/net/stream.h"

namespace mrd::net {

// What Runtime::Listen() and ListenUnix() are made of. `executor` waits for connections; `new_strand` gives each accepted
// stream its executor.
using NewStrand = std::function<boost::asio::any_io_executor()>;

Result<std::unique_ptr<Listener>> ListenTcp(boost::asio::any_io_executor executor,
                                            NewStrand new_strand,
                                            const std::string& host,
                                            std::uint16_t port);
Result<std::unique_ptr<Listener>> ListenUnix(boost::asio::any_io_executor executor,
                                             NewStrand new_strand,
                                             const std::string& path);

}  // namespace mrd::net

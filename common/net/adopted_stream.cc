#include "common/net/adopted_stream.h"

#include <utility>

#include <boost/asio/local/stream_protocol.hpp>

#include "common/net/socket_stream.h"

namespace mrd::net {

Result<std::unique_ptr<Stream>> AdoptSocket(boost::asio::any_io_executor executor, UniqueFd socket, std::string name) {
  Socket adopted(std::move(executor));
  boost::system::error_code error;
  adopted.assign(boost::asio::local::stream_protocol(), socket.get(), error);
  if (error) return FromErrno(error.value(), "take over the socket of " + name);
  (void)socket.Release();
  adopted.non_blocking(true, error);
  if (error) return FromErrno(error.value(), "make the socket of " + name + " non-blocking");
  return MakeSocketStream(std::move(adopted), Endpoint{name, 0}, Endpoint{name, 0});
}

}  // namespace mrd::net

#pragma once

#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "common/net/stream.h"

namespace mrd::net {

// A connected socket, TCP or Unix. For the sources of this folder.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, boost::asio::any_io_executor>;

// "what ip:port: reason", with the code that a broken connection has.
Status SocketError(std::string_view what, const Endpoint& peer, int error);

// The addresses of a socket; an empty one where there is none.
Endpoint LocalEndpoint(int descriptor);
Endpoint PeerEndpoint(int descriptor);
// "unix:path" for addresses of Unix sockets.
Endpoint UnixEndpoint(const std::string& path);

// Takes a connected socket. Sets what every TCP connection of ours has: no delay, keep-alive. When the peer is gone
// already, the first call on the stream says so.
std::unique_ptr<Stream> MakeSocketStream(Socket socket, Endpoint local, Endpoint peer);

}  // namespace mrd::net

#include "common/rpc/client.h"

#include <utility>

#include <boost/asio/dispatch.hpp>

#include "common/net/waiter.h"
#include "common/rpc/client_connection.h"

namespace mrd::rpc {

struct Client::Impl {
  std::shared_ptr<ClientConnection> connection;
  std::chrono::milliseconds call_timeout;
  std::string address;
};

Client::Client(net::Connector& connector, boost::asio::any_io_executor executor, ClientOptions options)
    : impl_(std::make_shared<Impl>()) {
  impl_->call_timeout = options.call_timeout;
  impl_->address = options.host + ":" + std::to_string(options.port);
  impl_->connection = std::make_shared<ClientConnection>(connector, std::move(executor), std::move(options));
}

Client::~Client() { Close(); }

net::awaitable<Result<std::string>> Client::Call(std::string method, std::string request) {
  return Call(std::move(method), std::move(request), impl_->call_timeout);
}

net::awaitable<Result<std::string>> Client::Call(std::string method,
                                                 std::string request,
                                                 std::chrono::milliseconds timeout) {
  OutgoingCall call;
  call.method = std::move(method);
  call.request = std::move(request);
  call.timeout = timeout;
  auto submit = [&call, connection = impl_->connection](net::Waiter waiter) {
    auto shared_waiter = std::make_shared<net::Waiter>(std::move(waiter));
    boost::asio::dispatch(connection->executor(), [&call, connection, shared_waiter] {
      connection->Submit(call, std::move(*shared_waiter));
    });
  };
  // The connection answers every call that it was given, also when it closes.
  co_await net::Waiter::Suspend(std::move(submit));
  co_return std::move(call.result);
}

void Client::Close() {
  boost::asio::dispatch(impl_->connection->executor(), [connection = impl_->connection] { connection->Close(); });
}

std::string Client::address() const { return impl_->address; }

}  // namespace mrd::rpc

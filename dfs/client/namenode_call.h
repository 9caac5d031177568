#pragma once

// How NamenodeProxy makes a call: included by its sources alone.

#include <string>
#include <utility>

#include "common/net/co_status.h"
#include "dfs/client/namenode_proxy.h"
#include "dfs/wire/delimited.h"

namespace mrd::dfs::client {

template <typename Response>
awaitable<Result<Response>> NamenodeProxy::CallBytes(std::string method, std::string request) {
  Result<std::string> bytes = co_await CallWithRetries(method, std::move(request));
  if (!bytes.ok()) co_return bytes.status();
  Response response;
  const Status parsed = wire::ParseMessage(*bytes, method, response);
  if (!parsed.ok()) co_return Status(parsed).WithContext(method + " of namenode " + address());
  co_return response;
}

// These are no coroutines: the request is turned into bytes before anything can suspend.
template <typename Response, typename Request>
awaitable<Result<Response>> NamenodeProxy::Call(std::string method, const Request& request) {
  return CallBytes<Response>(std::move(method), request.SerializeAsString());
}

template <typename Response>
awaitable<Result<bool>> NamenodeProxy::CallBytesForBool(std::string method, std::string request) {
  Result<Response> response = co_await CallBytes<Response>(std::move(method), std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->result();
}

template <typename Response, typename Request>
awaitable<Result<bool>> NamenodeProxy::CallForBool(std::string method, const Request& request) {
  return CallBytesForBool<Response>(std::move(method), request.SerializeAsString());
}

template <typename Response>
awaitable<Status> NamenodeProxy::CallBytesForNothing(std::string method, std::string request) {
  Result<Response> response = co_await CallBytes<Response>(std::move(method), std::move(request));
  co_return response.status();
}

template <typename Response, typename Request>
awaitable<Status> NamenodeProxy::CallForNothing(std::string method, const Request& request) {
  return CallBytesForNothing<Response>(std::move(method), request.SerializeAsString());
}

}  // namespace mrd::dfs::client

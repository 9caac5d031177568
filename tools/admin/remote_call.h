#pragma once

// How the sources of this folder make a call with messages: included by those alone.

#include <string>

#include "dfs/wire/delimited.h"
#include "tools/admin/remote.h"

namespace mrd::admin {

template <typename Response, typename Request>
Result<Response> Ask(Remote& remote, const char* protocol, const char* method, const Request& request) {
  Result<std::string> bytes = remote.Call(protocol, method, request.SerializeAsString());
  if (!bytes.ok()) return bytes.status();
  Response response;
  const Status parsed = dfs::wire::ParseMessage(*bytes, method, response);
  if (!parsed.ok()) return Status(parsed).WithContext(std::string(method) + " of " + remote.address().ToString());
  return response;
}

}  // namespace mrd::admin

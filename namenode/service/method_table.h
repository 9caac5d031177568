#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/base/status.h"
#include "common/rpc/server.h"

namespace mrd::namenode {

// What a repeated call may do (hdfs-protocol §2: classes I and A).
enum class MethodKind {
  kRead,        // changes nothing
  kIdempotent,  // may be carried out again
  kAtMostOnce,  // goes through the retry cache
};

// The methods of one protocol: from name and message to a typed function and back. `Context` is what the service knows of
// the caller. Filled once, then only read.
template <typename Context>
class MethodTable {
 public:
  struct Method {
    MethodKind kind = MethodKind::kRead;
    // The serialised response, or why there is none. kInvalidArgument with an empty message: the request is no such message.
    std::function<Result<std::string>(const Context& context, std::string_view request)> run;
  };

  // `function` fills the response: Status(const Context&, const Request&, Response*).
  template <typename Request, typename Response, typename Function>
  void Add(std::string name, MethodKind kind, Function function) {
    Method method;
    method.kind = kind;
    method.run = [function = std::move(function)](const Context& context, std::string_view bytes) -> Result<std::string> {
      Request request;
      if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Status(Code::kInvalidArgument, "");
      Response response;
      MRD_RETURN_IF_ERROR(function(context, request, &response));
      return response.SerializeAsString();
    };
    methods_.emplace(std::move(name), std::move(method));
  }

  const Method* Find(std::string_view name) const {
    const auto found = methods_.find(name);
    return found == methods_.end() ? nullptr : &found->second;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, Method, Hash, std::equal_to<>> methods_;
};

}  // namespace mrd::namenode

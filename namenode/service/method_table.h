#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <google/protobuf/arena.h>

#include "common/base/status.h"
#include "common/rpc/server.h"

namespace mrd::namenode {

// Room on the stack for the messages of one call.
inline constexpr std::size_t kArenaBlockSize = 4096;

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
      // Both messages live on an arena: most calls then allocate nothing for them, and none takes them apart again.
      alignas(std::max_align_t) char block[kArenaBlockSize];
      google::protobuf::ArenaOptions options;
      options.initial_block = block;
      options.initial_block_size = sizeof block;
      google::protobuf::Arena arena(options);
      const auto request = google::protobuf::Arena::CreateMessage<Request>(&arena);
      if (!request->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Status(Code::kInvalidArgument, "");
      const auto response = google::protobuf::Arena::CreateMessage<Response>(&arena);
      MRD_RETURN_IF_ERROR(function(context, std::as_const(*request), response));
      return response->SerializeAsString();
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

#pragma once

#include <functional>
#include <string_view>

#include "common/rpc/server.h"

namespace mrd::rpc {

// org.apache.hadoop.ipc.ProtocolMetaInfoPB: which protocols a server has. Every Server answers it itself.
class MetaInfo final : public Service {
 public:
  using Known = std::function<bool(std::string_view protocol)>;
  explicit MetaInfo(Known known) : known_(std::move(known)) {}

  std::vector<std::string> protocols() const override;
  net::awaitable<Result<std::string>> Handle(const Call& call) override;

 private:
  Result<std::string> Answer(const Call& call) const;

  const Known known_;
};

}  // namespace mrd::rpc

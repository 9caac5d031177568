#pragma once

#include <optional>
#include <string>

#include "common/base/status.h"
#include "dfs/types.h"

namespace mrd::sim {

// Answers of the namenode to calls of clients. Those of calls that are carried out once only also exist as bytes, which
// the journal and the retry cache keep.

struct Nothing {};

struct Created {
  dfs::InodeId file;
};

struct Appended {
  dfs::InodeId file;
  std::optional<dfs::LocatedBlock> last_block;
};

// "" for answers that are not kept.
template <typename Reply>
std::string EncodeReply(const Reply&) {
  return "";
}
std::string EncodeReply(bool reply);
std::string EncodeReply(const Created& reply);
std::string EncodeReply(const Appended& reply);

// What EncodeReply() made. kCorruption for anything else.
template <typename Reply>
Result<Reply> DecodeReply(const std::string& bytes) {
  if (!bytes.empty()) return Corruption("a kept reply that nobody can read");
  return Reply();
}
template <>
Result<bool> DecodeReply<bool>(const std::string& bytes);
template <>
Result<Created> DecodeReply<Created>(const std::string& bytes);
template <>
Result<Appended> DecodeReply<Appended>(const std::string& bytes);

}  // namespace mrd::sim

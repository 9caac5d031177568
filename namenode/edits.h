#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mrd::namenode {

// Position of an edit in the journal; the first is 1.
struct TxId {
  std::uint64_t value = 0;
  friend auto operator<=>(const TxId&, const TxId&) = default;
};

// One change of the namespace's durable state, which is an ordered map from keys to values (keys.h of namenode/tree says
// which). Without a value the key goes away.
struct Mutation {
  std::string key;
  std::optional<std::string> value;
  friend bool operator==(const Mutation&, const Mutation&) = default;
};

// One edit: what a client's operation changed. The journal keeps it as one record, whole or not at all; the checkpoint
// takes the same mutations as one write batch. Replaying the mutations of all edits in order onto an empty map gives the
// durable state; nothing else is needed, so an edit never depends on code that computes.
struct Edit {
  TxId id;
  std::string operation;    // "mkdirs", "rename2", …: for people who read the journal
  std::int64_t time_ms = 0;
  // The call that made it, so that the retry cache survives a restart (hdfs-protocol §1.9). Empty when internal.
  std::string client_id;
  std::int32_t call_id = 0;
  std::string reply;        // the serialised response to give to a retry of that call
  std::vector<Mutation> mutations;
};

// Receives the mutations of the operation that is running. The core owns one and clears it per operation.
class MutationSink {
 public:
  void Put(std::string key, std::string value) { mutations_.push_back({std::move(key), std::move(value)}); }
  void Erase(std::string key) { mutations_.push_back({std::move(key), std::nullopt}); }
  bool empty() const { return mutations_.empty(); }
  std::vector<Mutation> Take() { return std::exchange(mutations_, {}); }

 private:
  std::vector<Mutation> mutations_;
};

}  // namespace mrd::namenode

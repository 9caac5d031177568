#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/rpc/frame.h"

namespace mrd::rpc {

// Replies of calls that must not be carried out twice, kept for clients that ask again because the reply got lost
// (hdfs-protocol §1.9). A call is known by its client's 16-byte id and its call id. Only successes are kept: a call that
// failed is carried out again. Bounded in time and number; the oldest go first.
// Threads: one strand owns it.
class RetryCache {
 public:
  struct Limits {
    std::int64_t keep_ms = 600'000;
    std::size_t entries_max = 262'144;
    std::size_t reply_bytes_max = 64u << 20;  // of all replies together
  };
  enum class Verdict { kNew, kInProgress, kDone };

  explicit RetryCache(Limits limits) : limits_(limits) {}

  // kNew: the caller carries the call out and then calls Finish(). kDone: `reply` is what to answer. kInProgress: another
  // attempt of the same call runs; ask again after the function given to WhenFinished() was called.
  // A call without a client id of kClientIdSize bytes or with a negative call id is always new and leaves nothing behind.
  Verdict Begin(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms, std::string* reply);
  // `reply` without a value: the call failed. Calls the functions that wait for it.
  void Finish(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms, std::optional<std::string> reply);
  void WhenFinished(std::string_view client_id, std::int32_t call_id, std::function<void()> then);
  // An answer known from elsewhere (a journal read at start).
  void Remember(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms, std::string reply);
  std::size_t size() const { return running_.size() + done_.size(); }

 private:
  // There may be a quarter of a million, so keys have no memory of their own.
  struct Key {
    std::array<char, kClientIdSize> client;
    std::int32_t call;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Age {
    const Key* key;  // in done_
    std::int64_t at_ms;
  };

  static std::optional<Key> KeyOf(std::string_view client_id, std::int32_t call_id);
  void Keep(const Key& key, std::int64_t now_ms, std::string reply);
  void Evict(std::int64_t now_ms);

  const Limits limits_;
  std::unordered_map<Key, std::vector<std::function<void()>>, KeyHash> running_;  // and who waits for their end
  std::unordered_map<Key, std::string, KeyHash> done_;
  std::deque<Age> ages_;  // of done_, oldest first
  std::size_t reply_bytes_ = 0;
};

}  // namespace mrd::rpc

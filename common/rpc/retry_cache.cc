#include "common/rpc/retry_cache.h"

#include <algorithm>
#include <utility>

namespace mrd::rpc {

std::size_t RetryCache::KeyHash::operator()(const Key& key) const noexcept {
  static_assert(sizeof(Key) == kClientIdSize + sizeof(std::int32_t));  // no padding: its bytes say all
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(&key), sizeof key});
}

std::optional<RetryCache::Key> RetryCache::KeyOf(std::string_view client_id, std::int32_t call_id) {
  if (client_id.size() != kClientIdSize || call_id < 0) return std::nullopt;
  Key key;
  std::copy(client_id.begin(), client_id.end(), key.client.begin());
  key.call = call_id;
  return key;
}

RetryCache::Verdict RetryCache::Begin(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms,
                                      std::string* reply) {
  const std::optional<Key> key = KeyOf(client_id, call_id);
  if (!key) return Verdict::kNew;
  Evict(now_ms);
  if (const auto done = done_.find(*key); done != done_.end()) {
    *reply = done->second;
    return Verdict::kDone;
  }
  return running_.try_emplace(*key).second ? Verdict::kNew : Verdict::kInProgress;
}

void RetryCache::Finish(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms,
                        std::optional<std::string> reply) {
  const std::optional<Key> key = KeyOf(client_id, call_id);
  if (!key) return;
  const auto running = running_.find(*key);
  if (running == running_.end()) return;
  const std::vector<std::function<void()>> waiting = std::move(running->second);
  running_.erase(running);
  if (reply) Keep(*key, now_ms, *std::move(reply));
  for (const std::function<void()>& then : waiting) then();
}

void RetryCache::WhenFinished(std::string_view client_id, std::int32_t call_id, std::function<void()> then) {
  const std::optional<Key> key = KeyOf(client_id, call_id);
  const auto running = key ? running_.find(*key) : running_.end();
  if (running == running_.end()) {
    then();
    return;
  }
  running->second.push_back(std::move(then));
}

void RetryCache::Remember(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms, std::string reply) {
  const std::optional<Key> key = KeyOf(client_id, call_id);
  if (!key || running_.contains(*key)) return;
  Keep(*key, now_ms, std::move(reply));
  Evict(now_ms);
}

void RetryCache::Keep(const Key& key, std::int64_t now_ms, std::string reply) {
  const auto [entry, added] = done_.try_emplace(key, std::move(reply));
  if (!added) return;
  reply_bytes_ += entry->second.size();
  ages_.push_back({&entry->first, now_ms});
}

void RetryCache::Evict(std::int64_t now_ms) {
  while (!ages_.empty() && (now_ms - ages_.front().at_ms > limits_.keep_ms || ages_.size() > limits_.entries_max ||
                            reply_bytes_ > limits_.reply_bytes_max)) {
    const auto oldest = done_.find(*ages_.front().key);
    reply_bytes_ -= oldest->second.size();
    done_.erase(oldest);
    ages_.pop_front();
  }
}

}  // namespace mrd::rpc

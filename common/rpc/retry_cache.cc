#include "common/rpc/retry_cache.h"

#include <utility>

namespace mrd::rpc {

std::string RetryCache::Key(std::string_view client_id, std::int32_t call_id) {
  std::string key(client_id);
  for (int shift = 0; shift < 32; shift += 8) key.push_back(static_cast<char>(static_cast<std::uint32_t>(call_id) >> shift));
  return key;
}

RetryCache::Verdict RetryCache::Begin(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms,
                                      std::string* reply) {
  if (!Tracked(client_id, call_id)) return Verdict::kNew;
  Evict(now_ms);
  const auto [entry, added] = entries_.try_emplace(Key(client_id, call_id));
  if (added) return Verdict::kNew;
  if (!entry->second.done) return Verdict::kInProgress;
  *reply = entry->second.reply;
  return Verdict::kDone;
}

void RetryCache::Finish(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms,
                        std::optional<std::string> reply) {
  if (!Tracked(client_id, call_id)) return;
  const auto entry = entries_.find(Key(client_id, call_id));
  if (entry == entries_.end()) return;
  std::vector<std::function<void()>> waiting = std::move(entry->second.waiting);
  if (reply.has_value()) {
    entry->second.done = true;
    reply_bytes_ += reply->size();
    entry->second.reply = *std::move(reply);
    entry->second.waiting.clear();
    done_.push_back({entry->first, now_ms});
  } else {
    entries_.erase(entry);
  }
  for (const std::function<void()>& then : waiting) then();
}

void RetryCache::WhenFinished(std::string_view client_id, std::int32_t call_id, std::function<void()> then) {
  const auto entry = entries_.find(Key(client_id, call_id));
  if (entry == entries_.end() || entry->second.done) {
    then();
    return;
  }
  entry->second.waiting.push_back(std::move(then));
}

void RetryCache::Remember(std::string_view client_id, std::int32_t call_id, std::int64_t now_ms, std::string reply) {
  if (!Tracked(client_id, call_id)) return;
  const auto [entry, added] = entries_.try_emplace(Key(client_id, call_id));
  if (!added) return;
  entry->second.done = true;
  reply_bytes_ += reply.size();
  entry->second.reply = std::move(reply);
  done_.push_back({entry->first, now_ms});
  Evict(now_ms);
}

void RetryCache::Evict(std::int64_t now_ms) {
  while (!done_.empty() && (now_ms - done_.front().at_ms > limits_.keep_ms || done_.size() > limits_.entries_max ||
                            reply_bytes_ > limits_.reply_bytes_max)) {
    const auto entry = entries_.find(done_.front().key);
    if (entry != entries_.end()) {
      reply_bytes_ -= entry->second.reply.size();
      entries_.erase(entry);
    }
    done_.pop_front();
  }
}

}  // namespace mrd::rpc

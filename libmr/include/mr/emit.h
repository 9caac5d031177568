// How a stage hands on its pairs.
#pragma once

#include <string>
#include <type_traits>

#include "abi.h"
#include "codec.h"
#include "small_pair.h"
#include "task.h"
#include "text.h"
#include "this_thread.h"
#include "types.h"

namespace mr {
namespace detail {

// Small plain types by value, the rest by reference.
template <class T>
using param_t = std::conditional_t<std::is_trivially_copyable_v<T> && sizeof(T) <= 16, T, const T&>;

template <class Stage>
class MapAttempt;

}  // namespace detail

// Pushes pairs onward: emit(key, value), or emit(key) where the value is mr::None. Both are copied. Pairs go to the
// sort or to the output as encoded bytes or as text; inside a chain they go to the next link as they are.
//
// Threads: the thread of the attempt only. A call from another one fails the attempt.
template <class K, class V>
class Emit {
 public:
  using Key = K;
  using Value = V;
  using Receiver = void (*)(void* self, detail::param_t<K> key, detail::param_t<V> value);

  // `as_text`: whether pairs are handed over ready to print.
  Emit(mr_task* task, bool as_text)
      : task_(task),
        owner_(detail::this_thread()),
        way_(as_text ? Way::kText : Way::kEncoded),
        small_pairs_(kSmallPairs && !as_text ? task : nullptr) {}
  Emit(Receiver receiver, void* self)
      : way_(Way::kReceiver), small_pairs_(nullptr), receiver_(receiver), self_(self) {}
  Emit(const Emit&) = delete;
  Emit& operator=(const Emit&) = delete;

  __attribute__((always_inline)) void operator()(detail::param_t<K> key, detail::param_t<V> value) {
    if constexpr (kSmallPairs) {
      if (small_pairs_.put({key.data(), key.size()}, value)) return;
    }
    emit_pair(key, value);
  }

  template <class T = V, class = std::enable_if_t<std::is_same_v<T, None>>>
  void operator()(detail::param_t<K> key) {
    (*this)(key, none);
  }

 private:
  // Counting words and the like: the host may take such pairs in batches (mr_small_batch).
  static constexpr bool kSmallPairs = detail::is_text_type<K> && std::is_same_v<V, std::int64_t>;

  template <class Stage>
  friend class detail::MapAttempt;

  enum class Way { kEncoded, kText, kReceiver };

  void emit_pair(detail::param_t<K> key, detail::param_t<V> value) {
    if (__builtin_expect(way_ == Way::kEncoded, true)) {
      if constexpr (detail::Encoded<K>::kNeedsBuffer || detail::Encoded<V>::kNeedsBuffer) {
        if (detail::unlikely(!on_own_thread())) return;
      }
      const detail::Encoded<K> k(key, key_buffer_);
      const detail::Encoded<V> v(value, value_buffer_);
      hand_over(k.data(), k.size(), v.data(), v.size());
    } else {
      emit_otherwise(key, value);
    }
  }

  void hand_over(const char* key, std::size_t key_size, const char* value, std::size_t value_size) {
    if constexpr (kSmallPairs) {
      if (detail::unlikely(!on_own_thread())) return;
      small_pairs_.tell();
    }
    const std::int32_t taken = task_->emit(task_, key, key_size, value, value_size);
    if constexpr (kSmallPairs) small_pairs_.look();
    detail::check(taken);
  }

  __attribute__((noinline)) void emit_otherwise(detail::param_t<K> key, detail::param_t<V> value) {
    if (way_ == Way::kReceiver) {
      receiver_(self_, key, value);
      return;
    }
    if (!on_own_thread()) return;
    const detail::Printed<K> k(key, key_buffer_);
    const detail::Printed<V> v(value, value_buffer_);
    detail::check(task_->emit(task_, k.data(), k.size(), v.data(), v.size()));
  }

  // The buffers belong to the attempt's thread. From another one the host is called with nothing, and reports it.
  bool on_own_thread() {
    if (detail::this_thread() == owner_) return true;
    static_cast<void>(task_->emit(task_, "", 0, "", 0));
    return false;
  }

  mr_task* task_ = nullptr;
  std::uintptr_t owner_ = 0;
  Way way_;
  detail::SmallPairs small_pairs_;
  Receiver receiver_ = nullptr;
  void* self_ = nullptr;
  std::string key_buffer_;
  std::string value_buffer_;
};

}  // namespace mr

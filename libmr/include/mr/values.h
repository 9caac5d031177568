// The groups that a reducer or combiner reads, and the values of each.
#pragma once

#include <cstddef>
#include <iterator>
#include <type_traits>

#include "abi.h"
#include "codec.h"
#include "exact_sum.h"
#include "moments.h"
#include "task.h"

namespace mr {
namespace detail {

// Values of floating point may come as an exact sum, left by the combiner mr::sum.
template <class V>
V decode_value(std::string_view bytes, Arena& arena) {
  if constexpr (std::is_same_v<V, ExactSum>) {
    return ExactSum::from(bytes);
  } else if constexpr (std::is_floating_point_v<V>) {
    if (unlikely(bytes.size() > sizeof(double))) return static_cast<V>(ExactSum::from(bytes).value());
    if (unlikely(bytes.size() != sizeof(V) && bytes.size() == sizeof(double))) {
      return static_cast<V>(decode<double>(bytes, arena));
    }
    return decode<V>(bytes, arena);
  } else {
    return decode<V>(bytes, arena);
  }
}

// A reduce attempt's place in its input. Not for users: Values and Groups are.
class GroupReader {
 public:
  explicit GroupReader(mr_task* task) : task_(task) {}

  bool next_group(mr_bytes& key) { return is_next(task_->api->next_group(task_, &key)); }
  bool next_value(mr_bytes& key, mr_bytes& value) { return is_next(task_->api->next_value(task_, &key, &value)); }

 private:
  static bool is_next(std::int32_t code) {
    if (code == MR_OK) return true;
    if (code == MR_END) return false;
    throw Unwind{};
  }
  mr_task* task_;
};

}  // namespace detail

// The values of one group, once, in order: for (int64_t v : values). What is not read is skipped. A view in a value
// (std::string_view) is valid until the next one is fetched; keep a std::string where it must last longer.
template <class V>
class Values {
 public:
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = V;
    using difference_type = std::ptrdiff_t;
    using pointer = const V*;
    using reference = V;

    iterator() = default;
    explicit iterator(Values* values) : values_(values) { advance(); }
    V operator*() const { return values_->current(); }
    iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    friend bool operator==(const iterator& a, const iterator& b) { return a.values_ == b.values_; }
    friend bool operator!=(const iterator& a, const iterator& b) { return !(a == b); }

   private:
    void advance() {
      if (!values_->advance()) values_ = nullptr;
    }
    Values* values_ = nullptr;
  };

  explicit Values(mr_task* task) : groups_(task) {}
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  // Goes on behind the last value that was read; a second loop finds nothing.
  iterator begin() { return iterator(this); }
  iterator end() { return {}; }

  // The key that came with the current value. Within a group it changes under a grouping comparator or a secondary
  // sort only. REQUIRES: a value has been read.
  template <class K>
  K key() {
    return decode<K>(to_view(key_), key_arena_);
  }
  // The current value as encoded bytes.
  std::string_view bytes() const { return to_view(value_); }

 private:
  friend class iterator;
  bool advance() {
    arena_.clear();
    key_arena_.clear();
    return groups_.next_value(key_, value_);
  }
  V current() { return detail::decode_value<V>(to_view(value_), arena_); }

  detail::GroupReader groups_;
  mr_bytes key_{};
  mr_bytes value_{};
  Arena arena_;
  Arena key_arena_;
};

// All groups of a reducer, for one that overrides run(): while (groups.next()) { … groups.key() … groups.values() … }
template <class K, class V>
class Groups {
 public:
  explicit Groups(mr_task* task) : groups_(task), values_(task) {}

  bool next() {
    arena_.clear();
    return groups_.next_group(key_);
  }
  // Valid until the next call of next().
  K key() { return decode<K>(to_view(key_), arena_); }
  Values<V>& values() { return values_; }
  std::string_view key_bytes() const { return to_view(key_); }

 private:
  detail::GroupReader groups_;
  Values<V> values_;
  mr_bytes key_{};
  Arena arena_;
};

}  // namespace mr

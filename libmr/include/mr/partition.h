// Which reduce gets a pair, and how keys are ordered, when it is not the hash and the bytes of the key that decide.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "abi.h"
#include "operation.h"
#include "stage.h"
#include "task.h"

namespace mr {

// job.partition(mr::hash): by a hash of the whole key. The default.
struct HashPartition {};
inline constexpr HashPartition hash{};

// job.partition(mr::total_order): ranges of keys with cut points from a sample, so that the part files in their order
// are sorted as a whole.
struct TotalOrderPartition {};
inline constexpr TotalOrderPartition total_order{};

// job.partition(mr::by_fields(0, 2)): by a hash of these fields of a tuple key, counted from 0.
struct FieldPartition {
  std::vector<std::size_t> fields;
};
template <class... I>
FieldPartition by_fields(I... indexes) {
  static_assert((std::is_integral_v<I> && ...), "mr::by_fields takes the numbers of fields, counted from 0");
  return FieldPartition{{static_cast<std::size_t>(indexes)...}};
}

namespace detail {

inline constexpr std::uint32_t kNoPartition = std::numeric_limits<std::uint32_t>::max();

// FNV-1a, stirred at the end because a modulus looks at the low bits.
class FieldHash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  }
  std::uint64_t value() const { return Random(state_)(); }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325u;
};

struct FieldPartitioner {
  const PairOperations* operations;
  std::vector<std::size_t> fields;

  static std::uint32_t partition(void* self, mr_bytes key, mr_bytes, std::uint32_t reduces) {
    try {
      const auto& me = *static_cast<FieldPartitioner*>(self);
      const std::string_view bytes = to_view(key);
      FieldHash hash;
      for (const std::size_t field : me.fields) {
        const std::size_t begin = field == 0 ? 0 : me.operations->field_end(bytes, field - 1);
        hash.add(bytes.substr(begin, me.operations->field_end(bytes, field) - begin));
      }
      return static_cast<std::uint32_t>(hash.value() % reduces);
    } catch (...) {
      fail_with_current_exception(current_task);
      return kNoPartition;
    }
  }
};

// The first fields of a key, for secondary sort.
struct KeyPrefix {
  const PairOperations* operations;
  std::size_t fields;

  static std::size_t prefix(void* self, mr_bytes key) {
    try {
      const auto& me = *static_cast<KeyPrefix*>(self);
      return me.operations->field_end(to_view(key), me.fields - 1);
    } catch (...) {
      fail_with_current_exception(current_task);
      return key.size;
    }
  }
};

template <class Arguments>
struct PartitionTypes {
  static constexpr bool kValid = false;
  using Key = None;
};
template <class K, class N>
struct PartitionTypes<std::tuple<K, N>> {
  static constexpr bool kValid = std::is_integral_v<plain_t<N>>;
  using Key = plain_t<K>;
  using Value = void;
};
template <class K, class V, class N>
struct PartitionTypes<std::tuple<K, V, N>> {
  static constexpr bool kValid = std::is_integral_v<plain_t<N>>;
  using Key = plain_t<K>;
  using Value = plain_t<V>;
};

// A user's function: (key, reduces) or (key, value, reduces) -> number of the reduce.
template <class F>
struct FunctionPartitioner {
  using Types = PartitionTypes<signature_t<F>>;
  static_assert(Types::kValid,
                "mr: a partition function takes (Key key, int reduces) or (Key key, Value value, int reduces) and "
                "returns the number of a reduce, 0 … reduces-1");
  using Key = typename Types::Key;

  const F f;

  static std::uint32_t partition(void* self, mr_bytes key, mr_bytes value, std::uint32_t reduces) {
    try {
      return static_cast<FunctionPartitioner*>(self)->call(to_view(key), to_view(value), reduces);
    } catch (...) {
      fail_with_current_exception(current_task);
      return kNoPartition;
    }
  }

 private:
  std::uint32_t call(std::string_view key, [[maybe_unused]] std::string_view value, std::uint32_t reduces) const {
    Arena arena;
    const auto count = static_cast<int>(reduces);
    std::int64_t number;
    if constexpr (std::is_void_v<typename Types::Value>) {
      number = static_cast<std::int64_t>(f(decode<Key>(key, arena), count));
    } else {
      number = static_cast<std::int64_t>(
          f(decode<Key>(key, arena), decode_value<typename Types::Value>(value, arena), count));
    }
    if (number < 0 || number >= count) {
      throw Error("the partition function returned " + std::to_string(number) + "; with " + std::to_string(count) +
                  " reduces it must return 0 … " + std::to_string(count - 1));
    }
    return static_cast<std::uint32_t>(number);
  }
};

template <class Arguments>
struct CompareTypes {
  static constexpr bool kValid = false;
  using Key = None;
};
template <class A, class B>
struct CompareTypes<std::tuple<A, B>> {
  static constexpr bool kValid = std::is_same_v<plain_t<A>, plain_t<B>>;
  using Key = plain_t<A>;
};

// A user's order of keys: (a, b) -> bool "a comes first", or -> int negative, zero, positive.
template <class F>
struct FunctionComparator {
  using Types = CompareTypes<signature_t<F>>;
  static_assert(Types::kValid,
                "mr: a comparator takes two keys of one type, (const Key& a, const Key& b), and returns bool (a comes "
                "before b) or int (negative, zero, positive)");
  using Key = typename Types::Key;

  const F f;

  static std::int32_t compare(void* self, mr_bytes a, mr_bytes b) {
    try {
      return static_cast<FunctionComparator*>(self)->call(to_view(a), to_view(b));
    } catch (...) {
      fail_with_current_exception(current_task);
      return 0;
    }
  }

 private:
  std::int32_t call(std::string_view a, std::string_view b) const {
    Arena arena;
    const Key x = decode<Key>(a, arena);
    const Key y = decode<Key>(b, arena);
    if constexpr (std::is_same_v<decltype(f(x, y)), bool>) {
      return f(x, y) ? -1 : f(y, x) ? 1 : 0;
    } else {
      const auto order = f(x, y);
      return order < 0 ? -1 : order > 0 ? 1 : 0;
    }
  }
};

}  // namespace detail
}  // namespace mr

// Operations that a job may name instead of writing them: job.combine(mr::sum), job.reduce(mr::average), …
//
//   sum       of integers: int64_t (uint64_t of uint64_t), wrapping at 64 bits; of floating point: double, exact
//             until it is rounded once
//   min, max  in the order of the encoding: for any value type; NaN is the largest number
//   average   the mean as a double, the exact sum divided once
//   variance  of the population, as a double
//   count     how many values, as int64_t
//   identity  every pair as it is
//
// As combiner and reducer of one job they belong together in pairs of the same name; sum, min and max also serve as the
// combiner before a reducer of one's own. What average, variance, count and floating-point sums leave between the two is
// longer than a plain number, so that the reducer can tell.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "attempt.h"
#include "codec.h"
#include "exact_sum.h"
#include "moments.h"
#include "values.h"

namespace mr {

enum class Operation { kSum, kMin, kMax, kAverage, kVariance, kCount, kIdentity };

template <Operation kOperation>
struct OperationTag {};

inline constexpr OperationTag<Operation::kSum> sum{};
inline constexpr OperationTag<Operation::kMin> min{};
inline constexpr OperationTag<Operation::kMax> max{};
inline constexpr OperationTag<Operation::kAverage> average{};
inline constexpr OperationTag<Operation::kAverage> mean{};
inline constexpr OperationTag<Operation::kVariance> variance{};
inline constexpr OperationTag<Operation::kCount> count{};
inline constexpr OperationTag<Operation::kIdentity> identity{};

inline const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::kSum:
      return "mr::sum";
    case Operation::kMin:
      return "mr::min";
    case Operation::kMax:
      return "mr::max";
    case Operation::kAverage:
      return "mr::average";
    case Operation::kVariance:
      return "mr::variance";
    case Operation::kCount:
      return "mr::count";
    case Operation::kIdentity:
      return "mr::identity";
  }
  return "?";
}

namespace detail {

template <class V>
inline constexpr bool is_number = std::is_arithmetic_v<V> && !std::is_same_v<V, bool>;

// Each accumulator takes encoded values, plain ones or what its own put() left, and gives a result.
template <class V, class = void>
class SumOf;

template <class V>
class SumOf<V, std::enable_if_t<std::is_integral_v<V>>> {
 public:
  using Result = std::conditional_t<std::is_unsigned_v<V> && sizeof(V) == 8, std::uint64_t, std::int64_t>;
  static constexpr std::int32_t kBuiltin =
      std::is_signed_v<V> && sizeof(V) == 8 ? MR_BUILTIN_SUM_I64 : MR_BUILTIN_NONE;

  void reset() { sum_ = 0; }
  // A combiner whose sum outgrew a narrow V leaves 8 bytes.
  void add(std::string_view bytes, Arena& arena) {
    sum_ += static_cast<std::uint64_t>(bytes.size() == sizeof(V) ? static_cast<Result>(decode<V>(bytes, arena))
                                                                 : decode<Result>(bytes, arena));
  }
  void put(std::string& out) const {
    if (static_cast<Result>(static_cast<V>(result())) == result()) {
      Codec<V>::put(out, static_cast<V>(result()));
    } else {
      Codec<Result>::put(out, result());
    }
  }
  Result result() const { return static_cast<Result>(sum_); }

 private:
  std::uint64_t sum_ = 0;  // wraps
};

template <class V>
class SumOf<V, std::enable_if_t<std::is_floating_point_v<V>>> {
 public:
  using Result = double;
  static constexpr std::int32_t kBuiltin = MR_BUILTIN_NONE;

  void reset() { sum_.clear(); }
  void add(std::string_view bytes, Arena& arena) {
    if (bytes.size() == sizeof(V)) {
      sum_.add(static_cast<double>(decode<V>(bytes, arena)));
    } else {
      sum_.add(ExactSum::from(bytes));
    }
  }
  void put(std::string& out) const { sum_.put(out); }
  Result result() const { return sum_.value(); }

 private:
  ExactSum sum_;
};

template <class V, bool kMax>
class ExtremeOf {
 public:
  using Result = V;
  static constexpr std::int32_t kBuiltin = !std::is_integral_v<V> || !std::is_signed_v<V> || sizeof(V) != 8
                                               ? MR_BUILTIN_NONE
                                           : kMax ? MR_BUILTIN_MAX_I64
                                                  : MR_BUILTIN_MIN_I64;

  void reset() { empty_ = true; }
  void add(std::string_view bytes, Arena&) {
    if (empty_ || (kMax ? bytes > std::string_view(best_) : bytes < std::string_view(best_))) best_ = bytes;
    empty_ = false;
  }
  void put(std::string& out) const { out += best_; }
  Result result() {
    arena_.clear();
    return decode<V>(best_, arena_);
  }

 private:
  bool empty_ = true;
  std::string best_;
  Arena arena_;
};

template <class V, bool kVariance>
class MomentsOf {
 public:
  using Result = double;
  static constexpr std::int32_t kBuiltin = MR_BUILTIN_NONE;

  void reset() { moments_ = {}; }
  void add(std::string_view bytes, Arena& arena) {
    if (bytes.size() == sizeof(V)) {
      moments_.add(decode<V>(bytes, arena));
    } else {
      moments_.add(Moments::from(bytes));
    }
  }
  void put(std::string& out) const { moments_.put(out); }
  Result result() const { return kVariance ? moments_.variance() : moments_.mean(); }

 private:
  Moments moments_;
};

template <class V>
class CountOf {
 public:
  using Result = std::int64_t;
  static constexpr std::int32_t kBuiltin = MR_BUILTIN_NONE;
  // A count of one's own between combiner and reducer is told from a value by its 9 bytes.
  static constexpr bool kCombines = fixed_size<V>::value >= 0 && fixed_size<V>::value <= 8;

  void reset() { count_ = 0; }
  void add(std::string_view bytes, Arena& arena) {
    if (kCombines && bytes.size() == 9) {
      count_ += decode<std::int64_t>(bytes.substr(1), arena);
    } else {
      ++count_;
    }
  }
  void put(std::string& out) const {
    out.push_back('#');
    Codec<std::int64_t>::put(out, count_);
  }
  Result result() const { return count_; }

 private:
  std::int64_t count_ = 0;
};

template <class Accumulator>
class CombineAttempt : public Attempt {
 public:
  CombineAttempt(mr_task* task, const StageDefinition&) : task_(task), groups_(task) {}
  void run() override {
    mr_bytes key{};
    mr_bytes value_key{};
    mr_bytes value{};
    while (groups_.next_group(key)) {
      key_.assign(key.data, key.size);
      accumulator_.reset();
      bool any = false;
      while (groups_.next_value(value_key, value)) {
        arena_.clear();
        accumulator_.add(to_view(value), arena_);
        any = true;
      }
      if (!any) continue;
      out_.clear();
      accumulator_.put(out_);
      check(task_->emit(task_, key_.data(), key_.size(), out_.data(), out_.size()));
    }
  }

 private:
  mr_task* task_;
  GroupReader groups_;
  Accumulator accumulator_;
  Arena arena_;
  std::string key_;
  std::string out_;
};

template <class K, class Accumulator>
class AccumulateAttempt : public Attempt {
 public:
  AccumulateAttempt(mr_task* task, const StageDefinition&) : groups_(task), emit_(task, emits_text(task)) {}
  void run() override {
    mr_bytes key{};
    mr_bytes value_key{};
    mr_bytes value{};
    Arena arena;
    Arena key_arena;
    while (groups_.next_group(key)) {
      accumulator_.reset();
      bool any = false;
      while (groups_.next_value(value_key, value)) {
        arena.clear();
        accumulator_.add(to_view(value), arena);
        any = true;
      }
      key_arena.clear();
      if (any) emit_(decode<K>(to_view(key), key_arena), accumulator_.result());
    }
  }

 private:
  GroupReader groups_;
  Emit<K, typename Accumulator::Result> emit_;
  Accumulator accumulator_;
};

// Every pair as it came, each with its own key.
template <class K, class V>
class IdentityReduceAttempt : public Attempt {
 public:
  IdentityReduceAttempt(mr_task* task, const StageDefinition&) : groups_(task), emit_(task, emits_text(task)) {}
  void run() override {
    mr_bytes group{};
    mr_bytes key{};
    mr_bytes value{};
    Arena arena;
    while (groups_.next_group(group)) {
      while (groups_.next_value(key, value)) {
        arena.clear();
        emit_(decode<K>(to_view(key), arena), decode<V>(to_view(value), arena));
      }
    }
  }

 private:
  GroupReader groups_;
  Emit<K, V> emit_;
};

template <class K, class V, class Accumulator>
Definition define_combine() {
  auto definition = std::make_unique<DefinitionOf<CombineAttempt<Accumulator>>>();
  definition->input_key = definition->output_key = type_name<K>();
  definition->input_value = definition->output_value = type_name<V>();
  definition->builtin = Accumulator::kBuiltin;
  return definition;
}

template <class K, class V, class Result, class A>
Definition define_final() {
  auto definition = std::make_unique<DefinitionOf<A>>();
  definition->input_key = definition->output_key = type_name<K>();
  definition->input_value = type_name<V>();
  definition->output_value = type_name<Result>();
  return definition;
}

template <class K, class V, class Accumulator>
Definition define_operation(bool combine) {
  if (combine) return define_combine<K, V, Accumulator>();
  return define_final<K, V, typename Accumulator::Result, AccumulateAttempt<K, Accumulator>>();
}

// The stage of an operation on pairs (K, V); null where the operation makes no sense for V.
template <class K, class V>
Definition define(Operation operation, bool combine) {
  if (operation == Operation::kMin) return define_operation<K, V, ExtremeOf<V, false>>(combine);
  if (operation == Operation::kMax) return define_operation<K, V, ExtremeOf<V, true>>(combine);
  if (operation == Operation::kCount) {
    return combine && !CountOf<V>::kCombines ? nullptr : define_operation<K, V, CountOf<V>>(combine);
  }
  if (operation == Operation::kIdentity) {
    return combine ? nullptr : define_final<K, V, V, IdentityReduceAttempt<K, V>>();
  }
  if constexpr (is_number<V>) {
    if (operation == Operation::kSum) return define_operation<K, V, SumOf<V>>(combine);
    if (operation == Operation::kAverage) return define_operation<K, V, MomentsOf<V, false>>(combine);
    if (operation == Operation::kVariance) return define_operation<K, V, MomentsOf<V, true>>(combine);
  }
  return nullptr;
}

// What a job remembers of the pairs that its mapper emits.
struct PairOperations {
  const char* key;
  const char* value;
  Definition (*define)(Operation operation, bool combine);
  std::size_t key_fields;  // 0: the key has no parts
  // Where field `index` of an encoded key ends. REQUIRES: index < key_fields.
  std::size_t (*field_end)(std::string_view key, std::size_t index);
};

template <class Tuple>
struct FieldEnds {
  static constexpr std::size_t kCount = 0;
  static std::size_t end(std::string_view key, std::size_t) { return key.size(); }
};
template <class... T>
struct FieldEnds<std::tuple<T...>> {
  static constexpr std::size_t kCount = sizeof...(T);
  static std::size_t end(std::string_view key, std::size_t index) {
    Arena arena;
    Reader in(key, arena);
    std::size_t i = 0;
    static_cast<void>(((skip<T>(in), i++ == index) || ...));
    return key.size() - in.left();
  }
};

template <class K, class V>
const PairOperations* pair_operations() {
  using Fields = FieldEnds<parts_t<K>>;
  static const PairOperations operations{
      type_name<K>(), type_name<V>(), &define<K, V>, Fields::kCount, &Fields::end};
  return &operations;
}

}  // namespace detail
}  // namespace mr

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
#include <tuple>
#include <type_traits>

#include "attempt.h"
#include "codec.h"
#include "exact_sum.h"
#include "moments.h"
#include "value_type.h"
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

// Takes the encoded values of one group, plain ones or what another's put() left, and gives a result. The types come as
// data, so that a plugin compiles each operation once and not for every pair of types.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void reset() = 0;
  virtual void add(std::string_view bytes, Arena& arena) = 0;
  // What a combiner hands on.
  virtual void put(std::string& out) const = 0;
  // The result, encoded as a value of the operation's result type.
  virtual void put_result(std::string& out) const = 0;
};

class IntegerSum final : public Accumulator {
 public:
  explicit IntegerSum(const ValueType& type) : type_(type) {}
  void reset() override { sum_ = 0; }
  // A combiner whose sum outgrew a narrow type leaves 8 bytes.
  void add(std::string_view bytes, Arena& arena) override {
    sum_ += static_cast<std::uint64_t>(type_.fits(bytes) ? type_.to_integer(bytes, arena)
                                                         : decode<std::int64_t>(bytes, arena));
  }
  void put(std::string& out) const override {
    if (!type_.put_integer(static_cast<std::int64_t>(sum_), out)) put_result(out);
  }
  void put_result(std::string& out) const override {
    if (type_.is_wide_unsigned()) {
      Codec<std::uint64_t>::put(out, sum_);
    } else {
      Codec<std::int64_t>::put(out, static_cast<std::int64_t>(sum_));
    }
  }

 private:
  const ValueType& type_;
  std::uint64_t sum_ = 0;  // wraps
};

class FloatingSum final : public Accumulator {
 public:
  explicit FloatingSum(const ValueType& type) : type_(type) {}
  void reset() override { sum_.clear(); }
  void add(std::string_view bytes, Arena& arena) override {
    if (type_.fits(bytes)) {
      sum_.add(type_.to_double(bytes, arena));
    } else {
      sum_.add(ExactSum::from(bytes));
    }
  }
  void put(std::string& out) const override { sum_.put(out); }
  void put_result(std::string& out) const override { Codec<double>::put(out, sum_.value()); }

 private:
  const ValueType& type_;
  ExactSum sum_;
};

class Extreme final : public Accumulator {
 public:
  explicit Extreme(bool largest) : largest_(largest) {}
  void reset() override { empty_ = true; }
  void add(std::string_view bytes, Arena&) override {
    if (empty_ || (largest_ ? bytes > std::string_view(best_) : bytes < std::string_view(best_))) best_ = bytes;
    empty_ = false;
  }
  void put(std::string& out) const override { out += best_; }
  void put_result(std::string& out) const override { out += best_; }

 private:
  const bool largest_;
  bool empty_ = true;
  std::string best_;
};

class MomentsOf final : public Accumulator {
 public:
  MomentsOf(const ValueType& type, bool variance) : type_(type), variance_(variance) {}
  void reset() override { moments_ = {}; }
  void add(std::string_view bytes, Arena& arena) override {
    if (!type_.fits(bytes)) {
      moments_.add(Moments::from(bytes));
    } else if (type_.is_wide_unsigned()) {
      moments_.add(static_cast<std::uint64_t>(type_.to_integer(bytes, arena)));
    } else if (type_.number != NumberKind::kFloating) {
      moments_.add(type_.to_integer(bytes, arena));
    } else {
      moments_.add(type_.to_double(bytes, arena));
    }
  }
  void put(std::string& out) const override { moments_.put(out); }
  void put_result(std::string& out) const override {
    Codec<double>::put(out, variance_ ? moments_.variance() : moments_.mean());
  }

 private:
  const ValueType& type_;
  const bool variance_;
  Moments moments_;
};

class CountOf final : public Accumulator {
 public:
  // A count of one's own between combiner and reducer is told from a value by its 9 bytes.
  static bool combines(const ValueType& type) { return type.size >= 0 && type.size <= 8; }

  explicit CountOf(const ValueType& type) : combines_(combines(type)) {}
  void reset() override { count_ = 0; }
  void add(std::string_view bytes, Arena& arena) override {
    if (combines_ && bytes.size() == 9) {
      count_ += decode<std::int64_t>(bytes.substr(1), arena);
    } else {
      ++count_;
    }
  }
  void put(std::string& out) const override {
    out.push_back('#');
    put_result(out);
  }
  void put_result(std::string& out) const override { Codec<std::int64_t>::put(out, count_); }

 private:
  const bool combines_;
  std::int64_t count_ = 0;
};

// An operation on the values of one type. Null where it makes no sense for them.
inline std::unique_ptr<Accumulator> make_accumulator(Operation operation, const ValueType& value) {
  switch (operation) {
    case Operation::kSum:
      if (value.number == NumberKind::kNone) return nullptr;
      if (value.number == NumberKind::kFloating) return std::make_unique<FloatingSum>(value);
      return std::make_unique<IntegerSum>(value);
    case Operation::kMin:
    case Operation::kMax:
      return std::make_unique<Extreme>(operation == Operation::kMax);
    case Operation::kAverage:
    case Operation::kVariance:
      if (value.number == NumberKind::kNone) return nullptr;
      return std::make_unique<MomentsOf>(value, operation == Operation::kVariance);
    case Operation::kCount:
      return std::make_unique<CountOf>(value);
    case Operation::kIdentity:
      break;
  }
  return nullptr;
}

inline const ValueType* result_type(Operation operation, const ValueType& value) {
  switch (operation) {
    case Operation::kSum:
      if (value.number == NumberKind::kFloating) return value_type<double>();
      return value.is_wide_unsigned() ? value_type<std::uint64_t>() : value_type<std::int64_t>();
    case Operation::kAverage:
    case Operation::kVariance:
      return value_type<double>();
    case Operation::kCount:
      return value_type<std::int64_t>();
    default:
      return &value;
  }
}

// What the host can do by itself when it combines.
inline std::int32_t builtin_of(Operation operation, const ValueType& value) {
  if (value.number != NumberKind::kSigned || value.size != 8) return MR_BUILTIN_NONE;
  switch (operation) {
    case Operation::kSum:
      return MR_BUILTIN_SUM_I64;
    case Operation::kMin:
      return MR_BUILTIN_MIN_I64;
    case Operation::kMax:
      return MR_BUILTIN_MAX_I64;
    default:
      return MR_BUILTIN_NONE;
  }
}

class CombineAttempt : public Attempt {
 public:
  CombineAttempt(mr_task* task, std::unique_ptr<Accumulator> accumulator)
      : task_(task), groups_(task), accumulator_(std::move(accumulator)) {}
  void run() override {
    mr_bytes key{};
    mr_bytes value_key{};
    mr_bytes value{};
    while (groups_.next_group(key)) {
      key_.assign(key.data, key.size);
      accumulator_->reset();
      bool any = false;
      while (groups_.next_value(value_key, value)) {
        arena_.clear();
        accumulator_->add(to_view(value), arena_);
        any = true;
      }
      if (!any) continue;
      out_.clear();
      accumulator_->put(out_);
      check(task_->emit(task_, key_.data(), key_.size(), out_.data(), out_.size()));
    }
  }

 private:
  mr_task* task_;
  GroupReader groups_;
  std::unique_ptr<Accumulator> accumulator_;
  Arena arena_;
  std::string key_;
  std::string out_;
};

// Hands on pairs that are encoded already; as text where the output wants it.
class EncodedEmit {
 public:
  EncodedEmit(mr_task* task, const ValueType& key, const ValueType& value)
      : task_(task), as_text_(emits_text(task)), key_(key), value_(value) {}
  void operator()(std::string_view key, std::string_view value) {
    if (!as_text_) return check(task_->emit(task_, key.data(), key.size(), value.data(), value.size()));
    arena_.clear();
    const mr_bytes k = key_.print(key, key_text_, arena_);
    const mr_bytes v = value_.print(value, value_text_, arena_);
    check(task_->emit(task_, k.data, k.size, v.data, v.size));
  }

 private:
  mr_task* task_;
  const bool as_text_;
  const ValueType& key_;
  const ValueType& value_;
  Arena arena_;
  std::string key_text_;
  std::string value_text_;
};

class AccumulateAttempt : public Attempt {
 public:
  AccumulateAttempt(mr_task* task,
                    std::unique_ptr<Accumulator> accumulator,
                    const ValueType& key,
                    const ValueType& result)
      : groups_(task), emit_(task, key, result), accumulator_(std::move(accumulator)) {}
  void run() override {
    mr_bytes key{};
    mr_bytes value_key{};
    mr_bytes value{};
    Arena arena;
    std::string out;
    while (groups_.next_group(key)) {
      accumulator_->reset();
      bool any = false;
      while (groups_.next_value(value_key, value)) {
        arena.clear();
        accumulator_->add(to_view(value), arena);
        any = true;
      }
      if (!any) continue;
      out.clear();
      accumulator_->put_result(out);
      emit_(to_view(key), out);
    }
  }

 private:
  GroupReader groups_;
  EncodedEmit emit_;
  std::unique_ptr<Accumulator> accumulator_;
};

// Every pair as it came, each with its own key.
class IdentityReduceAttempt : public Attempt {
 public:
  IdentityReduceAttempt(mr_task* task, const ValueType& key, const ValueType& value)
      : groups_(task), emit_(task, key, value) {}
  void run() override {
    mr_bytes group{};
    mr_bytes key{};
    mr_bytes value{};
    while (groups_.next_group(group)) {
      while (groups_.next_value(key, value)) emit_(to_view(key), to_view(value));
    }
  }

 private:
  GroupReader groups_;
  EncodedEmit emit_;
};

class OperationDefinition : public StageDefinition {
 public:
  OperationDefinition(Operation operation, bool combine, const ValueType& key, const ValueType& value)
      : operation_(operation), combine_(combine), key_(key), value_(value), result_(*result_type(operation, value)) {
    input_key = output_key = key.name;
    input_value = value.name;
    output_value = combine ? value.name : result_.name;
    if (combine) builtin = builtin_of(operation, value);
    if (operation == Operation::kIdentity) builtin = MR_BUILTIN_IDENTITY;
  }
  std::unique_ptr<Attempt> make(mr_task* task) const override {
    if (operation_ == Operation::kIdentity) return std::make_unique<IdentityReduceAttempt>(task, key_, value_);
    std::unique_ptr<Accumulator> accumulator = make_accumulator(operation_, value_);
    if (combine_) return std::make_unique<CombineAttempt>(task, std::move(accumulator));
    return std::make_unique<AccumulateAttempt>(task, std::move(accumulator), key_, result_);
  }

 private:
  const Operation operation_;
  const bool combine_;
  const ValueType& key_;
  const ValueType& value_;
  const ValueType& result_;
};

// What a job remembers of the pairs that its mapper emits.
struct PairOperations {
  const char* key;
  const char* value;
  const ValueType& key_type;
  const ValueType& value_type;
  std::size_t key_fields;  // 0: the key has no parts
  // Where field `index` of an encoded key ends. REQUIRES: index < key_fields.
  std::size_t (*field_end)(std::string_view key, std::size_t index);

  // The stage of an operation; null where it makes no sense for such values.
  Definition define(Operation operation, bool combine) const {
    if (operation == Operation::kIdentity) {
      if (combine) return nullptr;
    } else if (make_accumulator(operation, value_type) == nullptr) {
      return nullptr;
    }
    if (operation == Operation::kCount && combine && !CountOf::combines(value_type)) return nullptr;
    return std::make_unique<OperationDefinition>(operation, combine, key_type, value_type);
  }
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
      type_name<K>(), type_name<V>(), *value_type<K>(), *value_type<V>(), Fields::kCount, &Fields::end};
  return &operations;
}

}  // namespace detail
}  // namespace mr

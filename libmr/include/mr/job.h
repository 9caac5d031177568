// A job as its function describes it: what maps, combines and reduces, and how keys and files are treated.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "abi.h"
#include "attempt.h"
#include "chain.h"
#include "format.h"
#include "operation.h"
#include "options.h"
#include "partition.h"
#include "stage.h"
#include "task.h"

namespace mr {

class Job;

// One of the inputs of a job, with the mapper and the format of its own. Input 0 is the one that job.map() means.
// Owned by the job.
class Input {
 public:
  Input(Job& job, std::uint32_t index) : job_(job), index_(index) {}
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // A function, a lambda, a chain, or an object of a class derived from mr::Mapper, copied for each attempt.
  template <class F>
  Input& map(F f);
  // A class derived from mr::Mapper, made for each attempt from copies of these arguments.
  template <class F, class... A>
  Input& map(A... arguments);
  // Pairs as the format gives them; what happens without any map().
  Input& map(OperationTag<Operation::kIdentity>) { return *this; }

  Input& format(NamedFormat format);
  template <class F>
  Input& format(F format);
  template <class F>
  Input& format() {
    return format(F());
  }
  // Reads this path as well as, or instead of, those of the command line.
  Input& path(std::string_view path);

 private:
  friend class Job;
  void install();
  detail::Definition make_identity() const;

  Job& job_;
  std::uint32_t index_;
  detail::InputForm form_ = detail::InputForm::kLines;
  detail::Definition mapper_;
  const detail::PairOperations* pairs_ = nullptr;         // of the mapper
  const detail::PairOperations* format_pairs_ = nullptr;  // of a format of the plugin
  detail::Definition (*format_identity_)() = nullptr;
};

// Lives while the job's function runs. Its calls may come in any order: what needs the mapper's types is worked out when
// the function returns.
class Job {
 public:
  Job(mr_job* raw, std::string_view name) : raw_(raw), facts_(std::make_shared<detail::JobFacts>()) {
    facts_->name = name;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // ---- Stages ----
  template <class F>
  Job& map(F f) {
    input(0).map(std::move(f));
    return *this;
  }
  template <class F, class... A>
  Job& map(A... arguments) {
    input(0).map<F>(std::move(arguments)...);
    return *this;
  }
  // Works on the pairs of one map task before they are sent; see the guide for what it must obey.
  template <class F>
  Job& combine(F f) {
    combiner_.set(detail::define_reducer<F>(std::move(f)));
    return *this;
  }
  template <class F, class... A>
  Job& combine(A... arguments) {
    combiner_.set(detail::define_reducer<F>(std::move(arguments)...));
    return *this;
  }
  template <Operation kOperation>
  Job& combine(OperationTag<kOperation>) {
    combiner_.set(kOperation);
    return *this;
  }
  // Without any, pairs leave sorted and otherwise as they are.
  template <class F>
  Job& reduce(F f) {
    reducer_.set(detail::define_reducer<F>(std::move(f)));
    return *this;
  }
  template <class F, class... A>
  Job& reduce(A... arguments) {
    reducer_.set(detail::define_reducer<F>(std::move(arguments)...));
    return *this;
  }
  template <Operation kOperation>
  Job& reduce(OperationTag<kOperation>) {
    reducer_.set(kOperation);
    return *this;
  }
  // No sort, no reduce: what the mapper emits is the output.
  Job& map_only() {
    map_only_ = true;
    return set("mapreduce.job.reduces", "0");
  }

  // ---- Order and partition ----
  Job& partition(HashPartition) {
    raw_->api->set_partition_kind(raw_, MR_PARTITION_HASH);
    return *this;
  }
  Job& partition(TotalOrderPartition) {
    raw_->api->set_partition_kind(raw_, MR_PARTITION_RANGE);
    return *this;
  }
  Job& partition(FieldPartition partition) {
    partition_fields_ = std::move(partition.fields);
    return *this;
  }
  // (Key key, int reduces) or (Key key, Value value, int reduces) -> 0 … reduces-1.
  template <class F>
  Job& partition(F f) {
    using P = detail::FunctionPartitioner<F>;
    mr_partitioner table{};
    table.size = sizeof table;
    table.self = keep(std::unique_ptr<P>(new P{std::move(f)}));
    table.partition = &P::partition;
    raw_->api->set_partitioner(raw_, &table);
    expect_key<typename P::Key>("the partition function");
    return *this;
  }
  // (const Key& a, const Key& b) -> bool "a before b", or int. Slower than the order of the encoding: consider mr::Desc.
  template <class F>
  Job& sort(F f) {
    const mr_comparator table = comparator(std::move(f), "the sort comparator");
    raw_->api->set_sort_comparator(raw_, &table);
    return *this;
  }
  // Keys that compare equal here form one group. They must lie together in the sort order.
  template <class F>
  Job& group(F f) {
    const mr_comparator table = comparator(std::move(f), "the grouping comparator");
    raw_->api->set_group_comparator(raw_, &table);
    return *this;
  }
  // The first N fields of a tuple key decide reduce and group; all of them decide the order of the values.
  template <std::size_t N>
  Job& secondary_sort() {
    static_assert(N > 0, "mr: secondary_sort<N>() needs one field at least to group by");
    group_fields_ = N;
    return *this;
  }

  // ---- Inputs and outputs ----
  // Input 0 is the default one; further ones have mappers and formats of their own.
  Input& input(std::uint32_t index) {
    std::unique_ptr<Input>& input = inputs_[index];
    if (input == nullptr) input = std::make_unique<Input>(*this, index);
    return *input;
  }
  // The n-th INPUT of the command line is input n (join LEFT RIGHT OUT).
  Job& inputs_in_order() {
    raw_->api->bind_inputs_in_order(raw_);
    return *this;
  }
  Job& format(NamedFormat format) {
    input(0).format(format);
    return *this;
  }
  template <class F>
  Job& format(F format) {
    input(0).format(std::move(format));
    return *this;
  }
  template <class F>
  Job& format() {
    return format(F());
  }
  Job& output_format(NamedFormat format) {
    if (raw_->api->set_output_format_name(raw_, to_bytes(format.name)) != MR_OK) throw detail::Unwind{};
    return *this;
  }
  template <class F>
  Job& output_format(F format) {
    const mr_output_format table = output_table(std::move(format));
    raw_->api->set_output_format(raw_, &table);
    if constexpr (!F::kText) {
      format_key_ = type_name<typename F::Key>();
      format_value_ = type_name<typename F::Value>();
    }
    return *this;
  }
  template <class F>
  Job& output_format() {
    return output_format(F());
  }
  // A further output, written to through context.output<K, V>(name); in the format of the job's output or its own.
  Job& named_output(std::string_view name) {
    raw_->api->add_named_output(raw_, to_bytes(name), nullptr);
    return *this;
  }
  template <class F>
  Job& named_output(std::string_view name, F format) {
    const mr_output_format table = output_table(std::move(format));
    raw_->api->add_named_output(raw_, to_bytes(name), &table);
    facts_->output_representations[std::string(name)] = table.representation;
    return *this;
  }
  // A class with one or more of setup_job, commit_task, commit_job, abort_job (const mr::Commit&).
  template <class C>
  Job& committer(C committer) {
    const mr_committer table = detail::committer_table(keep(std::make_unique<C>(std::move(committer))));
    raw_->api->set_committer(raw_, &table);
    return *this;
  }
  // Part files are created at their first record only.
  Job& lazy_output() {
    raw_->api->set_lazy_output(raw_);
    return *this;
  }
  // The command line names no INPUT (the input format makes its own splits), or no OUTPUT.
  Job& no_input() {
    raw_->api->takes_no_input(raw_);
    return *this;
  }
  Job& no_output() {
    raw_->api->takes_no_output(raw_);
    return *this;
  }
  Job& output(std::string_view path) {
    raw_->api->set_output(raw_, to_bytes(path));
    return *this;
  }

  // ---- Options and configuration ----
  // Declares --name VALUE and returns what the user gave, or the default.
  template <class T>
  detail::option_t<T> option(const std::string& name, const T& otherwise, const std::string& help) {
    using O = detail::option_t<T>;
    const char* text = keep_text(to_text(O(otherwise)));
    return detail::declare_option<O>(raw_, keep_text(name), keep_text(help), text, false);
  }
  // Declares --name VALUE that must be given.
  template <class T = std::string>
  T required_option(const std::string& name, const std::string& help) {
    return detail::declare_option<T>(raw_, keep_text(name), keep_text(help), nullptr, false);
  }
  // Declares a required argument after INPUT… OUTPUT; the first call is the first argument. While the host only asks
  // what the job takes, the result is an empty T.
  template <class T = std::string>
  T argument(const std::string& name, const std::string& help) {
    return detail::declare_option<T>(raw_, keep_text(name), keep_text(help), nullptr, true);
  }
  // Sets a property of the job; a <final> one of the site stays.
  Job& set(std::string_view name, std::string_view value) {
    if (raw_->api->conf_set(raw_, to_bytes(name), to_bytes(value)) != MR_OK) throw detail::Unwind{};
    return *this;
  }
  Job& set(std::string_view name, const char* value) { return set(name, std::string_view(value)); }
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  Job& set(std::string_view name, T value) {
    return set(name, std::string_view(to_text(value)));
  }
  template <class T>
  detail::option_t<T> conf(std::string_view name, const T& otherwise) const {
    using O = detail::option_t<T>;
    mr_bytes value{};
    return raw_->api->conf_get(raw_, to_bytes(name), &value) == MR_OK ? parse<O>(to_view(value)) : O(otherwise);
  }

  std::string_view name() const { return facts_->name; }
  // The table underneath.
  mr_job* raw() const { return raw_; }

  // Hands everything to the host. Called once, after the job's function.
  void install();

 private:
  friend class Input;

  // A combiner or reducer: of the user's, or an operation still without types.
  struct Stage {
    detail::Definition own;
    bool is_operation = false;
    Operation operation = Operation::kIdentity;

    void set(detail::Definition definition) {
      own = std::move(definition);
      is_operation = false;
    }
    void set(Operation o) {
      own = nullptr;
      is_operation = true;
      operation = o;
    }
    bool is_set() const { return own != nullptr || is_operation; }
  };
  struct ExpectedKey {
    const char* who;
    const char* type;
  };

  // Gives an object to the job's definition.
  template <class T>
  T* keep(std::unique_ptr<T> object) {
    T* raw = object.release();
    raw_->api->own(raw_, raw, [](void* o) { delete static_cast<T*>(o); });
    return raw;
  }
  const char* keep_text(std::string text) { return keep(std::make_unique<std::string>(std::move(text)))->c_str(); }

  template <class F>
  mr_comparator comparator(F f, const char* who) {
    using C = detail::FunctionComparator<F>;
    mr_comparator table{};
    table.size = sizeof table;
    table.self = keep(std::unique_ptr<C>(new C{std::move(f)}));
    table.compare = &C::compare;
    expect_key<typename C::Key>(who);
    return table;
  }
  template <class F>
  mr_output_format output_table(F format) {
    static_assert(detail::is_output_format<F>::value,
                  "mr: an output format is mr::text or a class derived from mr::OutputFormat<Key, Value> or "
                  "mr::TextOutputFormat");
    return keep(std::make_unique<detail::OutputFormatTable<F>>(std::move(format)))->table();
  }
  template <class K>
  void expect_key(const char* who) {
    expected_keys_.push_back({who, type_name<K>()});
  }

  [[noreturn]] void refuse(const std::string& message) const { throw Error("job " + facts_->name + ": " + message); }
  static std::string pair_name(const char* key, const char* value) {
    return std::string("(") + key + ", " + value + ")";
  }
  const detail::PairOperations& common_pairs() const;
  detail::Definition resolve(Stage& stage, const char* role, bool combine, const detail::PairOperations& pairs) const;
  void check_operations() const;
  void check_types(const detail::StageDefinition* combiner,
                   const detail::StageDefinition& reducer,
                   const detail::PairOperations& pairs) const;
  void install_order(const detail::PairOperations& pairs);
  mr_stage own_stage(detail::Definition definition) {
    definition->facts = facts_;
    return keep(std::move(definition))->table();
  }

  mr_job* raw_;
  std::shared_ptr<detail::JobFacts> facts_;
  std::map<std::uint32_t, std::unique_ptr<Input>> inputs_;
  Stage combiner_;
  Stage reducer_;
  bool map_only_ = false;
  std::vector<std::size_t> partition_fields_;
  std::size_t group_fields_ = 0;
  std::vector<ExpectedKey> expected_keys_;
  const char* format_key_ = nullptr;  // of an output format of the plugin that takes encoded pairs
  const char* format_value_ = nullptr;
};

// ---- Input ----

template <class F>
Input& Input::map(F f) {
  using Stage = detail::MapStage<F>;
  mapper_ = detail::define_mapper<F>(std::move(f));
  pairs_ = detail::pair_operations<typename Stage::OutKey, typename Stage::OutValue>();
  return *this;
}

template <class F, class... A>
Input& Input::map(A... arguments) {
  using Stage = detail::MapStage<F>;
  mapper_ = detail::define_mapper<F>(std::move(arguments)...);
  pairs_ = detail::pair_operations<typename Stage::OutKey, typename Stage::OutValue>();
  return *this;
}

inline Input& Input::format(NamedFormat format) {
  form_ = format.form;
  format_pairs_ = nullptr;
  if (job_.raw()->api->set_input_format_name(job_.raw(), index_, to_bytes(format.name)) != MR_OK) {
    throw detail::Unwind{};
  }
  return *this;
}

namespace detail {

template <class K, class V>
struct PassOn {
  void operator()(const K& key, const V& value, Emit<K, V>& emit) const { emit(key, value); }
};

template <class K, class V>
Definition define_identity_mapper() {
  return define_mapper<PassOn<K, V>>(PassOn<K, V>{});
}

}  // namespace detail

template <class F>
Input& Input::format(F format) {
  static_assert(detail::is_input_format<F>::value,
                "mr: an input format is mr::text, mr::key_value or a class derived from mr::InputFormat<Key, Value>");
  form_ = detail::InputForm::kEncoded;
  format_pairs_ = detail::pair_operations<typename F::Key, typename F::Value>();
  format_identity_ = &detail::define_identity_mapper<typename F::Key, typename F::Value>;
  const mr_input_format table =
      job_.keep(std::make_unique<detail::InputFormatTable<F>>(std::move(format)))->table();
  job_.raw()->api->set_input_format(job_.raw(), index_, &table);
  return *this;
}

inline Input& Input::path(std::string_view path) {
  job_.raw()->api->add_input(job_.raw(), to_bytes(path), index_);
  return *this;
}

inline detail::Definition Input::make_identity() const {
  switch (form_) {
    case detail::InputForm::kLines:
      return detail::define_identity_mapper<std::int64_t, std::string_view>();
    case detail::InputForm::kKeyValue:
      return detail::define_identity_mapper<std::string_view, std::string_view>();
    case detail::InputForm::kEncoded:
      return format_identity_();
  }
  return nullptr;
}

inline void Input::install() {
  if (mapper_ == nullptr) {
    mapper_ = make_identity();
    pairs_ = form_ == detail::InputForm::kLines ? detail::pair_operations<std::int64_t, std::string_view>()
             : form_ == detail::InputForm::kKeyValue
                 ? detail::pair_operations<std::string_view, std::string_view>()
                 : format_pairs_;
  }
  mapper_->form = form_;
  if (format_pairs_ != nullptr) {
    mapper_->input_key = format_pairs_->key;
    mapper_->input_value = format_pairs_->value;
  }
  const mr_stage stage = job_.own_stage(std::move(mapper_));
  job_.raw()->api->set_mapper(job_.raw(), index_, &stage);
}

// ---- Job ----

inline void Job::install() {
  input(0);
  for (auto& [index, input] : inputs_) input->install();
  const detail::PairOperations& pairs = common_pairs();
  check_operations();
  detail::Definition combiner = resolve(combiner_, "combiner", true, pairs);
  detail::Definition reducer = resolve(reducer_, "reducer", false, pairs);
  check_types(combiner.get(), *reducer, pairs);
  install_order(pairs);
  if (combiner != nullptr) {
    const mr_stage stage = own_stage(std::move(combiner));
    raw_->api->set_combiner(raw_, &stage);
  }
  const mr_stage stage = own_stage(std::move(reducer));
  raw_->api->set_reducer(raw_, &stage);
}

inline const detail::PairOperations& Job::common_pairs() const {
  const Input& first = *inputs_.begin()->second;
  for (const auto& [index, input] : inputs_) {
    const bool same = std::string_view(input->pairs_->key) == first.pairs_->key &&
                      std::string_view(input->pairs_->value) == first.pairs_->value;
    if (!same) {
      refuse("the mappers of its inputs emit different pairs: " + pair_name(first.pairs_->key, first.pairs_->value) +
             " and " + pair_name(input->pairs_->key, input->pairs_->value) + "; make them the same");
    }
  }
  return *first.pairs_;
}

inline detail::Definition Job::resolve(Stage& stage,
                                       const char* role,
                                       bool combine,
                                       const detail::PairOperations& pairs) const {
  if (stage.own != nullptr) return std::move(stage.own);
  if (combine && !stage.is_operation) return nullptr;
  detail::Definition definition = pairs.define(stage.operation, combine);
  if (definition == nullptr) {
    refuse(std::string(name_of(stage.operation)) + " cannot be its " + role + ": the mapper emits values of type " +
           pairs.value);
  }
  return definition;
}

// An operation's combiner may leave something that only the same operation's reducer understands.
inline void Job::check_operations() const {
  if (!combiner_.is_operation) return;
  const std::string combine = name_of(combiner_.operation);
  if (reducer_.is_operation) {
    if (reducer_.operation == combiner_.operation) return;
    refuse("the combiner is " + combine + " but the reducer is " + name_of(reducer_.operation) +
           "; make them the same, or leave the combiner out");
  }
  const bool plain = combiner_.operation == Operation::kSum || combiner_.operation == Operation::kMin ||
                     combiner_.operation == Operation::kMax;
  if (!plain || !reducer_.is_set()) refuse("the combiner " + combine + " needs the reducer " + combine);
}

inline void Job::check_types(const detail::StageDefinition* combiner,
                             const detail::StageDefinition& reducer,
                             const detail::PairOperations& pairs) const {
  const std::string emitted = pair_name(pairs.key, pairs.value);
  if (combiner != nullptr && (emitted != pair_name(combiner->input_key, combiner->input_value) ||
                              emitted != pair_name(combiner->output_key, combiner->output_value))) {
    refuse("the mapper emits " + emitted + ", so the combiner must take and emit the same, but it takes " +
           pair_name(combiner->input_key, combiner->input_value) + " and emits " +
           pair_name(combiner->output_key, combiner->output_value));
  }
  if (!map_only_ && emitted != pair_name(reducer.input_key, reducer.input_value)) {
    refuse("the mapper emits " + emitted + " but the reducer takes " +
           pair_name(reducer.input_key, reducer.input_value));
  }
  for (const ExpectedKey& expected : expected_keys_) {
    if (std::string_view(expected.type) != pairs.key) {
      refuse(std::string(expected.who) + " takes keys of type " + expected.type + " but the mapper emits " + pairs.key);
    }
  }
  if (format_key_ == nullptr) return;
  const std::string out = map_only_ ? emitted : pair_name(reducer.output_key, reducer.output_value);
  if (out != pair_name(format_key_, format_value_)) {
    refuse("the output format takes " + pair_name(format_key_, format_value_) + " but the job's output is " + out);
  }
}

inline void Job::install_order(const detail::PairOperations& pairs) {
  for (const std::size_t field : partition_fields_) {
    if (field >= pairs.key_fields) {
      refuse("mr::by_fields names field " + std::to_string(field) + ", but the key is " + pairs.key +
             " (fields count from 0)");
    }
  }
  if (!partition_fields_.empty()) {
    auto self = std::unique_ptr<detail::FieldPartitioner>(new detail::FieldPartitioner{&pairs, partition_fields_});
    mr_partitioner table{};
    table.size = sizeof table;
    table.self = keep(std::move(self));
    table.partition = &detail::FieldPartitioner::partition;
    raw_->api->set_partitioner(raw_, &table);
  }
  if (group_fields_ == 0) return;
  if (group_fields_ > pairs.key_fields) {
    refuse("secondary_sort<" + std::to_string(group_fields_) + ">() needs a tuple key with that many fields, but the " +
           "mapper emits keys of type " + pairs.key);
  }
  raw_->api->set_key_prefix(raw_,
                            keep(std::unique_ptr<detail::KeyPrefix>(new detail::KeyPrefix{&pairs, group_fields_})),
                            &detail::KeyPrefix::prefix);
}

}  // namespace mr

// The records that a mapper reads.
#pragma once

#include <cstdint>
#include <tuple>
#include <type_traits>

#include "abi.h"
#include "codec.h"
#include "small_pair.h"
#include "task.h"
#include "text.h"
#include "types.h"
#include "word_edges.h"

namespace mr {
namespace detail {

// What the bytes of a record are.
enum class InputForm {
  kLines,     // the host's text format: the value is a line, the key its offset
  kKeyValue,  // the host's key-value format: both are text
  kEncoded,   // a format of the plugin: both are encoded
};

// A record's key as a T.
template <class T>
T record_key(const mr_record& record, InputForm form, Arena& arena) {
  if (form == InputForm::kEncoded) return decode<T>(to_view(record.key), arena);
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    if (form == InputForm::kLines) return static_cast<T>(record.offset);
  }
  if constexpr (can_parse<T>()) {
    return parse<T>(to_view(record.key));
  } else {
    throw Error(std::string("a key of type ") + type_name<T>() +
                " cannot be read from text; take std::string_view or specialise mr::Text with a parse()");
  }
}

// A record's value as a T.
template <class T>
T record_value(const mr_record& record, InputForm form, Arena& arena, WordEdges* edges) {
  if constexpr (std::is_same_v<T, Line>) {
    return Line{to_view(record.value), record.offset, edges};
  } else {
    if (form == InputForm::kEncoded) return decode<T>(to_view(record.value), arena);
    if constexpr (can_parse<T>()) {
      return parse<T>(to_view(record.value));
    } else {
      throw Error(std::string("a value of type ") + type_name<T>() +
                  " cannot be read from text; take std::string_view or specialise mr::Text with a parse()");
    }
  }
}

// A mapper's arguments from a record: (Value) or (Key, Value).
template <class Input>
struct RecordDecoder;
template <class V>
struct RecordDecoder<std::tuple<V>> {
  static std::tuple<V> get(const mr_record& record, InputForm form, Arena& arena, WordEdges* edges) {
    return std::tuple<V>(record_value<V>(record, form, arena, edges));
  }
};
template <class K, class V>
struct RecordDecoder<std::tuple<K, V>> {
  static std::tuple<K, V> get(const mr_record& record, InputForm form, Arena& arena, WordEdges* edges) {
    return std::tuple<K, V>{record_key<K>(record, form, arena), record_value<V>(record, form, arena, edges)};
  }
};

// The host's next batch, or nullptr at the end. Tells all who look into batches.
inline mr_batch* next_batch(mr_task* task, SmallPairs& pairs, WordEdges& edges) {
  pairs.tell();
  mr_batch* const batch = task->api->next_batch(task);
  pairs.look();
  edges.start(batch);
  return batch;
}

}  // namespace detail

// All records of a mapper, for one that overrides run(): while (records.next()) { … records.value() … }
// Input is std::tuple<Value> or std::tuple<Key, Value>.
template <class Input>
class Records {
 public:
  // `pairs` are those of the mapper's Emit.
  Records(mr_task* task, detail::InputForm form, detail::SmallPairs& pairs) : task_(task), form_(form), pairs_(pairs) {}
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  // Fetches the next record; false at the end.
  bool next() {
    if (batch_ == nullptr || index_ + 1 >= batch_->count) {
      do {
        batch_ = detail::next_batch(task_, pairs_, edges_);
        if (batch_ == nullptr) return at_end();
      } while (batch_->count == 0);
      index_ = 0;
    } else {
      ++index_;
    }
    batch_->current = index_;
    return true;
  }
  // The arguments that map() takes. Views in them are valid until the next call of next().
  Input get() {
    arena_.clear();
    return detail::RecordDecoder<Input>::get(batch_->records[index_], form_, arena_, &edges_);
  }
  auto value() { return std::get<std::tuple_size_v<Input> - 1>(get()); }
  auto key() {
    static_assert(std::tuple_size_v<Input> == 2, "mr: this mapper reads values only; it has no input key");
    return std::get<0>(get());
  }

 private:
  bool at_end() const {
    if (task_->api->failed(task_) != 0) throw detail::Unwind{};
    return false;
  }

  mr_task* task_;
  detail::InputForm form_;
  detail::SmallPairs& pairs_;
  mr_batch* batch_ = nullptr;
  std::size_t index_ = 0;
  Arena arena_;
  detail::WordEdges edges_;
};

}  // namespace mr

// What a stage may ask of, and tell, whatever runs it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "abi.h"
#include "codec.h"
#include "emit.h"
#include "file.h"
#include "random.h"
#include "task.h"
#include "text.h"

namespace mr {

// A counter of the attempt. Cheap to copy, cheap to add to; valid as long as the attempt.
class Counter {
 public:
  explicit Counter(std::int64_t* cell) : cell_(cell) {}
  Counter& operator+=(std::int64_t amount) {
    *cell_ += amount;
    return *this;
  }
  Counter& operator++() { return *this += 1; }
  void operator++(int) { *this += 1; }
  // Of this attempt alone.
  std::int64_t value() const { return *cell_; }

 private:
  std::int64_t* cell_;
};

namespace detail {

// What stages need to know of their job beyond what the host tells: which named outputs take encoded pairs.
struct JobFacts {
  std::string name;
  std::map<std::string, std::int32_t, std::less<>> output_representations;
};

}  // namespace detail

// One of several outputs, by name. Writes pairs like Emit; obtained from Context::output(), usually in setup().
template <class K, class V>
class Output {
 public:
  Output() = default;
  Output(mr_task* task, std::uint32_t handle, bool as_text) : task_(task), handle_(handle), as_text_(as_text) {}

  void operator()(detail::param_t<K> key, detail::param_t<V> value) {
    if (as_text_) {
      write(detail::Printed<K>(key, key_buffer_), detail::Printed<V>(value, value_buffer_));
    } else {
      write(detail::Encoded<K>(key, key_buffer_), detail::Encoded<V>(value, value_buffer_));
    }
  }
  template <class T = V, class = std::enable_if_t<std::is_same_v<T, None>>>
  void operator()(detail::param_t<K> key) {
    (*this)(key, none);
  }

 private:
  template <class Key, class Value>
  void write(const Key& key, const Value& value) {
    if (task_ == nullptr) throw Error("an mr::Output was written to before context.output() gave it its name");
    detail::check(task_->api->write_named(task_, handle_, {key.data(), key.size()}, {value.data(), value.size()}));
  }

  mr_task* task_ = nullptr;
  std::uint32_t handle_ = 0;
  bool as_text_ = true;
  std::string key_buffer_;
  std::string value_buffer_;
};

// Owned by the attempt; belongs to its thread. Views that it returns live as long as the attempt, those of the input
// (file, split) until the input changes.
class Context {
 public:
  Context(mr_task* task, std::shared_ptr<const detail::JobFacts> facts)
      : task_(task), facts_(std::move(facts)), random_(detail::info_of(task).seed) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // The counter of this group and name, made at first use. Keep the result where speed matters.
  Counter counter(std::string_view group, std::string_view name) {
    for (Cell& cell : cells_) {
      if (cell.name == name && cell.group == group) return Counter(cell.value);
    }
    std::int64_t* value = task_->api->counter(task_, to_bytes(group), to_bytes(name));
    if (value == nullptr) throw detail::Unwind{};
    cells_.push_back(Cell{std::string(group), std::string(name), value});
    return Counter(value);
  }
  // One line for people who watch the job.
  void status(std::string_view text) { task_->api->set_status(task_, to_bytes(text)); }
  // Says that the attempt is alive. Needed only where it neither reads nor emits for minutes.
  void progress() { task_->api->progress(task_); }
  // Ends the attempt with this message.
  [[noreturn]] void fail(std::string_view message) {
    detail::fail(task_, message);
    throw detail::Unwind{};
  }

  // A property of the configuration as a T, or `otherwise` where it is not set.
  template <class T>
  T conf(std::string_view name, T otherwise) const {
    std::string_view text;
    return find_conf(name, text) ? parse_conf<T>(name, text) : otherwise;
  }
  std::string conf(std::string_view name, const char* otherwise) const {
    return conf<std::string>(name, std::string(otherwise));
  }
  // The same for one that must be there.
  template <class T = std::string>
  T conf(std::string_view name) const {
    std::string_view text;
    if (!find_conf(name, text)) throw Error(std::string(name) + " is not set; give it with -D " + std::string(name) + "=…");
    return parse_conf<T>(name, text);
  }

  bool is_map() const { return info().is_map != 0; }
  int attempt() const { return info().attempt; }      // counts from 0
  int partition() const { return info().partition; }  // number of the map or reduce task, from 0
  int maps() const { return info().num_maps; }
  int reduces() const { return info().num_reduces; }
  int input_index() const { return info().input_index; }  // which of several inputs
  std::uint64_t seed() const { return info().seed; }
  std::string_view job_id() const { return to_view(info().job_id); }
  std::string_view job_name() const { return to_view(info().job_name); }
  std::string_view task_id() const { return to_view(info().task_id); }
  std::string_view attempt_id() const { return to_view(info().attempt_id); }
  std::string_view input_file() const { return to_view(info().input_file); }  // empty in a reduce
  std::int64_t split_start() const { return info().split_start; }             // bytes
  std::int64_t split_length() const { return info().split_length; }           // bytes
  std::string_view output_dir() const { return to_view(info().output_dir); }

  // Chance that repeats: seeded by job name and task number, so every attempt of a task draws the same.
  Random& random() { return random_; }

  // Where a file of -files or -archives lies on this machine, by its name or #link.
  std::string side_file(std::string_view name) const {
    const std::string_view dir = to_view(info().local_dir);
    if (dir.empty()) {
      throw Error("there is no side file " + std::string(name) + ": none was given; use -files " + std::string(name));
    }
    return std::string(dir) + "/" + std::string(name);
  }
  // Opens any path or URI for reading.
  File open(std::string_view path) {
    mr_file* file = nullptr;
    if (task_->api->file_open(task_, to_bytes(path), &file) != MR_OK) {
      if (task_->api->failed(task_) == 0) throw Error("cannot open " + std::string(path));
      throw detail::Unwind{};
    }
    return File(task_, file);
  }
  // Creates a file beside the part files, by relative path; it appears when the task commits.
  File create(std::string_view path) {
    mr_file* file = nullptr;
    if (task_->api->file_create(task_, to_bytes(path), &file) != MR_OK) {
      if (task_->api->failed(task_) == 0) throw Error("cannot create " + std::string(path));
      throw detail::Unwind{};
    }
    return File(task_, file);
  }
  // An output that the job declared with named_output().
  template <class K, class V>
  Output<K, V> output(std::string_view name) {
    std::uint32_t handle = 0;
    if (task_->api->named_output(task_, to_bytes(name), &handle) != MR_OK) {
      if (task_->api->failed(task_) != 0) throw detail::Unwind{};
      throw Error("the job has no output named " + std::string(name) + "; declare it with job.named_output(\"" +
                  std::string(name) + "\")");
    }
    return Output<K, V>(task_, handle, representation_of(name) == MR_REPRESENTATION_TEXT);
  }

  // The table underneath.
  mr_task* task() const { return task_; }

 private:
  struct Cell {
    std::string group;
    std::string name;
    std::int64_t* value;
  };

  mr_task_info info() const { return detail::info_of(task_); }
  bool find_conf(std::string_view name, std::string_view& text) const {
    mr_bytes value{};
    if (task_->api->conf_get(task_, to_bytes(name), &value) != MR_OK) return false;
    text = to_view(value);
    return true;
  }
  template <class T>
  static T parse_conf(std::string_view name, std::string_view text) {
    try {
      return parse<T>(text);
    } catch (const ParseError& error) {
      throw ParseError(std::string(name) + ": " + error.what());
    }
  }
  std::int32_t representation_of(std::string_view output) const {
    if (facts_ != nullptr) {
      const auto found = facts_->output_representations.find(output);
      if (found != facts_->output_representations.end()) return found->second;
    }
    return info().output_representation;
  }

  mr_task* task_;
  std::shared_ptr<const detail::JobFacts> facts_;
  Random random_;
  std::vector<Cell> cells_;
};

}  // namespace mr

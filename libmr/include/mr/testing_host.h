// A small host for stages: the C table of a job and of its tasks, in memory, in this process. Behind <mr/testing.h>.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "abi.h"
#include "bytes.h"
#include "error.h"
#include "random.h"

namespace mr::testing::detail {

// An encoded or printed pair. `key_is_none`: the key was a null pointer (mr::None in a text output).
struct Pair {
  std::string key;
  std::string value;
  bool key_is_none = false;
  bool value_is_none = false;
};

inline Pair make_pair(mr_bytes key, mr_bytes value) {
  Pair pair;
  pair.key_is_none = key.data == nullptr;
  pair.value_is_none = value.data == nullptr;
  if (key.size != 0) pair.key.assign(key.data, key.size);
  if (value.size != 0) pair.value.assign(value.data, value.size);
  return pair;
}

struct InputFile {
  std::uint32_t input = 0;
  std::string name;
  std::string content;
};

struct Named {
  std::string name;
  const mr_output_format* format = nullptr;
  std::vector<Pair> pairs;
};

// What the whole run reads and leaves.
struct World {
  std::vector<InputFile> inputs;
  std::map<std::string, std::string> files;  // other files by name: to open, and those that the job created
  std::map<std::string, std::string> side_files;
  std::map<std::string, std::string> conf;
  std::map<std::string, std::string> options;
  bool encoded_output = false;  // hand over encoded pairs although the job's output is text
  int combine_passes = 1;

  std::map<std::pair<std::string, std::string>, std::int64_t> counters;
  std::map<std::string, std::vector<Pair>, std::less<>> named;
  std::vector<std::vector<Pair>> parts;
  std::vector<std::string> part_bytes;
  std::string status;
  std::string error;
  bool failed = false;

  void fail(std::string_view message) {
    if (!failed) error = message;
    failed = true;
  }
  const std::string* find_conf(std::string_view name) const {
    const auto found = conf.find(std::string(name));
    return found == conf.end() ? nullptr : &found->second;
  }
};

// A directory for side files that goes away with its object.
class SideDirectory {
 public:
  explicit SideDirectory(const std::map<std::string, std::string>& files) {
    if (files.empty()) return;
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("mr-testing-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    for (const auto& [name, content] : files) {
      const std::filesystem::path file = path_ / name;
      std::filesystem::create_directories(file.parent_path());
      std::ofstream(file, std::ios::binary) << content;
    }
  }
  ~SideDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  SideDirectory(const SideDirectory&) = delete;
  SideDirectory& operator=(const SideDirectory&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// ---- Job ---------------------------------------------------------------------------------------------------------

struct InputPlan {
  mr_stage mapper{};
  std::string format = "text";
  const mr_input_format* own = nullptr;
};

// What the job's function asked for.
class HostJob : public mr_job {
 public:
  explicit HostJob(World& w) : world(w) { this->api = table(); }
  ~HostJob() {
    while (!owned_.empty()) {
      owned_.back().second(owned_.back().first);
      owned_.pop_back();
    }
  }
  HostJob(const HostJob&) = delete;
  HostJob& operator=(const HostJob&) = delete;

  struct SplitPlan {
    std::string path;
    std::int64_t start;
    std::int64_t length;
    std::string payload;
  };

  World& world;
  std::map<std::uint32_t, InputPlan> inputs;
  mr_stage combiner{};
  mr_stage reducer{};
  mr_partitioner partitioner{};
  mr_comparator sort{};
  mr_comparator group{};
  void* prefix_self = nullptr;
  std::size_t (*prefix)(void*, mr_bytes) = nullptr;
  const mr_output_format* output = nullptr;
  std::map<std::string, const mr_output_format*, std::less<>> named;
  mr_committer committer{};
  std::vector<SplitPlan> splits;
  bool no_input = false;

  int reduces() const {
    const std::string* text = world.find_conf("mapreduce.job.reduces");
    return text == nullptr ? 1 : std::atoi(text->c_str());
  }

  // Order of two keys, and whether two neighbours belong to one group.
  int compare(const std::string& a, const std::string& b) const {
    return sort.compare != nullptr ? sort.compare(sort.self, to_bytes(a), to_bytes(b)) : a.compare(b);
  }
  bool same_group(const std::string& a, const std::string& b) const {
    if (group.compare != nullptr) return group.compare(group.self, to_bytes(a), to_bytes(b)) == 0;
    if (prefix != nullptr) return grouped(a) == grouped(b);
    return compare(a, b) == 0;
  }
  std::uint32_t partition(const Pair& pair, int count) const {
    const auto number = static_cast<std::uint32_t>(count);
    if (partitioner.partition != nullptr) {
      return partitioner.partition(partitioner.self, to_bytes(pair.key), to_bytes(pair.value), number);
    }
    std::uint64_t hash = 0;
    for (const char c : grouped(pair.key)) hash = Random(hash ^ static_cast<unsigned char>(c))();
    return static_cast<std::uint32_t>(hash % number);
  }

 private:
  std::string_view grouped(const std::string& key) const {
    return prefix == nullptr ? std::string_view(key)
                             : std::string_view(key).substr(0, prefix(prefix_self, to_bytes(key)));
  }

  static HostJob& of(mr_job* job) { return *static_cast<HostJob*>(job); }
  template <class T>
  const T* keep(const T& value) {
    auto* copy = new T(value);
    owned_.emplace_back(copy, [](void* object) { delete static_cast<T*>(object); });
    return copy;
  }
  static const mr_job_api* table();
  static std::int32_t option(mr_job* job, const mr_option* declared, mr_bytes* value);

  std::vector<std::pair<void*, void (*)(void*)>> owned_;
  std::deque<std::string> texts_;
};

inline std::int32_t HostJob::option(mr_job* job, const mr_option* declared, mr_bytes* value) {
  HostJob& self = of(job);
  const auto given = self.world.options.find(declared->name);
  if (given == self.world.options.end() && declared->default_value == nullptr) {
    self.world.fail(std::string("the job needs the ") + (declared->positional != 0 ? "argument " : "option --") +
                    declared->name + "; give it with .option(\"" + declared->name + "\", …)");
    return MR_FAILED;
  }
  self.texts_.push_back(given == self.world.options.end() ? declared->default_value : given->second);
  *value = to_bytes(self.texts_.back());
  return MR_OK;
}

inline const mr_job_api* HostJob::table() {
  static const mr_job_api api = [] {
    mr_job_api t{};
    t.size = sizeof t;
    t.version = MR_ABI_VERSION;
    t.option = &HostJob::option;
    t.conf_get = [](mr_job* job, mr_bytes name, mr_bytes* value) -> std::int32_t {
      const std::string* text = of(job).world.find_conf(to_view(name));
      if (text == nullptr) return MR_NOT_FOUND;
      *value = to_bytes(*text);
      return MR_OK;
    };
    t.conf_set = [](mr_job* job, mr_bytes name, mr_bytes value) -> std::int32_t {
      of(job).world.conf[std::string(to_view(name))] = to_view(value);
      return MR_OK;
    };
    t.set_mapper = [](mr_job* job, std::uint32_t i, const mr_stage* s) { of(job).inputs[i].mapper = *s; };
    t.set_combiner = [](mr_job* job, const mr_stage* s) { of(job).combiner = *s; };
    t.set_reducer = [](mr_job* job, const mr_stage* s) { of(job).reducer = *s; };
    t.set_partitioner = [](mr_job* job, const mr_partitioner* p) { of(job).partitioner = *p; };
    t.set_partition_kind = [](mr_job*, std::int32_t) {};
    t.set_sort_comparator = [](mr_job* job, const mr_comparator* c) { of(job).sort = *c; };
    t.set_group_comparator = [](mr_job* job, const mr_comparator* c) { of(job).group = *c; };
    t.set_key_prefix = [](mr_job* job, void* self, std::size_t (*prefix)(void*, mr_bytes)) {
      of(job).prefix_self = self;
      of(job).prefix = prefix;
    };
    t.set_input_format_name = [](mr_job* job, std::uint32_t i, mr_bytes name) -> std::int32_t {
      of(job).inputs[i].format = to_view(name);
      of(job).inputs[i].own = nullptr;
      return MR_OK;
    };
    t.set_input_format = [](mr_job* job, std::uint32_t i, const mr_input_format* f) {
      of(job).inputs[i].own = of(job).keep(*f);
    };
    t.set_output_format_name = [](mr_job* job, mr_bytes) -> std::int32_t {
      of(job).output = nullptr;
      return MR_OK;
    };
    t.set_output_format = [](mr_job* job, const mr_output_format* f) { of(job).output = of(job).keep(*f); };
    t.add_named_output = [](mr_job* job, mr_bytes name, const mr_output_format* f) {
      of(job).named[std::string(to_view(name))] = f == nullptr ? nullptr : of(job).keep(*f);
    };
    t.set_committer = [](mr_job* job, const mr_committer* c) { of(job).committer = *c; };
    t.add_input = [](mr_job*, mr_bytes, std::uint32_t) {};
    t.set_output = [](mr_job*, mr_bytes) {};
    t.takes_no_input = [](mr_job* job) { of(job).no_input = true; };
    t.takes_no_output = [](mr_job*) {};
    t.set_lazy_output = [](mr_job*) {};
    t.add_split = [](mr_job* job, const mr_split* split) {
      of(job).splits.push_back({std::string(to_view(split->path)),
                                split->start,
                                split->length,
                                std::string(to_view(split->payload))});
    };
    t.own = [](mr_job* job, void* object, void (*release)(void*)) { of(job).owned_.emplace_back(object, release); };
    t.fail = [](mr_job* job, mr_bytes message) { of(job).world.fail(to_view(message)); };
    t.bind_inputs_in_order = [](mr_job*) {};
    return t;
  }();
  return &api;
}

// ---- Task --------------------------------------------------------------------------------------------------------

// An open file: content read at once, or written into `target`.
struct MemoryFile {
  std::string content;
  std::string* target = nullptr;

  static MemoryFile& of(mr_file* file) { return *reinterpret_cast<MemoryFile*>(file); }
  mr_file* handle() { return reinterpret_cast<mr_file*>(this); }
};

// One attempt of one stage.
class HostTask : public mr_task {
 public:
  HostTask(World& world, const HostJob& job) : world_(world), job_(job), owner_(std::this_thread::get_id()) {
    this->api = table();
    this->emit = [](mr_task* task, const char* key, std::size_t key_size, const char* value, std::size_t value_size) {
      return of(task).take({key, key_size}, {value, value_size});
    };
    this->small = nullptr;
    this->flush_small = nullptr;
    info.size = sizeof info;
    info.num_reduces = job.reduces();
    info.job_id = to_bytes("job_local_0001");
    info.job_name = to_bytes("test");
    info.output_dir = to_bytes("memory");
  }
  HostTask(const HostTask&) = delete;
  HostTask& operator=(const HostTask&) = delete;

  mr_task_info info{};
  // Input: of a mapper, and of a reducer or combiner (sorted).
  std::vector<mr_record> records;
  const std::vector<Pair>* pairs = nullptr;
  // Where emitted pairs go.
  std::function<void(Pair)> sink;

  // Runs a whole attempt; false when it failed.
  bool run(const mr_stage& stage) {
    void* object = stage.create(stage.self, this);
    if (object == nullptr) {
      world_.fail("create() of a stage failed without saying why");
      return false;
    }
    if (stage.run(object, this) != MR_OK) world_.fail("run() of a stage failed without saying why");
    stage.destroy(object);
    return !world_.failed;
  }

 private:
  static HostTask& of(mr_task* task) { return *static_cast<HostTask*>(task); }
  static const mr_task_api* table();

  std::int32_t take(mr_bytes key, mr_bytes value) {
    if (std::this_thread::get_id() != owner_) {
      world_.fail("emit was called from a thread that does not own the task");
      return MR_FOREIGN_THREAD;
    }
    if (world_.failed) return MR_FAILED;
    sink(make_pair(key, value));
    return world_.failed ? MR_FAILED : MR_OK;
  }
  // Few records at a time, so that stages meet more than one batch.
  mr_batch* next_batch() {
    constexpr std::size_t kBatch = 3;
    if (world_.failed || next_record_ == records.size()) return nullptr;
    const std::size_t count = std::min(kBatch, records.size() - next_record_);
    batch_.reset(new mr_batch{records.data() + next_record_, count, 0});
    next_record_ += count;
    return batch_.get();
  }
  std::int32_t next_group(mr_bytes* key) {
    if (world_.failed) return MR_FAILED;
    next_pair_ = group_end_;
    if (pairs == nullptr || next_pair_ == pairs->size()) return MR_END;
    const std::string& first = (*pairs)[next_pair_].key;
    group_end_ = next_pair_ + 1;
    while (group_end_ < pairs->size() && job_.same_group((*pairs)[group_end_].key, first)) ++group_end_;
    *key = to_bytes(first);
    return MR_OK;
  }
  std::int32_t next_value(mr_bytes* key, mr_bytes* value) {
    if (world_.failed) return MR_FAILED;
    if (next_pair_ == group_end_) return MR_END;
    const Pair& pair = (*pairs)[next_pair_++];
    *key = to_bytes(pair.key);
    *value = to_bytes(pair.value);
    return MR_OK;
  }
  std::int32_t named_output(mr_bytes name, std::uint32_t* handle) {
    const auto found = job_.named.find(to_view(name));
    if (found == job_.named.end()) return MR_NOT_FOUND;
    *handle = static_cast<std::uint32_t>(std::distance(job_.named.begin(), found));
    return MR_OK;
  }
  std::int32_t write_named(std::uint32_t handle, mr_bytes key, mr_bytes value) {
    if (world_.failed) return MR_FAILED;
    world_.named[std::next(job_.named.begin(), handle)->first].push_back(make_pair(key, value));
    return MR_OK;
  }
  std::int32_t open(std::string_view path, mr_file** file) {
    auto opened = std::make_unique<MemoryFile>();
    for (const InputFile& input : world_.inputs) {
      if (input.name == path) {
        opened->content = input.content;
        *file = opened.release()->handle();
        return MR_OK;
      }
    }
    if (const auto found = world_.files.find(std::string(path)); found != world_.files.end()) {
      opened->content = found->second;
    } else {
      std::ifstream in(std::string(path), std::ios::binary);
      if (!in) {
        world_.fail("cannot open " + std::string(path));
        return MR_FAILED;
      }
      std::ostringstream content;
      content << in.rdbuf();
      opened->content = content.str();
    }
    *file = opened.release()->handle();
    return MR_OK;
  }

  World& world_;
  const HostJob& job_;
  std::thread::id owner_;
  std::unique_ptr<mr_batch> batch_;
  std::size_t next_record_ = 0;
  std::size_t next_pair_ = 0;
  std::size_t group_end_ = 0;
};

inline const mr_task_api* HostTask::table() {
  static const mr_task_api api = [] {
    mr_task_api t{};
    t.size = sizeof t;
    t.version = MR_ABI_VERSION;
    t.info = [](mr_task* task) -> const mr_task_info* { return &of(task).info; };
    t.next_batch = [](mr_task* task) { return of(task).next_batch(); };
    t.next_group = [](mr_task* task, mr_bytes* key) { return of(task).next_group(key); };
    t.next_value = [](mr_task* task, mr_bytes* key, mr_bytes* value) { return of(task).next_value(key, value); };
    t.named_output = [](mr_task* task, mr_bytes name, std::uint32_t* handle) {
      return of(task).named_output(name, handle);
    };
    t.write_named = [](mr_task* task, std::uint32_t handle, mr_bytes key, mr_bytes value) {
      return of(task).write_named(handle, key, value);
    };
    t.counter = [](mr_task* task, mr_bytes group, mr_bytes name) {
      return &of(task).world_.counters[{std::string(to_view(group)), std::string(to_view(name))}];
    };
    t.set_status = [](mr_task* task, mr_bytes text) { of(task).world_.status = to_view(text); };
    t.progress = [](mr_task*) {};
    t.conf_get = [](mr_task* task, mr_bytes name, mr_bytes* value) -> std::int32_t {
      const std::string* text = of(task).world_.find_conf(to_view(name));
      if (text == nullptr) return MR_NOT_FOUND;
      *value = to_bytes(*text);
      return MR_OK;
    };
    t.fail = [](mr_task* task, mr_bytes message) { of(task).world_.fail(to_view(message)); };
    t.failed = [](mr_task* task) -> std::int32_t { return of(task).world_.failed ? 1 : 0; };
    t.file_open = [](mr_task* task, mr_bytes path, mr_file** file) { return of(task).open(to_view(path), file); };
    t.file_size = [](mr_file* file, std::int64_t* size) -> std::int32_t {
      *size = static_cast<std::int64_t>(MemoryFile::of(file).content.size());
      return MR_OK;
    };
    t.file_read = [](mr_file* file, std::int64_t offset, char* buffer, std::size_t size, std::size_t* got)
        -> std::int32_t {
      const std::string& content = MemoryFile::of(file).content;
      const auto from = static_cast<std::size_t>(offset);
      *got = from >= content.size() ? 0 : content.copy(buffer, size, from);
      return MR_OK;
    };
    t.file_create = [](mr_task* task, mr_bytes path, mr_file** file) -> std::int32_t {
      auto created = std::make_unique<MemoryFile>();
      created->target = &of(task).world_.files[std::string(to_view(path))];
      created->target->clear();
      *file = created.release()->handle();
      return MR_OK;
    };
    t.file_write = [](mr_file* file, const char* data, std::size_t size) -> std::int32_t {
      MemoryFile& open = MemoryFile::of(file);
      if (open.target == nullptr) return MR_FAILED;
      open.target->append(data, size);
      return MR_OK;
    };
    t.file_close = [](mr_file* file) -> std::int32_t {
      delete &MemoryFile::of(file);
      return MR_OK;
    };
    return t;
  }();
  return &api;
}

}  // namespace mr::testing::detail

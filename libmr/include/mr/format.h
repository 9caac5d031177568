// Input and output formats and committers of one's own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "abi.h"
#include "codec.h"
#include "context.h"
#include "format_reader.h"
#include "stage.h"
#include "task.h"

namespace mr {

// Formats of the host, by name: job.format(mr::text), job.input(1).format(mr::key_value), job.output_format(mr::text).
struct NamedFormat {
  const char* name;
  detail::InputForm form;
};
// Lines; a mapper may take mr::Line, or (int64_t offset, std::string_view line).
inline constexpr NamedFormat text{"text", detail::InputForm::kLines};
// Lines cut at the first TAB (mapreduce.input.keyvaluelinerecordreader.key.value.separator) into key and value.
inline constexpr NamedFormat key_value{"keyvalue", detail::InputForm::kKeyValue};

// What an input format's splits() fills.
class Splits {
 public:
  explicit Splits(mr_job* job) : job_(job) {}
  void add(const Split& split) {
    mr_split raw{};
    raw.size = sizeof raw;
    raw.path = to_bytes(split.path);
    raw.start = split.start;
    raw.length = split.length;
    raw.payload = to_bytes(split.payload);
    job_->api->add_split(job_, &raw);
  }
  template <class T>
  T conf(std::string_view name, T otherwise) const {
    mr_bytes value{};
    return job_->api->conf_get(job_, to_bytes(name), &value) == MR_OK ? parse<T>(to_view(value)) : otherwise;
  }

 private:
  mr_job* job_;
};

// An input format of one's own:
//
//   struct Blocks : mr::InputFormat<int64_t, std::string_view> {
//     static constexpr bool splittable = false;              // whole files (the default), or the host's cuts
//     void splits(mr::Splits& splits);                       // optional: instead of files, any pieces one likes
//     void open(const mr::Split& split, mr::Context& context);
//     bool next(int64_t& key, std::string_view& value);      // false at the end; views last until the next call
//     double progress();                                     // optional: 0 … 1
//     std::int64_t holds();                                  // optional: input records within the pair that next() gave
//   };                                                       // last, if it is a block of several; for the counters
//
// Each split is read by a copy of its own. Pairs are fetched some at a time, before the mapper sees the first of them.
template <class K, class V>
struct InputFormat {
  using Key = K;
  using Value = V;
  using IsInputFormat = void;
};

// An output format of one's own. Each part file is written by a copy of its own.
//
//   struct Csv : mr::OutputFormat<std::string, int64_t> {
//     static constexpr const char* extension = ".csv";       // optional
//     void open(mr::File& file, mr::Context& context);       // keep a pointer to the file and write to it
//     void write(const std::string& key, const int64_t& value);
//     void close();                                          // optional: the last bytes
//   };
template <class K, class V>
struct OutputFormat {
  using Key = K;
  using Value = V;
  using IsOutputFormat = void;
  static constexpr bool kText = false;
};

// One that takes whatever pair there is, as text: write(std::string_view key, std::string_view value). The data() of a
// key or value that is mr::None is null.
struct TextOutputFormat : OutputFormat<std::string_view, std::string_view> {
  static constexpr bool kText = true;
};

// Where a committer's step happens.
struct Commit {
  std::string_view output_dir;
  std::string_view attempt_dir;  // empty in the job's steps
  std::string_view task_id;      // empty in the job's steps
};

namespace detail {

template <class F, class = void>
struct is_input_format : std::false_type {};
template <class F>
struct is_input_format<F, std::void_t<typename F::IsInputFormat>> : std::true_type {};
template <class F, class = void>
struct is_output_format : std::false_type {};
template <class F>
struct is_output_format<F, std::void_t<typename F::IsOutputFormat>> : std::true_type {};

template <class F, class = void>
struct has_splits : std::false_type {};
template <class F>
struct has_splits<F, std::void_t<decltype(std::declval<F&>().splits(std::declval<Splits&>()))>> : std::true_type {};
template <class F, class = void>
struct has_close : std::false_type {};
template <class F>
struct has_close<F, std::void_t<decltype(std::declval<F&>().close())>> : std::true_type {};
template <class F, class = void>
struct splittable_of : std::false_type {};
template <class F>
struct splittable_of<F, std::void_t<decltype(F::splittable)>> : std::bool_constant<F::splittable> {};
template <class F, class = void>
struct extension_of {
  static constexpr const char* value = nullptr;
};
template <class F>
struct extension_of<F, std::void_t<decltype(F::extension)>> {
  static constexpr const char* value = F::extension;
};

template <class F>
class InputFormatTable {
 public:
  explicit InputFormatTable(F format) : format_(std::move(format)) {}

  mr_input_format table() {
    mr_input_format table{};
    table.size = sizeof table;
    table.splittable = splittable_of<F>::value ? 1 : 0;
    table.self = this;
    if (has_splits<F>::value) table.splits = &splits;
    table.open = &open;
    table.next = &next;
    table.next_batch = &next_batch;
    table.progress = &progress;
    table.close = &close;
    return table;
  }

 private:
  using Reading = FormatReader<F>;

  static std::int32_t splits(void* self, mr_job* job) {
    try {
      if constexpr (has_splits<F>::value) {
        F format = static_cast<InputFormatTable*>(self)->format_;
        Splits all(job);
        format.splits(all);
      }
      return MR_OK;
    } catch (...) {
      job->api->fail(job, to_bytes(describe_exception()));
      return MR_FAILED;
    }
  }
  static void* open(void* self, mr_task* task, const mr_split* split) {
    return Reading::open(static_cast<InputFormatTable*>(self)->format_, task, *split).release();
  }
  static std::int32_t next(void* reader, mr_record* record) { return static_cast<Reading*>(reader)->next(record); }
  static std::int32_t next_batch(void* reader, mr_input_batch* batch) {
    return static_cast<Reading*>(reader)->next_batch(batch);
  }
  static double progress(void* reader) { return static_cast<Reading*>(reader)->progress(); }
  static void close(void* reader) { delete static_cast<Reading*>(reader); }

  F format_;
};

template <class F>
class OutputFormatTable {
 public:
  explicit OutputFormatTable(F format) : format_(std::move(format)) {}

  mr_output_format table() {
    mr_output_format table{};
    table.size = sizeof table;
    table.representation = F::kText ? MR_REPRESENTATION_TEXT : MR_REPRESENTATION_ENCODED;
    table.extension = extension_of<F>::value;
    table.self = this;
    table.open = &open;
    table.write = &write;
    table.close = &close;
    return table;
  }

 private:
  struct Writing {
    Writing(mr_task* t, mr_file* f, const F& own) : task(t), context(t, nullptr), file(t, f, false), format(own) {}
    mr_task* task;
    Context context;
    File file;
    F format;
    Arena arena;
  };

  static void* open(void* self, mr_task* task, mr_file* file) {
    std::unique_ptr<Writing> writing;
    const bool opened = guarded(task, [&] {
      writing = std::make_unique<Writing>(task, file, static_cast<OutputFormatTable*>(self)->format_);
      writing->format.open(writing->file, writing->context);
    });
    return opened ? writing.release() : nullptr;
  }
  static std::int32_t write(void* writer, mr_bytes key, mr_bytes value) {
    auto& writing = *static_cast<Writing*>(writer);
    const bool written = guarded(writing.task, [&] {
      writing.arena.clear();
      writing.format.write(decode<typename F::Key>(to_view(key), writing.arena),
                           decode<typename F::Value>(to_view(value), writing.arena));
    });
    return written ? MR_OK : MR_FAILED;
  }
  static std::int32_t close(void* writer) {
    const std::unique_ptr<Writing> writing(static_cast<Writing*>(writer));
    if constexpr (has_close<F>::value) {
      return guarded(writing->task, [&] { writing->format.close(); }) ? MR_OK : MR_FAILED;
    } else {
      return MR_OK;
    }
  }

  F format_;
};

#define MR_DETAIL_COMMIT_STEP(NAME)                                                                               \
  template <class F, class = void>                                                                                \
  struct has_##NAME : std::false_type {};                                                                         \
  template <class F>                                                                                              \
  struct has_##NAME<F, std::void_t<decltype(std::declval<F&>().NAME(std::declval<const Commit&>()))>>             \
      : std::true_type {};                                                                                        \
  template <class F>                                                                                              \
  std::int32_t call_##NAME(void* self, const mr_commit* raw) {                                                    \
    try {                                                                                                         \
      static_cast<F*>(self)->NAME(                                                                                \
          Commit{to_view(raw->output_dir), to_view(raw->attempt_dir), to_view(raw->task_id)});                    \
      return MR_OK;                                                                                               \
    } catch (...) {                                                                                               \
      raw->fail(raw, to_bytes(describe_exception()));                                                             \
      return MR_FAILED;                                                                                           \
    }                                                                                                             \
  }
MR_DETAIL_COMMIT_STEP(setup_job)
MR_DETAIL_COMMIT_STEP(commit_task)
MR_DETAIL_COMMIT_STEP(commit_job)
MR_DETAIL_COMMIT_STEP(abort_job)
#undef MR_DETAIL_COMMIT_STEP

template <class C>
mr_committer committer_table(C* committer) {
  static_assert(has_setup_job<C>::value || has_commit_task<C>::value || has_commit_job<C>::value ||
                    has_abort_job<C>::value,
                "mr: a committer has one or more of setup_job, commit_task, commit_job, abort_job, each taking "
                "(const mr::Commit&)");
  mr_committer table{};
  table.size = sizeof table;
  table.self = committer;
  if constexpr (has_setup_job<C>::value) table.setup_job = &call_setup_job<C>;
  if constexpr (has_commit_task<C>::value) table.commit_task = &call_commit_task<C>;
  if constexpr (has_commit_job<C>::value) table.commit_job = &call_commit_job<C>;
  if constexpr (has_abort_job<C>::value) table.abort_job = &call_abort_job<C>;
  return table;
}

}  // namespace detail
}  // namespace mr

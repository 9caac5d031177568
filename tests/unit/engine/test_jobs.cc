#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "engine/record.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

// A stage from a plain function over the task.
template <int32_t (*Run)(mr_task*)>
mr_stage Stage(int builtin = MR_BUILTIN_NONE) {
  mr_stage stage{};
  stage.size = sizeof(stage);
  stage.builtin = builtin;
  stage.create = [](void*, mr_task* task) -> void* { return task; };
  stage.run = [](void* object, mr_task*) { return Run(static_cast<mr_task*>(object)); };
  stage.destroy = [](void*) {};
  return stage;
}

int32_t Emit(mr_task* task, std::string_view key, std::string_view value) {
  return task->emit(task, key.data(), key.size(), value.data(), value.size());
}

template <typename Each>
int32_t ForEachLine(mr_task* task, Each each) {
  while (mr_batch* batch = task->api->next_batch(task)) {
    for (std::size_t i = 0; i < batch->count; ++i) {
      batch->current = i;
      if (each(batch->records[i], ToView(batch->records[i].value)) != MR_OK) return MR_FAILED;
    }
  }
  return task->api->failed(task) != 0 ? MR_FAILED : MR_OK;
}

int32_t MapWords(mr_task* task) {
  char one[8];
  EncodeInt64(1, one);
  return ForEachLine(task, [&](const mr_record&, std::string_view line) -> int32_t {
    std::size_t at = 0;
    while (at < line.size()) {
      const std::size_t begin = line.find_first_not_of(" \t", at);
      if (begin == std::string_view::npos) break;
      at = std::min(line.find_first_of(" \t", begin), line.size());
      if (Emit(task, line.substr(begin, at - begin), {one, 8}) != MR_OK) return MR_FAILED;
    }
    return MR_OK;
  });
}

int32_t MapLines(mr_task* task) {
  return ForEachLine(task, [&](const mr_record& record, std::string_view line) {
    const std::string offset = std::to_string(record.offset);
    return Emit(task, line, offset);
  });
}

template <bool AsText>
int32_t SumGroups(mr_task* task) {
  mr_bytes key;
  mr_bytes value;
  int32_t step;
  while ((step = task->api->next_group(task, &key)) == MR_OK) {
    std::int64_t sum = 0;
    mr_bytes same;
    while (task->api->next_value(task, &same, &value) == MR_OK) sum += DecodeInt64(value.data);
    std::string out = std::to_string(sum);
    if (!AsText) {
      out.resize(8);
      EncodeInt64(sum, out.data());
    }
    if (Emit(task, ToView(key), out) != MR_OK) return MR_FAILED;
  }
  return step == MR_END ? MR_OK : MR_FAILED;
}

// Combiners that do not make less of what they get: one hands on every value, one makes two of each.
template <bool Twice>
int32_t KeepGroups(mr_task* task) {
  mr_bytes key;
  mr_bytes value;
  char out[8];
  while (task->api->next_group(task, &key) == MR_OK) {
    mr_bytes same;
    while (task->api->next_value(task, &same, &value) == MR_OK) {
      EncodeInt64(DecodeInt64(value.data) - (Twice ? 1 : 0), out);
      if (Emit(task, ToView(key), {out, 8}) != MR_OK) return MR_FAILED;
      EncodeInt64(1, out);
      if (Twice && Emit(task, ToView(key), {out, 8}) != MR_OK) return MR_FAILED;
    }
  }
  return MR_OK;
}

int32_t FailAtBad(mr_task* task) {
  return ForEachLine(task, [&](const mr_record&, std::string_view line) -> int32_t {
    if (line != "bad") return Emit(task, line, "");
    task->api->fail(task, ToBytes("did not like it"));
    return MR_FAILED;
  });
}

int32_t MapNamed(mr_task* task) {
  uint32_t odd = 0;
  uint32_t even = 0;
  if (task->api->named_output(task, ToBytes("odd"), &odd) != MR_OK) return MR_FAILED;
  if (task->api->named_output(task, ToBytes("even"), &even) != MR_OK) return MR_FAILED;
  int64_t* counter = task->api->counter(task, ToBytes("lengths"), ToBytes("odd"));
  return ForEachLine(task, [&](const mr_record& record, std::string_view line) {
    if (line.size() % 2 == 1) ++*counter;
    return task->api->write_named(task, line.size() % 2 == 1 ? odd : even, record.value, {nullptr, 0});
  });
}

// Lines to the named outputs "odd" and "even", files of their own directories.
int32_t MapNamedBelow(mr_task* task) {
  return ForEachLine(task, [&](const mr_record& record, std::string_view line) -> int32_t {
    uint32_t handle = 0;
    const std::string_view name = line.size() % 2 == 1 ? "odd/lines" : "even/lines";
    if (task->api->named_output(task, ToBytes(name), &handle) != MR_OK) return MR_FAILED;
    return task->api->write_named(task, handle, record.value, {nullptr, 0});
  });
}

// To the named output that the configuration names.
int32_t MapAsTold(mr_task* task) {
  return ForEachLine(task, [&](const mr_record& record, std::string_view) -> int32_t {
    uint32_t handle = 0;
    mr_bytes name{};
    if (task->api->conf_get(task, ToBytes("named.to"), &name) != MR_OK) return MR_FAILED;
    if (task->api->named_output(task, name, &handle) != MR_OK) return MR_FAILED;
    return task->api->write_named(task, handle, record.value, {nullptr, 0});
  });
}

// Asks for counters.count counters in counters.groups groups; each task for others when counters.own is set.
int32_t MapCounters(mr_task* task) {
  const auto number = [&](std::string_view name) {
    mr_bytes text{};
    return task->api->conf_get(task, ToBytes(name), &text) == MR_OK ? std::stoi(std::string(ToView(text))) : 1;
  };
  const int groups = number("counters.groups");
  std::string padding(static_cast<std::size_t>(number("counters.length")), 'n');
  mr_bytes own{};
  if (task->api->conf_get(task, ToBytes("counters.own"), &own) == MR_OK) {
    if (task->api->conf_get(task, ToBytes("mapreduce.task.partition"), &own) == MR_OK) padding += ToView(own);
  }
  for (int i = 0; i < number("counters.count"); ++i) {
    const std::string group = "group" + std::to_string(i % groups);
    int64_t* cell = task->api->counter(task, ToBytes(group), ToBytes(padding + std::to_string(i)));
    if (cell == nullptr) return MR_FAILED;
    *cell += i;
  }
  return ForEachLine(task, [](const mr_record&, std::string_view) { return MR_OK; });
}

int32_t EmitFromThread(mr_task* task) {
  std::thread([task] { Emit(task, "key", "value"); }).join();
  return MapLines(task);
}

int32_t Flood(mr_task* task) {
  mr_bytes text{};
  if (task->api->conf_get(task, ToBytes("flood.count"), &text) != MR_OK) return MR_FAILED;
  const int count = std::stoi(std::string(ToView(text)));
  const std::string value(1000, 'x');
  return ForEachLine(task, [&](const mr_record&, std::string_view line) -> int32_t {
    for (int i = 0; i < count; ++i) {
      if (Emit(task, std::to_string(i * 7919 % count) + std::string(line), value) != MR_OK) return MR_FAILED;
    }
    return MR_OK;
  });
}

// Hands on the keys, and fails at the one that flood.bad names.
int32_t RefuseKey(mr_task* task) {
  mr_bytes bad{};
  if (task->api->conf_get(task, ToBytes("flood.bad"), &bad) != MR_OK) return MR_FAILED;
  mr_bytes key;
  while (task->api->next_group(task, &key) == MR_OK) {
    if (ToView(key) == ToView(bad)) {
      task->api->fail(task, ToBytes("did not like it"));
      return MR_FAILED;
    }
    if (Emit(task, ToView(key), "") != MR_OK) return MR_FAILED;
  }
  return MR_OK;
}

template <int32_t (*Compare)(void*, mr_bytes, mr_bytes)>
mr_comparator Comparator() {
  return {sizeof(mr_comparator), nullptr, Compare};
}
int32_t Reverse(void*, mr_bytes a, mr_bytes b) { return CompareBytes(ToView(b), ToView(a)); }
int32_t Confused(void*, mr_bytes, mr_bytes) {
  thread_local std::mt19937 chance(17);
  return static_cast<int32_t>(chance() % 3) - 1;
}

template <int32_t (*Run)(mr_task*)>
void SetMapper(mr_job* job) {
  const mr_stage mapper = Stage<Run>();
  job->api->set_mapper(job, 0, &mapper);
}
void SetMap(mr_job* job) { job->api->conf_set(job, ToBytes("mapreduce.job.reduces"), ToBytes("0")); }

template <int Builtin, bool Combine>
int32_t ConfigureCount(mr_job* job) {
  SetMapper<MapWords>(job);
  const mr_stage combiner = Stage<SumGroups<false>>(Builtin);
  if (Combine) job->api->set_combiner(job, &combiner);
  const mr_stage reducer = Stage<SumGroups<true>>();
  job->api->set_reducer(job, &reducer);
  return MR_OK;
}

template <bool Twice>
int32_t ConfigureKept(mr_job* job) {
  SetMapper<MapWords>(job);
  const mr_stage combiner = Stage<KeepGroups<Twice>>();
  job->api->set_combiner(job, &combiner);
  const mr_stage reducer = Stage<SumGroups<true>>();
  job->api->set_reducer(job, &reducer);
  return MR_OK;
}

int32_t ConfigureLines(mr_job* job) {
  SetMapper<MapLines>(job);
  return MR_OK;
}
template <int32_t (*Compare)(void*, mr_bytes, mr_bytes)>
int32_t ConfigureCompared(mr_job* job) {
  SetMapper<MapLines>(job);
  const mr_comparator comparator = Comparator<Compare>();
  job->api->set_sort_comparator(job, &comparator);
  return MR_OK;
}
int32_t ConfigureCopy(mr_job* job) {
  SetMapper<MapLines>(job);
  SetMap(job);
  return MR_OK;
}
int32_t ConfigureTotal(mr_job* job) {
  SetMapper<MapLines>(job);
  job->api->set_partition_kind(job, MR_PARTITION_RANGE);
  return MR_OK;
}
int32_t JoinGroups(mr_task* task) {
  mr_bytes key;
  mr_bytes value;
  while (task->api->next_group(task, &key) == MR_OK) {
    const std::string group(ToView(key).substr(0, 1));
    std::string all;
    mr_bytes each;
    while (task->api->next_value(task, &each, &value) == MR_OK) all += std::string(ToView(each)) + ";";
    if (Emit(task, group, all) != MR_OK) return MR_FAILED;
  }
  return MR_OK;
}

int32_t ConfigureFirst(mr_job* job) {
  SetMapper<MapLines>(job);
  job->api->set_key_prefix(job, nullptr, [](void*, mr_bytes key) -> size_t { return key.size == 0 ? 0 : 1; });
  const mr_stage reducer = Stage<JoinGroups>();
  job->api->set_reducer(job, &reducer);
  return MR_OK;
}
template <int32_t (*Run)(mr_task*)>
int32_t ConfigureMapper(mr_job* job) {
  SetMapper<Run>(job);
  return MR_OK;
}
int32_t ConfigureFloodRefused(mr_job* job) {
  SetMapper<Flood>(job);
  const mr_stage reducer = Stage<RefuseKey>();
  job->api->set_reducer(job, &reducer);
  return MR_OK;
}
template <int32_t (*Run)(mr_task*)>
int32_t ConfigureNamed(mr_job* job) {
  SetMapper<Run>(job);
  SetMap(job);
  job->api->add_named_output(job, ToBytes("odd"), nullptr);
  job->api->add_named_output(job, ToBytes("even"), nullptr);
  job->api->set_lazy_output(job);
  return MR_OK;
}

// One option of each type, a positional one, and the mapper of "lines".
int32_t ConfigureOptions(mr_job* job) {
  SetMapper<MapLines>(job);
  const mr_option options[] = {
      {sizeof(mr_option), MR_OPTION_STRING, 1, "pattern", nullptr, "what to look for"},
      {sizeof(mr_option), MR_OPTION_INT, 0, "count", "10", "how many"},
      {sizeof(mr_option), MR_OPTION_DOUBLE, 0, "share", "0.5", "how much"},
      {sizeof(mr_option), MR_OPTION_BOOL, 0, "invert", "false", "the others"},
  };
  mr_bytes value{};
  for (const mr_option& option : options) {
    if (job->api->option(job, &option, &value) != MR_OK) return MR_FAILED;
  }
  return MR_OK;
}

constexpr mr_job_entry Entry(const char* name, int32_t (*configure)(mr_job*)) {
  return {sizeof(mr_job_entry), name, "A job of the engine's tests.", configure, nullptr, nullptr, 0};
}

// An input format that tells the digits from 0 to 9 as records, as the C table lets it be written: Former is a plugin of
// a time when the table ended before next_batch.
struct Numbers {
  char digits[10];
  mr_record records[10];
  int next = 0;
};

template <bool Former>
int32_t ConfigureNumbers(mr_job* job) {
  mr_input_format format{};
  format.size = Former ? offsetof(mr_input_format, next_batch) : sizeof(format);
  format.open = [](void*, mr_task*, const mr_split*) -> void* {
    auto* numbers = new Numbers;
    for (int i = 0; i < 10; ++i) {
      numbers->digits[i] = static_cast<char>('0' + i);
      numbers->records[i] = {{nullptr, 0}, {&numbers->digits[i], 1}, i};
    }
    return numbers;
  };
  format.next = [](void* reader, mr_record* record) -> int32_t {
    auto& numbers = *static_cast<Numbers*>(reader);
    if (!Former || numbers.next == 10) return Former ? MR_END : MR_FAILED;
    *record = numbers.records[numbers.next++];
    return MR_OK;
  };
  format.close = [](void* reader) { delete static_cast<Numbers*>(reader); };
  // Three batches of 5, 3 and 2 records: the second is of blocks, of which each is told to be of ten records.
  format.next_batch = [](void* reader, mr_input_batch* batch) -> int32_t {
    auto& numbers = *static_cast<Numbers*>(reader);
    if (Former) return MR_FAILED;  // beyond the size that was told
    if (numbers.next == 10) return MR_END;
    batch->records = numbers.records + numbers.next;
    batch->count = numbers.next == 0 ? 5 : numbers.next == 5 ? 3 : 2;
    if (numbers.next == 5) batch->holds = 30;
    numbers.next += static_cast<int>(batch->count);
    return MR_OK;
  };
  job->api->set_input_format(job, 0, &format);
  return ConfigureCopy(job);
}

const mr_job_entry kEntries[] = {
    Entry("count", ConfigureCount<MR_BUILTIN_SUM_I64, true>),
    Entry("count_plain", ConfigureCount<MR_BUILTIN_NONE, false>),
    Entry("count_chain", ConfigureCount<MR_BUILTIN_NONE, true>),
    Entry("count_kept", ConfigureKept<false>),
    Entry("count_doubled", ConfigureKept<true>),
    Entry("lines", ConfigureLines),
    Entry("reverse", ConfigureCompared<Reverse>),
    Entry("confused", ConfigureCompared<Confused>),
    Entry("copy", ConfigureCopy),
    Entry("total", ConfigureTotal),
    Entry("first", ConfigureFirst),
    Entry("fail_at", ConfigureMapper<FailAtBad>),
    Entry("named", ConfigureNamed<MapNamed>),
    Entry("named_below", ConfigureNamed<MapNamedBelow>),
    Entry("named_as_told", ConfigureNamed<MapAsTold>),
    Entry("counters", ConfigureMapper<MapCounters>),
    Entry("options", ConfigureOptions),
    Entry("foreign", ConfigureMapper<EmitFromThread>),
    Entry("flood", ConfigureMapper<Flood>),
    Entry("flood_refused", ConfigureFloodRefused),
    Entry("numbers", ConfigureNumbers<false>),
    Entry("numbers_former", ConfigureNumbers<true>),
};

}  // namespace

const mr_plugin* TestPlugin() {
  static const mr_job_entry* jobs[std::size(kEntries)];
  for (std::size_t i = 0; i < std::size(kEntries); ++i) jobs[i] = &kEntries[i];
  static const mr_plugin plugin = {sizeof(mr_plugin), MR_ABI_VERSION, "test", "test", std::size(kEntries), jobs};
  return &plugin;
}

}  // namespace mrd::engine::testing

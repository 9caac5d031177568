#include "engine/job_settings.h"

#include <algorithm>
#include <thread>

#include "common/base/machine_memory.h"
#include "formats/codec.h"

namespace mrd::engine {

namespace {

int Cores() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

Result<int> Threads(const Config& config, std::string_view key) {
  MRD_ASSIGN_OR_RETURN(const std::int64_t wanted, config.GetInt(key));
  return wanted > 0 ? static_cast<int>(std::min<std::int64_t>(wanted, 1024)) : Cores();
}

// Size of a key that may be unset.
Result<std::uint64_t> OptionalSize(const Config& config, std::string_view key) {
  if (!config.Get(key)) return std::uint64_t{0};
  MRD_ASSIGN_OR_RETURN(const std::int64_t size, config.GetSize(key));
  return static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
}

// Of a key that is the cluster's, which not every reader of a job's configuration knows.
Result<std::int64_t> IntOr(const Config& config, std::string_view key, std::int64_t otherwise) {
  if (!config.Get(key)) return otherwise;
  return config.GetInt(key);
}

// A delimiter may be written with escapes, since a shell and XML make raw control characters awkward.
std::string Unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case '0': out += '\0'; break;
      case '\\': out += '\\'; break;
      default: out += '\\'; out += text[i];
    }
  }
  return out;
}

}  // namespace

Result<JobSettings> JobSettings::Read(const Config& config) {
  JobSettings s;
  s.job_name = config.GetString("mapreduce.job.name");
  MRD_ASSIGN_OR_RETURN(const std::int64_t reduces, config.GetInt("mapreduce.job.reduces"));
  s.reduces = static_cast<int>(reduces);
  MRD_ASSIGN_OR_RETURN(s.map_threads, Threads(config, "mapreduce.local.map.tasks.maximum"));
  MRD_ASSIGN_OR_RETURN(s.reduce_threads, Threads(config, "mapreduce.local.reduce.tasks.maximum"));

  MRD_ASSIGN_OR_RETURN(const std::int64_t task_memory, config.GetSize("mapreduce.task.io.sort.mb"));
  s.task_memory_bytes = static_cast<std::uint64_t>(task_memory);
  if (config.Get("mr.shuffle.memory.mb")) {
    MRD_ASSIGN_OR_RETURN(s.shuffle_memory_bytes, OptionalSize(config, "mr.shuffle.memory.mb"));
  } else if (!config.Explicit().contains("mapreduce.task.io.sort.mb")) {
    s.shuffle_memory_bytes = MemoryToSpare();
  }
  if (config.Get("mr.local.drop.cache.behind.reads")) {
    MRD_ASSIGN_OR_RETURN(s.drop_behind_reads, config.GetBool("mr.local.drop.cache.behind.reads"));
  }
  MRD_ASSIGN_OR_RETURN(const std::int64_t factor, config.GetInt("mapreduce.task.io.sort.factor"));
  s.merge_factor = static_cast<int>(factor);
  MRD_ASSIGN_OR_RETURN(s.compress_map_output, config.GetBool("mapreduce.map.output.compress"));
  MRD_ASSIGN_OR_RETURN(s.combine_hit_rate_min, config.GetDouble("mr.combine.hit.rate.min"));

  MRD_ASSIGN_OR_RETURN(s.split_min_bytes,
                       OptionalSize(config, "mapreduce.input.fileinputformat.split.minsize"));
  MRD_ASSIGN_OR_RETURN(s.split_max_bytes,
                       OptionalSize(config, "mapreduce.input.fileinputformat.split.maxsize"));
  MRD_ASSIGN_OR_RETURN(s.recursive_input,
                       config.GetBool("mapreduce.input.fileinputformat.input.dir.recursive"));
  MRD_ASSIGN_OR_RETURN(s.combine_small_files, config.GetBool("mr.input.combine"));
  MRD_ASSIGN_OR_RETURN(s.line_limit_bytes,
                       OptionalSize(config, "mapreduce.input.linerecordreader.line.maxlength"));
  s.record_delimiter = Unescape(config.GetString("textinputformat.record.delimiter"));
  s.key_value_separator =
      Unescape(config.GetString("mapreduce.input.keyvaluelinerecordreader.key.value.separator", "\t"));

  s.output_separator =
      Unescape(config.GetString("mapreduce.output.textoutputformat.separator", "\t"));
  MRD_ASSIGN_OR_RETURN(s.compress_output,
                       config.GetBool("mapreduce.output.fileoutputformat.compress"));
  if (s.compress_output) {
    constexpr std::string_view kCodecKey = "mapreduce.output.fileoutputformat.compress.codec";
    const std::string codec = config.GetString(kCodecKey);
    if (!codec.empty()) {
      MRD_RETURN_IF_ERROR(std::move(formats::CodecForClass(codec)).status().WithContext(std::string(kCodecKey)));
    }
  }
  MRD_ASSIGN_OR_RETURN(s.mark_success,
                       config.GetBool("mapreduce.fileoutputcommitter.marksuccessfuljobs"));

  MRD_ASSIGN_OR_RETURN(s.counters_max, config.GetInt("mapreduce.job.counters.max"));
  MRD_ASSIGN_OR_RETURN(s.counter_groups_max, config.GetInt("mapreduce.job.counters.groups.max"));
  MRD_ASSIGN_OR_RETURN(s.counter_group_name_max,
                       config.GetInt("mapreduce.job.counters.group.name.max"));
  MRD_ASSIGN_OR_RETURN(s.counter_name_max,
                       config.GetInt("mapreduce.job.counters.counter.name.max"));
  MRD_ASSIGN_OR_RETURN(s.skip_start_attempts, IntOr(config, "mapreduce.task.skip.start.attempts", 2));
  MRD_ASSIGN_OR_RETURN(s.skip_map_records, IntOr(config, "mapreduce.map.skip.maxrecords", 0));
  MRD_ASSIGN_OR_RETURN(s.skip_reduce_groups, IntOr(config, "mapreduce.reduce.skip.maxgroups", 0));
  MRD_ASSIGN_OR_RETURN(s.map_attempts_max, IntOr(config, "mapreduce.map.maxattempts", 4));
  MRD_ASSIGN_OR_RETURN(s.reduce_attempts_max, IntOr(config, "mapreduce.reduce.maxattempts", 4));
  s.skip_outdir = config.GetString("mapreduce.job.skip.outdir");
  MRD_ASSIGN_OR_RETURN(s.sample_records, config.GetInt("mr.sample.records"));
  MRD_ASSIGN_OR_RETURN(s.sample_splits, config.GetInt("mr.sample.splits"));

  s.local_dirs = config.GetList("mapreduce.cluster.local.dir");
  s.side_files = config.GetList("tmpfiles");
  s.side_archives = config.GetList("tmparchives");
  return s;
}

}  // namespace mrd::engine

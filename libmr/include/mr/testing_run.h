// One job run in memory: map, combine, partition, sort, group, reduce, in the plainest way. Behind <mr/testing.h>.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing_host.h"

namespace mr::testing::detail {

class Run {
 public:
  Run(World& world, std::function<std::int32_t(mr_job*)> configure)
      : world_(world), job_(world), configure_(std::move(configure)), side_(world.side_files) {}

  // `groups`: the reducer's input where it is to run alone; null for the whole job.
  void all(const std::vector<Pair>* groups) {
    const bool configured = configure_(&job_) == MR_OK;
    if (!configured) world_.fail("the job's function failed without saying why");
    if (world_.failed) return;
    const int reduces = job_.reduces();
    if (groups != nullptr) {
      world_.parts.resize(1);
      reduce(*groups, 0);
    } else if (reduces == 0) {
      map_all(0);
    } else {
      map_all(reduces);
      world_.parts.resize(static_cast<std::size_t>(reduces));
      for (int i = 0; i < reduces && !world_.failed; ++i) {
        sort(partitions_[static_cast<std::size_t>(i)]);
        reduce(partitions_[static_cast<std::size_t>(i)], i);
      }
    }
    for (std::size_t i = 0; i < world_.parts.size() && !world_.failed; ++i) format_part(i);
  }

 private:
  std::int32_t representation() const {
    if (world_.encoded_output) return MR_REPRESENTATION_ENCODED;
    return job_.output == nullptr ? static_cast<std::int32_t>(MR_REPRESENTATION_TEXT) : job_.output->representation;
  }
  void sort(std::vector<Pair>& pairs) const {
    std::stable_sort(
        pairs.begin(), pairs.end(), [&](const Pair& a, const Pair& b) { return job_.compare(a.key, b.key) < 0; });
  }
  void fill(HostTask& task, bool is_map, int number, bool emits_output) const {
    task.info.is_map = is_map ? 1 : 0;
    task.info.partition = number;
    task.info.num_maps = maps_;
    task.info.emits_output = emits_output ? 1 : 0;
    task.info.output_representation = representation();
    task.info.seed = static_cast<std::uint64_t>(number) * 2 + (is_map ? 1 : 0);
    task.info.task_id = to_bytes(is_map ? "task_local_0001_m_000000" : "task_local_0001_r_000000");
    task.info.attempt_id = to_bytes(is_map ? "attempt_local_0001_m_000000_0" : "attempt_local_0001_r_000000_0");
    task.info.local_dir = to_bytes(side_path_);
  }

  void map_all(int reduces) {
    partitions_.resize(static_cast<std::size_t>(reduces));
    std::vector<std::pair<std::uint32_t, mr_split>> splits;
    for (auto& [index, plan] : job_.inputs) {
      if (plan.own != nullptr && plan.own->splits != nullptr &&
          plan.own->splits(plan.own->self, &job_) != MR_OK) {
        world_.fail("splits() of the input format failed without saying why");
      }
      for (const HostJob::SplitPlan& split : job_.splits) {
        splits.emplace_back(
            index, mr_split{sizeof(mr_split), to_bytes(split.path), split.start, split.length, to_bytes(split.payload)});
      }
      if (plan.own != nullptr && plan.own->splits != nullptr) continue;
      for (const InputFile& file : world_.inputs) {
        if (file.input != index) continue;
        const auto length = static_cast<std::int64_t>(file.content.size());
        splits.emplace_back(index, mr_split{sizeof(mr_split), to_bytes(file.name), 0, length, {nullptr, 0}});
      }
    }
    maps_ = static_cast<int>(splits.size());
    if (reduces == 0) world_.parts.resize(splits.size());
    for (std::size_t i = 0; i < splits.size() && !world_.failed; ++i) {
      map(splits[i].first, splits[i].second, static_cast<int>(i), reduces);
    }
  }

  void map(std::uint32_t input, const mr_split& split, int number, int reduces) {
    HostTask task(world_, job_);
    fill(task, true, number, reduces == 0);
    task.info.input_index = static_cast<std::int32_t>(input);
    task.info.input_file = split.path;
    task.info.split_start = split.start;
    task.info.split_length = split.length;
    const InputPlan& plan = job_.inputs.at(input);
    std::deque<std::string> texts;
    if (plan.own != nullptr) {
      read_own(plan, split, task, texts);
    } else {
      read_text(plan, to_view(split.path), task);
    }
    if (world_.failed) return;
    if (reduces == 0) {
      task.sink = [&](Pair pair) { world_.parts[static_cast<std::size_t>(number)].push_back(std::move(pair)); };
      task.run(plan.mapper);
      return;
    }
    std::vector<std::vector<Pair>> emitted(static_cast<std::size_t>(reduces));
    task.sink = [&](Pair pair) {
      const std::uint32_t part = job_.partition(pair, reduces);
      if (part >= emitted.size()) {
        world_.fail("the partitioner chose reduce " + std::to_string(part) + " of " + std::to_string(reduces));
      } else {
        emitted[part].push_back(std::move(pair));
      }
    };
    if (!task.run(plan.mapper)) return;
    for (std::size_t i = 0; i < emitted.size(); ++i) {
      std::vector<Pair> pairs = combine_passes(std::move(emitted[i]));
      std::move(pairs.begin(), pairs.end(), std::back_inserter(partitions_[i]));
    }
  }

  void read_text(const InputPlan& plan, std::string_view name, HostTask& task) const {
    for (const InputFile& file : world_.inputs) {
      if (file.name != name) continue;
      const std::string* separator = world_.find_conf("mapreduce.input.keyvaluelinerecordreader.key.value.separator");
      const std::string_view content = file.content;
      for (std::size_t at = 0; at < content.size();) {
        const std::size_t end = std::min(content.find('\n', at), content.size());
        std::string_view line = content.substr(at, end - at);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        mr_record record{{nullptr, 0}, to_bytes(line), static_cast<std::int64_t>(at)};
        if (plan.format == "keyvalue") {
          const std::size_t cut = line.find(separator == nullptr || separator->empty() ? '\t' : separator->front());
          record.key = to_bytes(line.substr(0, cut));
          record.value = to_bytes(cut == std::string_view::npos ? std::string_view("") : line.substr(cut + 1));
        }
        task.records.push_back(record);
        at = end + 1;
      }
      return;
    }
  }

  void read_own(const InputPlan& plan, const mr_split& split, HostTask& task, std::deque<std::string>& texts) {
    void* reader = plan.own->open(plan.own->self, &task, &split);
    if (reader == nullptr) {
      world_.fail("open() of the input format failed without saying why");
      return;
    }
    const auto keep = [&](mr_bytes bytes) {
      texts.emplace_back(to_view(bytes));
      return to_bytes(texts.back());
    };
    std::int32_t code = MR_OK;
    while (code == MR_OK) {
      mr_input_batch batch{};
      batch.size = sizeof batch;
      if ((code = plan.own->next_batch(reader, &batch)) != MR_OK) break;
      for (std::size_t i = 0; i < batch.count; ++i) {
        const mr_record& record = batch.records[i];
        task.records.push_back({keep(record.key), keep(record.value), record.offset});
      }
    }
    if (code == MR_FAILED) world_.fail("next() of the input format failed without saying why");
    plan.own->close(reader);
  }

  // Pass 1 combines everything; with more passes, halves are combined on their own first, as spills would be.
  std::vector<Pair> combine_passes(std::vector<Pair> pairs) {
    if (job_.combiner.create == nullptr || world_.combine_passes == 0) return pairs;
    if (world_.combine_passes > 1) {
      const auto middle = pairs.begin() + static_cast<std::ptrdiff_t>(pairs.size() / 2);
      std::vector<Pair> first = combine(std::vector<Pair>(pairs.begin(), middle));
      std::vector<Pair> second = combine(std::vector<Pair>(middle, pairs.end()));
      std::move(second.begin(), second.end(), std::back_inserter(first));
      pairs = std::move(first);
    }
    return combine(std::move(pairs));
  }
  std::vector<Pair> combine(std::vector<Pair> pairs) {
    sort(pairs);
    std::vector<Pair> combined;
    HostTask task(world_, job_);
    fill(task, true, 0, false);
    task.pairs = &pairs;
    task.sink = [&](Pair pair) { combined.push_back(std::move(pair)); };
    task.run(job_.combiner);
    return combined;
  }

  void reduce(const std::vector<Pair>& pairs, int number) {
    HostTask task(world_, job_);
    fill(task, false, number, true);
    task.pairs = &pairs;
    task.sink = [&](Pair pair) { world_.parts[static_cast<std::size_t>(number)].push_back(std::move(pair)); };
    task.run(job_.reducer);
  }

  // The bytes of a part file, by the job's own output format or as text.
  void format_part(std::size_t number) {
    world_.part_bytes.resize(world_.parts.size());
    std::string& bytes = world_.part_bytes[number];
    if (world_.encoded_output) return;
    if (job_.output == nullptr) {
      const std::string* configured = world_.find_conf("mapreduce.output.textoutputformat.separator");
      for (const Pair& pair : world_.parts[number]) {
        bytes += pair.key;
        if (!pair.key_is_none && !pair.value_is_none) bytes += configured == nullptr ? "\t" : *configured;
        bytes += pair.value + "\n";
      }
      return;
    }
    HostTask task(world_, job_);
    fill(task, false, static_cast<int>(number), true);
    MemoryFile file;
    file.target = &bytes;
    void* writer = job_.output->open(job_.output->self, &task, file.handle());
    if (writer == nullptr) return;
    for (const Pair& pair : world_.parts[number]) {
      const mr_bytes key{pair.key_is_none ? nullptr : pair.key.data(), pair.key.size()};
      const mr_bytes value{pair.value_is_none ? nullptr : pair.value.data(), pair.value.size()};
      if (job_.output->write(writer, key, value) != MR_OK) break;
    }
    job_.output->close(writer);
  }

  World& world_;
  HostJob job_;
  std::function<std::int32_t(mr_job*)> configure_;
  SideDirectory side_;
  std::string side_path_ = side_.path();
  int maps_ = 1;
  std::vector<std::vector<Pair>> partitions_;
};

}  // namespace mr::testing::detail

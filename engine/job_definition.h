#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"
#include "engine/job.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

// A piece of input that a plugin's format made, with strings of its own.
struct PluginSplit {
  std::string path;
  std::int64_t start = 0;
  std::int64_t length = 0;
  std::string payload;
};

// What `configure` said a job consists of. Owns copies of the plugin's structs; what their `self` points to belongs to
// the plugin and is released with the definition. Immutable once made; attempts of any thread read it.
class JobDefinition {
 public:
  struct Input {
    std::optional<mr_stage> mapper;
    std::string format = "text";
    std::optional<mr_input_format> plugin_format;
  };
  struct NamedOutput {
    std::optional<mr_output_format> format;
  };

  // Runs configure with the request's options. Everything the plugin refuses, and options that are missing, malformed
  // or unknown, is kInvalidArgument.
  static Result<std::unique_ptr<JobDefinition>> Make(const JobRequest& request);
  ~JobDefinition();
  JobDefinition(const JobDefinition&) = delete;
  JobDefinition& operator=(const JobDefinition&) = delete;

  // Input indices without a format or mapper of their own use those of index 0.
  const Input& input(std::uint32_t index) const;
  // Calls the format's splits(), for formats that make their own.
  Result<std::vector<PluginSplit>> PluginSplits(const mr_input_format& format);

  const Config& config() const { return config_; }

  std::string name;
  std::map<std::uint32_t, Input> inputs;
  std::optional<mr_stage> combiner;
  std::optional<mr_stage> reducer;  // absent: identity
  std::optional<mr_partitioner> partitioner;
  int partition_kind = MR_PARTITION_HASH;
  void* prefix_self = nullptr;
  std::size_t (*prefix)(void*, mr_bytes) = nullptr;
  std::optional<mr_comparator> sort_comparator;
  std::optional<mr_comparator> group_comparator;
  std::optional<mr_output_format> output_format;
  std::map<std::string, NamedOutput> named_outputs;
  std::optional<mr_committer> committer;
  std::vector<std::pair<std::string, std::uint32_t>> added_inputs;
  std::string output;  // set by the plugin; empty: the command line's
  bool lazy_output = false;
  bool inputs_in_order = false;
  JobDescription description;
  std::map<std::string, std::string> option_values;

 private:
  friend Result<JobDescription> DescribeJob(const JobRequest& request);
  struct Builder;
  explicit JobDefinition(Config config) : config_(std::move(config)) {}
  Status Configure(const JobRequest& request, bool describing);

  Config config_;
  std::vector<std::pair<void*, void (*)(void*)>> owned_;
};

}  // namespace mrd::engine

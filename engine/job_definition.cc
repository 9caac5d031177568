#include "engine/job_definition.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/base/edit_distance.h"
#include "engine/record.h"

namespace mrd::engine {

namespace {

// Takes as much of a plugin's struct as both sides know.
template <typename T>
T CopySized(const T* from) {
  T to{};
  std::memcpy(&to, from, std::min<std::size_t>(from->size, sizeof(T)));
  to.size = sizeof(T);
  return to;
}

std::string_view TypeName(OptionType type) {
  switch (type) {
    case OptionType::kString: return "a text";
    case OptionType::kInt: return "a whole number";
    case OptionType::kDouble: return "a number";
    case OptionType::kBool: return "true or false";
  }
  return "";
}

template <typename T>
bool ParsesAs(std::string_view text) {
  T value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool FitsType(OptionType type, std::string_view text) {
  switch (type) {
    case OptionType::kString: return true;
    case OptionType::kInt: return ParsesAs<std::int64_t>(text);
    case OptionType::kDouble: return ParsesAs<double>(text);
    case OptionType::kBool: return text == "true" || text == "false";
  }
  return false;
}

}  // namespace

// The mr_job that `configure` talks to.
struct JobDefinition::Builder : mr_job {
  JobDefinition* definition = nullptr;
  const std::map<std::string, std::string>* given = nullptr;
  bool describing = false;
  Status failure;
  std::vector<PluginSplit>* splits = nullptr;
  std::map<std::string, std::string> conf_values;  // what conf_get() handed out, kept alive

  static Builder& Of(mr_job* job) { return *static_cast<Builder*>(job); }
  static JobDefinition& Def(mr_job* job) { return *Of(job).definition; }
  void Refuse(std::string message) {
    if (failure.ok()) failure = InvalidArgument(std::move(message));
  }

  static int32_t Option(mr_job* job, const mr_option* declared, mr_bytes* value);
  static const mr_job_api kApi;
};

int32_t JobDefinition::Builder::Option(mr_job* job, const mr_option* declared, mr_bytes* value) {
  Builder& self = Of(job);
  const mr_option option = CopySized(declared);
  JobOption known;
  known.name = option.name;
  known.type = static_cast<OptionType>(option.type);
  known.positional = option.positional != 0;
  known.required = option.default_value == nullptr;
  known.default_value = option.default_value == nullptr ? "" : option.default_value;
  known.help = option.help == nullptr ? "" : option.help;
  JobDefinition& definition = *self.definition;
  definition.description.options.push_back(known);

  std::string text = known.default_value;
  const auto given = self.given->find(known.name);
  if (given != self.given->end()) {
    text = given->second;
  } else if (known.required) {
    if (!self.describing) {
      self.Refuse("job " + definition.name + " needs " + (known.positional ? "" : "--") + known.name + ": " +
                  known.help);
    }
    // A placeholder of the right type, so that configure can go on to its other options.
    text = known.type == OptionType::kString ? "" : known.type == OptionType::kBool ? "false" : "0";
  }
  if (!FitsType(known.type, text)) {
    self.Refuse("option " + known.name + "=" + text + " of job " + definition.name + ": not " +
                std::string(TypeName(known.type)));
    text = known.type == OptionType::kBool ? "false" : "0";
  }
  std::string& kept = definition.option_values[known.name];
  kept = std::move(text);
  *value = ToBytes(kept);
  return MR_OK;
}

const mr_job_api JobDefinition::Builder::kApi = {
    .size = sizeof(mr_job_api),
    .version = MR_ABI_VERSION,
    .option = &Builder::Option,
    .conf_get =
        [](mr_job* job, mr_bytes name, mr_bytes* value) -> int32_t {
          const std::string key(ToView(name));
          auto found = Def(job).config_.Get(key);
          if (!found) return MR_NOT_FOUND;
          std::string& kept = Of(job).conf_values[key];
          kept = *found;
          *value = ToBytes(kept);
          return MR_OK;
        },
    .conf_set =
        [](mr_job* job, mr_bytes name, mr_bytes value) -> int32_t {
          Status set = Def(job).config_.Set(ToView(name), ToView(value), "program");
          if (set.ok()) return MR_OK;
          Of(job).Refuse(set.message());
          return MR_FAILED;
        },
    .set_mapper = [](mr_job* job, uint32_t index,
                     const mr_stage* stage) { Def(job).inputs[index].mapper = CopySized(stage); },
    .set_combiner = [](mr_job* job, const mr_stage* stage) { Def(job).combiner = CopySized(stage); },
    .set_reducer = [](mr_job* job, const mr_stage* stage) { Def(job).reducer = CopySized(stage); },
    .set_partitioner = [](mr_job* job,
                          const mr_partitioner* p) { Def(job).partitioner = CopySized(p); },
    .set_partition_kind =
        [](mr_job* job, int32_t kind) {
          if (kind != MR_PARTITION_HASH && kind != MR_PARTITION_RANGE) {
            Of(job).Refuse("partition kind " + std::to_string(kind) + " is unknown to this version");
            return;
          }
          Def(job).partition_kind = kind;
        },
    .set_sort_comparator = [](mr_job* job,
                              const mr_comparator* c) { Def(job).sort_comparator = CopySized(c); },
    .set_group_comparator =
        [](mr_job* job, const mr_comparator* c) { Def(job).group_comparator = CopySized(c); },
    .set_key_prefix =
        [](mr_job* job, void* self, size_t (*prefix)(void*, mr_bytes)) {
          Def(job).prefix_self = self;
          Def(job).prefix = prefix;
        },
    .set_input_format_name =
        [](mr_job* job, uint32_t index, mr_bytes name) -> int32_t {
          const std::string_view text = ToView(name);
          if (text != "text" && text != "keyvalue") {
            Of(job).Refuse("input format \"" + std::string(text) + "\" is unknown; there are: text, keyvalue");
            return MR_NOT_FOUND;
          }
          Def(job).inputs[index].format = text;
          Def(job).inputs[index].plugin_format.reset();
          return MR_OK;
        },
    .set_input_format =
        [](mr_job* job, uint32_t index, const mr_input_format* format) {
          Def(job).inputs[index].plugin_format = CopySized(format);
        },
    .set_output_format_name =
        [](mr_job* job, mr_bytes name) -> int32_t {
          if (ToView(name) != "text") {
            Of(job).Refuse("output format \"" + std::string(ToView(name)) + "\" is unknown; there is: text");
            return MR_NOT_FOUND;
          }
          Def(job).output_format.reset();
          return MR_OK;
        },
    .set_output_format =
        [](mr_job* job, const mr_output_format* format) { Def(job).output_format = CopySized(format); },
    .add_named_output =
        [](mr_job* job, mr_bytes name, const mr_output_format* format) {
          NamedOutput output;
          if (format != nullptr) output.format = CopySized(format);
          Def(job).named_outputs[std::string(ToView(name))] = output;
        },
    .set_committer = [](mr_job* job,
                        const mr_committer* c) { Def(job).committer = CopySized(c); },
    .add_input =
        [](mr_job* job, mr_bytes path, uint32_t index) {
          Def(job).added_inputs.emplace_back(ToView(path), index);
        },
    .set_output = [](mr_job* job, mr_bytes path) { Def(job).output = ToView(path); },
    .takes_no_input = [](mr_job* job) { Def(job).description.takes_input = false; },
    .takes_no_output = [](mr_job* job) { Def(job).description.takes_output = false; },
    .set_lazy_output = [](mr_job* job) { Def(job).lazy_output = true; },
    .add_split =
        [](mr_job* job, const mr_split* given) {
          if (Of(job).splits == nullptr) return;
          const mr_split split = CopySized(given);
          Of(job).splits->push_back({std::string(ToView(split.path)), split.start, split.length,
                                     std::string(ToView(split.payload))});
        },
    .own = [](mr_job* job, void* object,
              void (*release)(void*)) { Def(job).owned_.emplace_back(object, release); },
    .fail = [](mr_job* job, mr_bytes message) { Of(job).Refuse(std::string(ToView(message))); },
    .bind_inputs_in_order = [](mr_job* job) { Def(job).inputs_in_order = true; },
};

Status JobDefinition::Configure(const JobRequest& request, bool describing) {
  name = request.entry->name;
  Builder builder;
  builder.api = &Builder::kApi;
  builder.definition = this;
  builder.given = &request.options;
  builder.describing = describing;
  const int32_t outcome = request.entry->configure(&builder);
  if (!builder.failure.ok()) return builder.failure;
  if (outcome != MR_OK) {
    return InvalidArgument("job " + name + ": its configure function failed without saying why");
  }
  if (describing) return Status::Ok();
  for (const auto& [option, value] : request.options) {
    if (option_values.contains(option)) continue;
    std::string message = "job " + name + " has no option --" + option;
    std::vector<std::string> names;
    for (const JobOption& known : description.options) names.push_back(known.name);
    if (auto near = NearestName(option, names)) message += "; did you mean --" + *near + "?";
    return InvalidArgument(message);
  }
  inputs[0];  // index 0 always exists
  return Status::Ok();
}

Result<std::unique_ptr<JobDefinition>> JobDefinition::Make(const JobRequest& request) {
  std::unique_ptr<JobDefinition> definition(new JobDefinition(request.config));
  MRD_RETURN_IF_ERROR(definition->Configure(request, /*describing=*/false));
  return definition;
}

JobDefinition::~JobDefinition() {
  for (auto it = owned_.rbegin(); it != owned_.rend(); ++it) it->second(it->first);
}

const JobDefinition::Input& JobDefinition::input(std::uint32_t index) const {
  const auto found = inputs.find(index);
  return found != inputs.end() ? found->second : inputs.at(0);
}

Result<std::vector<PluginSplit>> JobDefinition::PluginSplits(const mr_input_format& format) {
  std::vector<PluginSplit> splits;
  const std::map<std::string, std::string> none;
  Builder builder;
  builder.api = &Builder::kApi;
  builder.definition = this;
  builder.given = &none;
  builder.splits = &splits;
  const int32_t outcome = format.splits(format.self, &builder);
  if (!builder.failure.ok()) return builder.failure;
  if (outcome != MR_OK) return InvalidArgument("the input format of job " + name + " could not make its splits");
  return splits;
}

Result<JobDescription> DescribeJob(const JobRequest& request) {
  JobDefinition definition(request.config);
  MRD_RETURN_IF_ERROR(definition.Configure(request, /*describing=*/true));
  return definition.description;
}

}  // namespace mrd::engine

#include "engine/input_plan.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/line_reader.h"

namespace mrd::engine {

namespace {

Status AddPluginSplits(JobDefinition& definition, std::uint32_t index, const mr_input_format& format, InputPlan& plan) {
  MRD_ASSIGN_OR_RETURN(std::vector<PluginSplit> made, definition.PluginSplits(format));
  for (PluginSplit& from : made) {
    InputSplit split;
    split.input_index = index;
    split.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(from.length, 0));
    split.pieces.push_back({std::move(from.path), static_cast<std::uint64_t>(std::max<std::int64_t>(from.start, 0)),
                            split.bytes, false, std::move(from.payload)});
    plan.bytes += split.bytes;
    plan.splits.push_back(std::move(split));
  }
  return Status::Ok();
}

}  // namespace

Result<InputRecipe> MakeRecipe(const JobDefinition& definition, const JobSettings& settings, const JobRequest& request) {
  const std::size_t inputs_declared = std::size_t{definition.inputs.rbegin()->first} + 1;
  if (definition.inputs_in_order && request.inputs.size() != inputs_declared) {
    return InvalidArgument("job " + definition.name + " takes " + std::to_string(inputs_declared) +
                           " inputs in order; given: " + std::to_string(request.inputs.size()));
  }
  InputRecipe recipe;
  std::uint32_t next = 0;
  for (const std::string& input : request.inputs) recipe.inputs.push_back({input, definition.inputs_in_order ? next++ : 0});
  for (const auto& [path, index] : definition.added_inputs) recipe.inputs.push_back({path, index});
  recipe.records_found_anywhere = DelimiterSplittable(settings.record_delimiter);
  for (const InputRecipe::Named& named : recipe.inputs) {
    const JobDefinition::Input& input = definition.input(named.input_index);
    InputRecipe::Cut cut = InputRecipe::Cut::kByName;
    if (input.plugin_format) {
      cut = input.plugin_format->splittable != 0 ? InputRecipe::Cut::kAlways : InputRecipe::Cut::kNever;
    }
    recipe.cuts[named.input_index] = cut;
  }
  recipe.split_min_bytes = settings.split_min_bytes;
  recipe.split_max_bytes = settings.split_max_bytes;
  recipe.recursive = settings.recursive_input;
  recipe.combine_small_files = settings.combine_small_files;
  return recipe;
}

bool MakesOwnSplits(const JobDefinition& definition) {
  return std::any_of(definition.inputs.begin(), definition.inputs.end(), [](const auto& input) {
    return input.second.plugin_format && input.second.plugin_format->splits != nullptr;
  });
}

Result<InputPlan> PlanInput(JobDefinition& definition,
                            const JobSettings& settings,
                            const JobRequest& request,
                            fs::Registry& file_systems) {
  InputPlan plan;
  for (auto& [index, input] : definition.inputs) {
    if (input.plugin_format && input.plugin_format->splits != nullptr) {
      MRD_RETURN_IF_ERROR(AddPluginSplits(definition, index, *input.plugin_format, plan));
    }
  }
  MRD_ASSIGN_OR_RETURN(const InputRecipe recipe, MakeRecipe(definition, settings, request));
  MRD_ASSIGN_OR_RETURN(InputPlan files, PlanFiles(recipe, file_systems));
  std::move(files.splits.begin(), files.splits.end(), std::back_inserter(plan.splits));
  plan.files = files.files;
  plan.bytes += files.bytes;
  plan.roots = std::move(files.roots);
  return plan;
}

}  // namespace mrd::engine

#include "mapred/wire/recipe.h"

namespace mrd::mapred::wire {
namespace {

using Cut = engine::InputRecipe::Cut;

proto::InputRecipeProto::Cut CutToProto(Cut cut) {
  switch (cut) {
    case Cut::kAlways: return proto::InputRecipeProto::ALWAYS;
    case Cut::kNever: return proto::InputRecipeProto::NEVER;
    case Cut::kByName: break;
  }
  return proto::InputRecipeProto::BY_NAME;
}

Cut CutFromProto(proto::InputRecipeProto::Cut cut) {
  switch (cut) {
    case proto::InputRecipeProto::ALWAYS: return Cut::kAlways;
    case proto::InputRecipeProto::NEVER: return Cut::kNever;
    default: return Cut::kByName;
  }
}

}  // namespace

void ToProto(const engine::InputRecipe& recipe, proto::InputRecipeProto* message) {
  for (const engine::InputRecipe::Named& named : recipe.inputs) {
    proto::InputRecipeProto::Named* const to = message->add_inputs();
    to->set_path(named.path);
    to->set_inputindex(named.input_index);
  }
  for (const auto& [index, cut] : recipe.cuts) {
    proto::InputRecipeProto::CutOf* const to = message->add_cuts();
    to->set_inputindex(index);
    to->set_cut(CutToProto(cut));
  }
  message->set_splitminbytes(recipe.split_min_bytes);
  message->set_splitmaxbytes(recipe.split_max_bytes);
  message->set_recursive(recipe.recursive);
  message->set_combinesmallfiles(recipe.combine_small_files);
  message->set_recordsfoundanywhere(recipe.records_found_anywhere);
}

engine::InputRecipe FromProto(const proto::InputRecipeProto& message) {
  engine::InputRecipe recipe;
  for (const auto& named : message.inputs()) recipe.inputs.push_back({named.path(), named.inputindex()});
  for (const auto& cut : message.cuts()) recipe.cuts[cut.inputindex()] = CutFromProto(cut.cut());
  recipe.split_min_bytes = message.splitminbytes();
  recipe.split_max_bytes = message.splitmaxbytes();
  if (message.has_recursive()) recipe.recursive = message.recursive();
  if (message.has_combinesmallfiles()) recipe.combine_small_files = message.combinesmallfiles();
  if (message.has_recordsfoundanywhere()) recipe.records_found_anywhere = message.recordsfoundanywhere();
  return recipe;
}

}  // namespace mrd::mapred::wire

#pragma once

#include "engine/input_recipe.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::mapred::wire {

// Between the engine's recipe of inputs and its message. What a peer sent may be any valid message: missing fields have
// their defaults.
void ToProto(const engine::InputRecipe& recipe, proto::InputRecipeProto* message);
engine::InputRecipe FromProto(const proto::InputRecipeProto& message);

}  // namespace mrd::mapred::wire

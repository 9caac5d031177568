// From a stage of the user's to the mr_stage of the C table: one object per attempt, exceptions stopped here.
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "abi.h"
#include "context.h"
#include "emit.h"
#include "stage.h"
#include "task.h"
#include "type_name.h"
#include "word_edges.h"

namespace mr::detail {

// The work of one attempt.
class Attempt {
 public:
  virtual ~Attempt() = default;
  virtual void run() = 0;
};

// What makes attempts. Owned by the job's definition; used by several threads at once.
class StageDefinition {
 public:
  virtual ~StageDefinition() = default;
  virtual std::unique_ptr<Attempt> make(mr_task* task) const = 0;

  const char* input_key = nullptr;
  const char* input_value = nullptr;
  const char* output_key = nullptr;
  const char* output_value = nullptr;
  std::int32_t builtin = MR_BUILTIN_NONE;
  InputForm form = InputForm::kLines;        // mappers only
  std::shared_ptr<const JobFacts> facts;

  mr_stage table() {
    mr_stage stage{};
    stage.size = sizeof stage;
    stage.builtin = builtin;
    stage.self = this;
    stage.create = &create;
    stage.run = &run;
    stage.destroy = &destroy;
    stage.input_key = input_key;
    stage.input_value = input_value;
    stage.output_key = output_key;
    stage.output_value = output_value;
    return stage;
  }

 private:
  static void* create(void* self, mr_task* task) {
    CurrentTask current(task);
    try {
      return static_cast<StageDefinition*>(self)->make(task).release();
    } catch (...) {
      fail_with_current_exception(task);
      return nullptr;
    }
  }
  static std::int32_t run(void* object, mr_task* task) {
    CurrentTask current(task);
    try {
      static_cast<Attempt*>(object)->run();
    } catch (...) {
      fail_with_current_exception(task);
      return MR_FAILED;
    }
    return task->api->failed(task) != 0 ? MR_FAILED : MR_OK;
  }
  static void destroy(void* object) { delete static_cast<Attempt*>(object); }
};

inline bool emits_text(mr_task* task) {
  const mr_task_info info = info_of(task);
  return info.emits_output != 0 && info.output_representation == MR_REPRESENTATION_TEXT;
}

template <class Stage>
class MapAttempt : public Attempt {
 public:
  template <class... A>
  MapAttempt(mr_task* task, const StageDefinition& definition, const A&... arguments)
      : task_(task),
        form_(definition.form),
        context_(task, definition.facts),
        emit_(task, emits_text(task)),
        stage_(arguments...) {}

  void run() override {
    stage_.setup(context_);
    if constexpr (Stage::kOwnRun) {
      Records<typename Stage::Input> records(task_, form_, emit_.small_pairs_);
      stage_.run(records, emit_, context_);
    } else {
      map_all();
    }
    stage_.cleanup(emit_, context_);
    emit_.small_pairs_.tell();
  }

 private:
  using Decoder = RecordDecoder<typename Stage::Input>;

  void map_all() {
    Arena arena;
    while (mr_batch* batch = next_batch(task_, emit_.small_pairs_, edges_)) {
      for (std::size_t i = 0; i < batch->count; ++i) {
        batch->current = i;
        arena.clear();
        std::apply([&](auto&&... in) { stage_.map(emit_, context_, std::forward<decltype(in)>(in)...); },
                   Decoder::get(batch->records[i], form_, arena, &edges_));
      }
    }
    if (task_->api->failed(task_) != 0) throw Unwind{};
  }

  mr_task* task_;
  InputForm form_;
  WordEdges edges_;
  Context context_;
  Emit<typename Stage::OutKey, typename Stage::OutValue> emit_;
  Stage stage_;
};

template <class Stage>
class ReduceAttempt : public Attempt {
 public:
  template <class... A>
  ReduceAttempt(mr_task* task, const StageDefinition& definition, const A&... arguments)
      : task_(task), context_(task, definition.facts), emit_(task, emits_text(task)), stage_(arguments...) {}

  void run() override {
    Groups<typename Stage::InKey, typename Stage::InValue> groups(task_);
    stage_.setup(context_);
    if constexpr (Stage::kOwnRun) {
      stage_.run(groups, emit_, context_);
    } else {
      while (groups.next()) stage_.reduce(groups.key(), groups.values(), emit_, context_);
    }
    stage_.cleanup(emit_, context_);
  }

 private:
  mr_task* task_;
  Context context_;
  Emit<typename Stage::OutKey, typename Stage::OutValue> emit_;
  Stage stage_;
};

// Attempts of type A whose stage is built from these arguments, copied each time.
template <class A, class... Arguments>
class DefinitionOf : public StageDefinition {
 public:
  explicit DefinitionOf(Arguments... arguments) : arguments_(std::move(arguments)...) {}
  std::unique_ptr<Attempt> make(mr_task* task) const override {
    return std::apply([&](const Arguments&... a) { return std::make_unique<A>(task, *this, a...); }, arguments_);
  }

 private:
  std::tuple<Arguments...> arguments_;
};

using Definition = std::unique_ptr<StageDefinition>;

template <class F, class... Arguments>
Definition define_mapper(Arguments... arguments) {
  using Stage = MapStage<F>;
  auto definition = std::make_unique<DefinitionOf<MapAttempt<Stage>, Arguments...>>(std::move(arguments)...);
  definition->output_key = type_name<typename Stage::OutKey>();
  definition->output_value = type_name<typename Stage::OutValue>();
  return definition;
}

template <class F, class... Arguments>
Definition define_reducer(Arguments... arguments) {
  using Stage = ReduceStage<F>;
  auto definition = std::make_unique<DefinitionOf<ReduceAttempt<Stage>, Arguments...>>(std::move(arguments)...);
  definition->input_key = type_name<typename Stage::InKey>();
  definition->input_value = type_name<typename Stage::InValue>();
  definition->output_key = type_name<typename Stage::OutKey>();
  definition->output_value = type_name<typename Stage::OutValue>();
  return definition;
}

}  // namespace mr::detail

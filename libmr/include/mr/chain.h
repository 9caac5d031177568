// Stages one after the other within one task: job.map(mr::chain(A, B)), job.reduce(mr::chain(R, M1, M2)). What a link
// emits goes to the next as it is, without encoding; only the last one's pairs leave the task.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "stage.h"

namespace mr {

// The links of a chain, not yet known to be mapper or reducer.
template <class First, class... Rest>
struct Chain {
  First first;
  std::tuple<Rest...> rest;
};

// A mapper or reducer followed by mappers, functions or objects of classes.
template <class First, class... Rest>
Chain<First, Rest...> chain(First first, Rest... rest) {
  static_assert(sizeof...(Rest) > 0, "mr::chain takes two stages or more");
  return {std::move(first), std::tuple<Rest...>(std::move(rest)...)};
}

namespace detail {

// Mappers behind an earlier stage that emits (K, V). Ends in the task's Emit.
template <class K, class V, class... Links>
class Tail;

template <class K, class V>
class Tail<K, V> {
 public:
  using OutKey = K;
  using OutValue = V;
  using Out = Emit<K, V>;

  explicit Tail(const std::tuple<>&) {}
  // Where the stage before writes to.
  Out& entrance(Out& out, Context&) { return out; }
  void setup(Context&) {}
  void cleanup(Context&) {}
};

template <class K, class V, class Link, class... More>
class Tail<K, V, Link, More...> {
  using Stage = MapStage<Link>;
  using Next = Tail<typename Stage::OutKey, typename Stage::OutValue, More...>;
  static_assert(!Stage::kOwnRun, "mr: a mapper that overrides run() can only stand at the beginning of a chain");

 public:
  using OutKey = typename Next::OutKey;
  using OutValue = typename Next::OutValue;
  using Out = Emit<OutKey, OutValue>;

  explicit Tail(const std::tuple<Link, More...>& links) : stage_(std::get<0>(links)), next_(behind(links)) {}

  Emit<K, V>& entrance(Out& out, Context& context) {
    context_ = &context;
    out_ = &next_.entrance(out, context);
    return in_;
  }
  void setup(Context& context) {
    stage_.setup(context);
    next_.setup(context);
  }
  void cleanup(Context& context) {
    stage_.cleanup(*out_, context);
    next_.cleanup(context);
  }

 private:
  static std::tuple<More...> behind(const std::tuple<Link, More...>& links) {
    return std::apply([](const Link&, const More&... more) { return std::tuple<More...>(more...); }, links);
  }
  static void receive(void* self, param_t<K> key, param_t<V> value) {
    auto& me = *static_cast<Tail*>(self);
    using Input = typename Stage::Input;
    if constexpr (std::tuple_size_v<Input> == 2) {
      static_assert(std::is_constructible_v<std::tuple_element_t<0, Input>, param_t<K>> &&
                        std::is_constructible_v<std::tuple_element_t<1, Input>, param_t<V>>,
                    "mr: a link of this chain does not take the key and value that the link before it emits");
      me.stage_.map(*me.out_,
                    *me.context_,
                    std::tuple_element_t<0, Input>(key),
                    std::tuple_element_t<1, Input>(value));
    } else if constexpr (std::is_same_v<std::tuple_element_t<0, Input>, Line>) {
      static_assert(std::is_convertible_v<param_t<V>, std::string_view>,
                    "mr: a link of this chain takes lines, but the link before it emits no text values");
      me.stage_.map(*me.out_, *me.context_, Line{std::string_view(value), -1});
    } else {
      static_assert(std::is_constructible_v<std::tuple_element_t<0, Input>, param_t<V>>,
                    "mr: a link of this chain does not take the value that the link before it emits");
      me.stage_.map(*me.out_, *me.context_, std::tuple_element_t<0, Input>(value));
    }
  }

  Stage stage_;
  Next next_;
  Emit<K, V> in_{&receive, this};
  Context* context_ = nullptr;
  typename std::remove_reference_t<decltype(std::declval<Next&>().entrance(
      std::declval<Out&>(), std::declval<Context&>()))>* out_ = nullptr;
};

template <class First, class... Rest>
class MapStage<Chain<First, Rest...>, void> {
  using Head = MapStage<First>;
  using Links = Tail<typename Head::OutKey, typename Head::OutValue, Rest...>;

 public:
  using Input = typename Head::Input;
  using OutKey = typename Links::OutKey;
  using OutValue = typename Links::OutValue;
  static constexpr bool kOwnRun = Head::kOwnRun;

  explicit MapStage(const Chain<First, Rest...>& chain) : head_(chain.first), tail_(chain.rest) {}
  void setup(Context& context) {
    head_.setup(context);
    tail_.setup(context);
  }
  void run(Records<Input>& records, Emit<OutKey, OutValue>& emit, Context& context) {
    head_.run(records, tail_.entrance(emit, context), context);
  }
  template <class... In>
  void map(Emit<OutKey, OutValue>& emit, Context& context, In&&... in) {
    head_.map(tail_.entrance(emit, context), context, std::forward<In>(in)...);
  }
  void cleanup(Emit<OutKey, OutValue>& emit, Context& context) {
    head_.cleanup(tail_.entrance(emit, context), context);
    tail_.cleanup(context);
  }

 private:
  Head head_;
  Links tail_;
};

template <class First, class... Rest>
class ReduceStage<Chain<First, Rest...>, void> {
  using Head = ReduceStage<First>;
  using Links = Tail<typename Head::OutKey, typename Head::OutValue, Rest...>;

 public:
  using InKey = typename Head::InKey;
  using InValue = typename Head::InValue;
  using OutKey = typename Links::OutKey;
  using OutValue = typename Links::OutValue;
  static constexpr bool kOwnRun = Head::kOwnRun;

  explicit ReduceStage(const Chain<First, Rest...>& chain) : head_(chain.first), tail_(chain.rest) {}
  void setup(Context& context) {
    head_.setup(context);
    tail_.setup(context);
  }
  void run(Groups<InKey, InValue>& groups, Emit<OutKey, OutValue>& emit, Context& context) {
    head_.run(groups, tail_.entrance(emit, context), context);
  }
  void reduce(InKey key, Values<InValue>& values, Emit<OutKey, OutValue>& emit, Context& context) {
    head_.reduce(std::move(key), values, tail_.entrance(emit, context), context);
  }
  void cleanup(Emit<OutKey, OutValue>& emit, Context& context) {
    head_.cleanup(tail_.entrance(emit, context), context);
    tail_.cleanup(context);
  }

 private:
  Head head_;
  Links tail_;
};

}  // namespace detail
}  // namespace mr

// Mappers and reducers: classes to derive from, and what plain functions and lambdas may look like.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "context.h"
#include "emit.h"
#include "error.h"
#include "records.h"
#include "values.h"

namespace mr {

// A mapper as a class. Mapper<mr::Line, K, V> reads lines, Mapper<KIn, VIn, K, V> reads pairs; both emit (K, V).
//
//   struct Tokenize : mr::Mapper<mr::Line, std::string_view, int64_t> {
//     void setup(mr::Context& context);                             // once, before the first record
//     void map(mr::Line line, Emit& emit);                          // for each; may take an mr::Context& as well
//     void cleanup(Emit& emit, mr::Context& context);               // once, after the last; any of the two, or none
//     void run(Records& records, Emit& emit, mr::Context& context); // instead of map(), to steer the loop oneself
//   };
//
// Only map() or run() is needed. Each attempt works on an object of its own. Nothing is virtual: the functions are
// found by their names.
template <class... Types>
struct Mapper {
  static_assert(sizeof...(Types) == 3 || sizeof...(Types) == 4,
                "mr::Mapper takes <Input, OutKey, OutValue> or <InKey, InValue, OutKey, OutValue>");
};

template <class In, class K, class V>
struct Mapper<In, K, V> {
  using Input = std::tuple<In>;
  using OutKey = K;
  using OutValue = V;
  using Emit = mr::Emit<K, V>;
  using Records = mr::Records<Input>;
  using IsMapper = void;
};

template <class KIn, class VIn, class K, class V>
struct Mapper<KIn, VIn, K, V> {
  using Input = std::tuple<KIn, VIn>;
  using OutKey = K;
  using OutValue = V;
  using Emit = mr::Emit<K, V>;
  using Records = mr::Records<Input>;
  using IsMapper = void;
};

// A reducer or combiner as a class: reads (KIn, all its VIn), emits (K, V). A combiner emits what it reads:
// Reducer<K, V, K, V>.
//
//   struct Longest : mr::Reducer<std::string_view, std::string_view, std::string_view, int64_t> {
//     void setup(mr::Context& context);
//     void reduce(std::string_view key, Values& values, Emit& emit);  // may take an mr::Context& as well
//     void cleanup(Emit& emit, mr::Context& context);
//     void run(Groups& groups, Emit& emit, mr::Context& context);     // instead of reduce()
//   };
template <class KIn, class VIn, class K, class V>
struct Reducer {
  using InKey = KIn;
  using InValue = VIn;
  using OutKey = K;
  using OutValue = V;
  using Emit = mr::Emit<K, V>;
  using Values = mr::Values<VIn>;
  using Groups = mr::Groups<KIn, VIn>;
  using IsReducer = void;
};

namespace detail {

// The parameter types of a function, function object or lambda; void for overloaded and generic ones.
template <class F, class = void>
struct signature {
  using type = void;
};
template <class F>
struct call_operator;
#define MR_DETAIL_CALL_OPERATOR(QUALIFIERS)                    \
  template <class C, class R, class... A>                      \
  struct call_operator<R (C::*)(A...) QUALIFIERS> {            \
    using type = std::tuple<A...>;                             \
  };
MR_DETAIL_CALL_OPERATOR()
MR_DETAIL_CALL_OPERATOR(const)
MR_DETAIL_CALL_OPERATOR(noexcept)
MR_DETAIL_CALL_OPERATOR(const noexcept)
#undef MR_DETAIL_CALL_OPERATOR
template <class F>
struct signature<F, std::void_t<decltype(&F::operator())>> : call_operator<decltype(&F::operator())> {};
template <class R, class... A>
struct signature<R (*)(A...), void> {
  using type = std::tuple<A...>;
};
template <class R, class... A>
struct signature<R (*)(A...) noexcept, void> {
  using type = std::tuple<A...>;
};
template <class F>
using signature_t = typename signature<F>::type;

template <class T>
using plain_t = std::remove_cv_t<std::remove_reference_t<T>>;

template <class F, class = void>
struct is_mapper_class : std::false_type {};
template <class F>
struct is_mapper_class<F, std::void_t<typename F::IsMapper>> : std::true_type {};
template <class F, class = void>
struct is_reducer_class : std::false_type {};
template <class F>
struct is_reducer_class<F, std::void_t<typename F::IsReducer>> : std::true_type {};

// Is there an `object.name(arguments…)`?
#define MR_DETAIL_HAS_MEMBER(NAME)                                                                                \
  template <class Arguments, class F, class = void>                                                               \
  struct has_##NAME : std::false_type {};                                                                         \
  template <class... A, class F>                                                                                  \
  struct has_##NAME<void(A...), F, std::void_t<decltype(std::declval<F&>().NAME(std::declval<A>()...))>>          \
      : std::true_type {}
MR_DETAIL_HAS_MEMBER(setup);
MR_DETAIL_HAS_MEMBER(cleanup);
MR_DETAIL_HAS_MEMBER(map);
MR_DETAIL_HAS_MEMBER(reduce);
MR_DETAIL_HAS_MEMBER(run);
#undef MR_DETAIL_HAS_MEMBER

template <class F>
void call_setup(F& f, Context& context) {
  if constexpr (has_setup<void(Context&), F>::value) {
    f.setup(context);
  } else if constexpr (has_setup<void(), F>::value) {
    f.setup();
  }
}

template <class F, class E>
void call_cleanup(F& f, E& emit, Context& context) {
  if constexpr (has_cleanup<void(E&, Context&), F>::value) {
    f.cleanup(emit, context);
  } else if constexpr (has_cleanup<void(E&), F>::value) {
    f.cleanup(emit);
  } else if constexpr (has_cleanup<void(Context&), F>::value) {
    f.cleanup(context);
  } else if constexpr (has_cleanup<void(), F>::value) {
    f.cleanup();
  }
}

// What a map function's parameters say.
template <class Arguments>
struct MapTypes {
  static constexpr bool kValid = false;
};
template <class In, class KOut, class VOut>
struct MapTypesOf {
  static constexpr bool kValid = true;
  using Input = In;
  using K = KOut;
  using V = VOut;
};
template <class In, class K, class V>
struct MapTypes<std::tuple<In, Emit<K, V>&>> : MapTypesOf<std::tuple<plain_t<In>>, K, V> {};
template <class In, class K, class V>
struct MapTypes<std::tuple<In, Emit<K, V>&, Context&>> : MapTypesOf<std::tuple<plain_t<In>>, K, V> {};
template <class KIn, class VIn, class K, class V>
struct MapTypes<std::tuple<KIn, VIn, Emit<K, V>&>> : MapTypesOf<std::tuple<plain_t<KIn>, plain_t<VIn>>, K, V> {};
template <class KIn, class VIn, class K, class V>
struct MapTypes<std::tuple<KIn, VIn, Emit<K, V>&, Context&>>
    : MapTypesOf<std::tuple<plain_t<KIn>, plain_t<VIn>>, K, V> {};

template <class Arguments>
struct ReduceTypes {
  static constexpr bool kValid = false;
};
template <class KIn, class VIn, class KOut, class VOut>
struct ReduceTypesOf {
  static constexpr bool kValid = true;
  using InKey = KIn;
  using InValue = VIn;
  using K = KOut;
  using V = VOut;
};
template <class KIn, class VIn, class K, class V>
struct ReduceTypes<std::tuple<KIn, Values<VIn>&, Emit<K, V>&>> : ReduceTypesOf<plain_t<KIn>, VIn, K, V> {};
template <class KIn, class VIn, class K, class V>
struct ReduceTypes<std::tuple<KIn, Values<VIn>&, Emit<K, V>&, Context&>> : ReduceTypesOf<plain_t<KIn>, VIn, K, V> {};

// Every mapper, whatever its shape, with one face: Input, OutKey, OutValue; setup, map, cleanup; own_run.
template <class F, class = void>
class MapStage {
  using Types = MapTypes<signature_t<F>>;
  static_assert(!std::is_void_v<signature_t<F>>,
                "mr: a map function needs one call operator whose parameters all have types (no auto), since the "
                "job's types are read from them; a class must derive from mr::Mapper");
  static_assert(Types::kValid,
                "mr: a map function takes (mr::Line line, mr::Emit<K, V>& emit) or (Key key, Value value, "
                "mr::Emit<K, V>& emit), with an mr::Context& after them if wanted");

 public:
  using Input = typename Types::Input;
  using OutKey = typename Types::K;
  using OutValue = typename Types::V;
  static constexpr bool kOwnRun = false;

  explicit MapStage(const F& f) : f_(f) {}
  void setup(Context&) {}
  template <class... In>
  void map(Emit<OutKey, OutValue>& emit, Context& context, In&&... in) {
    if constexpr (std::is_invocable_v<F&, In..., Emit<OutKey, OutValue>&, Context&>) {
      f_(std::forward<In>(in)..., emit, context);
    } else {
      f_(std::forward<In>(in)..., emit);
    }
  }
  void cleanup(Emit<OutKey, OutValue>&, Context&) {}

 private:
  F f_;
};

template <class F>
class MapStage<F, std::enable_if_t<is_mapper_class<F>::value>> {
 public:
  using Input = typename F::Input;
  using OutKey = typename F::OutKey;
  using OutValue = typename F::OutValue;
  using Out = Emit<OutKey, OutValue>;
  static constexpr bool kOwnRun = has_run<void(Records<Input>&, Out&, Context&), F>::value;

  template <class... A>
  explicit MapStage(const A&... arguments) : f_(arguments...) {}
  void setup(Context& context) { call_setup(f_, context); }
  void run(Records<Input>& records, Out& emit, Context& context) { f_.run(records, emit, context); }
  template <class... In>
  void map(Out& emit, Context& context, In&&... in) {
    if constexpr (has_map<void(In&&..., Out&, Context&), F>::value) {
      f_.map(std::forward<In>(in)..., emit, context);
    } else {
      static_assert(kOwnRun || has_map<void(In&&..., Out&), F>::value,
                    "mr: a class derived from mr::Mapper needs a public map(input…, Emit& emit), with an "
                    "mr::Context& after it if wanted, whose inputs are those named in mr::Mapper<…>");
      if constexpr (has_map<void(In&&..., Out&), F>::value) f_.map(std::forward<In>(in)..., emit);
    }
  }
  void cleanup(Out& emit, Context& context) { call_cleanup(f_, emit, context); }

 private:
  F f_;
};

// The same for reducers: InKey, InValue, OutKey, OutValue; setup, reduce, cleanup; own_run.
template <class F, class = void>
class ReduceStage {
  using Types = ReduceTypes<signature_t<F>>;
  static_assert(!std::is_void_v<signature_t<F>>,
                "mr: a reduce function needs one call operator whose parameters all have types (no auto), since the "
                "job's types are read from them; a class must derive from mr::Reducer");
  static_assert(Types::kValid,
                "mr: a reduce function takes (Key key, mr::Values<V>& values, mr::Emit<KOut, VOut>& emit), with an "
                "mr::Context& after them if wanted");

 public:
  using InKey = typename Types::InKey;
  using InValue = typename Types::InValue;
  using OutKey = typename Types::K;
  using OutValue = typename Types::V;
  static constexpr bool kOwnRun = false;

  explicit ReduceStage(const F& f) : f_(f) {}
  void setup(Context&) {}
  void reduce(InKey key, Values<InValue>& values, Emit<OutKey, OutValue>& emit, Context& context) {
    if constexpr (std::is_invocable_v<F&, InKey, Values<InValue>&, Emit<OutKey, OutValue>&, Context&>) {
      f_(std::move(key), values, emit, context);
    } else {
      f_(std::move(key), values, emit);
    }
  }
  void cleanup(Emit<OutKey, OutValue>&, Context&) {}

 private:
  F f_;
};

template <class F>
class ReduceStage<F, std::enable_if_t<is_reducer_class<F>::value>> {
 public:
  using InKey = typename F::InKey;
  using InValue = typename F::InValue;
  using OutKey = typename F::OutKey;
  using OutValue = typename F::OutValue;
  using Out = Emit<OutKey, OutValue>;
  static constexpr bool kOwnRun = has_run<void(Groups<InKey, InValue>&, Out&, Context&), F>::value;

  template <class... A>
  explicit ReduceStage(const A&... arguments) : f_(arguments...) {}
  void setup(Context& context) { call_setup(f_, context); }
  void run(Groups<InKey, InValue>& groups, Out& emit, Context& context) { f_.run(groups, emit, context); }
  void reduce(InKey key, Values<InValue>& values, Out& emit, Context& context) {
    if constexpr (has_reduce<void(InKey, Values<InValue>&, Out&, Context&), F>::value) {
      f_.reduce(std::move(key), values, emit, context);
    } else {
      constexpr bool kPlain = has_reduce<void(InKey, Values<InValue>&, Out&), F>::value;
      static_assert(kOwnRun || kPlain,
                    "mr: a class derived from mr::Reducer needs a public reduce(Key key, Values& values, Emit& emit), "
                    "with an mr::Context& after it if wanted, whose types are those named in mr::Reducer<…>");
      if constexpr (kPlain) f_.reduce(std::move(key), values, emit);
    }
  }
  void cleanup(Out& emit, Context& context) { call_cleanup(f_, emit, context); }

 private:
  F f_;
};

}  // namespace detail
}  // namespace mr

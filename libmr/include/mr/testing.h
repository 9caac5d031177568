// Jobs and stages under test, in the test's own process, with any test framework or none:
//
//   #include <mr/testing.h>
//   auto test = mr::testing::run("wordcount").lines({"a b a"});
//   assert((test.output() == mr::testing::Pairs{{"a", "2"}, {"b", "1"}}));
//
//   auto pairs = mr::testing::map(Tokenize()).lines({"a b"}).output();              // typed: ("a", 1), ("b", 1)
//   auto sums = mr::testing::reduce(Total()).group("a", {1, 2, 3}).output();        // typed: ("a", 6)
//
// Compile the plugin's source into the test program; run() finds its jobs by name. The first question for a result runs
// the job; ask error() first where it is to fail, since the others throw mr::testing::Failed then. Everything happens
// in memory, map tasks one after the other, so that breakpoints and sanitizers work as in any program.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "mr.h"
#include "testing_host.h"
#include "testing_run.h"

namespace mr::testing {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A result was asked of a job that failed; what() is the job's error.
class Failed : public Error {
 public:
  using Error::Error;
};

namespace detail {

// The same type without views, so that results outlive the run.
template <class T>
struct owned {
  using type = T;
};
template <>
struct owned<std::string_view> {
  using type = std::string;
};
template <class A, class B>
struct owned<std::pair<A, B>> {
  using type = std::pair<typename owned<A>::type, typename owned<B>::type>;
};
template <class... T>
struct owned<std::tuple<T...>> {
  using type = std::tuple<typename owned<T>::type...>;
};
template <class T>
struct owned<std::vector<T>> {
  using type = std::vector<typename owned<T>::type>;
};
template <class T>
struct owned<std::optional<T>> {
  using type = std::optional<typename owned<T>::type>;
};
template <class T>
struct owned<Desc<T>> {
  using type = Desc<typename owned<T>::type>;
};
template <class T>
using owned_t = typename owned<T>::type;

// Text for an option or property.
template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return std::string(std::string_view(value));
  } else {
    return to_text(value);
  }
}

}  // namespace detail

// A job with its input and settings, and after the first question its results. `Self` is the class that the setters
// return, so that calls can be chained.
template <class Self>
class Test {
 public:
  // One map task that reads these lines; for another input of several say which.
  Self& lines(std::initializer_list<std::string_view> lines, std::uint32_t input = 0) {
    std::string content;
    for (const std::string_view line : lines) content.append(line).append("\n");
    return text(content, input);
  }
  // One map task that reads this text.
  Self& text(std::string_view content, std::uint32_t input = 0) {
    return input_file("input-" + std::to_string(world_.inputs.size()), content, input);
  }
  // The same under a name, for stages that look at it and for input formats that open it.
  Self& input_file(const std::string& name, std::string_view content, std::uint32_t input = 0) {
    world_.inputs.push_back({input, name, std::string(content)});
    return changed();
  }
  // A file that stages can open by this path.
  Self& file(const std::string& path, std::string_view content) {
    world_.files[path] = content;
    return changed();
  }
  // A file that -files would bring.
  Self& side_file(const std::string& name, std::string_view content) {
    world_.side_files[name] = content;
    return changed();
  }
  // An option or argument of the job.
  template <class T>
  Self& option(const std::string& name, const T& value) {
    world_.options[name] = detail::text_of(value);
    return changed();
  }
  // A property of the configuration.
  template <class T>
  Self& set(const std::string& name, const T& value) {
    world_.conf[name] = detail::text_of(value);
    return changed();
  }
  Self& reduces(int count) { return set("mapreduce.job.reduces", count); }
  // How often the combiner runs: 0 never, 1 once (the default), 2 on each half and then on what is left. A correct
  // combiner gives the same output each time.
  Self& combine_passes(int count) {
    world_.combine_passes = count;
    return changed();
  }

  bool ok() { return error().empty(); }
  // Why the job failed; empty when it did not.
  const std::string& error() {
    run_once();
    return result_->error;
  }
  std::int64_t counter(const std::string& group, const std::string& name) {
    const auto found = result().counters.find({group, name});
    return found == result().counters.end() ? 0 : found->second;
  }
  const std::string& status() { return result().status; }
  // Pairs of a named output as text.
  Pairs named(std::string_view name) {
    const auto found = result().named.find(name);
    return found == result().named.end() ? Pairs() : text_pairs(found->second);
  }
  // What a stage wrote through context.create().
  std::string created(const std::string& path) {
    const auto found = result().files.find(path);
    return found == result().files.end() ? std::string() : found->second;
  }
  // The bytes of a part file, counted from 0.
  std::string part_bytes(std::size_t part = 0) {
    return part < result().part_bytes.size() ? result().part_bytes[part] : std::string();
  }

 protected:
  using Configure = std::function<std::int32_t(mr_job*)>;

  explicit Test(Configure configure) : configure_(std::move(configure)) {}

  static Pairs text_pairs(const std::vector<detail::Pair>& pairs) {
    Pairs result;
    for (const detail::Pair& pair : pairs) result.emplace_back(pair.key, pair.value);
    return result;
  }
  // Runs with encoded output and decodes it.
  template <class K, class V>
  std::vector<std::pair<detail::owned_t<K>, detail::owned_t<V>>> typed(const std::vector<detail::Pair>* groups) {
    detail::World world = world_;
    world.encoded_output = true;
    detail::Run(world, configure_).all(groups);
    if (world.failed) throw Failed(world.error);
    std::vector<std::pair<detail::owned_t<K>, detail::owned_t<V>>> result;
    for (const std::vector<detail::Pair>& part : world.parts) {
      for (const detail::Pair& pair : part) {
        result.emplace_back(decode<detail::owned_t<K>>(pair.key), decode<detail::owned_t<V>>(pair.value));
      }
    }
    return result;
  }
  Self& changed() {
    result_ = nullptr;
    return static_cast<Self&>(*this);
  }
  detail::World& result() {
    run_once();
    if (result_->failed) throw Failed(result_->error);
    return *result_;
  }
  void run_once() {
    if (result_ != nullptr) return;
    result_ = std::make_shared<detail::World>(world_);
    detail::Run(*result_, configure_).all(groups_.get());
  }

  detail::World world_;
  std::shared_ptr<std::vector<detail::Pair>> groups_;  // for a reducer alone

 private:
  Configure configure_;
  std::shared_ptr<detail::World> result_;
};

// A whole job of the plugin.
class JobTest : public Test<JobTest> {
 public:
  explicit JobTest(Configure configure) : Test(std::move(configure)) {}

  // All pairs as a text output prints them, part by part.
  Pairs output() {
    Pairs all;
    for (const std::vector<detail::Pair>& part : result().parts) {
      for (auto& pair : text_pairs(part)) all.push_back(std::move(pair));
    }
    return all;
  }
  // Those of one part.
  Pairs part(std::size_t number) {
    return number < result().parts.size() ? text_pairs(result().parts[number]) : Pairs();
  }
  std::size_t parts() { return result().parts.size(); }
  // All pairs with their types.
  template <class K, class V>
  auto output_as() {
    return typed<K, V>(nullptr);
  }
};

// A mapper alone.
template <class K, class V>
class MapTest : public Test<MapTest<K, V>> {
 public:
  using Base = Test<MapTest<K, V>>;
  explicit MapTest(typename Base::Configure configure) : Base(std::move(configure)) {}
  // What it emits, in that order.
  auto output() { return this->template typed<K, V>(nullptr); }
};

// A reducer or combiner alone.
template <class KIn, class VIn, class K, class V>
class ReduceTest : public Test<ReduceTest<KIn, VIn, K, V>> {
 public:
  using Base = Test<ReduceTest<KIn, VIn, K, V>>;
  explicit ReduceTest(typename Base::Configure configure) : Base(std::move(configure)) {
    this->groups_ = std::make_shared<std::vector<detail::Pair>>();
  }
  // One more group. Groups come to the reducer in the order of these calls.
  ReduceTest& group(const KIn& key, std::initializer_list<VIn> values) {
    return group(key, std::vector<VIn>(values));
  }
  ReduceTest& group(const KIn& key, const std::vector<VIn>& values) {
    for (const VIn& value : values) this->groups_->push_back({encode<KIn>(key), encode<VIn>(value), false, false});
    return this->changed();
  }
  auto output() { return this->template typed<K, V>(this->groups_.get()); }
};

// The job of this name; std::logic_error when the test program holds none.
inline JobTest run(std::string_view job) {
  for (const mr_job_entry* entry : mr::detail::entries()) {
    if (job != entry->name) continue;
    if (entry->configure == nullptr) {
      throw std::logic_error("mr::testing::run: " + std::string(job) + " is a driver; test its rounds one by one");
    }
    return JobTest(entry->configure);
  }
  throw std::logic_error("mr::testing::run: no job " + std::string(job) +
                         " in this program; is the plugin's source compiled into it?");
}

// A job that is described on the spot: mr::testing::job([](mr::Job& job) { job.map(…); … }).
template <class Describe>
JobTest job(Describe describe) {
  return JobTest([describe](mr_job* raw) {
    try {
      Job job(raw, "test");
      describe(job);
      job.install();
      return static_cast<std::int32_t>(MR_OK);
    } catch (const mr::detail::Unwind&) {
    } catch (...) {
      raw->api->fail(raw, to_bytes(mr::detail::describe_exception()));
    }
    return static_cast<std::int32_t>(MR_FAILED);
  });
}

namespace detail {

template <class Describe>
std::function<std::int32_t(mr_job*)> describe_stage(Describe describe) {
  return [describe](mr_job* raw) {
    try {
      describe(raw);
      return static_cast<std::int32_t>(MR_OK);
    } catch (...) {
      raw->api->fail(raw, to_bytes(mr::detail::describe_exception()));
      return static_cast<std::int32_t>(MR_FAILED);
    }
  };
}

}  // namespace detail

// A mapper: a function, or an object of a class derived from mr::Mapper. With `input` of mr::key_value lines are cut at
// the first TAB.
template <class F>
auto map(F f, NamedFormat input = mr::text) {
  using Stage = mr::detail::MapStage<F>;
  return MapTest<typename Stage::OutKey, typename Stage::OutValue>(detail::describe_stage([f, input](mr_job* raw) {
    Job job(raw, "test");
    job.map(f).format(input).map_only();
    job.install();
  }));
}

// A reducer or combiner: a function, or an object of a class derived from mr::Reducer.
template <class F>
auto reduce(F f) {
  using Stage = mr::detail::ReduceStage<F>;
  using K = typename Stage::InKey;
  using V = typename Stage::InValue;
  return ReduceTest<K, V, typename Stage::OutKey, typename Stage::OutValue>(
      detail::describe_stage([f](mr_job* raw) {
        Job job(raw, "test");
        job.map([](Line, Emit<K, V>&) {}).reduce(f);
        job.install();
      }));
}

}  // namespace mr::testing

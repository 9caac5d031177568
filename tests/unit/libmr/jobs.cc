// The plugin under test: jobs of every shape, as a user would write them. Compiled as C++17 and as C++20.
#include <mr/mr.h>

#include <map>
#include <stdexcept>
#include <thread>

MR_JOB(wordcount, "Counts how often each word occurs.") {
  job.map([](mr::Line line, mr::Emit<std::string_view, int64_t>& emit) {
    for (auto word : mr::words(line)) emit(word, 1);
  });
  job.combine(mr::sum);
  job.reduce(mr::sum);
}

namespace {

// In-mapper combining: state, setup and emitting in cleanup.
struct Tokenize : mr::Mapper<mr::Line, std::string, int> {
  explicit Tokenize(std::string prefix) : prefix_(std::move(prefix)) {}
  void setup(mr::Context& context) { lower_ = context.conf("lower", 0) == 1; }
  void map(mr::Line line, Emit&, mr::Context& context) {
    for (auto word : mr::words(line)) {
      std::string text(word);
      if (lower_) {
        for (char& c : text) c = static_cast<char>(c | 0x20);
      }
      ++counts_[prefix_ + text];
      ++context.counter("words", "seen");
    }
  }
  void cleanup(Emit& emit, mr::Context&) {
    for (const auto& [word, count] : counts_) emit(word, count);
  }

 private:
  std::string prefix_;
  bool lower_ = false;
  std::map<std::string, int> counts_;
};

// A reducer that steers its own loop and drops what is below a limit.
struct AtLeast : mr::Reducer<std::string, int, std::string_view, int64_t> {
  explicit AtLeast(int64_t limit) : limit_(limit) {}
  void run(Groups& groups, Emit& emit, mr::Context& context) {
    while (groups.next()) {
      int64_t sum = 0;
      for (int v : groups.values()) sum += v;
      if (sum >= limit_) emit(groups.key(), sum);
    }
    context.status("done");
  }

 private:
  int64_t limit_;
};

}  // namespace

MR_JOB(frequent, "Words that occur often enough.") {
  const int64_t limit = job.option("limit", int64_t{2}, "smallest count to print");
  const std::string prefix = job.option("prefix", "", "put before each word");
  job.map<Tokenize>(prefix).combine(mr::sum).reduce<AtLeast>(limit);
}

MR_ROUND(ratings, "Mean, with a combiner.") {
  job.map([](std::string_view line, mr::Emit<std::string_view, double>& emit) {
    const auto [name, rating] = mr::fields<std::string_view, double>(line, ',');
    emit(name, rating);
  });
  const std::string operation = job.option("operation", "average", "what to make of the numbers");
  if (operation == "average") job.combine(mr::average).reduce(mr::average);
  if (operation == "variance") job.combine(mr::variance).reduce(mr::variance);
  if (operation == "sum") job.combine(mr::sum).reduce(mr::sum);
  if (operation == "min") job.combine(mr::min).reduce(mr::min);
  if (operation == "max") job.combine(mr::max).reduce(mr::max);
  if (operation == "count") job.combine(mr::count).reduce(mr::count);
  if (operation == "own") {
    job.combine(mr::sum).reduce(
        [](std::string_view name, mr::Values<mr::ExactSum>& values, mr::Emit<std::string_view, double>& emit) {
          mr::ExactSum total;
          for (const mr::ExactSum& value : values) total += value;
          emit(name, total.value());
        });
  }
  if (operation == "mixed") job.combine(mr::sum).reduce(mr::average);
}

// Keys (word, -length of line): the lines of a word from long to short.
MR_JOB(longest, "The lines of each word, longest first.") {
  using Key = std::tuple<std::string_view, mr::Desc<int64_t>>;
  job.map([](mr::Line line, mr::Emit<Key, std::string_view>& emit) {
    for (auto word : mr::words(line)) emit({word, static_cast<int64_t>(line.size())}, line);
  });
  job.secondary_sort<1>();
  job.reduce([](const Key& key, mr::Values<std::string_view>& lines, mr::Emit<std::string_view, std::string>& emit) {
    std::string all;
    for (auto line : lines) {
      all += (all.empty() ? "" : "|") + std::string(line) + "=" +
             std::to_string(std::get<1>(lines.key<Key>()).value);
    }
    emit(std::get<0>(key), all);
  });
}

MR_JOB(join, "Reduce-side join of names and scores.") {
  using Side = std::variant<std::string, double>;
  job.inputs_in_order();
  job.input(0).format(mr::key_value).map([](int64_t id, std::string_view name, mr::Emit<int64_t, Side>& emit) {
    emit(id, std::string(name));
  });
  job.input(1).format(mr::key_value).map([](int64_t id, double score, mr::Emit<int64_t, Side>& emit) {
    emit(id, score);
  });
  job.reduce([](int64_t, mr::Values<Side>& sides, mr::Emit<std::string, double>& emit, mr::Context& context) {
    std::string name = "?";
    for (const Side& side : sides) {
      if (side.index() == 0) {
        name = std::get<0>(side);
      } else {
        emit(name, std::get<1>(side));
      }
    }
    if (name == "?") ++context.counter("join", "nameless");
  });
}

MR_JOB(failing, "Fails in whatever way it is told to.") {
  const std::string how = job.argument("how", "the way to fail");
  if (how == "configure") throw mr::Error("the configuration is no good");
  job.map([how](mr::Line line, mr::Emit<std::string_view, mr::None>& emit, mr::Context& context) {
    if (how == "throw") throw std::runtime_error("bad line " + std::string(line));
    if (how == "integer") throw 42;
    if (how == "fail") context.fail("gave up");
    if (how == "swallow") {
      try {
        context.fail("said once");
      } catch (...) {
      }
    }
    if (how == "thread") std::thread([&] { emit("x"); }).join();
    if (how == "output") context.output<int, int>("nosuch")(1, 2);
    if (how == "conf") context.conf<int>("needed");
    emit(line);
  });
  if (how == "partition") job.partition([](std::string_view, int reduces) { return reduces; });
  if (how == "comparator") {
    job.sort([](std::string_view, std::string_view) -> bool { throw std::runtime_error("cannot compare"); });
  }
}

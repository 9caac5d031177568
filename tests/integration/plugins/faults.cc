// Every way in which a plugin goes wrong, one job each; the line "bad" triggers it.
#include <mr/mr.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using Emit = mr::Emit<std::string_view, std::int64_t>;

template <class Fault>
auto on_bad_line(Fault fault) {
  return [fault](mr::Line line, Emit& emit) {
    if (line.text == "bad") fault(emit);
    emit(line.text, 1);
  };
}

__attribute__((noinline)) void write_to_nowhere() {
  volatile int* nowhere = reinterpret_cast<volatile int*>(8);
  *nowhere = 1;
}

__attribute__((noinline)) int divide(int a, const volatile int& b) { return a / b; }

__attribute__((noinline)) int recurse(int depth) {
  volatile char block[4096];
  block[depth % 4096] = 1;
  return recurse(depth + 1) + block[0];
}

}  // namespace

MR_JOB(throws, "Throws an exception.") {
  job.map(on_bad_line([](Emit&) { throw std::runtime_error("the barrel is empty"); }));
  job.reduce(mr::sum);
}

MR_JOB(throws_in_reduce, "Throws an exception in the reducer.") {
  job.map(on_bad_line([](Emit&) {}));
  job.reduce([](std::string_view key, mr::Values<std::int64_t>&, Emit&) {
    if (key == "bad") throw std::runtime_error("the barrel is empty");
  });
}

MR_JOB(segv, "Writes to nowhere.") {
  job.map(on_bad_line([](Emit&) { write_to_nowhere(); }));
  job.reduce(mr::sum);
}

MR_JOB(fpe, "Divides by zero.") {
  job.map(on_bad_line([](Emit& emit) { 
    const volatile int zero = 0;
    emit("quotient", divide(100, zero));
   }));
  job.reduce(mr::sum);
}

MR_JOB(aborts, "Calls abort().") {
  job.map(on_bad_line([](Emit&) { std::abort(); }));
  job.reduce(mr::sum);
}

MR_JOB(overflows, "Uses up its stack.") {
  job.map(on_bad_line([](Emit& emit) { emit("depth", recurse(0)); }));
  job.reduce(mr::sum);
}

MR_JOB(exits, "Calls exit(0).") {
  job.map(on_bad_line([](Emit&) { std::exit(0); }));
  job.reduce(mr::sum);
}

MR_JOB(exits_at_once, "Calls _exit(0).") {
  job.map(on_bad_line([](Emit&) { ::_exit(0); }));
  job.reduce(mr::sum);
}

MR_JOB(exits_quickly, "Calls quick_exit(0).") {
  job.map(on_bad_line([](Emit&) { std::quick_exit(0); }));
  job.reduce(mr::sum);
}

MR_JOB(foreign_thread, "Emits from a thread of its own.") {
  job.map(on_bad_line([](Emit& emit) { std::thread([&emit] { emit("stray", 1); }).join(); }));
  job.reduce(mr::sum);
}

MR_JOB(floods, "Emits without end from one record.") {
  job.map(on_bad_line([](Emit& emit) {
    std::string value(100, 'x');
    for (std::int64_t i = 0;; ++i) {
      const std::string digits = std::to_string(i);
      value.replace(0, digits.size(), digits);
      emit(value, i);
    }
  }));
  job.reduce(mr::sum);
}

MR_JOB(sleeps, "Handles a record in a millisecond.") {
  job.map([](mr::Line line, Emit& emit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    emit(line.text, 1);
  });
  job.reduce(mr::sum);
}

MR_JOB(prints, "Tells on stderr and stdout of the bad line.") {
  job.map(on_bad_line([](Emit&) {
    std::fputs("a bad line was seen\n", stderr);
    std::fputs("and told on stdout\n", stdout);
  }));
  job.reduce(mr::sum);
}

MR_JOB(stuck, "Never comes back from a record.") {
  job.map([](mr::Line, Emit&) {
    while (true) std::this_thread::sleep_for(std::chrono::seconds(1));
  });
  job.reduce(mr::sum);
}

MR_JOB(no_order, "Sorts with a comparator that is no order.") {
  job.map([](mr::Line line, Emit& emit) { emit(line.text, 1); });
  job.sort([](std::string_view a, std::string_view b) { return (a.size() * 7 + b.size()) % 3 != 0; });
  job.reduce(mr::sum);
}

MR_JOB(options, "Has options and an argument.") {
  const auto least = job.option<std::int64_t>("least", 1, "words counted less often are left out");
  const auto loud = job.option<bool>("loud", false, "upper case");
  const auto suffix = job.argument<std::string>("suffix", "is put behind each word");
  job.map([suffix, loud](mr::Line line, Emit& emit) {
    for (auto word : mr::words(line)) {
      std::string text(word);
      if (loud) {
        for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
      }
      emit(text + suffix, 1);
    }
  });
  job.reduce([least](std::string_view key, mr::Values<std::int64_t>& values, Emit& emit) {
    std::int64_t sum = 0;
    for (std::int64_t value : values) sum += value;
    if (sum >= least) emit(key, sum);
  });
}

// The lines with the largest numbers, largest first. A line's number is its last field; fields are separated by TAB, so
// the output of wordcount will do, and so will plain numbers.
#include <set>

#include <mr/mr.h>

namespace {

using Ranked = std::tuple<mr::Desc<int64_t>, std::string>;  // number, line: sorts the largest number first

// Keeps the best n lines that it has seen, so memory stays small, and emits only these.
struct Best : mr::Mapper<mr::Line, Ranked, mr::None> {
  explicit Best(std::size_t n) : n_(n) {}

  void map(mr::Line line, Emit&) {
    const std::string_view text = line;
    const auto number = mr::parse<int64_t>(text.substr(text.rfind('\t') + 1));
    if (best_.size() == n_ && number < std::get<0>(*best_.rbegin()).value) return;
    best_.emplace(number, text);
    if (best_.size() > n_) best_.erase(std::prev(best_.end()));
  }
  void cleanup(Emit& emit) {
    for (const Ranked& ranked : best_) emit(ranked);
  }

 private:
  std::size_t n_;
  std::multiset<Ranked> best_;
};

// Gets the best lines of all mappers in order, and stops after n.
struct First : mr::Reducer<Ranked, mr::None, std::string, mr::None> {
  explicit First(std::size_t n) : left_(n) {}

  void run(Groups& groups, Emit& emit, mr::Context&) {
    while (left_ > 0 && groups.next()) {
      const auto [number, line] = groups.key();
      for ([[maybe_unused]] const auto none : groups.values()) {
        if (left_ == 0) break;
        emit(line);
        --left_;
      }
    }
  }

 private:
  std::size_t left_;
};

}  // namespace

MR_JOB(topn, "Prints the lines with the largest numbers in their last field.") {
  const auto n = job.option("n", int64_t{10}, "how many lines");
  if (n < 1) throw mr::Error("option --n: it is " + std::to_string(n) + " and must be 1 at least");
  job.map<Best>(static_cast<std::size_t>(n));
  job.reduce<First>(static_cast<std::size_t>(n));
  job.set("mapreduce.job.reduces", 1);  // one reduce sees everything
}

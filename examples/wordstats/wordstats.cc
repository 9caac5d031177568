// How long words are: mean, median and standard deviation, and the share of each length.
//
// Two rounds. The first counts words by length and adds up what the mean needs in counters. The driver reads the
// counters and tells the second round how many words there are, so that it can turn counts into shares.
#include <cmath>
#include <cstdio>

#include <mr/mr.h>

namespace {

const char* const kGroup = "Word Stats";

struct CountLengths : mr::Mapper<mr::Line, int64_t, int64_t> {
  void map(mr::Line line, Emit& emit) {
    for (const auto word : mr::words(line)) {
      const auto length = static_cast<int64_t>(word.size());
      ++words_;
      letters_ += length;
      squares_ += length * length;
      emit(length, 1);
    }
  }
  void cleanup(mr::Context& context) {
    context.counter(kGroup, "WORDS") += words_;
    context.counter(kGroup, "LETTERS") += letters_;
    context.counter(kGroup, "SQUARES") += squares_;
  }

 private:
  int64_t words_ = 0;
  int64_t letters_ = 0;
  int64_t squares_ = 0;
};

// Gets the lengths in their order, each with its count.
struct Shares : mr::Reducer<int64_t, int64_t, int64_t, std::tuple<int64_t, double, double>> {
  explicit Shares(int64_t words) : words_(static_cast<double>(words)) {}

  void reduce(int64_t length, Values& counts, Emit& emit) {
    for (const int64_t count : counts) {
      so_far_ += count;
      emit(length, {count, static_cast<double>(count) / words_, static_cast<double>(so_far_) / words_});
    }
  }

 private:
  double words_;
  int64_t so_far_ = 0;
};

// The length of the word in this place when all are sorted by length; places count from 0.
int64_t length_at(int64_t place, const std::string& table) {
  int64_t seen = 0;
  int64_t length = 0;
  for (const auto line : mr::split(mr::trim(table), '\n')) {
    const auto [its_length, count, rest] = mr::fields<int64_t, int64_t, std::string_view>(line);
    length = its_length;
    seen += count;
    if (seen > place) break;
  }
  return length;
}

// A directory that one round leaves for the next, beside the output; removed in the end, however that comes.
class BetweenRounds {
 public:
  BetweenRounds(mr::Driver& driver, std::string_view output, const char* what) : driver_(driver) {
    path_ = output.substr(0, output.find_last_not_of('/') + 1);
    path_ += what;
    while (driver_.exists(path_)) path_ += '_';
  }
  BetweenRounds(const BetweenRounds&) = delete;
  BetweenRounds& operator=(const BetweenRounds&) = delete;
  ~BetweenRounds() {
    try {
      if (driver_.exists(path_)) driver_.remove(path_);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "wordstats: %s\n", error.what());
    }
  }
  const std::string& path() const { return path_; }

 private:
  mr::Driver& driver_;
  std::string path_;
};

}  // namespace

MR_ROUND(wordstats_lengths, "Counts words by length.") {
  job.map<CountLengths>();
  job.combine(mr::sum);
  job.reduce(mr::sum);
}

MR_ROUND(wordstats_shares, "Turns counts into shares.") {
  job.format(mr::key_value);
  job.map([](int64_t length, int64_t count, mr::Emit<int64_t, int64_t>& emit) { emit(length, count); });
  job.reduce<Shares>(job.required_option<int64_t>("words", "how many words there are"));
  job.set("mapreduce.job.reduces", 1);
}

MR_DRIVER(wordstats, "Mean, median and standard deviation of word lengths.", "INPUT OUTPUT") {
  if (driver.args().size() != 2) {
    std::fprintf(stderr, "usage: mr jar wordstats.so INPUT OUTPUT\n");
    return 2;
  }
  const std::string& input = driver.args()[0];
  const std::string& output = driver.args()[1];
  if (driver.exists(output)) throw mr::Error("Output directory " + output + " already exists");
  const BetweenRounds lengths(driver, output, "-lengths");

  const mr::JobResult first = driver.run("wordstats_lengths").input(input).output(lengths.path());
  const int64_t words = first.counter(kGroup, "WORDS");
  driver.run("wordstats_shares").input(lengths.path()).output(output).option("words", words).wait();
  if (words == 0) {
    std::printf("There are no words.\n");
    return 0;
  }
  const auto n = static_cast<long double>(words);
  const long double mean = static_cast<long double>(first.counter(kGroup, "LETTERS")) / n;
  const long double variance = static_cast<long double>(first.counter(kGroup, "SQUARES")) / n - mean * mean;
  const std::string table = driver.read(output + "/part-r-00000");
  const int64_t low = length_at((words - 1) / 2, table);
  const int64_t high = length_at(words / 2, table);
  std::printf("mean\t%s\nmedian\t%s\ndeviation\t%s\n", mr::to_text(static_cast<double>(mean)).c_str(),
              mr::to_text(static_cast<double>(low + high) / 2).c_str(),
              mr::to_text(static_cast<double>(std::sqrt(variance))).c_str());
  return 0;
}

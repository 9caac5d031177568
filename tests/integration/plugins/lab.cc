// Jobs that tell how they were run: each task leaves files in a local directory that all attempts see.
#include <mr/mr.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

namespace {

namespace fs = std::filesystem;
using Emit = mr::Emit<std::string_view, std::int64_t>;

// Long enough for a slow machine to start a second attempt, and over as soon as there is one.
constexpr auto kPatience = std::chrono::seconds(20);

void touch(const fs::path& path) { std::ofstream(path) << "x"; }

std::int64_t count_of(const std::string& dir, const std::string& prefix) {
  std::int64_t count = 0;
  for (const auto& entry : fs::directory_iterator(dir)) count += entry.path().filename().string().rfind(prefix, 0) == 0;
  return count;
}

// Leaves "<kind>-<attempt>" in `dir` and waits until another of its kind has. Nothing is taken away, and who comes second
// waits no more: so both returned early only if the second was there before the first had given up.
class Meeting {
 public:
  Meeting(std::string dir, std::string kind) : dir_(std::move(dir)), kind_(std::move(kind)) {}

  // Once per attempt. True when another came within our patience.
  bool attend(const std::string& attempt) {
    touch(fs::path(dir_) / (kind_ + "-" + attempt));
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (count_of(dir_, kind_ + "-") < 2) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }

 private:
  const std::string dir_;
  const std::string kind_;
};

struct MeetingMapper : mr::Mapper<mr::Line, std::string_view, std::int64_t> {
  explicit MeetingMapper(std::string dir) : meeting_(std::move(dir), "map") {}
  void setup(mr::Context& context) { met_ = meeting_.attend(std::string(context.attempt_id())); }
  void map(mr::Line, Emit& emit) { emit(met_ ? "met" : "alone", 1); }

 private:
  Meeting meeting_;
  bool met_ = false;
};

struct MeetingReducer : mr::Reducer<std::string_view, std::int64_t, std::string_view, std::int64_t> {
  explicit MeetingReducer(std::string dir) : meeting_(std::move(dir), "reduce") {}
  void setup(mr::Context& context) { met_ = meeting_.attend(std::string(context.attempt_id())); }
  void reduce(std::string_view, Values& values, Emit& emit) {
    std::int64_t sum = 0;
    for (std::int64_t value : values) sum += value;
    emit(met_ ? "met" : "alone", sum);
  }

 private:
  Meeting meeting_;
  bool met_ = false;
};

// Begins when it is told to, or fails.
struct WaitingMapper : mr::Mapper<mr::Line, std::string_view, std::int64_t> {
  explicit WaitingMapper(std::string dir) : dir_(std::move(dir)) {}
  void setup(mr::Context& context) {
    const auto end = std::chrono::steady_clock::now() + 5 * kPatience;
    while (!fs::exists(fs::path(dir_) / "go")) {
      if (std::chrono::steady_clock::now() > end) context.fail("nobody said go");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void map(mr::Line line, Emit& emit) { emit(line.text, 1); }

 private:
  const std::string dir_;
};

// Each attempt tells of its beginning and its end; some take longer than others.
struct TellingMapper : mr::Mapper<mr::Line, std::string_view, std::int64_t> {
  explicit TellingMapper(std::string dir) : dir_(std::move(dir)) {}
  void setup(mr::Context& context) {
    attempt_ = std::string(context.attempt_id());
    touch(fs::path(dir_) / ("begun-" + attempt_));
  }
  void map(mr::Line line, Emit& emit) {
    for (auto word : mr::words(line)) emit(word, 1);
  }
  void cleanup(Emit&, mr::Context& context) {
    std::this_thread::sleep_for(std::chrono::milliseconds(context.partition() % 2 * 300));
    touch(fs::path(dir_) / ("ended-" + attempt_));
  }

 private:
  const std::string dir_;
  std::string attempt_;
};

struct TellingReducer : mr::Reducer<std::string_view, std::int64_t, std::string_view, std::int64_t> {
  explicit TellingReducer(std::string dir) : dir_(std::move(dir)) {}
  void setup(mr::Context& context) {
    attempt_ = std::string(context.attempt_id());
    touch(fs::path(dir_) / ("begun-" + attempt_));
  }
  void reduce(std::string_view key, Values& values, Emit& emit) {
    std::int64_t sum = 0;
    for (std::int64_t value : values) sum += value;
    emit(key, sum);
  }
  void cleanup(Emit&, mr::Context& context) {
    std::this_thread::sleep_for(std::chrono::milliseconds(context.partition() % 2 * 700));
    touch(fs::path(dir_) / ("ended-" + attempt_));
  }

 private:
  const std::string dir_;
  std::string attempt_;
};

// Ends the process, or dawdles, now and then: `percent` of the calls each. The first attempts only, so that four suffice.
class Mishap {
 public:
  explicit Mishap(std::int64_t percent) : percent_(percent) {}
  void maybe(mr::Context& context) {
    if (context.attempt() >= 2) return;
    const auto drawn = static_cast<std::int64_t>(std::random_device()() % 100);
    if (drawn < percent_) ::_exit(1);
    if (drawn < 2 * percent_) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }

 private:
  const std::int64_t percent_;
};

struct CrashingMapper : mr::Mapper<mr::Line, std::string_view, std::int64_t> {
  explicit CrashingMapper(std::int64_t percent) : mishap_(percent) {}
  void map(mr::Line line, Emit& emit, mr::Context& context) {
    mishap_.maybe(context);
    for (auto word : mr::words(line)) emit(word, 1);
  }

 private:
  Mishap mishap_;
};

struct CrashingReducer : mr::Reducer<std::string_view, std::int64_t, std::string_view, std::int64_t> {
  explicit CrashingReducer(std::int64_t percent) : mishap_(percent) {}
  void reduce(std::string_view key, Values& values, Emit& emit, mr::Context& context) {
    mishap_.maybe(context);
    std::int64_t sum = 0;
    for (std::int64_t value : values) sum += value;
    emit(key, sum);
  }

 private:
  Mishap mishap_;
};

}  // namespace

MR_JOB(maps_meet, "Maps that wait until two of them run.") {
  job.map<MeetingMapper>(job.option("dir", std::string(), "where attempts meet")).reduce(mr::sum);
}

MR_JOB(reduces_meet, "Reduces that wait until two of them run.") {
  const auto dir = job.option("dir", std::string(), "where attempts meet");
  job.map([](mr::Line line, Emit& emit) {
    for (auto word : mr::words(line)) emit(word, 1);
  });
  job.reduce<MeetingReducer>(dir);
}

MR_JOB(waits, "Counts lines; maps begin when there is a file \"go\".") {
  job.map<WaitingMapper>(job.option("dir", std::string(), "where the file will be")).reduce(mr::sum);
}

MR_JOB(tells, "Counts words and tells of each attempt.") {
  const auto dir = job.option("dir", std::string(), "where attempts tell of themselves");
  job.map<TellingMapper>(dir).reduce<TellingReducer>(dir);
}

MR_JOB(crashes, "Counts words; attempts die or dawdle by chance.") {
  const auto percent = job.option("percent", std::int64_t{0}, "of the records and keys at which an attempt dies");
  job.map<CrashingMapper>(percent).reduce<CrashingReducer>(percent);
}

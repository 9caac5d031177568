// Estimates pi: the share of points in a square that lie in the circle in it is pi/4.
//
// The points are no random ones but those of a Halton sequence, which fill the square more evenly. Each map task has
// its own piece of the sequence, so the answer does not depend on who computes what when.
#include <cstdio>

#include <mr/mr.h>

namespace {

const char* const kGroup = "Pi";

// The digits of `index` in base kBase, mirrored at the point: 6 = 110 in base 2 gives 0.011 = 0.375.
template <uint64_t kBase>
double mirrored(uint64_t index) {
  uint64_t digits = 0;
  double scale = 1;
  for (; index > 0; index /= kBase) {
    digits = digits * kBase + index % kBase;
    scale *= kBase;
  }
  return static_cast<double>(digits) / scale;
}

bool in_circle(uint64_t index) {
  const double x = mirrored<2>(index) - 0.5;
  const double y = mirrored<3>(index) - 0.5;
  return x * x + y * y <= 0.25;
}

// No file is read: each map task gets one record, which says where its points start and how many there are.
class Points : public mr::InputFormat<int64_t, int64_t> {
 public:
  Points(int64_t maps, int64_t samples) : maps_(maps), samples_(samples) {}

  void splits(mr::Splits& splits) {
    for (int64_t map = 0; map < maps_; ++map) {
      mr::Split split;
      split.start = map * samples_;
      split.length = samples_;
      splits.add(split);
    }
  }
  void open(const mr::Split& split, mr::Context&) {
    start_ = split.start;
    samples_ = split.length;
  }
  bool next(int64_t& start, int64_t& samples) {
    if (given_) return false;
    start = start_;
    samples = samples_;
    return given_ = true;
  }

 private:
  int64_t maps_;
  int64_t samples_;
  int64_t start_ = 0;
  bool given_ = false;
};

void count_points(int64_t start, int64_t samples, mr::Emit<bool, int64_t>& emit) {
  int64_t inside = 0;
  for (int64_t i = start + 1; i <= start + samples; ++i) inside += in_circle(static_cast<uint64_t>(i));
  emit(true, inside);
  emit(false, samples - inside);
}

// The two sums are all that is wanted, so they become counters, which the driver can read.
void add_up(bool inside, mr::Values<int64_t>& counts, mr::Emit<bool, int64_t>&, mr::Context& context) {
  for (const int64_t count : counts) context.counter(kGroup, inside ? "INSIDE" : "OUTSIDE") += count;
}

// numerator / denominator with twenty digits behind the point, the last one rounded.
std::string quotient(int64_t numerator, int64_t denominator) {
  std::string digits = std::to_string(numerator / denominator);
  const std::size_t point = digits.size();
  int64_t rest = numerator % denominator;
  for (int i = 0; i < 20; ++i, rest %= denominator) {
    rest *= 10;
    digits += static_cast<char>('0' + rest / denominator);
  }
  if (rest * 2 >= denominator) {
    std::size_t i = digits.size() - 1;
    for (; digits[i] == '9' && i > 0; --i) digits[i] = '0';
    ++digits[i];
  }
  return digits.insert(point, ".");
}

}  // namespace

MR_ROUND(pi_points, "Counts the points in the circle.") {
  job.format(Points(job.option("maps", int64_t{1}, "map tasks"), job.option("samples", int64_t{1}, "points for each")));
  job.no_input();
  job.no_output();
  job.map(count_points);
  job.reduce(add_up);
  job.set("mapreduce.job.reduces", 1);
}

MR_DRIVER(pi, "Estimates pi.", "MAPS SAMPLES") {
  if (driver.args().size() != 2) {
    std::fprintf(stderr, "usage: mr jar pi.so MAPS SAMPLES\n");
    return 2;
  }
  constexpr int64_t kMapsMax = 1'000'000;
  constexpr int64_t kPointsMax = 100'000'000'000'000'000;  // ten times as many still fit 64 bits
  const auto maps = mr::parse<int64_t>(driver.args()[0]);
  const auto samples = mr::parse<int64_t>(driver.args()[1]);
  if (maps < 1 || maps > kMapsMax || samples < 1 || samples > kPointsMax / maps) {
    throw mr::Error("MAPS goes from 1 to 1000000, SAMPLES from 1 on, their product to " + std::to_string(kPointsMax));
  }
  std::printf("Number of Maps  = %lld\nSamples per Map = %lld\n", static_cast<long long>(maps),
              static_cast<long long>(samples));
  const mr::JobResult points = driver.run("pi_points").option("maps", maps).option("samples", samples);
  const int64_t inside = points.counter(kGroup, "INSIDE");
  std::printf("Estimated value of Pi is %s\n", quotient(4 * inside, maps * samples).c_str());
  return 0;
}

// mrd_sim: clusters on virtual time, one per seed.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "sim/run.h"

namespace {

constexpr const char* kUsage =
    "usage: mrd_sim [--seed N] [--seeds N] [--plant NAME] [--trouble MS] [--rest MS] [--lines N] [--keep-going]\n"
    "               [--verbose]\n"
    "Simulates a whole cluster with faults for each seed from --seed (1) on, --seeds (1) of them.\n"
    "  --plant       builds a fault into the model: see sim/plant.h\n"
    "  --trouble     virtual milliseconds during which things go wrong (60000)\n"
    "  --rest        virtual milliseconds within which all must be in order afterwards (400000)\n"
    "  --lines       lines of the trace that are printed with a broken promise (200)\n"
    "  --keep-going  goes on with the next seed after a broken promise\n"
    "  --verbose     prints everything that happens\n";

struct Options {
  mrd::sim::RunOptions run;
  std::uint64_t seeds = 1;
  bool keep_going = false;
};

std::optional<Options> Parse(int argc, char** argv) {
  Options options;
  options.run.lines_kept = 200;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--keep-going") {
      options.keep_going = true;
      continue;
    }
    if (word == "--verbose") {
      options.run.verbose = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const char* const value = argv[++i];
    if (word == "--plant") {
      const std::optional<mrd::sim::Plant> plant = mrd::sim::PlantNamed(value);
      if (!plant) return std::nullopt;
      options.run.plant = *plant;
      continue;
    }
    char* end = nullptr;
    const std::uint64_t number = std::strtoull(value, &end, 10);
    if (end == value || *end != '\0') return std::nullopt;
    if (word == "--seed") {
      options.run.seed = number;
    } else if (word == "--seeds") {
      options.seeds = number;
    } else if (word == "--trouble") {
      options.run.trouble = static_cast<mrd::sim::Millis>(number);
    } else if (word == "--rest") {
      options.run.rest_max = static_cast<mrd::sim::Millis>(number);
    } else if (word == "--lines") {
      options.run.lines_kept = number;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

int Main(Options options) {
  const std::uint64_t first = options.run.seed;
  std::uint64_t ran = 0;
  std::uint64_t broken = 0;
  std::uint64_t excused = 0;
  std::uint64_t steps = 0;
  std::uint64_t operations = 0;
  for (options.run.seed = first; options.run.seed < first + options.seeds; ++options.run.seed) {
    const mrd::sim::RunOutcome outcome = mrd::sim::Run(options.run);
    ++ran;
    steps += outcome.steps;
    excused += outcome.excused ? 1 : 0;
    operations += outcome.operations;
    if (options.run.verbose) std::printf("hash %016llx\n", static_cast<unsigned long long>(outcome.trace_hash));
    if (outcome.fault.empty()) continue;
    ++broken;
    std::fputs(mrd::sim::Describe(options.run, outcome).c_str(), stdout);
    std::fflush(stdout);
    if (!options.keep_going) break;
  }
  std::printf("seeds=%llu broken=%llu excused=%llu steps=%llu operations=%llu\n", static_cast<unsigned long long>(ran),
              static_cast<unsigned long long>(broken), static_cast<unsigned long long>(excused),
              static_cast<unsigned long long>(steps), static_cast<unsigned long long>(operations));
  return broken == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Options> options = Parse(argc, argv);
  if (!options) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  return Main(*options);
}

#include "sim/run.h"

#include "sim/cluster.h"
#include "sim/invariants.h"

namespace mrd::sim {
namespace {

// How often the checks are made that look at everything.
constexpr Millis kLook = 2'000;

}  // namespace

RunOutcome Run(const RunOptions& options) {
  RunOutcome outcome;
  Clock clock(options.seed);
  clock.set_verbose(options.verbose);
  clock.set_lines_kept(options.lines_kept);
  Cluster cluster(clock, options.plant);
  Ledger& ledger = cluster.ledger();
  cluster.Start();
  cluster.BeginTrouble(options.trouble);
  bool peace = false;
  std::string unsettled;
  while (!ledger.broken() && !ledger.excused()) {
    const Millis until = clock.now() + kLook;
    while (!ledger.broken() && !ledger.excused() && clock.Step(until)) {
    }
    if (ledger.broken() || ledger.excused()) break;
    if (std::string fault = FaultNow(cluster); !fault.empty()) ledger.Broken(std::move(fault));
    if (clock.now() < options.trouble) continue;
    if (!peace) cluster.EndTrouble();
    peace = true;
    unsettled = WhyUnsettled(cluster);
    if (unsettled.empty()) break;
    if (clock.now() <= options.trouble + options.rest_max) continue;
    if (HasLostBlock(cluster)) {
      ledger.Excuse(unsettled);
    } else {
      ledger.Broken("the cluster does not come to rest: " + unsettled);
    }
  }
  if (!ledger.broken() && !ledger.excused()) {
    if (std::string fault = FaultAtRest(cluster); !fault.empty()) ledger.Broken(std::move(fault));
  }
  outcome.fault = ledger.what();
  outcome.excused = !ledger.broken() && ledger.excused();
  outcome.fault_step = ledger.step();
  outcome.steps = clock.steps();
  outcome.time = clock.now();
  outcome.rested_after = clock.now() - options.trouble;
  outcome.trace_hash = clock.trace_hash();
  for (const auto& client : cluster.clients()) {
    outcome.operations += client->operations();
    outcome.acknowledged += client->acknowledged();
  }
  outcome.last_lines.assign(clock.last_lines().begin(), clock.last_lines().end());
  return outcome;
}

std::string Describe(const RunOptions& options, const RunOutcome& outcome) {
  std::string text;
  for (const std::string& line : outcome.last_lines) text.append("  ").append(line).append("\n");
  const std::string seed = std::to_string(options.seed);
  text += "seed " + seed + ", step " + std::to_string(outcome.fault_step) + ": " + outcome.fault + "\n";
  text += "replay: mrd_sim --seed " + seed + " --verbose";
  const RunOptions usual;
  if (options.plant != Plant::kNone) text.append(" --plant ").append(PlantName(options.plant));
  if (options.trouble != usual.trouble) text += " --trouble " + std::to_string(options.trouble);
  if (options.rest_max != usual.rest_max) text += " --rest " + std::to_string(options.rest_max);
  return text + "\n";
}

}  // namespace mrd::sim

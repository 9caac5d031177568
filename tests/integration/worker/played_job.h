#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/input_plan.h"
#include "proto/mr/umbilical.pb.h"
#include "tests/integration/worker/played_tracker.h"
#include "tests/support/temporary_dir.h"

namespace mrd::test {

// A job of one of the test plugins on local files, with the directories that a tracker would make for it.
class PlayedJob {
 public:
  // `entry` of PLUGIN.so of the folder in MR_PLUGINS.
  PlayedJob(const std::string& plugin, const std::string& entry, std::uint32_t reduces);

  // Before Setup().
  void Set(const std::string& name, const std::string& value);
  void WriteInput(const std::string& name, const std::string& content);
  // Lists the input and cuts it, as the client does; makes the output directory. The splits' number.
  std::size_t Plan();

  mapred::proto::SetupProto& setup() { return setup_; }
  std::string program() const;  // mr-worker
  std::string input() const { return dir_ / "input"; }
  std::string output() const { return dir_ / "output"; }
  // Output of the same job by `mr jar --embedded`.
  std::string RunEmbedded() const;
  // What `mr diff` answers: 0, or 1 when they differ.
  int Diff(const std::string& left, const std::string& right) const;

  // The order for an attempt, with directories made.
  mapred::proto::LaunchProto Order(mapred::proto::TaskKindProto kind, std::uint32_t number, std::uint32_t attempt = 0);
  std::string LogOf(const std::string& attempt, const std::string& stream) const;

  // Runs all maps, then all reduces, then the commit; false when one of them does not get done. `ids` of what was done.
  bool RunAll(PlayedTracker& tracker);
  bool RunMaps(PlayedTracker& tracker);
  mapred::proto::TrackerMessageProto SegmentsFor(PlayedTracker& tracker, std::uint32_t reduce) const;

  const TemporaryDir& dir() const { return dir_; }
  std::size_t maps() const { return plan_.splits.size(); }

 private:
  int Shell(const std::vector<std::string>& words) const;

  TemporaryDir dir_;
  std::string plugin_;
  mapred::proto::SetupProto setup_;
  engine::InputPlan plan_;
  std::vector<std::string> map_ids_;
};

std::string ReadText(const std::string& path);  // "" when there is none
// Names to content of the parts in an output directory.
std::map<std::string, std::string> PartsOf(const std::string& output);

}  // namespace mrd::test

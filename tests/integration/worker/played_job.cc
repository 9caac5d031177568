#include "tests/integration/worker/played_job.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/env.h"
#include "engine/ids.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"
#include "mapred/ids.h"
#include "mapred/wire/convert.h"
#include "dfs/client/file_systems.h"
#include "tasktracker/worker/loaded_job.h"

namespace mrd::test {

namespace {

using mapred::proto::LaunchProto;
using mapred::proto::TaskKindProto;

constexpr char kJobId[] = "job_1700000000000_0001";

std::string FromEnvironment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::string> PartsOf(const std::string& output) {
  std::map<std::string, std::string> parts;
  auto entries = Env::Posix().ListDir(output);
  if (!entries.ok()) return parts;
  for (const FileInfo& entry : *entries) {
    if (entry.name[0] != '_' && entry.name[0] != '.') parts[entry.name] = ReadText(output + "/" + entry.name);
  }
  return parts;
}

PlayedJob::PlayedJob(const std::string& plugin, const std::string& entry, std::uint32_t reduces)
    : plugin_(FromEnvironment("MR_PLUGINS") + "/" + plugin + ".so") {
  Env& env = Env::Posix();
  for (const char* name : {"input", "disk1", "disk2", "work", "logs"}) {
    static_cast<void>(env.CreateDir(dir_ / name).ok());
  }
  setup_.set_packdir(FromEnvironment("MR_PLUGINS"));
  setup_.set_sidefiledir("");
  setup_.add_localdirs(dir_ / "disk1");
  setup_.add_localdirs(dir_ / "disk2");
  setup_.set_trackerhost("localhost");
  auto& spec = *setup_.mutable_spec();
  spec.set_jobid(kJobId);
  spec.set_jobname(entry);
  spec.set_user("somebody");
  spec.mutable_pack()->set_path("/pack");
  spec.mutable_pack()->set_sha256("");
  spec.mutable_pack()->set_bytes(0);
  spec.mutable_pack()->set_plugin(plugin + ".so");
  spec.set_entry(entry);
  spec.add_inputs(input());
  spec.set_output(output());
  spec.set_reduces(reduces);
  Set("mapreduce.job.reduces", std::to_string(reduces));
  Set("mapreduce.task.io.sort.mb", "4");
}

void PlayedJob::Set(const std::string& name, const std::string& value) {
  auto* const property = setup_.mutable_spec()->add_config();
  property->set_name(name);
  property->set_value(value);
}

void PlayedJob::WriteInput(const std::string& name, const std::string& content) {
  std::ofstream(input() + "/" + name, std::ios::binary) << content;
}

std::size_t PlayedJob::Plan() {
  auto job = tasktracker::LoadJob(setup_);
  if (!job.ok()) return 0;
  const engine::JobRequest request = (*job)->Request();
  auto definition = engine::JobDefinition::Make(request);
  if (!definition.ok()) return 0;
  auto settings = engine::JobSettings::Read((*definition)->config());
  if (!settings.ok()) return 0;
  fs::Registry file_systems = dfs::client::MakeFileSystems(*(*job)->config, "/");
  auto plan = engine::PlanInput(**definition, *settings, request, file_systems);
  if (!plan.ok()) return 0;
  plan_ = std::move(*plan);
  static_cast<void>(CreateDirs(Env::Posix(), output() + "/_temporary/0").ok());
  return plan_.splits.size();
}

std::string PlayedJob::program() const { return FromEnvironment("MR_WORKER"); }

int PlayedJob::Shell(const std::vector<std::string>& words) const {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = dir_ / "mr.log";
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed = ::posix_spawn(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  int status = 0;
  ::waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string PlayedJob::RunEmbedded() const {
  const std::string embedded = dir_ / "embedded";
  std::vector<std::string> words = {FromEnvironment("MR_COMMAND"), "jar", plugin_, setup_.spec().entry(), "--embedded"};
  for (const auto& property : setup_.spec().config()) {
    words.insert(words.end(), {"-D", property.name() + "=" + property.value()});
  }
  words.insert(words.end(), {"-D", "mapreduce.cluster.local.dir=" + (dir_ / "embedded-local"), input(), embedded});
  return Shell(words) == 0 ? embedded : "";
}

int PlayedJob::Diff(const std::string& left, const std::string& right) const {
  return Shell({FromEnvironment("MR_COMMAND"), "diff", left, right});
}

LaunchProto PlayedJob::Order(TaskKindProto kind, std::uint32_t number, std::uint32_t attempt) {
  constexpr char kLetters[] = {'m', 'r', 'c', 'a', 'w'};
  LaunchProto launch;
  launch.set_attemptid(mapred::AttemptName{kJobId, kLetters[kind], number, attempt}.ToString());
  launch.set_kind(kind);
  launch.set_number(number);
  launch.set_attempt(attempt);
  launch.set_maps(static_cast<std::uint32_t>(plan_.splits.size()));
  launch.set_workdir(dir_ / ("work/" + launch.attemptid()));
  launch.set_logdir(dir_ / ("logs/" + launch.attemptid()));
  for (const std::string& made : {launch.workdir(), launch.logdir()}) static_cast<void>(Env::Posix().CreateDir(made).ok());
  if (kind == mapred::proto::MAP) mapred::wire::ToProto(plan_.splits.at(number), launch.mutable_split());
  return launch;
}

std::string PlayedJob::LogOf(const std::string& attempt, const std::string& stream) const {
  return ReadText(dir_ / ("logs/" + attempt + "/" + stream));
}

bool PlayedJob::RunMaps(PlayedTracker& tracker) {
  map_ids_.clear();
  for (std::uint32_t map = 0; map < plan_.splits.size(); ++map) {
    const LaunchProto order = Order(mapred::proto::MAP, map);
    map_ids_.push_back(order.attemptid());
    tracker.Launch(order);
  }
  for (const std::string& id : map_ids_) {
    if (!tracker.UntilExited(id) || !tracker.heard(id).done) return false;
  }
  return true;
}

mapred::proto::TrackerMessageProto PlayedJob::SegmentsFor(PlayedTracker& tracker, std::uint32_t reduce) const {
  mapred::proto::TrackerMessageProto message;
  auto* const segments = message.mutable_segments();
  segments->set_mapsdone(static_cast<std::uint32_t>(map_ids_.size()));
  // Backwards: the order in which segments come must not matter.
  for (std::size_t map = map_ids_.size(); map-- > 0;) {
    for (const auto& spill : tracker.heard(map_ids_[map]).output->spills()) {
      const auto& range = spill.segments(static_cast<int>(reduce));
      auto* const segment = segments->add_segments();
      segment->set_map(static_cast<std::uint32_t>(map));
      segment->set_sequence(spill.sequence());
      segment->set_path(spill.path());
      segment->set_offset(range.offset());
      segment->set_bytes(range.bytes());
      segment->set_records(range.records());
    }
  }
  return message;
}

bool PlayedJob::RunAll(PlayedTracker& tracker) {
  if (!RunMaps(tracker)) return false;
  std::vector<std::string> all = map_ids_;
  for (std::uint32_t reduce = 0; reduce < setup_.spec().reduces(); ++reduce) {
    const LaunchProto order = Order(mapred::proto::REDUCE, reduce);
    all.push_back(order.attemptid());
    tracker.Launch(order);
    tracker.Send(order.attemptid(), SegmentsFor(tracker, reduce));
  }
  LaunchProto commit = Order(mapred::proto::COMMIT, 0);
  engine::Ledger ledger;
  for (const std::string& id : all) {
    if (!tracker.UntilExited(id) || !tracker.heard(id).done) return false;
    const auto& done = *tracker.heard(id).done;
    ledger.Merge(mapred::wire::FromProto(done.ledger()));
    for (const auto& part : done.parts()) *commit.add_parts() = part;
    commit.add_committedtasks(mapred::ParseAttemptId(id)->TaskId());
  }
  mapred::wire::ToProto(ledger, commit.mutable_ledger());
  tracker.Launch(commit);
  return tracker.UntilExited(commit.attemptid()) && tracker.heard(commit.attemptid()).done.has_value();
}

}  // namespace mrd::test

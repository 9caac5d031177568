#include "tests/unit/engine/engine_fixture.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "common/fs/keys.h"
#include "common/fs/local_file_system.h"
#include "engine/keys.h"
#include "mapred/keys.h"

namespace mrd::engine::testing {

TempDir::TempDir() {
  const char* base = ::getenv("TMPDIR");
  std::string pattern = std::string(base == nullptr ? "/tmp" : base) + "/mr-engine-XXXXXX";
  MRD_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() { static_cast<void>(RemoveTree(Env::Posix(), path_).ok()); }

std::string TempDir::Write(std::string_view name, std::string_view content) const {
  const std::string path = File(name);
  MRD_CHECK(CreateDirs(Env::Posix(), path.substr(0, path.rfind('/'))).ok());
  auto file = Env::Posix().CreateOrTruncate(path);
  MRD_CHECK(file.ok());
  MRD_CHECK((*file)->Append(content.data(), content.size()).ok());
  MRD_CHECK((*file)->Close().ok());
  return path;
}

const KeyRegistry& EngineFixture::Keys() {
  static const KeyRegistry* const keys = [] {
    auto* made = new KeyRegistry;
    made->Add(fs::CoreKeys());
    made->Add(MapReduceKeys());
    made->Add(mapred::ClusterKeys());
    return made;
  }();
  return *keys;
}

EngineFixture::EngineFixture(Env& env) : file_systems("file:///", dir.path()), env_(env), config_(Keys()) {
  file_systems.Register("file", [&env](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(env);
  });
  Set("mapreduce.cluster.local.dir", dir.File("local"));
  Set("mapreduce.task.io.sort.mb", "4");
}

void EngineFixture::Set(std::string_view name, std::string_view value) {
  const Status set = config_.Set(name, value, "test");
  MRD_CHECK(set.ok());
}

JobRequest EngineFixture::Request(const std::string& job,
                                  const std::vector<std::string>& inputs,
                                  const std::string& output) const {
  auto plugin = Plugin::FromTable(TestPlugin(), "test jobs");
  MRD_CHECK(plugin.ok());
  auto entry = (*plugin)->Find(job);
  MRD_CHECK(entry.ok());
  return {*plugin, *entry, inputs, output, options, config_};
}

JobResult EngineFixture::Run(const std::string& job,
                             const std::vector<std::string>& inputs,
                             const std::string& output) {
  LocalRunner runner(env_, file_systems, cancel);
  JobMonitor silent;
  return runner.Run(Request(job, inputs, output), monitor == nullptr ? silent : *monitor);
}

std::map<std::string, std::string> EngineFixture::Parts(const std::string& output) const {
  std::map<std::string, std::string> parts;
  auto entries = Env::Posix().ListDir(output);
  if (!entries.ok()) return parts;
  for (const FileInfo& entry : *entries) {
    if (entry.name[0] == '_' || entry.name[0] == '.' || entry.type != FileType::kFile) continue;
    auto content = ReadWholeFile(Env::Posix(), output + "/" + entry.name);
    MRD_CHECK(content.ok());
    parts[entry.name] = *content;
  }
  return parts;
}

std::vector<std::string> EngineFixture::Leftovers() const {
  std::vector<std::string> names;
  auto entries = Env::Posix().ListDir(dir.File("local"));
  if (!entries.ok()) return names;
  for (const FileInfo& entry : *entries) names.push_back(entry.name);
  return names;
}

}  // namespace mrd::engine::testing

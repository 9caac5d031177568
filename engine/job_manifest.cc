#include "engine/job_manifest.h"

#include <algorithm>
#include <utility>

namespace mrd::engine {

Manifest MakeManifest(const JobDefinition& definition,
                      const std::string& plugin_sha256,
                      const JobResult& result,
                      std::vector<ManifestPart> parts) {
  Manifest manifest;
  manifest.job_name = result.job_name;
  manifest.plugin_sha256 = plugin_sha256;
  manifest.config = {
      {"mapreduce.job.reduces", std::to_string(result.reduces)},
      {"mr.job", definition.name},
      {"mr.splits", std::to_string(result.maps)},
  };
  // Whatever else was set and can change the bytes.
  const auto set = definition.config().Explicit();
  for (const char* key :
       {"mapreduce.input.fileinputformat.split.minsize", "mapreduce.input.fileinputformat.split.maxsize",
        "mapreduce.input.fileinputformat.input.dir.recursive", "mr.input.combine", "mr.sample.records",
        "mr.sample.splits", "textinputformat.record.delimiter",
        "mapreduce.input.keyvaluelinerecordreader.key.value.separator", "mapreduce.output.textoutputformat.separator",
        "mapreduce.output.fileoutputformat.compress"}) {
    if (const auto found = set.find(key); found != set.end()) manifest.config.emplace_back(key, found->second);
  }
  for (const auto& [name, value] : definition.option_values) manifest.config.emplace_back("option." + name, value);
  std::sort(manifest.config.begin(), manifest.config.end());
  manifest.parts = std::move(parts);
  std::sort(manifest.parts.begin(), manifest.parts.end(),
            [](const ManifestPart& a, const ManifestPart& b) { return a.name < b.name; });
  manifest.ledger = result.ledger;
  return manifest;
}

}  // namespace mrd::engine

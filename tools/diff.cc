#include <set>
#include <string>
#include <vector>

#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/file_systems.h"
#include "tools/job_output.h"
#include "tools/part_diff.h"

namespace mrd::tools {
namespace {

void Say(const std::string& line) { WriteAll(kStdout, line + "\n"); }

// Names what a manifest and the files beside it disagree on: then the output was changed after its job.
bool MatchesItsManifest(const JobOutput& output) {
  if (!output.manifest) return true;
  bool matches = true;
  for (const engine::ManifestPart& part : output.manifest->parts) {
    const auto found = output.parts.find(part.name);
    if (found == output.parts.end()) {
      Say(output.shown + "/" + part.name + " is missing, though the manifest in _SUCCESS names it");
      matches = false;
    } else if (found->second != part.bytes) {
      Say(output.shown + "/" + part.name + " has " + std::to_string(found->second) + " bytes, the manifest says " +
          std::to_string(part.bytes) + ": it was changed after the job");
      matches = false;
    }
  }
  for (const auto& [name, size] : output.parts) {
    if (output.Find(name) == nullptr) {
      Say(output.shown + "/" + name + " is no part of the job's output, the manifest does not name it");
      matches = false;
    }
  }
  return matches;
}

// Parts that only one side has; true when there are none.
bool SameNames(const JobOutput& left, const JobOutput& right) {
  bool same = true;
  for (const auto& [name, size] : left.parts) {
    if (!right.parts.contains(name)) {
      Say(right.shown + " has no " + name);
      same = false;
    }
  }
  for (const auto& [name, size] : right.parts) {
    if (!left.parts.contains(name)) {
      Say(left.shown + " has no " + name);
      same = false;
    }
  }
  return same;
}

// What was different when the two jobs were started, to explain a difference.
void SayWhatDiffered(const JobOutput& left, const JobOutput& right) {
  if (!left.manifest || !right.manifest) return;
  if (left.manifest->job_name != right.manifest->job_name) {
    Say("note: the jobs were " + left.manifest->job_name + " and " + right.manifest->job_name);
  }
  if (left.manifest->plugin_sha256 != right.manifest->plugin_sha256) Say("note: the plugins were not the same file");
  std::map<std::string, std::pair<std::string, std::string>> settings;
  for (const auto& [name, value] : left.manifest->config) settings[name].first = value;
  for (const auto& [name, value] : right.manifest->config) settings[name].second = value;
  for (const auto& [name, values] : settings) {
    if (values.first == values.second) continue;
    const auto shown = [](const std::string& value) { return value.empty() ? "unset" : Printable(value, 60); };
    Say("note: " + name + " was " + shown(values.first) + " and " + shown(values.second));
  }
}

bool IsCompressed(const std::string& name) { return name.ends_with(".gz"); }

std::string Shown(const std::optional<std::string>& line) {
  return line ? Printable(*line, kShownLineMax) : "(the file ends before it)";
}

// True when the two files hold the same bytes; otherwise says where they begin to differ.
Result<bool> SameBytes(const JobOutput& left, const JobOutput& right, const std::string& part) {
  MRD_ASSIGN_OR_RETURN(auto left_file, left.file_system->Open(fs::Path(left.directory.Child(part))));
  MRD_ASSIGN_OR_RETURN(auto right_file, right.file_system->Open(fs::Path(right.directory.Child(part))));
  MRD_ASSIGN_OR_RETURN(const auto difference, CompareFiles(*left_file, *right_file));
  if (!difference) return true;
  std::string where = part + " differs from byte " + std::to_string(difference->offset);
  if (IsCompressed(part)) {
    Say(where + " on (compressed, so the record cannot be named)");
    return false;
  }
  Say(where + ", record " + std::to_string(difference->line));
  Say("< " + Shown(difference->left));
  Say("> " + Shown(difference->right));
  return false;
}

bool SameByManifest(const engine::ManifestPart& left, const engine::ManifestPart& right) {
  return left.bytes == right.bytes && left.records == right.records && left.hash == right.hash;
}

// kExitOk or kExitFailed; a failure when a file cannot be read.
Result<int> Compare(const JobOutput& left, const JobOutput& right, bool bytes) {
  for (const JobOutput* output : {&left, &right}) {
    if (!output->complete) {
      Say(output->shown + " is incomplete: it has no _SUCCESS, so its job failed, still runs, or was told not to mark");
    }
  }
  bool same = left.complete == right.complete;
  const bool by_manifest = left.manifest && right.manifest && !bytes;
  if (!bytes && !by_manifest) {
    for (const JobOutput* output : {&left, &right}) {
      if (!output->manifest) Say(output->shown + " has no manifest, so bytes are compared");
    }
  }
  if (!MatchesItsManifest(left)) same = false;
  if (!MatchesItsManifest(right)) same = false;
  if (!SameNames(left, right)) same = false;

  std::size_t compared = 0;
  std::uint64_t total = 0;
  for (const auto& [name, size] : left.parts) {
    if (!right.parts.contains(name)) continue;
    ++compared;
    total += size;
    const engine::ManifestPart* left_part = left.Find(name);
    const engine::ManifestPart* right_part = right.Find(name);
    if (by_manifest && left_part != nullptr && right_part != nullptr) {
      if (SameByManifest(*left_part, *right_part)) continue;
      Say(name + " differs: " + std::to_string(left_part->records) + " records, " + std::to_string(left_part->bytes) +
          " bytes, and " + std::to_string(right_part->records) + " records, " + std::to_string(right_part->bytes) +
          " bytes");
    }
    // Only the first part that differs is gone through, to name the record.
    MRD_ASSIGN_OR_RETURN(const bool equal, SameBytes(left, right, name));
    if (!equal || by_manifest) {
      if (equal) Say(name + " holds the same bytes on both sides: one was changed after its job");
      same = false;
      break;
    }
  }
  if (!same) {
    SayWhatDiffered(left, right);
    return kExitFailed;
  }
  Say("same: " + std::to_string(compared) + (compared == 1 ? " part, " : " parts, ") + std::to_string(total) +
      " bytes, compared by " + (by_manifest ? "manifest" : "bytes"));
  return kExitOk;
}

int Run(const std::vector<std::string>& words) {
  bool bytes = false;
  std::vector<std::string> paths;
  for (const std::string& word : words) {
    if (word == "--bytes") {
      bytes = true;
    } else if (word.size() > 1 && word[0] == '-') {
      return UsageError(kDiffCommand, "unknown option " + word);
    } else {
      paths.push_back(word);
    }
  }
  if (paths.size() != 2) return UsageError(kDiffCommand, "needs two output directories");
  const auto trouble = [](const Status& status) {
    PrintError("diff", status.message());
    return kExitUsage;
  };
  auto configuration = LoadConfiguration({});
  if (!configuration.ok()) return trouble(configuration.status());
  fs::Registry file_systems = MakeFileSystems(*configuration->config);
  auto left = ReadJobOutput(file_systems, paths[0]);
  if (!left.ok()) return trouble(left.status());
  auto right = ReadJobOutput(file_systems, paths[1]);
  if (!right.ok()) return trouble(right.status());
  auto outcome = Compare(*left, *right, bytes);
  return outcome.ok() ? *outcome : trouble(outcome.status());
}

}  // namespace

const Command kDiffCommand = {
    "diff",
    "OUT1 OUT2 [--bytes]",
    "Compares the outputs of two jobs.",
    "By the manifests in their _SUCCESS files: names, sizes, records and hashes of the parts. With --bytes the part\n"
    "files themselves are read. Where a manifest is missing, bytes are compared and that is said. Missing and extra\n"
    "parts, an output without _SUCCESS, files changed after the job, and of the first part that differs the first\n"
    "record (a line, both versions cut) are named.\n\n"
    "Exit status: 0 the same, 1 different, 255 an output is not there or cannot be read.\n",
    Run,
};

}  // namespace mrd::tools

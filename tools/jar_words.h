#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "engine/job.h"
#include "tools/configuration.h"

namespace mrd::tools {

// Hadoop's generic options and those of `mr jar` itself.
struct JarOptions {
  ConfigurationChoices configuration;
  bool quiet = false;
  bool help = false;
  bool detach = false;  // an interrupt leaves the job alone
  std::string report;  // file, or empty
};

// The words of a command line and how far they are read.
struct WordCursor {
  const std::vector<std::string>& words;
  std::size_t at = 0;

  bool done() const { return at >= words.size(); }
  const std::string& current() const { return words[at]; }
};

// If the current word is one of these options, takes it with its value and returns true. kInvalidArgument for an option
// without value or with a bad one, kUnimplemented for what exists in Hadoop and not here.
Result<bool> TakeJarOption(WordCursor& cursor, JarOptions& options);

// "-x" and "--x", but neither "-" nor a negative number.
bool LooksLikeOption(const std::string& word);

// Names of all these options, for completion and for "did you mean".
std::vector<std::string> JarOptionNames();

// What the words after the job's name say.
struct JobWords {
  std::vector<std::string> inputs;
  std::string output;
  std::map<std::string, std::string> values;  // the job's options and arguments
};

// INPUT... OUTPUT and the declared arguments, with the job's options and ours anywhere between; after "--" nothing is
// an option. kInvalidArgument names the option or what is missing.
Result<JobWords> ParseJobWords(const engine::JobDescription& job, WordCursor& cursor, JarOptions& options);

// "INPUT... OUTPUT K [options]" of one job.
std::string JobUsage(const engine::JobDescription& job);

}  // namespace mrd::tools

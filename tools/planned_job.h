#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"

namespace mrd::tools {

// A job that somebody who is not at this machine wants planned and submitted, as the JSON of POST /api/jobs says it.
struct PlannedJobRequest {
  std::string pack;    // SHA-256 of a pack in the file system; "": the files came along
  std::string plugin;  // name of the file in the pack; "": the only one at its top
  std::string job;     // "": the only one of the plugin
  std::vector<std::string> inputs;
  std::string output;
  std::map<std::string, std::string> config;
  std::map<std::string, std::string> options;

  // kInvalidArgument names the field that is wrong, or unknown.
  static Result<PlannedJobRequest> Parse(std::string_view text);
};

// Sets a property that came with a request. kInvalidArgument for those that say with whom this process speaks or which
// local files it reads: the administrator has decided the former, the latter are the request's own files.
Status SetRequested(Config& config, const KeyRegistry& keys, const std::string& name, const std::string& value,
                    const std::string& source);

}  // namespace mrd::tools

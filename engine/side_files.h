#pragma once

#include <string>

#include "common/base/status.h"
#include "engine/attempt.h"

namespace mrd::engine {

// "path#link" of -files or -archives; without "#link" the file's own name. kInvalidArgument for a link that is no plain
// name.
struct SideFile {
  std::string source;
  std::string link;
};
Result<SideFile> ParseSideFile(const std::string& text);

// Puts the files of -files and the unpacked archives of -archives into `directory` under their link names. Local files
// are linked, others copied. kNotFound: "File X does not exist."
Status PlaceSideFiles(Env& env,
                      fs::Registry& file_systems,
                      const JobSettings& settings,
                      const std::string& directory);

}  // namespace mrd::engine

#pragma once

#include <string>

#include "common/base/status.h"
#include "engine/attempt.h"

namespace mrd::engine {

// Puts the files of -files and the unpacked archives of -archives into `directory` under their link names ("path#link",
// else the file's own name). Local files are linked, others copied. kNotFound: "File X does not exist."
Status PlaceSideFiles(Env& env,
                      fs::Registry& file_systems,
                      const JobSettings& settings,
                      const std::string& directory);

}  // namespace mrd::engine

#pragma once

#include <string>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::formats {

// Unpacks .zip, .jar, .tar, .tar.gz and .tgz below `directory`, which must exist. Files, directories, and links that
// stay inside; a name that would leave the directory is kInvalidArgument and nothing further is unpacked. Kind and
// compression are told by the content. Errors name archive and entry.
Status UnpackArchive(Env& env, const std::string& archive, const std::string& directory);

}  // namespace mrd::formats

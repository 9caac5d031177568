#pragma once

#include "common/base/status.h"

namespace mrd::net {

// Whether a Connector found no host of that name, which another attempt will not mend. A name service that does not answer
// now is not meant.
bool IsUnknownHost(const Status& status);

}  // namespace mrd::net

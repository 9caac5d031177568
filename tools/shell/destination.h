#pragma once

#include <cstddef>
#include <string>

#include "common/base/status.h"
#include "tools/shell/item.h"

namespace mrd::shell {

// The last word of copying and moving commands: what is there now and what a source becomes below it.
//
// The last of `words` on the default file system; it may have wildcards that match one path. With a single word it is the
// current directory.
Result<Item> RemoteDestination(fs::Registry& file_systems, Words& words);
// The same on the local file system, without wildcards.
Result<Item> LocalDestination(fs::Registry& file_systems, Words& words);

// Whether so many sources fit: several need a directory, one a directory, a name that is free in a directory that is
// there, or a file that may be overwritten.
Status CheckDestination(const Item& destination, std::size_t sources, bool overwrite);

// Where the source goes: into a directory under its own name, else to the destination itself. Looked up.
Result<Item> TargetFor(const Item& destination, const Item& source);

// A directory cannot go onto itself or below itself.
Status CheckNotBelowItself(const Item& source, const Item& target);

}  // namespace mrd::shell

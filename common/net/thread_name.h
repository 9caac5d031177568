#pragma once

#include <string>

namespace mrd::net {

// Names the calling thread for top, gdb and core files; the system keeps 15 characters.
void NameThisThread(const std::string& name);

}  // namespace mrd::net

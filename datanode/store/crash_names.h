#pragma once

#include <span>
#include <string_view>

namespace mrd::datanode {

// The crash points of the store (common/base/crash_points.h), for tests that visit each.
std::span<const std::string_view> StoreCrashPoints();

}  // namespace mrd::datanode

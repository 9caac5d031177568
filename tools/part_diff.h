#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/fs/file_system.h"

namespace mrd::tools {

// Where two files begin to differ.
struct FirstDifference {
  std::uint64_t offset = 0;  // first byte that differs, or the size of the shorter file
  std::uint64_t line = 1;    // the line that holds it, from 1
  // That line in both files, cut to kShownLineMax bytes; nullopt where the file ended before it.
  std::optional<std::string> left;
  std::optional<std::string> right;
};

inline constexpr std::size_t kShownLineMax = 160;

// Compares byte for byte in constant memory; nullopt when the files are equal.
Result<std::optional<FirstDifference>> CompareFiles(fs::InputFile& left, fs::InputFile& right);

}  // namespace mrd::tools

#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/status.h"
#include "tools/shell/console.h"

namespace mrd::tools {

// Standard input, output and errors of this process.
class ProcessConsole final : public shell::Console {
 public:
  bool Out(std::string_view text) override;
  void Err(std::string_view text) override;
  Result<std::size_t> In(char* out, std::size_t size) override;
  bool live() const override;
  int columns() const override;
};

}  // namespace mrd::tools

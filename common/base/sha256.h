#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd {

// SHA-256 of data that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void Update(const void* data, std::size_t size);
  // 64 lower-case hex digits. Once, at the end.
  std::string FinalHex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// SHA-256 in 64 lower-case hex digits.
std::string Sha256Hex(std::string_view data);
// The same of a file's content. Errors name the path.
Result<std::string> Sha256HexOfFile(Env& env, const std::string& path);

}  // namespace mrd

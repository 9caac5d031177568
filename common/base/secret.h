#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd {

// A key that several daemons share and nobody else knows. It vouches for messages (HMAC-SHA256) and is never sent itself.
// Each use derives a key of its own, so that what one of them gives away helps with none of the others. Copies share the
// bytes. Thread-safe.
class Secret {
 public:
  static constexpr std::size_t kMacBytes = 32;
  static constexpr std::size_t kBytesMin = 16;

  // `bytes` is taken as it is. REQUIRES: not empty.
  explicit Secret(std::string bytes);

  // What the file holds, white space at its end left out. kPermissionDenied when anybody but the file's owner may do
  // anything with it, kInvalidArgument when it holds less than kBytesMin or more than 4 KiB. Messages name the path and
  // what to do, never the content.
  static Result<Secret> ReadFile(Env& env, const std::string& path);

  // kMacBytes bytes which only a holder of the secret can make for the message.
  std::string Mac(std::string_view message) const;
  // Whether `mac` is the message's; takes equally long wherever they differ.
  bool Verify(std::string_view message, std::string_view mac) const;
  // The key for one purpose.
  Secret Derive(std::string_view purpose) const;

 private:
  std::shared_ptr<const std::string> bytes_;
};

// Bytes that nobody can guess, from the system.
std::string UnpredictableBytes(std::size_t size);

}  // namespace mrd

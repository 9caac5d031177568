#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/secret.h"
#include "common/base/status.h"

namespace mrd::daemon {

// The keys are listed with those of the file system (dfs/keys.cc), since commands read the same site files.
inline constexpr const char* kSecretFileKey = "mr.security.secret.file";
inline constexpr const char* kAllowInsecureKey = "mr.security.allow.insecure";

// An address that a daemon is about to listen at.
struct Binding {
  std::string key;   // the configuration key that names it
  std::string host;  // address or name, without a port
};

// Whether only processes of this host reach what listens there: 127.0.0.0/8, ::1, or a name that stands for nothing else.
bool IsLoopback(const std::string& host);

// The secret of mr.security.secret.file, if one is configured. kPermissionDenied when there is none, a binding is no
// loopback address, and mr.security.allow.insecure does not say that this is meant; the message names key, address and
// ways out. A secret that is configured and cannot be read is an error, wherever the daemon listens.
Result<std::optional<Secret>> ReadSecretFor(Env& env, const Config& config, const std::vector<Binding>& bindings);

}  // namespace mrd::daemon

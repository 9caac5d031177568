#include "common/daemon/exposure.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>

namespace mrd::daemon {
namespace {

bool IsLoopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return v6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

}  // namespace

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;  // also where nothing resolves it
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  // A name that stands for nothing is refused when the daemon listens, by that reason.
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0 || list == nullptr) return false;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    if (!IsLoopback(one->ai_addr)) return false;
  }
  return true;
}

Result<std::optional<Secret>> ReadSecretFor(Env& env, const Config& config, const std::vector<Binding>& bindings) {
  const std::string path = config.GetString(kSecretFileKey);
  if (!path.empty()) {
    Result<Secret> secret = Secret::ReadFile(env, path);
    if (!secret.ok()) return secret.status().WithContext(kSecretFileKey);
    return std::optional<Secret>(*std::move(secret));
  }
  MRD_ASSIGN_OR_RETURN(const bool insecure, config.GetBool(kAllowInsecureKey));
  if (insecure) return std::optional<Secret>();
  for (const Binding& binding : bindings) {
    if (IsLoopback(binding.host)) continue;
    return PermissionDenied(binding.key + " is " + binding.host +
                            ", which other hosts may reach, and no secret is configured: anybody there could join as a "
                            "datanode and take blocks. Name a file of mode 0600 with a secret that all daemons share in " +
                            kSecretFileKey + ", or listen at 127.0.0.1, or say by " + kAllowInsecureKey +
                            "=true that this is meant");
  }
  return std::optional<Secret>();
}

}  // namespace mrd::daemon

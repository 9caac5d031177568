#include "common/base/secret.h"

#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "common/base/check.h"

namespace mrd {
namespace {

constexpr std::size_t kFileBytesMax = 4096;
constexpr std::uint32_t kOthersBits = 077;

std::string Octal(std::uint32_t mode) {
  std::string text = "0000";
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('0' + (mode >> (9 - 3 * i) & 7));
  return text;
}

}  // namespace

Secret::Secret(std::string bytes) : bytes_(std::make_shared<const std::string>(std::move(bytes))) {
  MRD_CHECK(!bytes_->empty());
}

Result<Secret> Secret::ReadFile(Env& env, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const FileInfo info, env.Stat(path));
  if (info.type != FileType::kFile) return InvalidArgument(path + ": a secret is kept in a plain file");
  if ((info.mode & kOthersBits) != 0) {
    return PermissionDenied(path + " has mode " + Octal(info.mode) +
                            ": others than its owner can get at the secret; chmod 600 " + path);
  }
  if (info.size_bytes > kFileBytesMax) {
    return InvalidArgument(path + " has " + std::to_string(info.size_bytes) + " bytes; a secret has at most " +
                           std::to_string(kFileBytesMax));
  }
  MRD_ASSIGN_OR_RETURN(std::string content, ReadWholeFile(env, path));
  content.erase(content.find_last_not_of(" \t\r\n") + 1);
  if (content.size() < kBytesMin) {
    return InvalidArgument(path + " holds " + std::to_string(content.size()) + " bytes; a secret has at least " +
                           std::to_string(kBytesMin) + ", such as openssl rand -hex 32 prints");
  }
  return Secret(std::move(content));
}

std::string Secret::Mac(std::string_view message) const {
  std::string mac(kMacBytes, '\0');
  unsigned int size = 0;
  // Fails only without memory.
  const unsigned char* const made =
      ::HMAC(EVP_sha256(), bytes_->data(), static_cast<int>(bytes_->size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(),
             reinterpret_cast<unsigned char*>(mac.data()), &size);
  MRD_CHECK(made != nullptr && size == kMacBytes);
  return mac;
}

bool Secret::Verify(std::string_view message, std::string_view mac) const {
  const std::string right = Mac(message);
  return mac.size() == right.size() && ::CRYPTO_memcmp(mac.data(), right.data(), right.size()) == 0;
}

Secret Secret::Derive(std::string_view purpose) const { return Secret(Mac(purpose)); }

std::string UnpredictableBytes(std::size_t size) {
  std::string bytes(size, '\0');
  // Fails only where the system has no entropy to give: then nothing here would be secret.
  MRD_CHECK(::RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) == 1);
  return bytes;
}

}  // namespace mrd

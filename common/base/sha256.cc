#include "common/base/sha256.h"

#include <array>
#include <memory>
#include <vector>

#include <openssl/evp.h>

#include "common/base/check.h"
#include "common/base/hex.h"

namespace mrd {
struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

// SHA-256 is part of every OpenSSL; these calls fail only without memory.
Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  MRD_CHECK(impl_->context != nullptr);
  MRD_CHECK(EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;

void Sha256::Update(const void* data, std::size_t size) {
  MRD_CHECK(EVP_DigestUpdate(impl_->context.get(), data, size) == 1);
}

std::string Sha256::FinalHex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  MRD_CHECK(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), &size) == 1);
  return ToHex(digest.data(), size);
}

std::string Sha256Hex(std::string_view data) {
  Sha256 hasher;
  hasher.Update(data.data(), data.size());
  return hasher.FinalHex();
}

Result<std::string> Sha256HexOfFile(Env& env, const std::string& path) {
  constexpr std::size_t kBufferBytes = 256 * 1024;
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env.OpenForRead(path));
  std::vector<char> buffer(kBufferBytes);
  Sha256 hasher;
  std::uint64_t offset = 0;
  while (true) {
    MRD_ASSIGN_OR_RETURN(std::size_t got, file->ReadAt(offset, buffer.data(), buffer.size()));
    if (got == 0) return hasher.FinalHex();
    hasher.Update(buffer.data(), got);
    offset += got;
  }
}

}  // namespace mrd

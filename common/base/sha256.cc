#include "common/base/sha256.h"

#include <array>
#include <memory>
#include <vector>

#include <openssl/evp.h>

#include "common/base/check.h"
#include "common/base/hex.h"

namespace mrd {
namespace {

class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    // SHA-256 is part of every OpenSSL; these calls fail only without memory.
    MRD_CHECK(context_ != nullptr);
    MRD_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void Update(const void* data, std::size_t size) {
    MRD_CHECK(EVP_DigestUpdate(context_.get(), data, size) == 1);
  }
  std::string FinalHex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    MRD_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    return ToHex(digest.data(), size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string Sha256Hex(std::string_view data) {
  Hasher hasher;
  hasher.Update(data.data(), data.size());
  return hasher.FinalHex();
}

Result<std::string> Sha256HexOfFile(Env& env, const std::string& path) {
  constexpr std::size_t kBufferBytes = 256 * 1024;
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env.OpenForRead(path));
  std::vector<char> buffer(kBufferBytes);
  Hasher hasher;
  std::uint64_t offset = 0;
  while (true) {
    MRD_ASSIGN_OR_RETURN(std::size_t got, file->ReadAt(offset, buffer.data(), buffer.size()));
    if (got == 0) return hasher.FinalHex();
    hasher.Update(buffer.data(), got);
    offset += got;
  }
}

}  // namespace mrd

#include "common/base/xxh3.h"

// Inlined, so that a short key costs one call and not three.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/hex.h"

namespace mrd {

std::uint64_t Xxh3_64(const void* data, std::size_t size) { return XXH3_64bits(data, size); }

struct Xxh3Hasher128::State {
  XXH3_state_t xxh;
};

Xxh3Hasher128::Xxh3Hasher128() : state_(std::make_unique<State>()) {
  XXH3_INITSTATE(&state_->xxh);
  XXH3_128bits_reset(&state_->xxh);
}
Xxh3Hasher128::~Xxh3Hasher128() = default;
Xxh3Hasher128::Xxh3Hasher128(Xxh3Hasher128&&) noexcept = default;
Xxh3Hasher128& Xxh3Hasher128::operator=(Xxh3Hasher128&&) noexcept = default;

void Xxh3Hasher128::Update(const void* data, std::size_t size) {
  XXH3_128bits_update(&state_->xxh, data, size);
}

std::string Xxh3Hasher128::HexDigest() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh));
  return ToHex(canonical.digest, sizeof(canonical.digest));
}

}  // namespace mrd

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace mrd {

// XXH3, 64 bits, seed 0. Part of promises to users (hash partitioning): never change.
std::uint64_t Xxh3_64(const void* data, std::size_t size);

// XXH3, 128 bits, over a stream of pieces; how the pieces are cut does not matter. One thread at a time.
class Xxh3Hasher128 {
 public:
  Xxh3Hasher128();
  ~Xxh3Hasher128();
  Xxh3Hasher128(Xxh3Hasher128&&) noexcept;
  Xxh3Hasher128& operator=(Xxh3Hasher128&&) noexcept;

  void Update(const void* data, std::size_t size);
  // 32 lower-case hex digits of what was added so far, high half first, as `xxhsum -H128` prints it.
  std::string HexDigest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mrd

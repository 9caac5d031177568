#include "dfs/wire/crc_combine.h"

namespace mrd::dfs::wire {
namespace {

// Polynomials modulo the CRC's, reflected as the CRCs themselves are: bit 31 is the coefficient of x^0.
constexpr std::uint32_t kOne = 0x8000'0000;
constexpr std::uint32_t kXToThe8 = kOne >> 8;

constexpr std::uint32_t PolynomialOf(ChecksumType type) {
  switch (type) {
    case ChecksumType::kCrc32:
      return 0xEDB8'8320;
    case ChecksumType::kCrc32c:
      return 0x82F6'3B78;
    case ChecksumType::kNull:
      break;
  }
  return 0;
}

constexpr std::uint32_t Multiply(std::uint32_t a, std::uint32_t b, std::uint32_t polynomial) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = kOne; bit != 0; bit >>= 1) {
    // Without branches: the bits of a CRC are not to be predicted.
    product ^= b & (0u - static_cast<std::uint32_t>((a & bit) != 0));
    b = b >> 1 ^ (polynomial & (0u - (b & 1)));
  }
  return product;
}

constexpr std::uint32_t PowerOfX8(std::uint64_t exponent, std::uint32_t polynomial) {
  std::uint32_t power = kOne;
  for (std::uint32_t square = kXToThe8; exponent != 0; exponent >>= 1) {
    if (exponent & 1) power = Multiply(power, square, polynomial);
    square = Multiply(square, square, polynomial);
  }
  return power;
}

}  // namespace

CrcShift::CrcShift(ChecksumType type, std::uint64_t second_bytes)
    : polynomial_(PolynomialOf(type)), factor_(PowerOfX8(second_bytes, polynomial_)) {}

std::uint32_t CrcShift::Concatenate(std::uint32_t crc_first, std::uint32_t crc_second) const {
  if (polynomial_ == 0) return 0;
  return Multiply(crc_first, factor_, polynomial_) ^ crc_second;
}

std::uint32_t CrcOfConcatenation(ChecksumType type,
                                 std::uint32_t crc_first,
                                 std::uint32_t crc_second,
                                 std::uint64_t second_bytes) {
  return CrcShift(type, second_bytes).Concatenate(crc_first, crc_second);
}

}  // namespace mrd::dfs::wire

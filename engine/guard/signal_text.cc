#include "tools/signal_text.h"

#include <cstring>

#include "tools/console.h"

namespace mrd::tools {

SignalText& SignalText::operator<<(std::string_view text) {
  const std::size_t take = text.size() < room() ? text.size() : room();
  std::memcpy(tail(), text.data(), take);
  size_ += take;
  return *this;
}

SignalText& SignalText::operator<<(std::uint64_t number) {
  char digits[24];
  std::size_t at = sizeof(digits);
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return *this << std::string_view(digits + at, sizeof(digits) - at);
}

SignalText& SignalText::Hex(std::uint64_t number) {
  char digits[20];
  std::size_t at = sizeof(digits);
  do {
    digits[--at] = "0123456789abcdef"[number & 15];
    number >>= 4;
  } while (number != 0);
  digits[--at] = 'x';
  digits[--at] = '0';
  return *this << std::string_view(digits + at, sizeof(digits) - at);
}

void SignalText::Flush() {
  WriteAll(kStderr, view());
  size_ = 0;
}

}  // namespace mrd::tools

#include "engine/guard/signal_text.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "engine/local_runner.h"

namespace mrd::engine::guard {
namespace {

std::atomic<int> record{-1};

void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

}  // namespace

void RecordSignalText(int descriptor) { record.store(descriptor); }
void RecordRunningNumber() {
  std::uint64_t number = 0;
  if (!SignalTextIsRecorded() || !engine::NumberOfRunningRecord(&number)) return;
  SignalText text;
  text << "Record: " << number << "\n";
  text.FlushToRecord();
}

bool SignalTextIsRecorded() { return record.load() >= 0; }

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
  WriteAll(STDERR_FILENO, view());
  FlushToRecord();
}

void SignalText::FlushToRecord() {
  if (const int also = record.load(); also >= 0) WriteAll(also, view());
  size_ = 0;
}

}  // namespace mrd::engine::guard

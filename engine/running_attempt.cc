// Where a thread stands, readable from a signal handler: no allocation, no locks.

#include <algorithm>
#include <cstring>

#include "engine/attempt.h"

namespace mrd::engine {

namespace {

thread_local const Attempt* t_running = nullptr;

// Appends to a fixed buffer, cutting at its end.
class Scribe {
 public:
  Scribe(char* out, std::size_t capacity) : out_(out), capacity_(capacity) {}
  void Text(std::string_view text) {
    const std::size_t take = std::min(text.size(), capacity_ - size_);
    std::memcpy(out_ + size_, text.data(), take);
    size_ += take;
  }
  void Number(std::int64_t value) {
    char digits[24];
    std::size_t at = sizeof(digits);
    const bool negative = value < 0;
    std::uint64_t rest = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    do {
      digits[--at] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (negative) digits[--at] = '-';
    Text({digits + at, sizeof(digits) - at});
  }
  // Text with what is not printable shown as a dot, then the first bytes in hex.
  void Sample(std::string_view bytes) {
    constexpr std::size_t kText = 80;
    constexpr std::size_t kHex = 24;
    Text("\"");
    for (const char c : bytes.substr(0, kText)) {
      const bool printable = c >= 0x20 && c < 0x7F;
      Text({printable ? &c : ".", 1});
    }
    Text(bytes.size() > kText ? "\"..." : "\"");
    Text(" (hex");
    for (const char c : bytes.substr(0, kHex)) {
      const unsigned char byte = static_cast<unsigned char>(c);
      const char hex[3] = {' ', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
      Text({hex, 3});
    }
    Text(bytes.size() > kHex ? " ..., " : ", ");
    Number(static_cast<std::int64_t>(bytes.size()));
    Text(" bytes)");
  }
  std::size_t size() const { return size_; }

 private:
  char* const out_;
  const std::size_t capacity_;
  std::size_t size_ = 0;
};

}  // namespace

RunningAttempt::RunningAttempt(const Attempt* attempt) : outer_(t_running) { t_running = attempt; }
RunningAttempt::~RunningAttempt() { t_running = outer_; }

std::size_t Attempt::DescribePlace(char* out, std::size_t capacity) const {
  Scribe say(out, capacity);
  say.Text(info_.is_map ? "map task " : "reduce task ");
  say.Number(number_);
  say.Text(", ");
  say.Text(attempt_id_);
  if (info_.input_file.size != 0) {
    say.Text(", file ");
    say.Text(ToView(info_.input_file));
  }
  const std::size_t at = batch_.current;
  if (batch_.records != nullptr && at < batch_.count) {
    const mr_record& record = batch_.records[at];
    if (record.offset >= 0) {
      say.Text(", offset ");
      say.Number(record.offset);
    }
    say.Text(info_.is_map ? ", record " : ", key ");
    say.Sample(ToView(info_.is_map ? record.value : record.key));
  }
  return say.size();
}

bool NumberOfRunningRecord(std::uint64_t* number) {
  if (t_running == nullptr) return false;
  const std::optional<std::uint64_t> at = t_running->StandsAt();
  if (at) *number = *at;
  return at.has_value();
}

std::size_t DescribeRunningAttempt(char* out, std::size_t capacity) {
  if (t_running == nullptr) {
    Scribe say(out, capacity);
    say.Text("outside any task");
    return say.size();
  }
  return t_running->DescribePlace(out, capacity);
}

}  // namespace mrd::engine

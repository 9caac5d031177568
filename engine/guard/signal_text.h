#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mrd::engine::guard {

// Text for stderr, and for the record if there is one, that is put together in a signal handler: no allocation, no locks, no stdio. Cut at its capacity.
class SignalText {
 public:
  SignalText& operator<<(std::string_view text);
  SignalText& operator<<(std::uint64_t number);
  SignalText& Hex(std::uint64_t number);
  // Room for somebody else to write into; Advance() says how much was written.
  char* tail() { return buffer_.data() + size_; }
  std::size_t room() const { return buffer_.size() - size_; }
  void Advance(std::size_t size) { size_ += size < room() ? size : room(); }
  std::string_view view() const { return {buffer_.data(), size_}; }
  // Writes it to stderr and starts anew.
  void Flush();
  // The same, to the record alone: what is for a program and not for people.
  void FlushToRecord();

 private:
  std::array<char, 4096> buffer_;
  std::size_t size_ = 0;
};

// "Record: 17" to the record, if this thread works on a record of a task.
void RecordRunningNumber();

// Everything that is flushed from now on is also written to `descriptor`, which stays the caller's and open: for a parent
// that is to know how its child died. -1: no longer.
void RecordSignalText(int descriptor);
bool SignalTextIsRecorded();

}  // namespace mrd::engine::guard

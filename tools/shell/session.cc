#include "tools/shell/session.h"

#include "tools/shell/dates.h"
#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

constexpr std::size_t kPendingBytesMax = 64 << 10;
constexpr int kStatusFailed = 1;
constexpr int kStatusInterrupted = 130;

}  // namespace

void Session::Print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (text.size() >= kPendingBytesMax) {  // nothing to gain from collecting it
    FlushLocked();
    if (has_reader_) has_reader_ = around_.console.Out(text);
    return;
  }
  pending_ += text;
  if (pending_.size() >= kPendingBytesMax) FlushLocked();
}

void Session::PrintLine(std::string_view line) {
  const std::lock_guard lock(mutex_);
  pending_.append(line).append("\n");
  if (pending_.size() >= kPendingBytesMax) FlushLocked();
}

void Session::Flush() {
  const std::lock_guard lock(mutex_);
  FlushLocked();
}

void Session::FlushLocked() {
  if (pending_.empty()) return;
  if (has_reader_) has_reader_ = around_.console.Out(pending_);
  pending_.clear();
}

void Session::ErrLocked(std::string_view text) {
  FlushLocked();
  if (transient_.empty()) {
    around_.console.Err(text);
    return;
  }
  around_.console.Err("\r" + std::string(transient_.size(), ' ') + "\r" + std::string(text));
  transient_.clear();
}

void Session::Fail(const Status& status) {
  const std::lock_guard lock(mutex_);
  const std::string& message = status.message();
  ErrLocked(name_ + ": " + message.substr(0, message.find('\n')) + "\n");
  if (IsInterrupted(status)) {
    exit_status_ = kStatusInterrupted;
  } else if (exit_status_ == 0) {
    exit_status_ = kStatusFailed;
  }
}

void Session::Warn(std::string_view message) {
  const std::lock_guard lock(mutex_);
  ErrLocked(name_ + ": " + std::string(message) + "\n");
}

void Session::Log(std::string_view component, std::string_view message) {
  const std::lock_guard lock(mutex_);
  ErrLocked(LogTime(around_.clock.WallMillis()) + " INFO " + std::string(component) + ": " + std::string(message) + "\n");
}

void Session::ShowTransient(std::string line) {
  const std::lock_guard lock(mutex_);
  if (line.empty() && transient_.empty()) return;
  const std::size_t shorter = transient_.size() > line.size() ? transient_.size() - line.size() : 0;
  around_.console.Err("\r" + line + std::string(shorter, ' ') + (line.empty() ? "\r" : ""));
  transient_ = std::move(line);
}

void Session::SetExitStatus(int status) {
  const std::lock_guard lock(mutex_);
  exit_status_ = status;
}

int Session::exit_status() const {
  const std::lock_guard lock(mutex_);
  return exit_status_;
}

bool Session::interrupted() const { return exit_status() == kStatusInterrupted; }

bool Session::has_reader() const {
  const std::lock_guard lock(mutex_);
  return has_reader_;
}

}  // namespace mrd::shell

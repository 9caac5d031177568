#include "tools/shell/copy_progress.h"

#include <algorithm>

#include "tools/shell/text_columns.h"

namespace mrd::shell {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kPatienceNs = kSecondNs;
constexpr std::int64_t kRedrawNs = kSecondNs / 5;
constexpr std::uint64_t kBarColumns = 24;

}  // namespace

CopyProgress::CopyProgress(Session& session)
    : session_(session),
      live_(session.console().live()),
      started_ns_(session.clock().MonotonicNanos()),
      drawn_ns_(started_ns_ + kPatienceNs - kRedrawNs) {}

void CopyProgress::Expect(std::uint64_t bytes) {
  if (!live_) return;
  const std::lock_guard lock(mutex_);
  expected_bytes_ += bytes;
  ++expected_files_;
}

void CopyProgress::Advance(std::uint64_t bytes) {
  if (!live_) return;
  const std::lock_guard lock(mutex_);
  done_bytes_ += bytes;
  const std::int64_t now = session_.clock().MonotonicNanos();
  if (now - drawn_ns_ < kRedrawNs) return;
  drawn_ns_ = now;
  DrawLocked();
}

void CopyProgress::FileDone() {
  if (!live_) return;
  const std::lock_guard lock(mutex_);
  ++done_files_;
}

void CopyProgress::Finish() {
  if (live_) session_.ShowTransient("");
}

void CopyProgress::DrawLocked() {
  const std::uint64_t whole = std::max(expected_bytes_, done_bytes_);
  const std::uint64_t share = whole == 0 ? 0 : done_bytes_ * 100 / whole;
  const std::uint64_t filled = share * kBarColumns / 100;
  const std::int64_t elapsed_ms = std::max<std::int64_t>((drawn_ns_ - started_ns_) / 1'000'000, 1);
  const std::uint64_t rate = done_bytes_ * 1000 / static_cast<std::uint64_t>(elapsed_ms);
  std::string line = session_.name() + " ";
  if (expected_bytes_ > 0) {
    line += "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '.') + "] " + std::to_string(share) + "% ";
  }
  line += BinarySize(done_bytes_);
  if (expected_bytes_ > 0) line += " of " + BinarySize(whole);
  if (expected_files_ > 1) line += ", " + std::to_string(done_files_) + " of " + std::to_string(expected_files_) + " files";
  line += ", " + BinarySize(rate) + "/s";
  const int columns = session_.console().columns();
  if (columns > 1 && line.size() >= static_cast<std::size_t>(columns)) line.resize(static_cast<std::size_t>(columns) - 1);
  session_.ShowTransient(std::move(line));
}

}  // namespace mrd::shell

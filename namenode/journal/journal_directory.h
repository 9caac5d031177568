#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/status.h"
#include "namenode/journal/segment_codec.h"

namespace mrd::namenode {

// One directory of the journal while it is written: its active segment file.
//
// Segments are filled with zeros ahead of the records, so that a flush changes no metadata of the file system and costs
// one write of the disk. A segment appears under its name whole: made under a temporary name, flushed, renamed.
//
// Durability: what Write() wrote is durable when Sync() after it returned OK. After a failure of either the same bytes
// may be written again at the same place, as often as needed; Advance() is what moves on.
// Threads: one at a time; RemoveSegment() and path() from any.
class JournalDirectory {
 public:
  // References must outlive it.
  JournalDirectory(Env& env,
                   std::string path,
                   std::uint64_t preallocate_bytes,
                   CrashPoints& crash_points = CrashPoints::None())
      : env_(&env), path_(std::move(path)), preallocate_bytes_(preallocate_bytes), crash_points_(&crash_points) {}

  const std::string& path() const { return path_; }

  // Begins a segment and closes the one before, which keeps its records. Replaces a segment of the same name, which the
  // caller knows to be empty. After a failure the segment before goes on.
  Status StartSegment(const SegmentHeader& header);
  bool has_segment() const { return file_ != nullptr; }
  std::uint64_t segment_bytes() const { return end_; }  // of header and records

  // Writes at the end of the records. REQUIRES: has_segment().
  Status Write(std::string_view records);
  Status Sync();
  // The last Write() was of `size` bytes and is durable: the next one goes behind it.
  void Advance(std::uint64_t size) { end_ += size; }

  // Lets the segment go, as it is.
  void Abandon() { file_.reset(); }
  // Cuts the zeros off and closes. The records do not depend on it.
  Status Finish();

  Status RemoveSegment(TxId first);  // fine if absent

 private:
  // Room, filled with zeros, for [allocated_, upto).
  Status Extend(mrd::File& file, std::uint64_t from, std::uint64_t upto);

  Env* const env_;
  const std::string path_;
  const std::uint64_t preallocate_bytes_;
  CrashPoints* const crash_points_;

  std::unique_ptr<mrd::File> file_;
  std::uint64_t end_ = 0;
  std::uint64_t allocated_ = 0;
};

}  // namespace mrd::namenode

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "namenode/journal/segment_codec.h"

namespace mrd::namenode {

using ReplayEdit = std::function<Status(Edit edit)>;

// What is left of a journal when nobody writes it.
//
// A file system's journal is a chain of segments: each begins with the txid after the last of the one before. Every
// directory has its own copy of each segment, but a directory may have been out of use for a while, and a crash leaves
// the copies of the last segment different. Recovery finds the chain from its end, takes of each segment the copy that
// reaches furthest in the latest run, and makes the other directories equal to it. What a later segment begins with
// decides how long the earlier one is: records beyond were never acknowledged.
struct RecoveredJournal {
  struct Segment {
    TxId first;
    TxId last;  // first - 1: none
  };
  std::vector<Segment> chain;       // ascending, without gap; the part that was asked for
  std::vector<TxId> older;          // first txids of segments before the chain, ascending
  TxId last;                        // of the whole journal; 0 when it holds none
  std::uint64_t epoch = 0;          // the highest that was seen
  std::vector<Status> directories;  // in the order given; an error: it could not be read or mended, do not use it
  std::vector<std::string> notes;   // what was cut or mended, for the log
};

struct RecoveryRequest {
  std::vector<std::string> directories;
  std::uint32_t namespace_id = 0;
  TxId after;        // the chain has to reach back to the edit after this one
  bool mend = true;  // false: only look, nothing is written
  CrashPoints* crash_points = &CrashPoints::None();
};

// Errors refuse the journal as a whole and say which file, where, why and what to do: kCorruption for damage and gaps,
// kFailedPrecondition for a foreign journal and for two histories, else the error of the disk when no directory works.
Result<RecoveredJournal> RecoverJournal(Env& env, const RecoveryRequest& request);

// Calls `replay` for the edits from `from` to `upto` in order, from one directory's segment file. Stops at the first
// error. kCorruption when the file does not reach `upto` or an edit does not decode.
Status ReplaySegment(Env& env, const std::string& path, TxId from, TxId upto, const ReplayEdit& replay);

}  // namespace mrd::namenode

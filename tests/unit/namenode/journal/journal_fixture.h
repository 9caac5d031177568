#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "namenode/journal/edit_journal.h"

namespace mrd::namenode {

// A log that is kept in memory, to be asked for.
struct KeptLog {
  KeptLog() : log(LogLevel::kInfo, [this](std::string_view line) { lines += line; }), logger(log, "journal") {}
  std::string lines;  // written under the log's own lock; read it when the journal is closed
  Log log;
  Logger logger;
};

// The i-th edit of a test: everything in it follows from i.
inline Edit NthEdit(std::uint64_t i) {
  Edit edit;
  edit.operation = i % 3 == 0 ? "delete" : "mkdirs";
  edit.time_ms = static_cast<std::int64_t>(1'700'000'000'000 + i);
  if (i % 2 == 0) {
    edit.client_id = std::string(16, static_cast<char>(i));
    edit.call_id = static_cast<std::int32_t>(i) - 5;
    edit.reply = std::string(i % 7, 'r');
  }
  edit.mutations.push_back({"key" + std::to_string(i % 50), "value" + std::to_string(i)});
  if (i % 3 == 0) edit.mutations.push_back({"key" + std::to_string((i + 20) % 50), std::nullopt});
  if (i % 10 == 0) edit.mutations.push_back({std::string("\0big", 4), std::string(i % 3000, static_cast<char>(i))});
  return edit;
}

inline bool SameEdit(const Edit& a, const Edit& b) {
  return a.operation == b.operation && a.time_ms == b.time_ms && a.client_id == b.client_id && a.call_id == b.call_id &&
         a.reply == b.reply && a.mutations == b.mutations;
}

inline JournalOptions SmallJournal(std::vector<std::string> directories) {
  JournalOptions options;
  options.directories = std::move(directories);
  options.namespace_id = 7;
  options.segment_bytes = 8 << 10;
  options.preallocate_bytes = 4 << 10;
  options.full_retry = std::chrono::milliseconds(1);
  options.full_wait_max = std::chrono::milliseconds(30);
  return options;
}

// All edits of the journal from `from` on; each must be the one that NthEdit() makes of its txid.
inline std::uint64_t CountEdits(const EditJournal& journal, TxId from = {1}) {
  std::uint64_t next = from.value;
  bool same = true;
  const Status replayed = journal.Replay(from, [&](Edit edit) {
    same = same && edit.id.value == next && SameEdit(edit, NthEdit(next));
    ++next;
    return Status::Ok();
  });
  INFO(replayed.ToString());
  CHECK(replayed.ok());
  CHECK(same);
  return next - from.value;
}

}  // namespace mrd::namenode

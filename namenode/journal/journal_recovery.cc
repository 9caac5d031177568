#include "namenode/journal/journal_recovery.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "namenode/journal/edit_codec.h"

namespace mrd::namenode {
namespace {

std::string Number(TxId id) { return std::to_string(id.value); }

Result<std::string> ReadSegment(Env& env, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const FileInfo info, env.Stat(path));
  if (info.size_bytes > kSegmentBytesMax) {
    return Corruption("journal segment " + path + " has " + std::to_string(info.size_bytes) +
                      " bytes, more than any that was written");
  }
  return ReadWholeFile(env, path);
}

// One directory's copy of a segment.
struct Copy {
  std::size_t directory = 0;
  std::string path;
  std::string bytes;
  Status problem;  // not OK: of no use, and why
  SegmentHeader header;
  TxId last;
  std::uint64_t end = 0;
  RecordCursor::Step tail = RecordCursor::Step::kEnd;
  TxId proved;

  bool whole() const { return problem.ok() && tail != RecordCursor::Step::kDamaged; }
};

class Recovery {
 public:
  Recovery(Env& env, const RecoveryRequest& request) : env_(env), request_(request) {}

  Result<RecoveredJournal> Run() {
    MRD_RETURN_IF_ERROR(ListAll());
    std::optional<TxId> next;  // first txid of the segment after
    for (auto it = found_.rbegin(); it != found_.rend(); ++it) {
      if (next && *next <= Wanted()) {
        out_.older.push_back(it->first);
        continue;
      }
      MRD_ASSIGN_OR_RETURN(const RecoveredJournal::Segment segment, RecoverSegment(it->first, it->second, next));
      if (!next) out_.last = segment.last;
      next = it->first;
      out_.chain.push_back(segment);
    }
    std::reverse(out_.chain.begin(), out_.chain.end());
    std::reverse(out_.older.begin(), out_.older.end());
    if (next && *next > Wanted()) return Gap(request_.after, *next);
    MRD_RETURN_IF_ERROR(AnyDirectory());
    return std::move(out_);
  }

 private:
  TxId Wanted() const { return {request_.after.value + 1}; }

  Status Gap(TxId before, TxId next) const {
    return Corruption("the edit journal in " + Directories() + " has no edits " + Number({before.value + 1}) + " to " +
                      Number({next.value - 1}) +
                      "; bring back the journal directory that has them, or restore a checkpoint that holds them");
  }

  std::string Directories() const {
    std::string names;
    for (const std::string& directory : request_.directories) names += (names.empty() ? "" : ", ") + directory;
    return names;
  }

  Status ListAll() {
    for (std::size_t i = 0; i < request_.directories.size(); ++i) {
      Result<std::vector<FileInfo>> files = env_.ListDir(request_.directories[i]);
      out_.directories.push_back(files.status());
      if (!files.ok()) continue;
      for (const FileInfo& file : *files) {
        if (const std::optional<TxId> first = ParseSegmentName(file.name)) {
          found_[*first].push_back(i);
        } else if (request_.mend && file.name.starts_with(kSegmentPrefix) && file.name.ends_with(kTemporarySuffix)) {
          // It never became a segment; failing to remove it costs room only.
          (void)env_.RemoveFile(request_.directories[i] + "/" + file.name);
        }
      }
    }
    return AnyDirectory();
  }

  Status AnyDirectory() const {
    for (const Status& status : out_.directories) {
      if (status.ok()) return Status::Ok();
    }
    if (out_.directories.empty()) return InvalidArgument("no journal directory is configured");
    return Status(out_.directories.front()).WithContext("no journal directory can be used");
  }

  Copy ReadCopy(std::size_t directory, TxId first) {
    Copy copy;
    copy.directory = directory;
    copy.path = request_.directories[directory] + "/" + SegmentName(first);
    Result<std::string> bytes = ReadSegment(env_, copy.path);
    if (!bytes.ok()) {
      copy.problem = bytes.status();
      return copy;
    }
    copy.bytes = *std::move(bytes);
    Result<SegmentHeader> header = DecodeSegmentHeader(copy.bytes);
    if (!header.ok()) {
      copy.problem = header.status().WithContext("journal segment " + copy.path);
      return copy;
    }
    copy.header = *header;
    if (copy.header.first != first) {
      copy.problem = Corruption("journal segment " + copy.path + ": its header says that it begins with edit " +
                                Number(copy.header.first));
      return copy;
    }
    RecordCursor cursor(copy.bytes, first);
    while ((copy.tail = cursor.Next()) == RecordCursor::Step::kRecord) {
    }
    copy.last = cursor.last();
    copy.end = cursor.offset();
    copy.proved = cursor.proved();
    return copy;
  }

  // A journal of another file system, or two histories of this one, must stop us: mixing them loses both.
  Status CheckHistory(const Copy& copy) {
    if (copy.header.namespace_id != request_.namespace_id) {
      return FailedPrecondition("journal segment " + copy.path + " belongs to namespace " +
                                std::to_string(copy.header.namespace_id) + ", not to " +
                                std::to_string(request_.namespace_id) +
                                "; take it away, or configure the directories of one file system only");
    }
    const auto [it, added] = writers_.emplace(copy.header.epoch, std::pair(copy.header.writer, copy.path));
    if (!added && it->second.first != copy.header.writer) {
      return FailedPrecondition(it->second.second + " and " + copy.path +
                                " were written by two namenodes that did not know of each other; decide which journal "
                                "directory is right and take the other one away");
    }
    out_.epoch = std::max(out_.epoch, copy.header.epoch);
    return Status::Ok();
  }

  // What to say of a segment none of whose copies will do.
  Status Unusable(const std::vector<Copy>& copies) const {
    for (const Copy& copy : copies) {
      if (copy.problem.ok() && copy.tail == RecordCursor::Step::kDamaged) {
        return Corruption("journal segment " + copy.path + " is damaged at offset " + std::to_string(copy.end) +
                          ": edit " + Number({copy.last.value + 1}) + " is not whole, though edits up to " +
                          Number(copy.proved) +
                          " had been written; put a good copy of the file from another journal directory in its "
                          "place, or restore a checkpoint of edit " +
                          Number(copy.proved) + " or later");
      }
    }
    const auto problem =
        std::find_if(copies.begin(), copies.end(), [](const Copy& copy) { return !copy.problem.ok(); });
    return Status(problem->problem)
        .WithContext("the edit journal cannot be read; put a good copy of the segment in its place");
  }

  Result<RecoveredJournal::Segment> RecoverSegment(TxId first,
                                                   const std::vector<std::size_t>& directories,
                                                   std::optional<TxId> next) {
    std::vector<Copy> copies;
    for (const std::size_t directory : directories) {
      copies.push_back(ReadCopy(directory, first));
      if (copies.back().problem.ok()) MRD_RETURN_IF_ERROR(CheckHistory(copies.back()));
    }
    const Copy* best = nullptr;
    TxId proved;  // what some copy shows to have been durable
    for (const Copy& copy : copies) {
      if (!copy.problem.ok()) continue;
      if (copy.tail == RecordCursor::Step::kDamaged) proved = std::max(proved, copy.proved);
      if (best == nullptr || copy.header.epoch > best->header.epoch ||
          (copy.header.epoch == best->header.epoch && copy.last > best->last)) {
        best = &copy;
      }
    }
    if (next) proved.value = next->value - 1;
    if (best == nullptr || best->last < proved) {
      const bool damaged = std::any_of(copies.begin(), copies.end(), [](const Copy& copy) { return !copy.whole(); });
      if (damaged) return Unusable(copies);
      return Gap(best->last, *next);
    }
    RecoveredJournal::Segment segment{first, next ? proved : best->last};
    MRD_RETURN_IF_ERROR(CheckEqual(copies, *best, segment.last));
    if (request_.mend) Mend(copies, *best, segment);
    return segment;
  }

  // Where the records up to `last` end in the copy.
  static std::uint64_t EndOf(const Copy& copy, TxId last) {
    if (copy.last <= last) return copy.end;
    RecordCursor cursor(copy.bytes, copy.header.first);
    while (cursor.last() < last && cursor.Next() == RecordCursor::Step::kRecord) {
    }
    return cursor.offset();
  }

  // The same run wrote the same bytes everywhere.
  static Status CheckEqual(const std::vector<Copy>& copies, const Copy& best, TxId last) {
    for (const Copy& copy : copies) {
      if (!copy.problem.ok() || !(copy.header == best.header)) continue;
      const std::uint64_t common = std::min(EndOf(copy, last), EndOf(best, last));
      if (std::string_view(copy.bytes).substr(0, common) != std::string_view(best.bytes).substr(0, common)) {
        return Corruption("journal segments " + best.path + " and " + copy.path +
                          " hold different edits; decide which is right and take the other one away");
      }
    }
    return Status::Ok();
  }

  // Gives every directory that works the segment as it was decided.
  void Mend(const std::vector<Copy>& copies, const Copy& best, const RecoveredJournal::Segment& segment) {
    const std::uint64_t end = EndOf(best, segment.last);
    for (std::size_t i = 0; i < request_.directories.size(); ++i) {
      Status& directory = out_.directories[i];
      if (!directory.ok()) continue;
      const auto copy = std::find_if(copies.begin(), copies.end(), [&](const Copy& c) { return c.directory == i; });
      const std::string path = request_.directories[i] + "/" + SegmentName(segment.first);
      if (copy != copies.end() && copy->whole() && copy->header == best.header && EndOf(*copy, segment.last) == end) {
        const bool more = std::string_view(copy->bytes).find_first_not_of('\0', end) != std::string_view::npos;
        if (!more) continue;
        out_.notes.push_back("cut an unfinished flush off the end of " + path + " at offset " + std::to_string(end) +
                             ", after edit " + Number(segment.last));
        directory = Cut(path, end);
      } else {
        out_.notes.push_back("copied journal segment " + best.path + " up to edit " + Number(segment.last) + " to " +
                             path);
        directory = Replace(i, path, std::string_view(best.bytes).substr(0, end));
      }
    }
  }

  Status Cut(const std::string& path, std::uint64_t end) {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<mrd::File> file, env_.OpenForUpdate(path));
    request_.crash_points->Pass("recovery.before_cut");
    MRD_RETURN_IF_ERROR(file->Truncate(end));
    request_.crash_points->Pass("recovery.after_cut");
    MRD_RETURN_IF_ERROR(file->Sync());
    return file->Close();
  }

  Status Replace(std::size_t directory, const std::string& path, std::string_view bytes) {
    const std::string temporary = path + std::string(kTemporarySuffix);
    {
      MRD_ASSIGN_OR_RETURN(const std::unique_ptr<mrd::File> file, env_.CreateOrTruncate(temporary));
      MRD_RETURN_IF_ERROR(file->Append(bytes.data(), bytes.size()));
      MRD_RETURN_IF_ERROR(file->Sync());
      MRD_RETURN_IF_ERROR(file->Close());
    }
    request_.crash_points->Pass("recovery.before_rename");
    MRD_RETURN_IF_ERROR(env_.Rename(temporary, path));
    return env_.SyncDir(request_.directories[directory]);
  }

  Env& env_;
  const RecoveryRequest& request_;
  RecoveredJournal out_;
  std::map<TxId, std::vector<std::size_t>> found_;                          // directories that have the segment
  std::map<std::uint64_t, std::pair<std::uint64_t, std::string>> writers_;  // by epoch
};

}  // namespace

Result<RecoveredJournal> RecoverJournal(Env& env, const RecoveryRequest& request) {
  return Recovery(env, request).Run();
}

Status ReplaySegment(Env& env, const std::string& path, TxId from, TxId upto, const ReplayEdit& replay) {
  MRD_ASSIGN_OR_RETURN(const std::string bytes, ReadSegment(env, path));
  const std::string what = "journal segment " + path;
  Result<SegmentHeader> header = DecodeSegmentHeader(bytes);
  if (!header.ok()) return header.status().WithContext(what);
  RecordCursor cursor(bytes, header->first);
  while (cursor.last() < upto) {
    if (cursor.Next() != RecordCursor::Step::kRecord) {
      return Corruption(what + " ends at offset " + std::to_string(cursor.offset()) + " with edit " +
                        Number(cursor.last()) + ", but edits up to " + Number(upto) + " had been written");
    }
    if (cursor.id() < from) continue;
    Result<Edit> edit = DecodeEdit(cursor.id(), cursor.payload());
    if (!edit.ok()) return edit.status().WithContext(what);
    MRD_RETURN_IF_ERROR(replay(*std::move(edit)));
  }
  return Status::Ok();
}

}  // namespace mrd::namenode

#include "namenode/journal/journal_dump.h"

#include <algorithm>

#include "common/base/hex.h"
#include "namenode/journal/checkpoint.h"
#include "namenode/journal/edit_codec.h"
#include "namenode/journal/segment_codec.h"
#include "namenode/journal/storage_directory.h"

namespace mrd::namenode {
namespace {

bool Printable(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string JsonString(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string Hex(std::string_view bytes) { return "\"" + ToHex(bytes.data(), bytes.size()) + "\""; }

std::string JsonBytes(std::string_view bytes) {
  return Printable(bytes) ? JsonString(bytes) : "{\"hex\":" + Hex(bytes) + "}";
}

std::string JsonRow(std::string_view key, const std::string_view* value, const DescribeRow& describe) {
  std::string out = "{\"key\":" + JsonBytes(key) + ",\"value\":" + (value == nullptr ? "null" : JsonBytes(*value));
  if (describe) {
    if (const std::optional<std::string> is = describe(key, value)) out += ",\"is\":" + *is;
  }
  return out + "}";
}

std::string JsonEdit(const Edit& edit, const DescribeRow& describe) {
  std::string out = "{\"txid\":" + std::to_string(edit.id.value) + ",\"op\":" + JsonBytes(edit.operation) +
                    ",\"time_ms\":" + std::to_string(edit.time_ms);
  if (!edit.client_id.empty()) {
    out += ",\"client\":" + Hex(edit.client_id) + ",\"call\":" + std::to_string(edit.call_id) +
           ",\"reply\":" + Hex(edit.reply);
  }
  out += ",\"changes\":[";
  for (std::size_t i = 0; i < edit.mutations.size(); ++i) {
    const Mutation& mutation = edit.mutations[i];
    const std::string_view value = mutation.value ? std::string_view(*mutation.value) : std::string_view();
    out += (i == 0 ? "" : ",") + JsonRow(mutation.key, mutation.value ? &value : nullptr, describe);
  }
  return out + "]}";
}

// The place that holds the files: `directory` or its "current".
Result<std::string> Locate(Env& env, const std::string& directory) {
  MRD_ASSIGN_OR_RETURN(const bool storage, Exists(env, CurrentPath(directory)));
  return storage ? CurrentPath(directory) : directory;
}

Status DumpSegment(Env& env, const std::string& path, const DescribeRow& describe, const DumpLine& line) {
  MRD_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(env, path));
  Result<SegmentHeader> header = DecodeSegmentHeader(bytes);
  if (!header.ok()) return header.status().WithContext(path);
  MRD_RETURN_IF_ERROR(
      line("{\"segment\":" + JsonBytes(path) + ",\"namespace\":" + std::to_string(header->namespace_id) +
           ",\"first\":" + std::to_string(header->first.value) + ",\"epoch\":" + std::to_string(header->epoch) +
           ",\"created_ms\":" + std::to_string(header->created_ms) + "}"));
  RecordCursor cursor(bytes, header->first);
  RecordCursor::Step step = RecordCursor::Step::kEnd;
  while ((step = cursor.Next()) == RecordCursor::Step::kRecord) {
    Result<Edit> edit = DecodeEdit(cursor.id(), cursor.payload());
    if (!edit.ok()) return edit.status().WithContext(path);
    MRD_RETURN_IF_ERROR(line(JsonEdit(*edit, describe)));
  }
  if (step == RecordCursor::Step::kTorn) {
    return line("{\"torn\":" + JsonBytes(path) + ",\"offset\":" + std::to_string(cursor.offset()) +
                ",\"last\":" + std::to_string(cursor.last().value) + "}");
  }
  if (step == RecordCursor::Step::kDamaged) {
    return Corruption(path + " is damaged at offset " + std::to_string(cursor.offset()) + ", after edit " +
                      std::to_string(cursor.last().value) + "; edits up to " + std::to_string(cursor.proved().value) +
                      " had been written");
  }
  return Status::Ok();
}

}  // namespace

Status DumpJournal(Env& env, const std::string& directory, const DescribeRow& describe, const DumpLine& line) {
  MRD_ASSIGN_OR_RETURN(const FileInfo given, env.Stat(directory));
  if (given.type == FileType::kFile) return DumpSegment(env, directory, describe, line);
  MRD_ASSIGN_OR_RETURN(const std::string place, Locate(env, directory));
  MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> files, env.ListDir(place));
  bool any = false;
  for (const FileInfo& file : files) {  // sorted by name, hence by txid
    if (!ParseSegmentName(file.name)) continue;
    any = true;
    MRD_RETURN_IF_ERROR(DumpSegment(env, place + "/" + file.name, describe, line));
  }
  if (any || place != directory) return Status::Ok();
  return NotFound(directory + " holds no edit journal: there is neither " + CurrentPath(directory) + " nor a file " +
                  std::string(kSegmentPrefix) + "*");
}

Status DumpCheckpoint(Env& env, const std::string& directory, const DescribeRow& describe, const DumpLine& line) {
  MRD_ASSIGN_OR_RETURN(const dfs::NamespaceInfo info, ReadVersion(env, directory));
  const std::string path = CurrentPath(directory) + "/checkpoint";
  MRD_ASSIGN_OR_RETURN(const bool there, Exists(env, path));
  if (!there) return NotFound(directory + " holds no checkpoint: there is no " + path);
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<Checkpoint> checkpoint, Checkpoint::Open(env, path, info.namespace_id));
  MRD_RETURN_IF_ERROR(line("{\"checkpoint\":" + JsonBytes(path) +
                           ",\"applied\":" + std::to_string(checkpoint->applied().value) +
                           ",\"synced\":" + std::to_string(checkpoint->synced().value) + "}"));
  return checkpoint->Scan(
      [&](std::string_view key, std::string_view value) { return line(JsonRow(key, &value, describe)); });
}

}  // namespace mrd::namenode

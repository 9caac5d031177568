#include "engine/skipped_log.h"

#include <utility>

#include <boost/json.hpp>

#include "common/base/hex.h"
#include "common/base/utf8.h"
#include "engine/attempt.h"
#include "engine/failure_source.h"
#include "engine/output_writer.h"
#include "engine/record.h"

namespace mrd::engine {

namespace {

namespace json = boost::json;

constexpr std::string_view kNowhere = "none";
constexpr std::string_view kPlace = "_logs/skip/";  // within a job's output; hidden from jobs that read it

// As text where it is text; its exact bytes otherwise.
void AddBytes(json::object& line, std::string_view name, std::string_view bytes) {
  std::string text = Utf8(bytes);
  if (text == bytes) {
    line[name] = std::move(text);
  } else {
    line[std::string(name) + "Hex"] = ToHex(bytes.data(), bytes.size());
  }
}

// Lines have their offset as key, which has been said.
bool IsOffset(std::string_view key, std::int64_t offset) {
  char encoded[8];
  EncodeInt64(offset, encoded);
  return key == std::string_view(encoded, sizeof(encoded));
}

}  // namespace

SkippedLog::SkippedLog(Attempt& attempt) : attempt_(attempt) {}

SkippedLog::~SkippedLog() {
  if (stream_ == nullptr || system_ == nullptr) return;
  stream_.reset();
  static_cast<void>(system_->Delete(path_, /*recursive=*/false).ok());
}

Result<bool> SkippedLog::Open() {
  if (stream_ != nullptr) return true;
  const std::string& wanted = attempt_.job_context().settings.skip_outdir;
  if (wanted == kNowhere || (wanted.empty() && !attempt_.has_output())) return false;
  if (wanted.empty()) {
    MRD_ASSIGN_OR_RETURN(stream_, attempt_.CreateOutput(std::string(kPlace) + attempt_.task_id()));
    return true;
  }
  fs::Registry& file_systems = attempt_.job_context().file_systems;
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(wanted));
  MRD_ASSIGN_OR_RETURN(const fs::Path directory, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(system_, file_systems.For(directory));
  path_ = directory.Child(attempt_.attempt_id());
  MRD_ASSIGN_OR_RETURN(stream_, OutputStream::Create(*system_, directory, attempt_.attempt_id(), /*compress=*/false));
  return true;
}

Status SkippedLog::Append(std::string line) {
  line += '\n';
  return stream_->Append(line.data(), line.size());
}

Status SkippedLog::AddRecords(std::uint64_t first, std::string_view file, const mr_record* records, std::size_t count) {
  Result<bool> open = Open();
  if (!open.ok()) return From(kFromOutput, open.status().WithContext("keep a skipped record"));
  if (!*open) return Status::Ok();
  for (std::size_t i = 0; i < count; ++i) {
    json::object line;
    line["record"] = first + i;
    line["file"] = Utf8(file);
    if (records[i].offset >= 0) line["offset"] = records[i].offset;
    const std::string_view key = ToView(records[i].key);
    if (!key.empty() && !IsOffset(key, records[i].offset)) AddBytes(line, "key", key);
    AddBytes(line, "value", ToView(records[i].value));
    MRD_RETURN_IF_ERROR(From(kFromOutput, Append(json::serialize(line))));
  }
  return Status::Ok();
}

Status SkippedLog::AddPair(std::uint64_t group, std::string_view key, std::string_view value) {
  Result<bool> open = Open();
  if (!open.ok()) return From(kFromOutput, open.status().WithContext("keep a skipped group"));
  if (!*open) return Status::Ok();
  json::object line;
  line["group"] = group;
  AddBytes(line, "key", key);
  AddBytes(line, "value", value);
  return From(kFromOutput, Append(json::serialize(line)));
}

Status SkippedLog::Close() {
  if (stream_ == nullptr) return Status::Ok();
  const std::unique_ptr<OutputStream> stream = std::move(stream_);
  return From(kFromOutput, stream->Close());
}

}  // namespace mrd::engine

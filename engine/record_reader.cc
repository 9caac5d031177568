#include "engine/record_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "engine/line_reader.h"
#include "engine/record.h"
#include "formats/codec.h"

namespace mrd::engine {

namespace {

constexpr std::size_t kBatchRecords = 256;

// Lines as records; derived classes say what is key and what value.
class LineRecords : public RecordReader {
 public:
  LineRecords(LineReader reader, std::string file) : reader_(std::move(reader)), file_(std::move(file)) {
    records_.resize(kBatchRecords);
  }
  Status Next(RecordBatch* batch) override {
    if (Status read = reader_.Next(kBatchRecords, &lines_); !read.ok()) {
      // What unpacks a file names it already.
      return read.message().starts_with(file_) ? std::move(read) : std::move(read).WithContext(file_);
    }
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      records_[i].offset = static_cast<int64_t>(lines_[i].offset);
      Fill(lines_[i], i, &records_[i]);
    }
    *batch = {records_.data(), lines_.size(), lines_.size()};
    return Status::Ok();
  }
  std::uint64_t consumed() const override { return reader_.consumed(); }
  std::uint64_t position() const override { return reader_.position(); }

 protected:
  virtual void Fill(const Line& line, std::size_t index, mr_record* record) = 0;

 private:
  LineReader reader_;
  const std::string file_;
  std::vector<Line> lines_;
  std::vector<mr_record> records_;
};

class TextRecords : public LineRecords {
 public:
  using LineRecords::LineRecords;

 protected:
  void Fill(const Line& line, std::size_t index, mr_record* record) override {
    char* key = keys_[index].data();
    EncodeInt64(static_cast<std::int64_t>(line.offset), key);
    record->key = {key, 8};
    record->value = {line.text, line.size};
  }

 private:
  std::array<std::array<char, 8>, kBatchRecords> keys_;
};

class KeyValueRecords : public LineRecords {
 public:
  KeyValueRecords(LineReader reader, std::string file, std::string separator)
      : LineRecords(std::move(reader), std::move(file)), separator_(std::move(separator)) {}

 protected:
  void Fill(const Line& line, std::size_t, mr_record* record) override {
    const std::string_view text(line.text, line.size);
    const std::size_t at = separator_.empty() ? std::string_view::npos : text.find(separator_);
    if (at == std::string_view::npos) {
      record->key = {line.text, line.size};
      record->value = {line.text + line.size, 0};
      return;
    }
    record->key = {line.text, at};
    record->value = {line.text + at + separator_.size(), line.size - at - separator_.size()};
  }

 private:
  const std::string separator_;
};

// Asks the plugin's reader: for some records at a time, or for each where it knows no better.
class PluginRecords : public RecordReader {
 public:
  PluginRecords(const mr_input_format& format, void* reader, Attempt& attempt, std::uint64_t bytes)
      : format_(format), reader_(reader), attempt_(attempt), bytes_(bytes) {}
  ~PluginRecords() override { format_.close(reader_); }

  Status Next(RecordBatch* batch) override {
    *batch = {};
    const int32_t outcome = format_.next_batch != nullptr ? NextBatch(batch) : NextRecord(batch);
    if (outcome == MR_END) return Status::Ok();
    if (outcome != MR_OK) {
      return attempt_.failed() ? attempt_.failure() : Internal("the plugin's input format failed without saying why");
    }
    if (batch->records == nullptr || batch->count == 0) {
      return Internal("the plugin's input format answered that there are more records and gave none");
    }
    return Status::Ok();
  }
  std::uint64_t consumed() const override {
    if (format_.progress == nullptr) return 0;
    const double share = std::clamp(format_.progress(reader_), 0.0, 1.0);
    return static_cast<std::uint64_t>(share * static_cast<double>(bytes_));
  }
  std::uint64_t position() const override { return consumed(); }

 private:
  int32_t NextBatch(RecordBatch* batch) {
    mr_input_batch given{};
    given.size = sizeof(given);
    const int32_t outcome = format_.next_batch(reader_, &given);
    if (outcome == MR_OK) *batch = {given.records, given.count, given.holds == 0 ? given.count : given.holds};
    return outcome;
  }
  int32_t NextRecord(RecordBatch* batch) {
    record_.offset = -1;
    const int32_t outcome = format_.next(reader_, &record_);
    if (outcome == MR_OK) *batch = {&record_, 1, 1};
    return outcome;
  }

  const mr_input_format& format_;
  void* const reader_;
  Attempt& attempt_;
  const std::uint64_t bytes_;
  mr_record record_{};
};

Result<std::unique_ptr<RecordReader>> OpenPlugin(const mr_input_format& format,
                                                 const InputPiece& piece,
                                                 Attempt& attempt) {
  mr_split split{};
  split.size = sizeof(split);
  split.path = ToBytes(piece.path);
  split.start = static_cast<int64_t>(piece.start);
  split.length = static_cast<int64_t>(piece.length);
  split.payload = ToBytes(piece.payload);
  void* reader = format.open(format.self, &attempt, &split);
  if (reader == nullptr) {
    return attempt.failed() ? attempt.failure()
                            : Internal("the plugin's input format could not open " + piece.path);
  }
  return std::unique_ptr<RecordReader>(std::make_unique<PluginRecords>(format, reader, attempt, piece.length));
}

Result<LineReader> OpenLines(const InputPiece& piece, Attempt& attempt) {
  const JobSettings& settings = attempt.job().settings;
  LineReader::Options options{settings.record_delimiter, settings.line_limit_bytes};
  fs::Registry& file_systems = attempt.job().file_systems;
  MRD_ASSIGN_OR_RETURN(fs::Path parsed, fs::Path::Parse(piece.path));
  MRD_ASSIGN_OR_RETURN(fs::Path path, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(std::shared_ptr<fs::FileSystem> system, file_systems.For(path));
  constexpr std::uint64_t kToTheEnd = std::numeric_limits<std::uint64_t>::max();
  if (piece.whole_file) {
    MRD_ASSIGN_OR_RETURN(formats::OpenedSource opened, formats::OpenForReading(*system, path));
    return LineReader(std::move(opened.source), 0, 0, kToTheEnd, std::move(options));
  }
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<fs::InputFile> file, system->Open(path));
  const std::uint64_t from =
      piece.start - std::min(piece.start, piece.start == 0 ? 0 : LineReader::LookBehind(options.delimiter));
  return LineReader(formats::MakeFileSource(std::move(file), from), from, piece.start,
                    piece.start + piece.length, std::move(options));
}

}  // namespace

Result<std::unique_ptr<RecordReader>> OpenRecords(const JobDefinition::Input& input,
                                                  const InputPiece& piece,
                                                  Attempt& attempt) {
  if (input.plugin_format) return OpenPlugin(*input.plugin_format, piece, attempt);
  MRD_ASSIGN_OR_RETURN(LineReader lines, OpenLines(piece, attempt));
  if (input.format == "keyvalue") {
    return std::unique_ptr<RecordReader>(std::make_unique<KeyValueRecords>(
        std::move(lines), piece.path, attempt.job().settings.key_value_separator));
  }
  return std::unique_ptr<RecordReader>(std::make_unique<TextRecords>(std::move(lines), piece.path));
}

}  // namespace mrd::engine

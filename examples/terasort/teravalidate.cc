// Checks that part files of records are sorted, each in itself and all in the order of their names.
//
// Prints a checksum, which is that of the unsorted records if none was lost or changed, and a line for each fault.
#include "records.h"

namespace {

__extension__ using Wide = unsigned __int128;

const char* const kChecksum = "checksum";
const char* const kError = "error";

// "4a 69 6d"
std::string hex_bytes(std::string_view bytes) {
  static const char* const kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[c & 15];
  }
  return text;
}

std::string hex_number(Wide number) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789abcdef"[static_cast<int>(number & 15)]);
    number >>= 4;
  } while (number != 0);
  return text;
}

// Emits the first and last key of each file, a line for each key that is smaller than the one before, and the sum of
// the CRC32 of all records.
struct Check : mr::Mapper<int64_t, std::string_view, std::string_view, std::string_view> {
  void map(int64_t first, std::string_view block, Emit& emit, mr::Context& context) {
    if (first == 0) begin_file(block, emit, context);
    for (const char* record = block.data(); record != block.data() + block.size(); record += tera::kRecordBytes) {
      const std::string_view key = tera::key_of(record);
      if (key < std::string_view(last_)) {
        emit(kError, "misorder in " + file_ + " between " + hex_bytes(last_) + " and " + hex_bytes(key));
      }
      last_ = key;
      checksum_ += crc_.of(record, tera::kRecordBytes);
    }
  }
  void cleanup(Emit& emit) {
    end_file(emit);
    emit(kChecksum, std::to_string(static_cast<uint64_t>(checksum_ >> 64)) + " " +
                        std::to_string(static_cast<uint64_t>(checksum_)));
  }

 private:
  void begin_file(std::string_view block, Emit& emit, mr::Context& context) {
    end_file(emit);
    const std::string_view path = context.input_file();
    file_ = path.substr(path.rfind('/') + 1);
    last_ = tera::key_of(block.data());
    emit(file_ + ":begin", last_);
  }
  void end_file(Emit& emit) {
    if (!file_.empty()) emit(file_ + ":end", last_);
  }

  tera::Crc32 crc_;
  Wide checksum_ = 0;
  std::string file_;
  std::string last_;  // key
};

// Gets the checksums, then the errors, then the files' first and last keys in the order of their names.
struct Report : mr::Reducer<std::string_view, std::string_view, std::string_view, std::string_view> {
  void reduce(std::string_view key, Values& values, Emit& emit) {
    if (key == kChecksum) {
      Wide sum = 0;
      for (auto value : values) {
        const auto [high, low] = mr::fields<uint64_t, uint64_t>(value, ' ');
        sum += Wide{high} << 64 | low;
      }
      emit(kChecksum, hex_number(sum));
    } else if (key == kError) {
      for (auto value : values) emit(kError, value);
    } else {
      for (auto value : values) compare(key, value, emit);
    }
  }

 private:
  void compare(std::string_view place, std::string_view key, Emit& emit) {
    if (!place_.empty() && key < std::string_view(key_)) {
      emit(kError, "bad key partitioning:\n  file " + place_ + " key " + hex_bytes(key_) + "\n  file " +
                       std::string(place) + " key " + hex_bytes(key));
    }
    place_ = place;
    key_ = key;
  }

  std::string place_;  // "part-r-00000:end"
  std::string key_;
};

}  // namespace

MR_JOB(teravalidate, "Checks that records are sorted: prints a checksum, and errors if there are any.") {
  job.format<tera::Blocks<false>>();
  job.map<Check>();
  job.reduce<Report>();
  job.set("mapreduce.job.reduces", 1);
}

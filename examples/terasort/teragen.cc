// Makes the input of the sort benchmark: records of 100 bytes, byte for byte those of Hadoop's TeraGen.
//
//   10 bytes  key, random
//    2 bytes  00 11
//   32 bytes  number of the row, hexadecimal
//    4 bytes  88 99 AA BB
//   48 bytes  filler: 12 random hexadecimal digits, each four times
//    4 bytes  CC DD EE FF
#include <cmath>
#include <cstdio>

#include "records.h"

namespace {

__extension__ using Wide = unsigned __int128;

constexpr Wide wide(uint64_t high, uint64_t low) { return Wide{high} << 64 | low; }

// A congruential generator over 128 bits. Any number of steps can be taken at once, so each task starts where it likes.
class Random16 {
 public:
  // The state after so many steps from 0.
  explicit Random16(uint64_t steps) {
    Wide a = kFactor;
    Wide c = kSummand;
    for (; steps > 0; steps >>= 1) {
      if (steps & 1) state_ = state_ * a + c;
      c *= a + 1;
      a *= a;
    }
  }
  Wide next() { return state_ = state_ * kFactor + kSummand; }

 private:
  static constexpr Wide kFactor = wide(0x2360ED051FC65DA4, 0x4385DF649FCCF645);
  static constexpr Wide kSummand = wide(0x4A696D4772617952, 0x4950202020202001);

  Wide state_ = 0;
};

// Fills in one record after the other.
class RecordMaker {
 public:
  RecordMaker() {
    static const char* const kDigits = "0123456789ABCDEF";
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const char high = kDigits[byte >> 4];
      const char low = kDigits[byte & 15];
      hex_[byte] = {high, low};
      filler_[byte] = {high, high, high, high, low, low, low, low};
    }
    std::memcpy(record_ + 10, "\x00\x11", 2);
    std::memset(record_ + 12, '0', 32);
    std::memcpy(record_ + 44, "\x88\x99\xAA\xBB", 4);
    std::memcpy(record_ + 96, "\xCC\xDD\xEE\xFF", 4);
  }

  // Valid until the next call.
  const char* make(uint64_t row, Wide random) {
    for (int i = 0; i < 10; ++i) record_[i] = static_cast<char>(random >> (120 - 8 * i));
    for (int i = 0; i < 8; ++i) std::memcpy(record_ + 28 + 2 * i, hex_[row >> (56 - 8 * i) & 255].data(), 2);
    const auto low = static_cast<uint64_t>(random);
    for (int i = 0; i < 6; ++i) std::memcpy(record_ + 48 + 8 * i, filler_[low >> (40 - 8 * i) & 255].data(), 8);
    return record_;
  }

 private:
  std::array<std::array<char, 2>, 256> hex_;
  std::array<std::array<char, 8>, 256> filler_;
  char record_[tera::kRecordBytes];
};

// An input that is in no file: each split is a range of rows, and has one record that says so.
class RowRanges : public mr::InputFormat<int64_t, int64_t> {
 public:
  explicit RowRanges(int64_t rows) : rows_(rows) {}

  void splits(mr::Splits& splits) {
    const auto maps = splits.conf<int64_t>("mapreduce.job.maps", 2);
    if (maps < 1) throw mr::Error("mapreduce.job.maps is " + std::to_string(maps) + " and must be 1 at least");
    int64_t first = 0;
    for (int64_t map = 1; map <= maps; ++map) {
      // The ranges of Hadoop's TeraGen, so that the part files are the same, too.
      const auto end = static_cast<int64_t>(
          std::ceil(static_cast<double>(rows_) * static_cast<double>(map) / static_cast<double>(maps)));
      mr::Split split;
      split.start = first;
      split.length = end - first;
      splits.add(split);
      first = end;
    }
  }
  void open(const mr::Split& split, mr::Context&) {
    first_ = split.start;
    count_ = split.length;
  }
  bool next(int64_t& first, int64_t& count) {
    if (given_) return false;
    first = first_;
    count = count_;
    return given_ = true;
  }

 private:
  int64_t rows_;
  int64_t first_ = 0;
  int64_t count_ = 0;
  bool given_ = false;
};

struct Generate : mr::Mapper<int64_t, int64_t, std::string_view, std::string_view> {
  void map(int64_t first, int64_t count, Emit& emit, mr::Context& context) {
    Random16 random(static_cast<uint64_t>(first));
    RecordMaker maker;
    const tera::Crc32 crc;
    int64_t checksum = 0;
    for (int64_t row = first; row < first + count; ++row) {
      const char* record = maker.make(static_cast<uint64_t>(row), random.next());
      checksum += crc.of(record, tera::kRecordBytes);
      emit(tera::key_of(record), tera::value_of(record));
    }
    context.counter("org.apache.hadoop.examples.terasort.TeraGen$Counters", "CHECKSUM") += checksum;
  }
};

// "1000", or with a letter for thousands, millions, billions or trillions: "10m".
int64_t parse_rows(std::string text) {
  constexpr int64_t kRowsMax = 10'000'000'000'000'000;
  int64_t unit = 1;
  switch (text.empty() ? '\0' : text.back()) {
    case 't':
      unit *= 1000;
      [[fallthrough]];
    case 'b':
      unit *= 1000;
      [[fallthrough]];
    case 'm':
      unit *= 1000;
      [[fallthrough]];
    case 'k':
      unit *= 1000;
      text.pop_back();
  }
  const auto number = mr::parse<int64_t>(text);
  if (number < 0 || number > kRowsMax / unit) {
    throw mr::Error("ROWS goes from 0 to " + std::to_string(kRowsMax) + ", and is " + std::to_string(number) +
                    " times " + std::to_string(unit));
  }
  return number * unit;
}

}  // namespace

MR_ROUND(teragen_rows, "Makes rows.") {
  job.format(RowRanges(job.required_option<int64_t>("rows", "how many rows")));
  job.no_input();
  job.map<Generate>();
  job.map_only();
  job.output_format<tera::Output>();
}

MR_DRIVER(teragen, "Makes records of 100 bytes to sort.", "ROWS OUTPUT") {
  if (driver.args().size() != 2) {
    std::fprintf(stderr, "usage: mr jar teragen.so ROWS OUTPUT   (ROWS may end in k, m, b or t)\n");
    return 2;
  }
  driver.run("teragen_rows").output(driver.args()[1]).option("rows", parse_rows(driver.args()[0])).wait();
  return 0;
}

// Sorting, segments and merging: whatever the path, records come out as a stable sort of what went in.

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>

#include "engine/attempt.h"
#include "engine/merger.h"
#include "engine/partitioner.h"
#include "engine/record_sorter.h"
#include "engine/segment.h"
#include "engine/segment_format.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

struct Pair {
  std::string key;
  std::string value;
  bool operator==(const Pair&) const = default;
};
using Pairs = std::vector<Pair>;

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  std::size_t Below(std::size_t bound) { return engine_() % bound; }
  // Short keys over few bytes, so that many are equal or prefixes of another; a few share a long beginning.
  std::string Key() {
    static constexpr char kBytes[] = {'a', 'b', '\0', '\xff'};
    std::string key = Below(8) == 0 ? std::string(20, 'k') : "";
    for (std::size_t left = Below(11); left > 0; --left) key += kBytes[Below(std::size(kBytes))];
    return key;
  }

 private:
  std::mt19937 engine_;
};

int32_t Backwards(void*, mr_bytes a, mr_bytes b) { return CompareBytes(ToView(b), ToView(a)); }
const mr_comparator kBackwards{sizeof(mr_comparator), nullptr, Backwards};

void StableSort(Pairs& pairs, const KeyOrder& order) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [&](const Pair& a, const Pair& b) { return order.Compare(a.key, b.key) < 0; });
}

// What MergeDown() needs of a job.
struct Bench {
  EngineFixture fixture;
  std::unique_ptr<JobDefinition> definition;
  JobSettings settings;
  std::unique_ptr<JobContext> job;

  explicit Bench(int merge_factor, bool compress) {
    fixture.Set("mapreduce.task.io.sort.mb", "1");
    fixture.Set("mapreduce.task.io.sort.factor", std::to_string(merge_factor));
    fixture.Set("mapreduce.map.output.compress", compress ? "true" : "false");
    definition = *JobDefinition::Make(fixture.Request("lines", {}, ""));
    settings = *JobSettings::Read(definition->config());
    job.reset(new JobContext{.env = Env::Posix(),
                             .file_systems = fixture.file_systems,
                             .cancel = fixture.cancel,
                             .definition = *definition,
                             .settings = settings,
                             .job_id = "job_test",
                             .local_dir = fixture.dir.path(),
                             .side_file_dir = ""});
  }

  // Segment 1 holds `pairs`, segment 0 something else, segment 2 nothing.
  SpillFile Spill(const Pairs& pairs, int number) {
    auto writer = SpillWriter::Create(Env::Posix(), fixture.dir.File("spill" + std::to_string(number)), 3,
                                      settings.compress_map_output);
    REQUIRE(writer.ok());
    REQUIRE((*writer)->StartSegment(0).ok());
    REQUIRE((*writer)->Append("other", "reduce").ok());
    if (!pairs.empty()) REQUIRE((*writer)->StartSegment(1).ok());
    for (const Pair& pair : pairs) REQUIRE((*writer)->Append(pair.key, pair.value).ok());
    auto spill = (*writer)->Finish();
    REQUIRE(spill.ok());
    REQUIRE(spill->segments[1].records == pairs.size());
    spill->map = number;
    return *spill;
  }

  Pairs Merge(const std::vector<SpillFile>& spills, const KeyOrder& order) {
    std::vector<SegmentCursor> cursors;
    for (const SpillFile& spill : spills) cursors.emplace_back(spill, 1, 1);
    Merger merger(std::move(cursors), order);
    Pairs out;
    while (merger.Next()) {
      REQUIRE(merger.key_prefix() == KeyPrefix(merger.key().data(), merger.key().size()));
      out.push_back({std::string(merger.key()), std::string(merger.value())});
    }
    REQUIRE(merger.status().ToString() == "OK");
    REQUIRE_FALSE(merger.Next());
    return out;
  }
};

class MemoryFile : public File {
 public:
  explicit MemoryFile(std::string bytes) : content(std::move(bytes)) {}
  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    if (offset >= content.size()) return std::size_t{0};
    size = std::min<std::size_t>(size, content.size() - offset);
    std::memcpy(out, content.data() + offset, size);
    return size;
  }
  Status Append(const char*, std::size_t) override { return Unimplemented("append"); }
  Result<std::uint64_t> Size() override { return std::uint64_t{content.size()}; }
  Status Sync() override { return {}; }
  Status Close() override { return {}; }

  std::string content;
};

// All records of all segments.
Pairs ReadThrough(const SpillFile& spill, Status* status) {
  Pairs pairs;
  for (int reduce = 0; reduce < static_cast<int>(spill.segments.size()); ++reduce) {
    SegmentCursor cursor(spill, reduce, 1);
    while (cursor.Next()) pairs.push_back({std::string(cursor.key()), std::string(cursor.value())});
    if (!cursor.status().ok()) *status = cursor.status();
  }
  return pairs;
}

class KeyList : public KeySource {
 public:
  std::string_view Key(std::uint32_t ref, char*) const override { return keys[ref]; }
  std::vector<std::string> keys;
};

}  // namespace

TEST_CASE("merger: any segments give what a stable sort of all records gives", "[engine][merge]") {
  unsigned seed = 1;
  for (const bool compress : {false, true}) {
    for (const bool backwards : {false, true}) {
      for (const std::size_t count : {0, 1, 2, 3, 7, 200}) {
        for (const int factor : {2, 3, 1000}) {
          CAPTURE(compress, backwards, count, factor, seed);
          Bench bench(factor, compress);
          Chance chance(seed++);
          const KeyOrder order = backwards ? KeyOrder(&kBackwards) : KeyOrder();
          Pairs expected;
          std::vector<SpillFile> spills;
          for (std::size_t i = 0; i < count; ++i) {
            Pairs pairs;
            for (std::size_t left = chance.Below(4) == 0 ? 0 : chance.Below(40); left > 0; --left) {
              pairs.push_back({chance.Key(), std::to_string(i) + ":" + std::to_string(left)});
            }
            expected.insert(expected.end(), pairs.begin(), pairs.end());
            StableSort(pairs, order);
            spills.push_back(bench.Spill(pairs, static_cast<int>(i)));
          }
          StableSort(expected, order);
          CHECK((bench.Merge(spills, order) == expected));

          std::uint64_t records = 0;
          std::uint64_t bytes = 0;
          REQUIRE(MergeDown(*bench.job, 1, order, &spills, &records, &bytes).ToString() == "OK");
          // One task's memory bounds the fan-in too, but to more than this many.
          const std::size_t most = std::min<std::size_t>(static_cast<std::size_t>(factor), count);
          if (count > most) CHECK(spills.size() == most);
          CHECK((records > 0) == (bytes > 0));
          CHECK((bench.Merge(spills, order) == expected));
        }
      }
    }
  }
}

TEST_CASE("merger: records of all sizes pass, a block of their own if need be", "[engine][merge]") {
  for (const bool compress : {false, true}) {
    Bench bench(2, compress);
    Chance chance(5);
    Pairs expected;
    std::vector<SpillFile> spills;
    for (int i = 0; i < 5; ++i) {
      Pairs pairs;
      for (const std::size_t size : {0, 1, 127, 128, 16383, 16384, 65519, 65526, 65536, 300'000, 1'500'000}) {
        std::string filled(size, static_cast<char>('a' + i));
        if (chance.Below(2) == 0) {
          for (char& c : filled) c = static_cast<char>(chance.Below(256));
        }
        pairs.push_back({chance.Key(), filled});
        if (size < 70'000) pairs.push_back({filled, chance.Key()});
      }
      expected.insert(expected.end(), pairs.begin(), pairs.end());
      StableSort(pairs, KeyOrder());
      spills.push_back(bench.Spill(pairs, i));
    }
    StableSort(expected, KeyOrder());
    CHECK((bench.Merge(spills, KeyOrder()) == expected));
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    REQUIRE(MergeDown(*bench.job, 1, KeyOrder(), &spills, &records, &bytes).ToString() == "OK");
    CHECK(spills.size() == 2);
    CHECK((bench.Merge(spills, KeyOrder()) == expected));
  }
}

TEST_CASE("merger: a read that fails ends the sequence with its reason", "[engine][merge]") {
  Bench bench(10, false);
  std::vector<SpillFile> spills;
  for (int i = 0; i < 3; ++i) spills.push_back(bench.Spill({{"a", "1"}, {"b", std::string(100'000, 'x')}, {"c", "2"}}, i));
  spills[1].segments[1].bytes += 1;  // as if the file had been cut
  std::vector<SegmentCursor> cursors;
  for (const SpillFile& spill : spills) cursors.emplace_back(spill, 1, 1);
  Merger merger(std::move(cursors), KeyOrder());
  std::size_t records = 0;
  while (merger.Next()) ++records;
  CHECK(records < 9);
  CHECK(merger.status().code() == Code::kCorruption);
  CHECK(merger.status().message().find(spills[1].path) != std::string::npos);
}

TEST_CASE("record sorter: entries come in the order of a stable sort by reduce and key", "[engine][sort]") {
  unsigned seed = 100;
  for (const std::size_t size : {0, 1, 2, 12, 13, 25, 63, 64, 65, 300, 3000}) {
    for (const std::uint32_t reduces : {1u, 3u, 300u, 70'000u}) {
      for (const int kind : {0, 1, 2, 3}) {
        for (const bool backwards : {false, true}) {
          CAPTURE(size, reduces, kind, backwards);
          Chance chance(seed++);
          const KeyOrder order = backwards ? KeyOrder(&kBackwards) : KeyOrder();
          KeyList list;
          std::vector<SortEntry> entries;
          for (std::uint32_t i = 0; i < size; ++i) {
            switch (kind) {
              case 0: list.keys.push_back(chance.Key()); break;
              case 1: list.keys.push_back("the same eight bytes" + std::to_string(chance.Below(10))); break;
              case 2: list.keys.push_back("equal"); break;
              // Zero-padded prefixes of these are all equal.
              default: list.keys.push_back(std::string(chance.Below(12), '\0')); break;
            }
            const std::string& key = list.keys.back();
            const auto reduce = static_cast<std::uint32_t>(chance.Below(reduces));
            entries.push_back({KeyPrefix(key.data(), key.size()), reduce, i});
          }
          std::vector<SortEntry> expected = entries;
          std::stable_sort(expected.begin(), expected.end(), [&](const SortEntry& a, const SortEntry& b) {
            if (a.reduce != b.reduce) return a.reduce < b.reduce;
            return order.Compare(list.keys[a.ref], list.keys[b.ref]) < 0;
          });
          std::vector<SortEntry> scratch(size);
          SortEntries(entries, scratch, list, order);
          bool same = true;
          for (std::size_t i = 0; i < size; ++i) {
            same = same && entries[i].ref == expected[i].ref && entries[i].reduce == expected[i].reduce &&
                   entries[i].prefix == expected[i].prefix;
          }
          CHECK(same);
        }
      }
    }
  }
}

TEST_CASE("record sorter: thousands of entries, however their prefixes lie", "[engine][sort]") {
  // Keys of eight bytes are their prefix, so that nobody is asked for one to compare further.
  struct Keyless : KeySource {
    std::string_view Key(std::uint32_t, char*) const override { return {}; }
  };
  std::mt19937_64 chance(3);
  const std::vector<std::function<std::uint64_t()>> prefixes{
      [&] { return chance(); },                                        // evenly
      [&] { return chance() >> (chance() % 64); },                     // most of them small
      [&] { return chance() % 40 << 50 | chance() % 4; },              // in clumps
      [&] { return 0xABCDEF0000000000 + chance() % 3000; },            // in few places, each of one prefix
      [&] { return chance() % 50 == 0 ? chance() : 77; },              // nearly all the same
  };
  for (std::size_t kind = 0; kind < prefixes.size(); ++kind) {
    for (const std::size_t count : {64, 65, 1000, 4096, 16384, 16385, 40000}) {
      for (const std::uint32_t reduces : {1, 3}) {
        CAPTURE(kind, count, reduces);
        std::vector<SortEntry> entries(count);
        for (std::size_t i = 0; i < count; ++i) {
          const auto reduce = static_cast<std::uint32_t>(chance() % reduces);
          entries[i] = {prefixes[kind](), reduce, static_cast<std::uint32_t>(i)};
        }
        std::vector<SortEntry> expected = entries;
        std::stable_sort(expected.begin(), expected.end(), [](const SortEntry& a, const SortEntry& b) {
          return a.reduce != b.reduce ? a.reduce < b.reduce : a.prefix < b.prefix;
        });
        std::vector<SortEntry> scratch(count);
        SortEntries(entries, scratch, Keyless(), KeyOrder());
        const auto equal = [](const SortEntry& a, const SortEntry& b) {
          return a.prefix == b.prefix && a.reduce == b.reduce && a.ref == b.ref;
        };
        const bool same = std::equal(entries.begin(), entries.end(), expected.begin(), equal);
        CHECK(same);
      }
    }
  }
}

TEST_CASE("partitioner: a key goes to the range that begins at or before it", "[engine][sort]") {
  EngineFixture fixture;
  const std::unique_ptr<JobDefinition> definition = *JobDefinition::Make(fixture.Request("total", {}, ""));
  REQUIRE(definition->partition_kind == MR_PARTITION_RANGE);
  Chance chance(11);
  for (const std::size_t reduces : {2, 3, 9, 10, 40}) {
    // Many of them share their first eight bytes, are shorter than that, or are equal.
    std::vector<std::string> cuts;
    while (cuts.size() + 1 < reduces) cuts.push_back(chance.Key());
    std::sort(cuts.begin(), cuts.end());
    const Partitioner partitioner(*definition, static_cast<int>(reduces), cuts);
    for (int i = 0; i < 20000; ++i) {
      const std::string key = i % 10 == 0 ? cuts[chance.Below(cuts.size())] : chance.Key();
      const auto expected = std::count_if(cuts.begin(), cuts.end(), [&](const std::string& cut) { return cut <= key; });
      REQUIRE(partitioner.Reduce(key, "") == static_cast<std::uint32_t>(expected));
    }
  }
}

TEST_CASE("record: bytes of every length are copied, and none beside them", "[engine][segment]") {
  for (std::size_t size = 1; size <= 100; ++size) {
    std::string from(size, '\0');
    for (std::size_t i = 0; i < size; ++i) from[i] = static_cast<char>(i + 1);
    std::string to(size + 2, '#');
    CopyBytes(to.data() + 1, from.data(), size);
    CHECK(to == "#" + from + "#");
  }
}

TEST_CASE("record sorter: key prefixes and integer encodings compare like what they stand for", "[engine][sort]") {
  Chance chance(9);
  for (int i = 0; i < 5000; ++i) {
    const std::string a = chance.Key();
    const std::string b = chance.Key();
    const std::uint64_t x = KeyPrefix(a.data(), a.size());
    const std::uint64_t y = KeyPrefix(b.data(), b.size());
    if (x != y) REQUIRE((x < y) == (a < b));
    REQUIRE((CompareBytes(a, b) < 0) == (a < b));
    REQUIRE((CompareBytes(a, b) == 0) == (a == b));
  }
  std::string last;
  for (const std::int64_t value : {INT64_MIN, INT64_MIN + 1, std::int64_t{-256}, std::int64_t{-1}, std::int64_t{0},
                                   std::int64_t{1}, std::int64_t{255}, std::int64_t{256}, INT64_MAX}) {
    std::string encoded(8, '\0');
    EncodeInt64(value, encoded.data());
    REQUIRE(DecodeInt64(encoded.data()) == value);
    REQUIRE(last < encoded);
    last = encoded;
  }
}

TEST_CASE("segment: numbers of every length are read back, cut or endless ones are not", "[engine][segment]") {
  for (const std::uint32_t value : {0u, 1u, 127u, 128u, 16383u, 16384u, (1u << 21) - 1, 1u << 21, (1u << 28) - 1, 1u << 28,
                                    0xFFFFFFFFu}) {
    char bytes[8];
    char* const end = PutVarint32(bytes, value);
    std::uint32_t got = 1;
    CHECK(GetVarint32(bytes, end, &got) == end);
    CHECK(got == value);
    for (const char* cut = bytes; cut < end; ++cut) CHECK(GetVarint32(bytes, cut, &got) == nullptr);
  }
  const std::string endless(10, '\x80');
  std::uint32_t got = 0;
  CHECK(GetVarint32(endless.data(), endless.data() + endless.size(), &got) == nullptr);
}

TEST_CASE("segment: every flipped bit and every cut of a spill file is found", "[engine][segment]") {
  for (const bool compress : {false, true}) {
    Bench bench(10, compress);
    auto writer = SpillWriter::Create(Env::Posix(), bench.fixture.dir.File("small"), 4, compress);
    REQUIRE(writer.ok());
    Pairs expected;
    for (const int reduce : {0, 2, 3}) {
      REQUIRE((*writer)->StartSegment(reduce).ok());
      for (int i = 0; i < 4; ++i) {
        const Pair pair{"key" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 40, 'v')};
        REQUIRE((*writer)->Append(pair.key, pair.value).ok());
        expected.push_back(pair);
      }
    }
    auto spill = (*writer)->Finish();
    REQUIRE(spill.ok());
    const auto whole = ReadWholeFile(Env::Posix(), spill->path);
    REQUIRE(whole.ok());
    auto file = std::make_shared<MemoryFile>(*whole);
    spill->file = file;
    Status status;
    REQUIRE((ReadThrough(*spill, &status) == expected));
    REQUIRE(status.ok());

    for (std::size_t at = 0; at < whole->size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        file->content = *whole;
        file->content[at] = static_cast<char>(file->content[at] ^ (1 << bit));
        status = Status::Ok();
        const Pairs got = ReadThrough(*spill, &status);
        CAPTURE(compress, at, bit, status.ToString());
        if (at < sizeof(kSpillMagic)) {  // stands before the segments
          REQUIRE((got == expected));
        } else {
          REQUIRE(status.code() == Code::kCorruption);
          REQUIRE(status.message().find(spill->path) != std::string::npos);
          REQUIRE(got.size() < expected.size());
        }
      }
      file->content = whole->substr(0, at);
      status = Status::Ok();
      const Pairs got = ReadThrough(*spill, &status);
      REQUIRE(status.code() == Code::kCorruption);
      REQUIRE(got.size() < expected.size());
    }
  }
}

}  // namespace mrd::engine::testing

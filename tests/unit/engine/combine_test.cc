// The tables that combine: the same answer as a std::map, whatever the keys, in memory that has a bound.

#include <catch2/catch.hpp>

#include <sys/mman.h>

#include <cstring>
#include <map>
#include <random>

#include "engine/int64_combiner.h"
#include "engine/key_table.h"
#include "engine/record.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

constexpr std::size_t kCapacity = 512 << 10;

// Keys on both sides of what a slot holds, some of them of nothing but NULs.
std::string RandomKey(std::mt19937& chance, unsigned kinds) {
  static constexpr std::size_t kSizes[] = {0, 1, 3, 7, 8, 9, 14, 15, 16, 17, 40, 300};
  const std::size_t size = kSizes[chance() % std::size(kSizes)];
  std::string key(size, chance() % 5 == 0 ? '\0' : 'k');
  const std::string number = std::to_string(chance() % kinds);
  if (key.size() > number.size()) key.replace(key.size() - number.size(), number.size(), number);
  return key;
}

using Table = std::map<std::string, std::int64_t>;

void Drain(KeyTable& table, int builtin, Table& into) {
  char scratch[KeyTable::kScratch];
  std::size_t seen = 0;
  for (std::size_t i = 0; i < table.slots(); ++i) {
    const KeyTable::Slot& slot = table.slot(i);
    if (slot.high == 0) continue;
    ++seen;
    const auto value = static_cast<std::int64_t>(slot.value);
    const auto [cell, fresh] = into.try_emplace(std::string(table.KeyOf(slot, scratch)), value);
    if (fresh) continue;
    std::int64_t& sum = cell->second;
    if (builtin == MR_BUILTIN_SUM_I64) {
      sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(value));
    } else {
      sum = builtin == MR_BUILTIN_MIN_I64 ? std::min(sum, value) : std::max(sum, value);
    }
  }
  CHECK(seen == table.used());
  table.Clear();
}

}  // namespace

TEST_CASE("key table: holds what a map holds until there is no room, and starts again when cleared", "[engine][table]") {
  KeyTable table(kCapacity);
  for (unsigned round = 0; round < 4; ++round) {
    std::mt19937 chance(round);
    std::map<std::string, std::uint64_t> expected;
    std::size_t added = 0;
    for (;; ++added) {
      const std::string key = RandomKey(chance, round < 2 ? 1'000'000 : 20);
      bool fresh = false;
      KeyTable::Slot* slot = table.Find(key.data(), key.size(), &fresh);
      if (slot == nullptr || added == 50'000) break;
      REQUIRE(fresh == !expected.contains(key));
      if (fresh) REQUIRE(slot->value == 0);
      ++slot->value;
      ++expected[key];
      REQUIRE(table.memory_bytes() <= kCapacity);
    }
    // Many different keys fill it, few do not.
    CHECK((added < 50'000) == (round < 2));
    CHECK(table.used() == expected.size());
    char scratch[KeyTable::kScratch];
    std::size_t seen = 0;
    for (std::size_t i = 0; i < table.slots(); ++i) {
      if (table.slot(i).high == 0) continue;
      ++seen;
      const auto found = expected.find(std::string(table.KeyOf(table.slot(i), scratch)));
      REQUIRE(found != expected.end());
      REQUIRE(table.slot(i).value == found->second);
    }
    CHECK(seen == expected.size());
    table.Clear();
    CHECK(table.used() == 0);
  }
}

TEST_CASE("key table: a key larger than the table is refused and does no harm", "[engine][table]") {
  KeyTable table(256 << 10);
  bool fresh = false;
  const std::string huge(1 << 20, 'h');
  CHECK(table.Find(huge.data(), huge.size(), &fresh) == nullptr);
  CHECK(table.used() == 0);
  CHECK(table.Find("small", 5, &fresh) != nullptr);
  CHECK(fresh);
  std::uint64_t offset = 1;
  CHECK(table.Allocate(1 << 20, &offset) == nullptr);
  REQUIRE(table.Allocate(3, &offset) != nullptr);
  CHECK(offset % 8 == 0);
}

TEST_CASE("key table: a short key is read at the end of a page without touching the next", "[engine][table]") {
  char* pages = static_cast<char*>(::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(pages != MAP_FAILED);
  REQUIRE(::mprotect(pages + 4096, 4096, PROT_NONE) == 0);
  std::memset(pages, 'x', 4096);
  for (std::size_t size = 0; size <= ShortKey::kSizeMax; ++size) {
    for (std::size_t gap : {0, 1, 2, 15, 16, 17}) {
      const char* key = pages + 4096 - gap - size;
      const ShortKey fast = ShortKey::From(key, size);
      const ShortKey exact = ShortKey::FromExactly(key, size);
      CHECK(fast.low == exact.low);
      CHECK(fast.high == exact.high);
      CHECK(fast.size() == size);
    }
  }
  ::munmap(pages, 8192);
  CHECK(ShortKey::From(nullptr, 0).high == ShortKey::FromExactly("", 0).high);
}

TEST_CASE("int64 combiner: sums, minima and maxima of a map, drained whenever there is no room", "[engine][table]") {
  for (const int builtin : {MR_BUILTIN_SUM_I64, MR_BUILTIN_MIN_I64, MR_BUILTIN_MAX_I64}) {
    for (const unsigned kinds : {20u, 1'000'000u}) {
      CAPTURE(builtin, kinds);
      KeyTable table(kCapacity);
      Int64Combiner combiner(table, builtin);
      std::mt19937 chance(7);
      Table expected;
      Table got;
      int drained = 0;
      std::uint64_t short_bytes = 0;
      const auto drain = [&] {
        combiner.Settle();
        Drain(table, builtin, got);
        ++drained;
      };
      const auto flush = [&] {
        Result<bool> moved = combiner.Flush();
        REQUIRE(moved.ok());
        if (*moved) return;
        drain();
        moved = combiner.Flush();
        REQUIRE((moved.ok() && *moved));
      };
      for (int i = 0; i < 40'000; ++i) {
        const std::string key = RandomKey(chance, kinds);
        std::int64_t value = static_cast<std::int32_t>(chance());
        if (i % 1000 == 0) value = i % 2000 == 0 ? INT64_MAX : INT64_MIN;  // sums wrap
        if (key.size() <= ShortKey::kSizeMax && i % 7 != 0) {
          short_bytes += key.size();
          if (!combiner.Push(key.data(), key.size(), value)) flush();
        } else if (!combiner.Add(key.data(), key.size(), value)) {
          drain();
          REQUIRE(combiner.Add(key.data(), key.size(), value));
        }
        const auto [cell, fresh] = expected.try_emplace(key, value);
        if (fresh) continue;
        std::int64_t& sum = cell->second;
        if (builtin == MR_BUILTIN_SUM_I64) {
          sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(value));
        } else {
          sum = builtin == MR_BUILTIN_MIN_I64 ? std::min(sum, value) : std::max(sum, value);
        }
      }
      flush();
      CHECK(combiner.batched() == 0);
      CHECK(combiner.flushed_key_bytes() == short_bytes);
      combiner.Settle();
      Drain(table, builtin, got);
      CHECK((got == expected));
      CHECK((drained > 0) == (kinds > 20));
    }
  }
}

TEST_CASE("int64 combiner: a batch that the plugin spoiled is refused", "[engine][table]") {
  KeyTable table(kCapacity);
  Int64Combiner combiner(table, MR_BUILTIN_SUM_I64);
  mr_small_batch* batch = combiner.batch();
  for (const unsigned char size_byte : {0, 17, 200, 255}) {
    REQUIRE(combiner.Push("good", 4, 1));
    REQUIRE(combiner.Push("bad", 3, 1));
    batch->pairs[1].key[15] = static_cast<char>(size_byte);
    CHECK(combiner.Flush().status().code() == Code::kInvalidArgument);
    CHECK(table.used() == 0);
    batch->count = 0;
  }
  batch->count = 1000;
  CHECK(combiner.Flush().status().code() == Code::kInvalidArgument);
}

TEST_CASE("chain combiner: combiners that do not shrink or even grow their values lose nothing", "[engine][combine]") {
  // All keys come first, with little memory in use, so that the table's slots grow to their full number. Then the rest
  // of the memory fills with values, and combining must find room for as many slots beside those values.
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "key" + std::to_string(i) + "\n";
  std::mt19937 chance(4);
  for (int i = 0; i < 60'000; ++i) text += "key" + std::to_string(chance() % 3000) + (i % 8 == 7 ? "\n" : " ");
  EngineFixture fixture;
  fixture.Set("mapreduce.task.io.sort.mb", "1");
  fixture.Set("mapreduce.job.reduces", "2");
  const std::string input = fixture.dir.Write("text", text);
  const JobResult plain = fixture.Run("count_plain", {input}, fixture.dir.File("plain"));
  REQUIRE(plain.status.ToString() == "OK");
  const auto expected = fixture.Parts(fixture.dir.File("plain"));
  for (const char* job : {"count_kept", "count_doubled", "count_chain", "count"}) {
    const JobResult result = fixture.Run(job, {input}, fixture.dir.File(job));
    CAPTURE(job);
    REQUIRE(result.status.ToString() == "OK");
    CHECK((fixture.Parts(fixture.dir.File(job)) == expected));
  }
}

}  // namespace mrd::engine::testing

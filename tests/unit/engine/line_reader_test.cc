// Lines, cut anywhere: the lines of adjoining ranges are those of the whole file, whatever ends them and however few
// bytes the source gives at a time.

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/line_reader.h"

namespace mrd::engine {

namespace {

struct TextLine {
  std::string text;
  std::uint64_t offset;
  bool operator==(const TextLine&) const = default;
};
using Lines = std::vector<TextLine>;

// Gives at most `chunk` bytes at a time.
class StingySource : public formats::ByteSource {
 public:
  StingySource(const std::string& text, std::size_t at, std::size_t chunk) : text_(text), at_(at), chunk_(chunk) {}
  Result<std::size_t> Read(char* out, std::size_t size) override {
    size = std::min({size, chunk_, text_.size() - at_});
    std::copy_n(text_.data() + at_, size, out);
    at_ += size;
    return size;
  }
  std::uint64_t consumed() const override { return at_; }

 private:
  const std::string& text_;
  std::size_t at_;
  const std::size_t chunk_;
};

struct How {
  std::string delimiter;
  std::size_t chunk = 1 << 20;
  std::size_t max = 1000;
  std::uint64_t limit = 64 << 20;
};

Result<Lines> TryRead(const std::string& text, std::size_t begin, std::size_t end, const How& how) {
  const std::size_t before = begin == 0 ? 0 : std::min<std::size_t>(begin, LineReader::LookBehind(how.delimiter));
  LineReader reader(std::make_unique<StingySource>(text, begin - before, how.chunk), begin - before, begin, end,
                    {how.delimiter, how.limit});
  Lines all;
  std::vector<Line> some;
  do {
    MRD_RETURN_IF_ERROR(reader.Next(how.max, &some));
    REQUIRE(some.size() <= how.max);
    for (const Line& line : some) all.push_back({std::string(line.text, line.size), line.offset});
  } while (!some.empty());
  return all;
}

Lines Read(const std::string& text, std::size_t begin, std::size_t end, const How& how) {
  auto lines = TryRead(text, begin, end, how);
  REQUIRE(lines.status().ToString() == "OK");
  return *lines;
}

// The definition, byte by byte.
Lines PlainLines(const std::string& text, const std::string& delimiter) {
  Lines lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    if (!delimiter.empty()) {
      length = text.compare(at, delimiter.size(), delimiter) == 0 ? delimiter.size() : 0;
    } else if (text[at] == '\r') {
      length = at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
    } else if (text[at] == '\n') {
      length = 1;
    }
    if (length == 0) {
      ++at;
      continue;
    }
    lines.push_back({text.substr(begin, at - begin), begin});
    begin = at += length;
  }
  if (begin < text.size()) lines.push_back({text.substr(begin), begin});
  return lines;
}

void CheckEveryCut(const std::string& text, const How& how) {
  const Lines whole = PlainLines(text, how.delimiter);
  REQUIRE((Read(text, 0, text.size(), how) == whole));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Lines parts = Read(text, 0, cut, how);
    for (TextLine& line : Read(text, cut, text.size(), how)) parts.push_back(std::move(line));
    CAPTURE(text, cut, how.delimiter, how.chunk, how.max);
    REQUIRE((parts == whole));
  }
}

std::string RandomText(std::mt19937& chance, const std::string& alphabet, std::size_t size) {
  std::string text;
  while (text.size() < size) text += alphabet[chance() % alphabet.size()];
  return text;
}

}  // namespace

TEST_CASE("line reader: any cut of any text gives each line once", "[engine][lines]") {
  std::vector<std::string> texts = {
      "", "\n", "\r", "\r\n", "\n\r", "a", "a\n", "a\r", "a\r\n", "\r\r\n\n\r\n\r", "a\nb\nc", "a\r\nb\r\n\r\nc\r\n",
      "a\rb\r\rc", "mixed\nends\r\nof\rlines\n\n\r\n\r\rlast", std::string("nul\0bytes\n\0\n\0", 13), "\xff\xfe\n\x80\r\xc3",
      // Longer than the 64 bytes that are looked at together, with ends on the borders.
      std::string(63, 'x') + "\r\n" + std::string(61, 'y') + "\n\n" + std::string(62, 'z') + "\r\r\n" + std::string(70, 'w'),
      std::string(64, '\n') + std::string(64, '\r') + std::string(33, '\n')};
  std::mt19937 chance(1);
  for (int i = 0; i < 12; ++i) texts.push_back(RandomText(chance, i % 2 == 0 ? "ab\r\n" : "abcdefghij\n\r", 150));
  for (const std::string& text : texts) {
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{65},
                                    std::size_t{1} << 20}) {
      CheckEveryCut(text, {.delimiter = "", .chunk = chunk, .max = 1000});
    }
    CheckEveryCut(text, {.delimiter = "", .chunk = 1 << 20, .max = 1});
    CheckEveryCut(text, {.delimiter = "", .chunk = 64, .max = 3});
  }
}

TEST_CASE("line reader: delimiters of one to three bytes, whole or across cuts and reads", "[engine][lines]") {
  std::mt19937 chance(2);
  for (const std::string& delimiter : {std::string("|"), std::string(1, '\0'), std::string("\n"), std::string("ab"),
                                       std::string("\r\n"), std::string("abc"), std::string("<b>"), std::string("aab")}) {
    REQUIRE(DelimiterSplittable(delimiter));
    std::vector<std::string> texts = {"", delimiter, delimiter + delimiter, "x" + delimiter, delimiter + "x",
                                      delimiter.substr(0, delimiter.size() - 1), "x\ny\rz" + delimiter + "\r\n"};
    for (int i = 0; i < 6; ++i) texts.push_back(RandomText(chance, delimiter + delimiter + "x\n", 70));
    for (const std::string& text : texts) {
      for (std::size_t chunk : {1, 2, 3, 5, 1000}) CheckEveryCut(text, {.delimiter = delimiter, .chunk = chunk});
    }
  }
  for (const char* overlapping : {"aa", "aba", "abab", "|a|"}) CHECK_FALSE(DelimiterSplittable(overlapping));
}

TEST_CASE("line reader: ranges of every size give the lines of the file", "[engine][lines]") {
  std::mt19937 chance(3);
  const std::string text = RandomText(chance, "abc\r\n", 400);
  const Lines whole = PlainLines(text, "");
  for (std::size_t size = 1; size <= text.size(); size += size < 12 ? 1 : 17) {
    Lines parts;
    for (std::size_t begin = 0; begin < text.size(); begin += size) {
      for (TextLine& line : Read(text, begin, std::min(begin + size, text.size()), {.delimiter = "", .chunk = 50})) {
        parts.push_back(std::move(line));
      }
    }
    CAPTURE(size);
    REQUIRE((parts == whole));
  }
}

TEST_CASE("line reader: line ends on the border of the buffer", "[engine][lines]") {
  constexpr std::size_t kBuffer = 256 << 10;
  for (const char* end : {"\n", "\r", "\r\n", "\r\r\n"}) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      const std::string text = "first" + std::string(end) + std::string(kBuffer - shift - 6, 'x') + end + "next" + end +
                               std::string(kBuffer * 3, 'y') + end + std::string(100, 'z');
      const Lines whole = PlainLines(text, "");
      for (const std::size_t chunk : {kBuffer / 2 - 1, kBuffer * 8}) {
        CHECK((Read(text, 0, text.size(), {.delimiter = "", .chunk = chunk}) == whole));
        for (std::size_t cut = kBuffer - 6; cut < kBuffer + 8; ++cut) {
          Lines parts = Read(text, 0, cut, {.delimiter = "", .chunk = chunk});
          for (TextLine& line : Read(text, cut, text.size(), {.delimiter = "", .chunk = chunk})) {
            parts.push_back(std::move(line));
          }
          REQUIRE((parts == whole));
        }
      }
    }
  }
}

TEST_CASE("line reader: a line over the limit is an error with its offset, one at the limit is not", "[engine][lines]") {
  for (const std::string& delimiter : {std::string(), std::string("|"), std::string("abc")}) {
    for (const std::string& end : delimiter.empty() ? std::vector<std::string>{"\n", "\r", "\r\n"}
                                                    : std::vector<std::string>{delimiter}) {
      for (std::size_t chunk : {1, 2, 3, 4, 11, 12, 13, 100, 1000}) {
        CAPTURE(delimiter, end, chunk);
        const How how{.delimiter = delimiter, .chunk = chunk, .max = 1000, .limit = 20};
        const std::string good = "short" + end + std::string(20, 'x') + end + std::string(20, 'y');
        CHECK((Read(good, 0, good.size(), how) == PlainLines(good, delimiter)));
        for (const std::string& tail : {end + "more" + end, std::string(), std::string(500, 'x')}) {
          const std::string bad = "short" + end + std::string(21, 'x') + tail;
          const auto refused = TryRead(bad, 0, bad.size(), how);
          REQUIRE(refused.status().code() == Code::kResourceExhausted);
          CHECK(refused.status().message().find("offset " + std::to_string(5 + end.size()) + " ") != std::string::npos);
          CHECK(refused.status().message().find("longer than 20 bytes") != std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("line reader: an endless line is given up soon after the limit", "[engine][lines]") {
  constexpr std::size_t kLimit = 1 << 20;
  const std::string text(20 << 20, 'x');
  LineReader reader(std::make_unique<StingySource>(text, 0, text.size()), 0, 0, text.size(), {"", kLimit});
  std::vector<Line> lines;
  CHECK(reader.Next(10, &lines).code() == Code::kResourceExhausted);
  CHECK(reader.consumed() <= kLimit + (512 << 10));
}

TEST_CASE("line reader: its position is where its next line begins, however far it has read", "[engine][lines]") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::string(static_cast<std::size_t>(i % 300), 'x') + "\n";
  LineReader reader(std::make_unique<StingySource>(text, 0, 100000), 0, 0, text.size(), {});
  CHECK(reader.position() == 0);
  std::vector<Line> some;
  std::uint64_t next = 0;
  do {
    // Computed as a share of what was read, so it may be off by one.
    REQUIRE(reader.position() + 1 >= next);
    REQUIRE(reader.position() <= next + 1);
    REQUIRE(reader.Next(7, &some).ok());
    if (!some.empty()) next = some.back().offset + some.back().size + 1;
  } while (!some.empty());
  CHECK(reader.position() == text.size());
}

TEST_CASE("line reader: what it reads begins at a cache line", "[engine][lines]") {
  class Watched : public StingySource {
   public:
    using StingySource::StingySource;
    Result<std::size_t> Read(char* out, std::size_t size) override {
      CHECK(reinterpret_cast<std::uintptr_t>(out) % kIoAlignment == 0);
      return StingySource::Read(out, size);
    }
  };
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::string(static_cast<std::size_t>(i % 100), 'x') + "\n";
  LineReader reader(std::make_unique<Watched>(text, 0, text.size()), 0, 0, text.size(), {});
  std::size_t lines = 0;
  std::vector<Line> some;
  do {
    REQUIRE(reader.Next(1000, &some).ok());
    lines += some.size();
  } while (!some.empty());
  CHECK(lines == 20000);
}

}  // namespace mrd::engine

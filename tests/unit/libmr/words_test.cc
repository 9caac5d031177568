// Every length and alignment against a splitter that looks at one byte at a time. Texts end where a page that cannot be
// read begins, so that a read too far would crash.
#include <mr/random.h>
#include <mr/words.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

std::vector<std::string> Naive(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  for (const char c : text) {
    const bool space = std::strchr(" \t\n\r\f\v", c) != nullptr && c != '\0';
    if (!space) {
      if (!in_word) words.emplace_back();
      words.back() += c;
    }
    in_word = !space;
  }
  return words;
}

std::vector<std::string> Ours(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : mr::words(text)) words.emplace_back(word);
  return words;
}

// Two pages of memory, the second of which must not be touched.
class GuardedPage {
 public:
  static constexpr std::size_t kPage = 4096;
  GuardedPage() {
    page_ = static_cast<char*>(mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(page_ != MAP_FAILED);
    REQUIRE(mprotect(page_ + kPage, kPage, PROT_NONE) == 0);
  }
  ~GuardedPage() { munmap(page_, 2 * kPage); }
  // `text` placed so that `gap` bytes lie between its end and the forbidden page. The gap holds word characters.
  std::string_view Place(const std::string& text, std::size_t gap) {
    std::memset(page_, 'x', kPage);
    char* at = page_ + kPage - gap - text.size();
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

 private:
  char* page_ = nullptr;
};

// A batch of lines as a host gives it out: views of one text.
class Batch {
 public:
  // Lines end with one of `ends`, chosen at random. The last has none.
  Batch(std::vector<std::string> lines, const std::vector<std::string>& ends, mr::Random& random) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      offsets_.push_back(text_.size());
      text_ += lines[i];
      if (i + 1 < lines.size()) text_ += ends[random.below(ends.size())];
    }
    lines_ = std::move(lines);
  }
  const std::string& text() const { return text_; }
  const std::vector<std::string>& lines() const { return lines_; }
  // To be called when the text has its place, which must stay.
  void LieAt(std::string_view text) {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      records_.push_back({{}, {text.data() + offsets_[i], lines_[i].size()}, static_cast<std::int64_t>(offsets_[i])});
    }
    batch_ = {records_.data(), records_.size(), 0};
    edges_.start(&batch_);
  }
  mr::Line Line(std::size_t number) {
    batch_.current = number;
    return {mr::to_view(records_[number].value), records_[number].offset, &edges_};
  }

 private:
  std::string text_;
  std::vector<std::string> lines_;
  std::vector<std::size_t> offsets_;
  std::vector<mr_record> records_;
  mr_batch batch_{};
  mr::detail::WordEdges edges_;
};

std::vector<std::string> Ours(const mr::Line& line) {
  std::vector<std::string> words;
  for (const std::string_view word : mr::words(line)) words.emplace_back(word);
  return words;
}

std::string RandomLine(mr::Random& random, std::size_t length, std::uint64_t density) {
  std::string line;
  while (line.size() < length) {
    line += random.below(density) == 0 ? " \t\f\v"[random.below(4)] : static_cast<char>('a' + random.below(26));
  }
  return line;
}

}  // namespace

TEST_CASE("words: the lines of a batch, one after the other, some twice and some left out", "[words]") {
  GuardedPage page;
  mr::Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> lines;
    std::size_t bytes = 0;
    const std::size_t longest = round % 3 == 0 ? 8 : 150;
    const std::uint64_t density = 1 + random.below(9);
    while (bytes < 3000) {
      lines.push_back(RandomLine(random, random.below(longest), density));
      bytes += lines.back().size() + 2;
    }
    // Lines between which there is more than white space, or more of it, are taken one by one.
    const std::vector<std::vector<std::string>> ends = {{"\n"}, {"\r\n", "\n", "\r"}, {"\n", "|", "\n\n\n"}};
    Batch batch(std::move(lines), ends[static_cast<std::size_t>(round) % ends.size()], random);
    batch.LieAt(page.Place(batch.text(), 0));
    for (std::size_t i = 0; i < batch.lines().size(); ++i) {
      for (std::uint64_t times = random.below(8) == 0 ? random.below(3) : 1; times > 0; --times) {
        const mr::Line line = batch.Line(i);
        REQUIRE(Ours(line) == Naive(batch.lines()[i]));
        if (random.below(16) != 0) continue;
        auto words = mr::words(line);
        // The rest is not looked at.
        if (words.begin() != words.end()) CHECK(*words.begin() == Naive(line.text).front());
      }
    }
  }
}

TEST_CASE("words: what a mapper made of its line, and lines longer than a stretch", "[words]") {
  mr::Random random(4);
  Batch batch({"one two three", RandomLine(random, 5000, 6), "four five", "", "six"}, {"\n"}, random);
  batch.LieAt(batch.text());
  for (std::size_t i = 0; i < batch.lines().size(); ++i) CHECK(Ours(batch.Line(i)) == Naive(batch.lines()[i]));

  Batch small({"one two three", "four five", "six"}, {"\n"}, random);
  small.LieAt(small.text());
  mr::Line line = small.Line(0);
  CHECK(Ours(line).size() == 3);
  line.text.remove_suffix(2);
  CHECK(Ours(line) == std::vector<std::string>{"one", "two", "thr"});
  line.text = "elsewhere altogether";
  CHECK(Ours(line) == std::vector<std::string>{"elsewhere", "altogether"});
  const mr::Line last = small.Line(2);
  CHECK(Ours(line) == std::vector<std::string>{"elsewhere", "altogether"});
  CHECK(Ours(last) == std::vector<std::string>{"six"});

  // The words of a line within those of the same line.
  const mr::Line again = small.Line(1);
  std::string pairs;
  for (const auto a : mr::words(again)) {
    for (const auto b : mr::words(again)) pairs += std::string(a) + "-" + std::string(b) + " ";
  }
  CHECK(pairs == "four-four four-five five-four five-five ");

  // Another thread has no part in what the attempt's knows.
  std::vector<std::string> there;
  std::thread([&] { there = Ours(small.Line(1)); }).join();
  CHECK(there == std::vector<std::string>{"four", "five"});
}

TEST_CASE("words: a batch in the memory of the one before", "[words]") {
  mr::Random random(5);
  std::string memory(200, ' ');
  mr::detail::WordEdges kept;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> lines;
    for (int i = 0; i < 10; ++i) lines.push_back(RandomLine(random, 10, 3));
    Batch batch(lines, {"\n"}, random);
    memory = batch.text();
    std::vector<mr_record> records;
    mr_batch now{};
    for (int i = 0; i < 10; ++i) records.push_back({{}, {memory.data() + 11 * i, 10}, 11 * i});
    now = {records.data(), records.size(), 0};
    kept.start(&now);
    for (std::size_t i = 0; i < 10; ++i) {
      now.current = i;
      CHECK(Ours(mr::Line{mr::to_view(records[i].value), 0, &kept}) == Naive(lines[i]));
    }
  }
}

TEST_CASE("words: every length and alignment agrees with a naive splitter", "[words]") {
  GuardedPage page;
  mr::Random random(1);
  for (std::size_t length = 0; length <= 200; ++length) {
    for (std::size_t gap = 0; gap < 64; ++gap) {
      std::string text;
      const auto density = 1 + random.below(12);
      while (text.size() < length) {
        text += random.below(density) == 0 ? " \t\n\r\f\v"[random.below(6)] : static_cast<char>(random.below(256));
      }
      const std::string_view placed = page.Place(text, gap);
      REQUIRE(Ours(placed) == Naive(text));
    }
  }
}

TEST_CASE("words: a single space at every position", "[words]") {
  GuardedPage page;
  for (std::size_t length = 1; length <= 200; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      text[at] = ' ';
      REQUIRE(Ours(page.Place(text, 0)) == Naive(text));
    }
  }
}

TEST_CASE("words: every byte is a word character but the six", "[words]") {
  for (int c = 0; c < 256; ++c) {
    const std::string text(20, static_cast<char>(c));
    CHECK(Ours(text) == Naive(text));
  }
  CHECK(Ours("").empty());
  CHECK(Ours(std::string_view()).empty());
  CHECK(Ours(std::string(100, ' ')).empty());
}

TEST_CASE("words: split keeps empty fields", "[words]") {
  const auto split = [](std::string_view text, char separator) {
    std::vector<std::string> fields;
    for (const std::string_view field : mr::split(text, separator)) fields.emplace_back(field);
    return fields;
  };
  using Fields = std::vector<std::string>;
  CHECK(split("a,b", ',') == Fields{"a", "b"});
  CHECK(split("", ',') == Fields{""});
  CHECK(split(",", ',') == Fields{"", ""});
  CHECK(split("a,,b,", ',') == Fields{"a", "", "b", ""});
  CHECK(mr::fields("x\ty\t").size() == 3);
}

TEST_CASE("words: typed fields", "[words]") {
  const auto [movie, rating, title] = mr::fields<int, double, std::string_view>("7,4.5,Heat, the film", ',');
  CHECK(movie == 7);
  CHECK(rating == 4.5);
  CHECK(title == "Heat, the film");
  CHECK_THROWS_AS((mr::fields<int, int>("7", ',')), mr::ParseError);
  CHECK_THROWS_WITH((mr::fields<int, int>("7,x", ',')), "\"x\" is not a whole number");
  CHECK(mr::trim(" \t a b \r\n") == "a b");
}

// Every length and alignment against a splitter that looks at one byte at a time. Texts end where a page that cannot be
// read begins, so that a read too far would crash.
#include <mr/random.h>
#include <mr/words.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
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

}  // namespace

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

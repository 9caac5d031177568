// Writes benchmark inputs: the same bytes for the same arguments, on every machine.
//
//   generate text     OUT BYTES          lines of words, Zipf-Mandelbrot over 30,000 made-up words
//   generate distinct OUT BYTES KEYS     lines of words, uniform over KEYS made-up words
//   generate teragen  OUT RECORDS        100-byte records with a random 10-byte key
//   generate lines    OUT RECORDS        the same size, printable, the last byte a newline, so that
//                                        a record sorter and a line sorter can both read the file
//
// Word lengths follow English (2 to 16 letters for text, 6 to 16 for distinct). Output ends at the
// last whole record within BYTES.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

__extension__ typedef unsigned __int128 Wide;

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() { return Mix(state_ += 0x9e3779b97f4a7c15); }
  uint64_t Below(uint64_t n) {
    return static_cast<uint64_t>((static_cast<Wide>(Next()) * n) >> 64);
  }
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

// Collects bytes for one file and refuses to lose any.
class Output {
 public:
  explicit Output(const char* path) : file_(std::fopen(path, "wb")), path_(path) {
    if (file_ == nullptr) Fail();
    buffer_.reserve(kBlock + 4096);
  }
  ~Output() {
    Flush();
    if (std::fclose(file_) != 0) Fail();
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Put(std::string_view s) {
    buffer_ += s;
    if (buffer_.size() >= kBlock) Flush();
  }

 private:
  static constexpr size_t kBlock = 1 << 20;

  void Flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) Fail();
    buffer_.clear();
  }
  [[noreturn]] void Fail() {
    std::perror(path_);
    std::exit(1);
  }

  std::FILE* file_;
  const char* path_;
  std::string buffer_;
};

// Letters of word `id`. The letters spell the mixed id in base 26, so that no two ids below 26^6
// share their last six letters; further letters in front make the wanted length.
size_t Spell(uint64_t id, size_t length, char* to) {
  constexpr uint64_t kSpace = 26ull * 26 * 26 * 26 * 26 * 26;
  // An odd multiplier that 2 and 13 do not divide permutes the residues.
  uint64_t tail = id * 179424673 % kSpace;
  uint64_t head = Mix(id);
  for (size_t i = 0; i + 6 < length; ++i) {
    to[i] = static_cast<char>('a' + head % 26);
    head /= 26;
  }
  for (size_t i = length - 6; i < length; ++i) {
    to[i] = static_cast<char>('a' + tail % 26);
    tail /= 26;
  }
  return length;
}

size_t DistinctLength(uint64_t id) {
  uint64_t m = Mix(id ^ 0x5eed);
  return 6 + (m & 3) + (m >> 2 & 3) + (m >> 4 & 3);
}

template <class Word>
void Lines(Output& out, uint64_t bytes, Random& random, Word word) {
  uint64_t written = 0;
  std::string line;
  for (;;) {
    line.clear();
    for (uint64_t n = 6 + random.Below(12); n > 0; --n) {
      word(line);
      line += n == 1 ? '\n' : ' ';
    }
    if (written + line.size() > bytes) return;
    written += line.size();
    out.Put(line);
  }
}

void Text(Output& out, uint64_t bytes) {
  constexpr size_t kWords = 30000, kTable = 1 << 20;
  Random random(1);
  std::vector<std::string> words;
  char letters[32];
  for (size_t i = 0; i < kWords; ++i) {
    // Frequent words are short, as in English.
    size_t longest = 3 + static_cast<size_t>(std::log2(static_cast<double>(i + 1)) * 0.6);
    size_t length = 2 + random.Below(longest);
    size_t spelt = Spell(random.Below(1u << 30), std::max<size_t>(length, 6), letters);
    words.emplace_back(letters + spelt - length, length);
  }
  // Inverse of the cumulative law, as a table: one look-up a word.
  std::vector<uint32_t> law(kTable);
  double total = 0;
  for (size_t i = 0; i < kWords; ++i) total += std::pow(static_cast<double>(i) + 3.7, -1.07);
  double cumulative = 0;
  size_t slot = 0;
  for (size_t i = 0; i < kWords; ++i) {
    cumulative += std::pow(static_cast<double>(i) + 3.7, -1.07) / total;
    for (; slot < kTable && static_cast<double>(slot) < cumulative * kTable; ++slot) {
      law[slot] = static_cast<uint32_t>(i);
    }
  }
  bool capital = true;
  Lines(out, bytes, random, [&](std::string& line) {
    uint64_t r = random.Next();
    size_t at = line.size();
    line += words[law[r & (kTable - 1)]];
    if (capital) line[at] = static_cast<char>(line[at] - 'a' + 'A');
    uint64_t mark = (r >> 40) % 100;
    capital = mark < 7;
    if (mark < 7) {
      line += '.';
    } else if (mark < 13) {
      line += ',';
    }
  });
}

void Distinct(Output& out, uint64_t bytes, uint64_t keys) {
  Random random(2);
  char letters[32];
  Lines(out, bytes, random, [&](std::string& line) {
    uint64_t id = random.Below(keys);
    line.append(letters, Spell(id, DistinctLength(id), letters));
  });
}

void Records(Output& out, uint64_t records, bool printable) {
  Random random(printable ? 4 : 3);
  char record[100];
  for (uint64_t row = 0; row < records; ++row) {
    if (printable) {
      uint64_t a = random.Next(), b = random.Next();
      for (int i = 0; i < 10; ++i) {
        uint64_t& from = i < 5 ? a : b;
        record[i] = static_cast<char>('!' + from % 94);
        from /= 94;
      }
      std::snprintf(record + 10, 90, "  %032llX  ", static_cast<unsigned long long>(row));
      for (int i = 46; i < 99; ++i) record[i] = static_cast<char>('A' + (row + i / 8) % 26);
      record[99] = '\n';
    } else {
      uint64_t a = random.Next(), b = random.Next();
      std::memcpy(record, &a, 8);
      std::memcpy(record + 8, &b, 2);
      record[10] = 0;
      record[11] = 0x11;
      char number[33];
      std::snprintf(number, sizeof number, "%032llX", static_cast<unsigned long long>(row));
      std::memcpy(record + 12, number, 32);
      std::memcpy(record + 44, "\x88\x99\xaa\xbb", 4);
      for (int i = 48; i < 96; ++i) record[i] = static_cast<char>('A' + (row + i / 4) % 26);
      std::memcpy(record + 96, "\xcc\xdd\xee\xff", 4);
    }
    out.Put(std::string_view(record, 100));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view kind = argc > 1 ? argv[1] : "";
  uint64_t amount = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
  bool known = kind == "text" || kind == "distinct" || kind == "teragen" || kind == "lines";
  if (!known || amount == 0 || (kind == "distinct" && argc < 5)) {
    std::fprintf(stderr, "usage: generate text|distinct|teragen|lines OUT AMOUNT [KEYS]\n");
    return 1;
  }
  Output out(argv[2]);
  if (kind == "text") Text(out, amount);
  if (kind == "distinct") Distinct(out, amount, std::strtoull(argv[4], nullptr, 10));
  if (kind == "teragen") Records(out, amount, false);
  if (kind == "lines") Records(out, amount, true);
  return 0;
}

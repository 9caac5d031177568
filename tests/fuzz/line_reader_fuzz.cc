// Lines cut at an arbitrary place: the lines of both parts are those of the whole, which are those of a plain loop.
// The first two bytes say where to cut, the third which delimiter to use.
#include "engine/line_reader.h"

#include <memory>

#include "common/base/check.h"
#include "formats/byte_source.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/unit/formats/memory_files.h"

namespace {

using mrd::engine::LineReader;

std::vector<std::string> Lines(const std::string& text, std::size_t begin, std::size_t end, const std::string& delimiter) {
  const std::uint64_t start = begin - std::min<std::uint64_t>(begin, LineReader::LookBehind(delimiter));
  auto source = mrd::formats::MakeFileSource(std::make_unique<mrd::formats::MemoryInput>(text), start);
  LineReader::Options options;
  options.delimiter = delimiter;
  LineReader reader(std::move(source), start, begin, end, options);
  std::vector<std::string> all;
  std::vector<mrd::engine::Line> some;
  do {
    MRD_CHECK(reader.Next(3, &some).ok());
    for (const auto& line : some) all.emplace_back(line.text, line.size);
  } while (!some.empty());
  return all;
}

std::vector<std::string> PlainLines(const std::string& text, const std::string& delimiter) {
  std::vector<std::string> all;
  std::string line;
  bool open = false;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 0;
    if (!delimiter.empty()) {
      if (text.compare(i, delimiter.size(), delimiter) == 0) length = delimiter.size();
    } else if (text[i] == '\n') {
      length = 1;
    } else if (text[i] == '\r') {
      length = text.compare(i, 2, "\r\n") == 0 ? 2 : 1;
    }
    if (length == 0) {
      line += text[i++];
      open = true;
      continue;
    }
    all.push_back(line);
    line.clear();
    open = false;
    i += length;
  }
  if (open) all.push_back(line);
  return all;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "a line" + std::string(static_cast<std::size_t>(i), 'x') + (i % 3 == 0 ? "\r\n" : i % 3 == 1 ? "\n" : "\r");
  return {std::string("\x01\0\0", 3) + text, std::string("\x30\0\1", 3) + "a|b||c|", std::string("\x10\0\2", 3) + "a\r\nb\n\r\nc",
          std::string("\x10\0\0", 3) + "\r\n\r\n\n\n\r\r"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string kDelimiters[] = {"", "|", "\r\n", "<br>"};
  if (size < 3) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::string& delimiter = kDelimiters[data[2] % std::size(kDelimiters)];
  const std::size_t cut = (data[0] + 256u * data[1]) % (text.size() + 1);
  const std::vector<std::string> whole = Lines(text, 0, text.size(), delimiter);
  MRD_CHECK(whole == PlainLines(text, delimiter));
  std::vector<std::string> parts = Lines(text, 0, cut, delimiter);
  for (std::string& line : Lines(text, cut, text.size(), delimiter)) parts.push_back(std::move(line));
  MRD_CHECK(parts == whole);
  return 0;
}

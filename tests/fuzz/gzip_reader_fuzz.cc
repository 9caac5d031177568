// The gzip reader on arbitrary bytes, beside zlib: whatever it accepts, zlib accepts too and with the same content.
#include <zlib.h>

#include <memory>
#include <string>

#include "common/base/check.h"
#include "formats/gzip_reader.h"
#include "formats/gzip_writer.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/unit/formats/memory_files.h"

namespace {

using mrd::formats::GzipSource;
using mrd::formats::MemoryInput;
using mrd::formats::MemoryOutput;
using mrd::formats::WrittenFile;

// A small input may stand for very much output; what lies beyond this is not compared.
constexpr std::size_t kOutputBytesMax = 4 << 20;

std::string Gzip(const std::string& text, int level) {
  WrittenFile file;
  const auto writer = mrd::formats::MakeGzipWriter(std::make_unique<MemoryOutput>(file), level);
  MRD_CHECK(writer->Append(text.data(), text.size()).ok() && writer->Close().ok());
  return file.content;
}

// All members as zlib sees them, up to `size_max` bytes; zeros after the last one are left alone. False where zlib
// finds an error.
bool ZlibAll(const std::string& gzip, std::size_t size_max, std::string& out) {
  z_stream stream{};
  MRD_CHECK(inflateInit2(&stream, 31) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  out.resize(size_max + 1);
  std::size_t used = 0;
  int code = Z_OK;
  while (used <= size_max) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(out.size() - used);
    code = inflate(&stream, Z_NO_FLUSH);
    used = out.size() - stream.avail_out;
    if (code == Z_STREAM_END && stream.avail_in > 0 && *stream.next_in != 0) {
      code = inflateReset(&stream);
    } else if (code != Z_OK) {
      break;
    }
  }
  inflateEnd(&stream);
  out.resize(used);
  return code == Z_STREAM_END;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const std::string text = "a record of some bytes\tand a value\na record of other bytes\n";
  std::string long_text;
  for (int i = 0; i < 200; ++i) long_text += text + std::to_string(i * i * 7919);
  std::string with_fields = Gzip(text, 6);
  with_fields[3] = 0x04 | 0x08 | 0x10;
  with_fields.insert(10, std::string("\x03\0abcname\0comment\0", 18));
  return {Gzip("", 1),         Gzip(text, 1), Gzip(long_text, 9), Gzip(text, 6) + Gzip(long_text, 1) + Gzip("", 6),
          with_fields,         Gzip(text, 6) + std::string(600, '\0'),
          Gzip(std::string(100'000, 'x'), 9)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string gzip(reinterpret_cast<const char*>(data), size);
  GzipSource source(std::make_unique<MemoryInput>(gzip), "fuzz.gz");
  std::string buffer(1 + size % 5000, '\0');
  std::string ours;
  while (ours.size() <= kOutputBytesMax) {
    const mrd::Result<std::size_t> got = source.Read(buffer.data(), buffer.size());
    if (!got.ok()) {
      MRD_CHECK(got.status().code() == mrd::Code::kCorruption);
      MRD_CHECK(source.Read(buffer.data(), buffer.size()).status().message() == got.status().message());
      return 0;
    }
    MRD_CHECK(*got <= buffer.size() && source.consumed() <= size);
    if (*got == 0) {
      std::string theirs;
      // ISA-L accepts some incomplete Huffman codes that zlib refuses. That does no harm, since checksum and length of
      // what came out were right; but where both accept, they agree.
      if (ZlibAll(gzip, ours.size(), theirs)) MRD_CHECK(theirs == ours);
      return 0;
    }
    ours.append(buffer, 0, *got);
  }
  return 0;
}

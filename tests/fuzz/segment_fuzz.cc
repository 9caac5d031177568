// A segment of a spill file with arbitrary bytes. Checksums would stop nearly every mutation at the first block, so each
// input is also read with the checksums put right, which is what shows the decoders behind them.
#include "engine/segment.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

#include "common/base/check.h"
#include "common/base/crc32c.h"
#include "engine/segment_format.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temporary_dir.h"

namespace {

using mrd::engine::BlockHeader;

// Larger blocks are not looked at: a header with the right checksum may ask for 4 GiB, and only a bug writes such.
constexpr std::uint32_t kRawBytesMax = 1 << 20;

class MemoryFile : public mrd::File {
 public:
  explicit MemoryFile(std::string content) : content_(std::move(content)) {}
  mrd::Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    if (offset >= content_.size()) return std::size_t{0};
    size = std::min<std::size_t>(size, content_.size() - offset);
    std::memcpy(out, content_.data() + offset, size);
    return size;
  }
  mrd::Status Append(const char*, std::size_t) override { return mrd::Unimplemented("memory file"); }
  mrd::Result<std::uint64_t> Size() override { return std::uint64_t{content_.size()}; }
  mrd::Status Sync() override { return {}; }
  mrd::Status Close() override { return {}; }

 private:
  const std::string content_;
};

// False when a block is too large to be tried.
bool PutChecksumsRight(std::string& bytes) {
  std::size_t at = 0;
  while (bytes.size() - at >= sizeof(BlockHeader)) {
    BlockHeader header;
    std::memcpy(&header, bytes.data() + at, sizeof header);
    if (header.raw_size > kRawBytesMax) return false;
    if (header.stored_size > bytes.size() - at - sizeof header) return true;
    const std::uint32_t of_header = mrd::Crc32c(bytes.data() + at, offsetof(BlockHeader, crc32c));
    header.crc32c = mrd::Crc32c(bytes.data() + at + sizeof header, header.stored_size, of_header);
    std::memcpy(bytes.data() + at, &header, sizeof header);
    at += sizeof header + header.stored_size;
  }
  return true;
}

void ReadThrough(const std::string& bytes, std::size_t buffer_bytes) {
  mrd::engine::SpillFile spill;
  spill.path = "fuzz-spill";
  spill.file = std::make_shared<MemoryFile>(bytes);
  spill.segments = {{0, bytes.size(), 0}};
  mrd::engine::SegmentCursor cursor(spill, 0, buffer_bytes);
  std::uint32_t sum = 0;
  while (cursor.Next()) {
    // Touches every byte of the views, so that a sanitizer sees one that reaches too far.
    sum = mrd::Crc32c(cursor.key().data(), cursor.key().size(), sum);
    sum = mrd::Crc32c(cursor.value().data(), cursor.value().size(), sum);
  }
  if (!cursor.status().ok()) {
    MRD_CHECK(cursor.status().message().find("fuzz-spill") != std::string::npos);
  }
}

std::string SegmentOf(int records, std::size_t value_bytes, bool compress) {
  const mrd::test::TemporaryDir dir;
  mrd::Env& env = mrd::Env::Posix();
  auto writer = mrd::engine::SpillWriter::Create(env, dir / "spill", 1, compress);
  MRD_CHECK(writer.ok() && (*writer)->StartSegment(0).ok());
  for (int i = 0; i < records; ++i) {
    MRD_CHECK((*writer)->Append("key" + std::to_string(i), std::string(value_bytes, 'v')).ok());
  }
  auto spill = (*writer)->Finish();
  MRD_CHECK(spill.ok());
  const mrd::engine::SegmentRange range = spill->segments[0];
  std::string bytes(range.bytes, '\0');
  const auto got = spill->file->ReadAt(range.offset, bytes.data(), bytes.size());
  MRD_CHECK(got.ok() && *got == bytes.size());
  return bytes;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  for (const bool compress : {false, true}) {
    seeds.push_back(SegmentOf(0, 0, compress));
    seeds.push_back(SegmentOf(5, 10, compress));
    seeds.push_back(SegmentOf(3, 300, compress));
    seeds.push_back(SegmentOf(40, 4000, compress).substr(0, 60'000));
  }
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  ReadThrough(bytes, 64);
  if (PutChecksumsRight(bytes)) ReadThrough(bytes, 1 + size % 10'000);
  return 0;
}

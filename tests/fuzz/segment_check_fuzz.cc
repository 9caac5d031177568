// A segment as a tasktracker fetches it, with arbitrary bytes, each input also with its checksums put right: the verdict is
// that of a plain walk over the blocks, and the same however the bytes are cut into pieces.
#include "tasktracker/segment_check.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/base/crc32c.h"
#include "engine/segment_format.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using mrd::engine::BlockHeader;

std::string Block(std::string_view stored, std::uint32_t flags) {
  BlockHeader header{static_cast<std::uint32_t>(stored.size()), static_cast<std::uint32_t>(stored.size()), flags, 0};
  header.crc32c = mrd::Crc32c(stored.data(), stored.size(), mrd::Crc32c(&header, offsetof(BlockHeader, crc32c)));
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + std::string(stored);
}

// Whether all of it is blocks with right checksums. With `mend`, wrong ones are put right on the way.
bool Walk(std::string& bytes, bool mend) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    BlockHeader header;
    if (bytes.size() - at < sizeof header) return false;
    std::memcpy(&header, bytes.data() + at, sizeof header);
    if (header.flags > mrd::engine::kBlockLz4) return false;
    if (header.stored_size > bytes.size() - at - sizeof header) return false;
    const std::uint32_t of_header = mrd::Crc32c(&header, offsetof(BlockHeader, crc32c));
    const std::uint32_t right = mrd::Crc32c(bytes.data() + at + sizeof header, header.stored_size, of_header);
    if (header.crc32c != right && !mend) return false;
    header.crc32c = right;
    std::memcpy(bytes.data() + at, &header, sizeof header);
    at += sizeof header + header.stored_size;
  }
  return true;
}

bool Accepted(std::string_view bytes, std::size_t piece) {
  mrd::tasktracker::SegmentCheck check;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const mrd::Status status = check.Add(bytes.substr(0, piece));
    MRD_CHECK(status.ok() || status.code() == mrd::Code::kCorruption);
    if (!status.ok()) return false;
  }
  return check.Finish().ok();
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {"", Block("", 0), Block("some records", 0) + Block(std::string(300, 'x'), mrd::engine::kBlockLz4) + Block("y", 0)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const bool mend : {false, true}) {
    const bool right = Walk(bytes, mend);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, std::size_t{16}, size + 1}) {
      MRD_CHECK(Accepted(bytes, piece) == right);
    }
  }
  return 0;
}

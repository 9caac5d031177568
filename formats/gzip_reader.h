#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "formats/byte_source.h"

namespace mrd::formats {

// What a gzip file (RFC 1952) holds: all its members, one after the other, as one stream.
//
// Checked: each header (its own CRC too, if it has one), the compressed data, CRC-32 and length of every member. After
// the last member only zero bytes may follow, as tape and block padding leaves them. Anything else is kCorruption and
// names the file, the member and the compressed offset; so is an empty file, since a gzip file has at least one
// member.
// Memory: one input buffer of 128 KiB and the decoder's state of about 90 KiB, whatever the file says.
// Reads with at least 64 KiB of room are fastest.
class GzipSource : public ByteSource {
 public:
  // `name` is for messages only.
  GzipSource(std::unique_ptr<fs::InputFile> file, std::string name);
  ~GzipSource() override;

  Result<std::size_t> Read(char* out, std::size_t size) override;
  std::uint64_t consumed() const override;
  // Members begun so far.
  std::uint64_t members() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrd::formats

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/env.h"
#include "common/base/status.h"
#include "datanode/store/volume.h"
#include "dfs/types.h"
#include "dfs/wire/checksum.h"

namespace mrd::datanode {

// Reads one replica as it was when it was opened: its files stay readable when it is finalized, renamed or deleted
// meanwhile. Threads: one call at a time.
class ReplicaReader {
 public:
  struct Parts {
    dfs::Block block;  // the length is what readers may see
    bool finalized = true;
    dfs::wire::ChecksumSpec spec;
    std::unique_ptr<File> data;
    std::unique_ptr<File> meta;
  };
  ReplicaReader(Volume& volume, Parts parts) : volume_(volume), parts_(std::move(parts)) {}

  const dfs::Block& block() const { return parts_.block; }
  std::uint64_t length() const { return parts_.block.length; }
  bool finalized() const { return parts_.finalized; }
  const dfs::wire::ChecksumSpec& spec() const { return parts_.spec; }
  Volume& volume() const { return volume_; }

  // Exactly `size` bytes at `offset` into `data`, and into `checksums`, unless it is null, those of their chunks as they
  // are stored: spec().ChecksumBytes(size) bytes. Does not compare them; but where the last chunk is partial and the
  // replica has grown meanwhile, its stored checksum is of more bytes, and one of these bytes is given.
  // kCorruption when the files are shorter than they must be.
  // REQUIRES: offset is a multiple of the chunk size; offset + size does too, or equals length().
  Status Read(std::uint64_t offset, std::size_t size, char* data, char* checksums);
  // The checksums of the first `length` bytes, as stored; one is computed where the length cuts a chunk. Empty with kNull.
  // REQUIRES: length <= length().
  Result<std::string> Checksums(std::uint64_t length);
  // Reads `size` bytes at `offset` and compares: kCorruption naming the place. The same requirements.
  Status Verify(std::uint64_t offset, std::size_t size);

  int data_descriptor() const { return parts_.data->descriptor(); }
  int meta_descriptor() const { return parts_.meta->descriptor(); }

 private:
  Status ReadExactly(File& file, std::uint64_t offset, std::size_t size, char* out) const;

  Volume& volume_;
  const Parts parts_;
};

}  // namespace mrd::datanode

#pragma once

// The bytes of one inode, or of one further part of a long file's blocks, in the durable map. Pure functions.
//
// Integers are varints (seven bits a byte, low ones first); times and quotas zigzag before. Strings have their length
// before them.
//
//   inode  = version(1) flags(1) parent name mode owner group mtime atime (directory | file)
//   flags  = 1 directory | 2 under construction | 4 last block open | 8 has quotas
//   directory = [names-quota space-quota]
//   file   = replication block-size [client-name client-machine] blocks
//   blocks = count (id stamp length)*                      at most 64
//   chunk  = version(1) flags(1) blocks
//
// "Last block open" stands in the part that holds the file's last block. A part with fewer than 64 blocks is the last
// one; a full part says nothing about what comes after it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/tree/inode.h"

namespace mrd::namenode {

inline constexpr std::size_t kBlocksPerPart = 64;  // never change

// An inode in decoded form. Strings are views: into the value when decoded, into the caller's memory when encoded.
struct InodeRecord {
  bool directory = false;
  std::uint64_t parent = 0;  // 0: the root, or the top of an unlinked subtree
  std::string_view name;
  std::uint16_t mode = 0;
  std::string_view owner;
  std::string_view group;
  std::int64_t modified_ms = 0;
  std::int64_t accessed_ms = 0;
  Quota quota;  // directories
  // Files.
  std::uint32_t replication = 0;
  std::uint64_t block_size = 0;
  bool open = false;
  std::string_view client_name;
  std::string_view client_machine;
  bool last_open = false;
  std::vector<dfs::Block> blocks;  // the first part
};

std::string EncodeInode(const InodeRecord& record);
// kCorruption saying what is wrong; never reads outside `value`.
Status DecodeInode(std::string_view value, InodeRecord* record);

struct BlockPart {
  bool last_open = false;
  std::vector<dfs::Block> blocks;
};
std::string EncodeBlockPart(const BlockPart& part);
Status DecodeBlockPart(std::string_view value, BlockPart* part);

}  // namespace mrd::namenode

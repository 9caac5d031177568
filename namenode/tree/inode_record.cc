#include "namenode/tree/inode_record.h"

#include "namenode/tree/permission.h"

namespace mrd::namenode {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kDirectoryFlag = 1;
constexpr std::uint8_t kOpenFlag = 2;
constexpr std::uint8_t kLastOpenFlag = 4;
constexpr std::uint8_t kQuotaFlag = 8;
constexpr std::uint8_t kKnownFlags = 15;
constexpr std::size_t kStringBytesMax = 64 * 1024;

void PutVarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}
void PutSigned(std::string& out, std::int64_t value) {
  PutVarint(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}
void PutString(std::string& out, std::string_view text) {
  PutVarint(out, text.size());
  out.append(text);
}
void PutBlocks(std::string& out, const std::vector<dfs::Block>& blocks) {
  PutVarint(out, blocks.size());
  for (const dfs::Block& block : blocks) {
    PutVarint(out, static_cast<std::uint64_t>(block.id.value));
    PutVarint(out, static_cast<std::uint64_t>(block.stamp.value));
    PutVarint(out, block.length);
  }
}

// Reads from the front. After the first failure everything reads as zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  std::uint8_t Byte() {
    if (!Require(1)) return 0;
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = Byte();
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return ok_ ? value : 0;
    }
    ok_ = false;
    return 0;
  }
  std::int64_t Signed() {
    const std::uint64_t value = Varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  // A number of at most `max`.
  std::uint64_t Bounded(std::uint64_t max) {
    const std::uint64_t value = Varint();
    if (value > max) ok_ = false;
    return ok_ ? value : 0;
  }
  std::int64_t Time() {
    const std::int64_t value = Signed();
    if (value > kTimeMax || value < -kTimeMax - 1) ok_ = false;
    return ok_ ? value : 0;
  }
  std::string_view String(std::size_t max) {
    const std::uint64_t length = Bounded(max);
    if (!Require(length)) return {};
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
  }
  void Blocks(std::vector<dfs::Block>* blocks) {
    const std::uint64_t count = Bounded(kBlocksPerPart);
    blocks->clear();
    for (std::uint64_t i = 0; i < count && ok_; ++i) {
      dfs::Block block;
      block.id.value = static_cast<std::int64_t>(Varint());
      block.stamp.value = static_cast<std::int64_t>(Bounded(kIdMax));
      block.length = Varint();
      blocks->push_back(block);
    }
  }

 private:
  bool Require(std::size_t bytes) {
    if (rest_.size() < bytes) ok_ = false;
    return ok_;
  }
  std::string_view rest_;
  bool ok_ = true;
};

Status CheckVersion(std::uint8_t version) {
  if (version == kVersion) return {};
  return Corruption("version " + std::to_string(version) + " of an inode's value is not known; this program reads version " +
                    std::to_string(kVersion) + "; start the one that wrote it");
}

Status CheckEnd(const Reader& reader, std::string_view what) {
  if (reader.ok() && reader.at_end()) return {};
  return Corruption(std::string(what) + (reader.ok() ? " has bytes after its end" : " is cut short or out of range"));
}

}  // namespace

std::string EncodeInode(const InodeRecord& record) {
  std::string out;
  out.reserve(64 + record.name.size() + record.owner.size() + record.group.size() + record.blocks.size() * 16);
  out += static_cast<char>(kVersion);
  const bool quota = record.directory && record.quota.set();
  out += static_cast<char>((record.directory ? kDirectoryFlag : 0) | (record.open ? kOpenFlag : 0) |
                           (record.last_open ? kLastOpenFlag : 0) | (quota ? kQuotaFlag : 0));
  PutVarint(out, record.parent);
  PutString(out, record.name);
  PutVarint(out, record.mode);
  PutString(out, record.owner);
  PutString(out, record.group);
  PutSigned(out, record.modified_ms);
  PutSigned(out, record.accessed_ms);
  if (record.directory) {
    if (quota) {
      PutSigned(out, record.quota.names);
      PutSigned(out, record.quota.space);
    }
    return out;
  }
  PutVarint(out, record.replication);
  PutVarint(out, record.block_size);
  if (record.open) {
    PutString(out, record.client_name);
    PutString(out, record.client_machine);
  }
  PutBlocks(out, record.blocks);
  return out;
}

Status DecodeInode(std::string_view value, InodeRecord* record) {
  Reader reader(value);
  MRD_RETURN_IF_ERROR(CheckVersion(reader.Byte()));
  const std::uint8_t flags = reader.Byte();
  record->directory = flags & kDirectoryFlag;
  record->open = flags & kOpenFlag;
  record->last_open = flags & kLastOpenFlag;
  record->parent = reader.Bounded(kIdMax);
  record->name = reader.String(kNameBytesMax);
  record->mode = static_cast<std::uint16_t>(reader.Bounded(kModeBits));
  record->owner = reader.String(kStringBytesMax);
  record->group = reader.String(kStringBytesMax);
  record->modified_ms = reader.Time();
  record->accessed_ms = reader.Time();
  record->quota = Quota{};
  record->blocks.clear();
  record->client_name = record->client_machine = {};
  if (record->directory) {
    if (flags & (kOpenFlag | kLastOpenFlag)) return Corruption("an inode is both a directory and an open file");
    if (flags & kQuotaFlag) {
      record->quota.names = reader.Signed();
      record->quota.space = reader.Signed();
    }
  } else {
    record->replication = static_cast<std::uint32_t>(reader.Bounded(kReplicationMax));
    record->block_size = reader.Varint();
    if (record->open) {
      record->client_name = reader.String(kStringBytesMax);
      record->client_machine = reader.String(kStringBytesMax);
    }
    reader.Blocks(&record->blocks);
  }
  if (flags & ~kKnownFlags) return Corruption("an inode has flags that are not known: " + std::to_string(flags));
  return CheckEnd(reader, "an inode's value");
}

std::string EncodeBlockPart(const BlockPart& part) {
  std::string out;
  out += static_cast<char>(kVersion);
  out += static_cast<char>(part.last_open ? kLastOpenFlag : 0);
  PutBlocks(out, part.blocks);
  return out;
}

Status DecodeBlockPart(std::string_view value, BlockPart* part) {
  Reader reader(value);
  MRD_RETURN_IF_ERROR(CheckVersion(reader.Byte()));
  const std::uint8_t flags = reader.Byte();
  part->last_open = flags & kLastOpenFlag;
  reader.Blocks(&part->blocks);
  if (flags & ~kLastOpenFlag) return Corruption("a list of blocks has flags that are not known: " + std::to_string(flags));
  return CheckEnd(reader, "a list of blocks");
}

}  // namespace mrd::namenode

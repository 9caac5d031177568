#pragma once

// Who may do what to an inode: HDFS's rules as plain functions over owner, group and mode. No tree, no paths.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mrd::namenode {

// Bits of an access, as in a mode: the wire's FsAction has the same values.
enum class Access : std::uint8_t {
  kNone = 0, kExecute = 1, kWrite = 2, kWriteExecute = 3, kRead = 4, kReadExecute = 5, kReadWrite = 6, kAll = 7
};
// "READ_EXECUTE": the spelling of HDFS's messages.
std::string_view AccessName(Access access);

inline constexpr std::uint16_t kStickyBit = 01000;
inline constexpr std::uint16_t kModeBits = 01777;

// On whose behalf an operation runs. The core makes one per call: `superuser` is true for the user that runs the
// namenode and for members of the supergroup.
struct Caller {
  std::string user;
  std::vector<std::string> groups;
  bool superuser = false;
  bool IsMemberOf(std::string_view group) const;
};

// What a decision needs to know of an inode. Views into the tree; valid until the next change.
struct InodeAttributes {
  std::string_view owner;
  std::string_view group;
  std::uint16_t mode = 0;
  bool directory = false;
};

// Owner bits for the owner, else group bits for members, else the others' bits; the superuser may do everything.
bool MayAccess(const Caller& caller, const InodeAttributes& inode, Access access);
// Whether the parent's sticky bit keeps the caller from removing or moving the entry.
bool StickyBitForbids(const Caller& caller, const InodeAttributes& parent, const InodeAttributes& entry);

// "rwxr-x--T": nine characters, the sticky bit in the last one.
std::string ModeString(std::uint16_t mode);
// HDFS's text of a refusal, without class name:
// Permission denied: user=U, access=WRITE, inode="/p":owner:group:drwxr-xr-x
std::string DeniedMessage(const Caller& caller, Access access, std::string_view path, const InodeAttributes& inode);
// The same for a sticky bit.
std::string StickyMessage(const Caller& caller,
                          std::string_view path,
                          const InodeAttributes& entry,
                          std::string_view parent_path,
                          const InodeAttributes& parent);

}  // namespace mrd::namenode

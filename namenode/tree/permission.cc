#include "namenode/tree/permission.h"

#include <algorithm>
#include <array>

namespace mrd::namenode {
namespace {

std::string Described(std::string_view path, const InodeAttributes& inode) {
  std::string text = "\"";
  text.append(path).append("\":").append(inode.owner).append(":").append(inode.group).append(":");
  text += inode.directory ? 'd' : '-';
  return text + ModeString(inode.mode);
}

}  // namespace

std::string_view AccessName(Access access) {
  static constexpr std::array<std::string_view, 8> kNames = {"NONE", "EXECUTE", "WRITE", "WRITE_EXECUTE",
                                                              "READ", "READ_EXECUTE", "READ_WRITE", "ALL"};
  return kNames[static_cast<std::size_t>(access) & 7];
}

bool Caller::IsMemberOf(std::string_view group) const {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool MayAccess(const Caller& caller, const InodeAttributes& inode, Access access) {
  if (caller.superuser) return true;
  unsigned granted = inode.mode;
  if (caller.user == inode.owner) {
    granted >>= 6;
  } else if (caller.IsMemberOf(inode.group)) {
    granted >>= 3;
  }
  const auto wanted = static_cast<unsigned>(access);
  return (granted & wanted) == wanted;
}

bool StickyBitForbids(const Caller& caller, const InodeAttributes& parent, const InodeAttributes& entry) {
  return !caller.superuser && (parent.mode & kStickyBit) != 0 && caller.user != parent.owner &&
         caller.user != entry.owner;
}

std::string ModeString(std::uint16_t mode) {
  std::string text;
  for (int shift = 6; shift >= 0; shift -= 3) {
    const int bits = mode >> shift;
    text += bits & 4 ? 'r' : '-';
    text += bits & 2 ? 'w' : '-';
    text += bits & 1 ? 'x' : '-';
  }
  if (mode & kStickyBit) text.back() = text.back() == 'x' ? 't' : 'T';
  return text;
}

std::string DeniedMessage(const Caller& caller, Access access, std::string_view path, const InodeAttributes& inode) {
  return "Permission denied: user=" + caller.user + ", access=" + std::string(AccessName(access)) +
         ", inode=" + Described(path, inode);
}

std::string StickyMessage(const Caller& caller,
                          std::string_view path,
                          const InodeAttributes& entry,
                          std::string_view parent_path,
                          const InodeAttributes& parent) {
  return "Permission denied by sticky bit: user=" + caller.user + ", path=" + Described(path, entry) +
         ", parent=" + Described(parent_path, parent);
}

}  // namespace mrd::namenode

#include "namenode/tree/permission.h"

#include <catch2/catch.hpp>

namespace mrd::namenode {
namespace {

TEST_CASE("permission: the first class that fits decides, even when another would grant more", "[tree]") {
  const Caller owner{"alice", {"staff"}, false};
  const Caller member{"bob", {"users", "staff"}, false};
  const Caller other{"eve", {"users"}, false};
  const Caller super{"hdfs", {}, true};
  const InodeAttributes inode{"alice", "staff", 0074, false};
  CHECK_FALSE(MayAccess(owner, inode, Access::kRead));
  CHECK(MayAccess(member, inode, Access::kAll));
  CHECK(MayAccess(other, inode, Access::kRead));
  CHECK_FALSE(MayAccess(other, inode, Access::kReadExecute));
  CHECK(MayAccess(super, inode, Access::kAll));
  CHECK(MayAccess(owner, inode, Access::kNone));
}

TEST_CASE("permission: a sticky bit spares the entry's owner, the directory's owner and the superuser", "[tree]") {
  const InodeAttributes parent{"root", "g", 01777, true};
  const InodeAttributes entry{"alice", "g", 0644, false};
  CHECK_FALSE(StickyBitForbids({"alice", {}, false}, parent, entry));
  CHECK_FALSE(StickyBitForbids({"root", {}, false}, parent, entry));
  CHECK_FALSE(StickyBitForbids({"hdfs", {}, true}, parent, entry));
  CHECK(StickyBitForbids({"bob", {}, false}, parent, entry));
  CHECK_FALSE(StickyBitForbids({"bob", {}, false}, {"root", "g", 0777, true}, entry));
}

TEST_CASE("permission: modes and refusals read like HDFS's", "[tree]") {
  CHECK(ModeString(0755) == "rwxr-xr-x");
  CHECK(ModeString(0) == "---------");
  CHECK(ModeString(01777) == "rwxrwxrwt");
  CHECK(ModeString(01776) == "rwxrwxrwT");
  const Caller eve{"eve", {}, false};
  CHECK(DeniedMessage(eve, Access::kReadExecute, "/d", {"hdfs", "supergroup", 0700, true}) ==
        "Permission denied: user=eve, access=READ_EXECUTE, inode=\"/d\":hdfs:supergroup:drwx------");
  CHECK(StickyMessage(eve, "/t/f", {"al", "g", 0644, false}, "/t", {"hdfs", "g", 01777, true}) ==
        "Permission denied by sticky bit: user=eve, path=\"/t/f\":al:g:-rw-r--r--, parent=\"/t\":hdfs:g:drwxrwxrwt");
}

}  // namespace
}  // namespace mrd::namenode

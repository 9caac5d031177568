#include <catch2/catch.hpp>

#include "namenode/tree/inode_record.h"
#include "namenode/tree/keys.h"

namespace mrd::namenode {
namespace {

TEST_CASE("json: directories, files, parts, counters and erasures", "[tree]") {
  InodeRecord record;
  record.directory = true;
  record.parent = 16385;
  record.name = "a\"b\n\xff";
  record.mode = 01755;
  record.owner = "u";
  record.group = "g";
  record.quota = {7, dfs::kQuotaUnset};
  CHECK(RenderAsJson(InodeKey({16386}), EncodeInode(record)) ==
        "{\"inode\":16386,\"parent\":16385,\"name\":\"a\\\"b\\u000a\xEF\xBF\xBD\",\"type\":\"directory\","
        "\"permission\":\"rwxr-xr-t\",\"owner\":\"u\",\"group\":\"g\",\"mtime\":0,\"atime\":0,\"nameQuota\":7}");
  InodeRecord file;
  file.name = "é";
  file.replication = 1;
  file.block_size = 10;
  file.open = true;
  file.client_name = "c";
  file.client_machine = "m";
  file.last_open = true;
  file.blocks = {{{5}, {6}, 7}};
  CHECK(RenderAsJson(InodeKey({2}), EncodeInode(file)) ==
        "{\"inode\":2,\"parent\":0,\"name\":\"é\",\"type\":\"file\",\"permission\":\"---------\",\"owner\":\"\",\"group\":\"\","
        "\"mtime\":0,\"atime\":0,\"replication\":1,\"blockSize\":10,\"clientName\":\"c\",\"clientMachine\":\"m\","
        "\"blocks\":[{\"block\":\"blk_5_6\",\"length\":7}],\"lastBlockOpen\":true}");
  CHECK(RenderAsJson(BlockChunkKey({2}, 1), EncodeBlockPart({false, {{{5}, {6}, 7}}})) ==
        "{\"inode\":2,\"firstBlock\":64,\"blocks\":[{\"block\":\"blk_5_6\",\"length\":7}]}");
  CHECK(RenderAsJson(CounterKey("block-id"), CounterValue(9)) == "{\"counter\":\"block-id\",\"value\":9}");
  CHECK(RenderAsJson(InodeKey({2}), std::nullopt) == "{\"inode\":2,\"erased\":true}");
}

TEST_CASE("json: what cannot be read says so and stops nothing", "[tree]") {
  CHECK(RenderAsJson("Zx", "v") == "{\"key\":\"5a78\",\"error\":\"not a key of the namespace\"}");
  CHECK(RenderAsJson(InodeKey({2}), "\x01").find("\"error\":") != std::string::npos);
  CHECK(RenderAsJson(CounterKey("n"), "short").find("\"error\":") != std::string::npos);
}

}  // namespace
}  // namespace mrd::namenode

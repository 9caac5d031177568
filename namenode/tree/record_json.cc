#include <cstdio>
#include <string>

#include "common/base/hex.h"
#include "namenode/tree/inode_record.h"
#include "namenode/tree/keys.h"
#include "namenode/tree/permission.h"

namespace mrd::namenode {
namespace {

// Bytes of the UTF-8 sequence that starts at `i`; 0 when there is none. Lenient about surrogates: the text is for
// people.
std::size_t SequenceAt(std::string_view text, std::size_t i) {
  const auto lead = static_cast<std::uint8_t>(text[i]);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5                   ? 4
                                                                             : 0;
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((static_cast<std::uint8_t>(text[i + k]) & 0xC0) != 0x80) return 0;
  }
  return length;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = SequenceAt(text, i);
    const char c = text[i];
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (length > 1) {
      out.append(text.substr(i, length));
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<std::uint8_t>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
    i += length == 0 ? 1 : length;
  }
  return out + '"';
}

// Builds {"a":1,"b":"x"} from left to right.
class Line {
 public:
  Line& Number(std::string_view key, std::int64_t value) { return Raw(key, std::to_string(value)); }
  Line& Text(std::string_view key, std::string_view value) { return Raw(key, Quoted(value)); }
  Line& Raw(std::string_view key, std::string_view json) {
    out_ += out_.size() > 1 ? "," : "";
    out_.append(Quoted(key)).append(":").append(json);
    return *this;
  }
  std::string Done() { return out_ + "}"; }

 private:
  std::string out_ = "{";
};

std::string BlocksJson(const std::vector<dfs::Block>& blocks) {
  std::string out = "[";
  for (const dfs::Block& block : blocks) {
    if (out.size() > 1) out += ',';
    out += Line().Text("block", dfs::ToString(block)).Raw("length", std::to_string(block.length)).Done();
  }
  return out + "]";
}

Status AddInode(std::string_view value, Line& line) {
  InodeRecord record;
  MRD_RETURN_IF_ERROR(DecodeInode(value, &record));
  line.Number("parent", static_cast<std::int64_t>(record.parent))
      .Text("name", record.name)
      .Text("type", record.directory ? "directory" : "file")
      .Text("permission", ModeString(record.mode))
      .Text("owner", record.owner)
      .Text("group", record.group)
      .Number("mtime", record.modified_ms)
      .Number("atime", record.accessed_ms);
  if (record.directory) {
    if (record.quota.names != dfs::kQuotaUnset) line.Number("nameQuota", record.quota.names);
    if (record.quota.space != dfs::kQuotaUnset) line.Number("spaceQuota", record.quota.space);
    return {};
  }
  line.Number("replication", record.replication).Raw("blockSize", std::to_string(record.block_size));
  if (record.open) line.Text("clientName", record.client_name).Text("clientMachine", record.client_machine);
  line.Raw("blocks", BlocksJson(record.blocks));
  if (record.last_open) line.Raw("lastBlockOpen", "true");
  return {};
}

Status AddPart(std::string_view value, Line& line) {
  BlockPart part;
  MRD_RETURN_IF_ERROR(DecodeBlockPart(value, &part));
  line.Raw("blocks", BlocksJson(part.blocks));
  if (part.last_open) line.Raw("lastBlockOpen", "true");
  return {};
}

std::string Unreadable(std::string_view key, std::string_view error) {
  return Line().Text("key", ToHex(key.data(), key.size())).Text("error", error).Done();
}

}  // namespace

std::string RenderAsJson(std::string_view key, const std::optional<std::string>& value) {
  Line line;
  Status status;
  if (const auto counter = ParseCounterKey(key)) {
    line.Text("counter", *counter);
    if (value) {
      const Result<std::uint64_t> number = ParseCounterValue(*value);
      status = number.status();
      if (number.ok()) line.Raw("value", std::to_string(*number));
    }
  } else if (const auto inode = ParseInodeKey(key)) {
    line.Number("inode", inode->id.value);
    if (inode->chunk != 0) line.Number("firstBlock", static_cast<std::int64_t>(inode->chunk) * kBlocksPerPart);
    if (value) status = inode->chunk == 0 ? AddInode(*value, line) : AddPart(*value, line);
  } else {
    return Unreadable(key, "not a key of the namespace");
  }
  if (!status.ok()) return Unreadable(key, status.message());
  return value ? line.Done() : line.Raw("erased", "true").Done();
}

}  // namespace mrd::namenode

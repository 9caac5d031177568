#include "namenode/journal/edit_codec.h"

#include <limits>

#include "namenode/journal/bytes.h"

namespace mrd::namenode {
namespace {

// A mutation takes at least a byte for the size of its key and one for that of its value.
constexpr std::size_t kMutationBytesMin = 2;

Status Damaged(TxId id, std::string_view what) {
  return Corruption("edit " + std::to_string(id.value) + ": " + std::string(what));
}

}  // namespace

void EncodeEdit(const Edit& edit, std::string& out) {
  PutBytes(out, edit.operation);
  PutVarint(out, ZigZag(edit.time_ms));
  PutBytes(out, edit.client_id);
  PutVarint(out, ZigZag(edit.call_id));
  PutBytes(out, edit.reply);
  PutVarint(out, edit.mutations.size());
  for (const Mutation& mutation : edit.mutations) {
    PutBytes(out, mutation.key);
    // 0 takes the key away, else one more than the size of the value.
    PutVarint(out, mutation.value ? mutation.value->size() + 1 : 0);
    if (mutation.value) out.append(*mutation.value);
  }
}

Result<Edit> DecodeEdit(TxId id, std::string_view payload) {
  ByteReader reader(payload);
  Edit edit;
  edit.id = id;
  edit.operation = reader.Bytes();
  edit.time_ms = UnZigZag(reader.Varint());
  edit.client_id = reader.Bytes();
  const std::int64_t call_id = UnZigZag(reader.Varint());
  edit.reply = reader.Bytes();
  const std::uint64_t count = reader.Varint();
  if (reader.failed()) return Damaged(id, "its head does not decode");
  if (call_id < std::numeric_limits<std::int32_t>::min() || call_id > std::numeric_limits<std::int32_t>::max())
    return Damaged(id, "its call id has more than 32 bits");
  edit.call_id = static_cast<std::int32_t>(call_id);
  if (count > reader.rest().size() / kMutationBytesMin) return Damaged(id, "it has fewer mutations than it says");
  edit.mutations.resize(count);
  for (Mutation& mutation : edit.mutations) {
    mutation.key = reader.Bytes();
    const std::uint64_t size_plus_one = reader.Varint();
    if (size_plus_one > 0) mutation.value = reader.Take(size_plus_one - 1);
    if (reader.failed()) return Damaged(id, "a mutation does not decode");
  }
  if (!reader.rest().empty()) return Damaged(id, "it has bytes after its last mutation");
  return edit;
}

}  // namespace mrd::namenode

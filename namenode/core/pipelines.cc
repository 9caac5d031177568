#include "namenode/core/pipelines.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace mrd::namenode {
namespace {

constexpr char kPrefix = 'P';   // never change
constexpr char kVersion = 1;    // of a value
constexpr std::size_t kNameMax = 255;

std::string Key(dfs::BlockId block) {
  std::string key(1, kPrefix);
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(static_cast<std::uint64_t>(block.value) >> shift));
  }
  return key;
}

void PutName(const std::string& name, std::string* out) {
  out->push_back(static_cast<char>(name.size()));
  *out += name;
}

std::optional<std::string> TakeName(std::string_view* bytes) {
  if (bytes->empty()) return std::nullopt;
  const std::size_t size = static_cast<unsigned char>(bytes->front());
  if (bytes->size() < 1 + size) return std::nullopt;
  std::string name(bytes->substr(1, size));
  bytes->remove_prefix(1 + size);
  return name;
}

}  // namespace

const std::vector<Pipelines::Member>* Pipelines::Find(dfs::BlockId block) const {
  const auto found = members_.find(block);
  return found == members_.end() ? nullptr : &found->second;
}

void Pipelines::Set(dfs::BlockId block, std::vector<Member> members, MutationSink& sink) {
  const bool fit = std::all_of(members.begin(), members.end(), [](const Member& member) {
    return member.node.size() <= kNameMax && member.storage.size() <= kNameMax;
  });
  if (!fit || members.empty()) return Clear(block, sink);
  std::string value(1, kVersion);
  for (const Member& member : members) {
    PutName(member.node, &value);
    PutName(member.storage, &value);
  }
  members_[block] = std::move(members);
  sink.Put(Key(block), std::move(value));
}

void Pipelines::Clear(dfs::BlockId block, MutationSink& sink) {
  if (members_.erase(block) > 0) sink.Erase(Key(block));
}

bool Pipelines::IsKey(std::string_view key) { return !key.empty() && key[0] == kPrefix; }

Status Pipelines::Load(std::string_view key, const std::string* value) {
  if (!IsKey(key) || key.size() != 9) return Corruption("the key of a block's pipeline has the wrong size");
  std::uint64_t id = 0;
  for (const char c : key.substr(1)) id = id << 8 | static_cast<unsigned char>(c);
  const dfs::BlockId block{static_cast<std::int64_t>(id)};
  const std::string name = "the pipeline of blk_" + std::to_string(block.value);
  if (value == nullptr) {
    members_.erase(block);
    return Status::Ok();
  }
  if (value->empty() || value->front() != kVersion) return Corruption(name + " is of a version that is not known");
  std::vector<Member> members;
  for (std::string_view rest = std::string_view(*value).substr(1); !rest.empty();) {
    std::optional<std::string> node = TakeName(&rest);
    std::optional<std::string> storage = node ? TakeName(&rest) : std::nullopt;
    if (!storage) return Corruption(name + " ends within a name");
    members.push_back({std::move(*node), std::move(*storage)});
  }
  if (members.empty()) return Corruption(name + " has no members");
  members_[block] = std::move(members);
  return Status::Ok();
}

}  // namespace mrd::namenode

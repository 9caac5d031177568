#include "engine/chain_combiner.h"

#include <cstring>
#include <utility>

namespace mrd::engine {

// The arena is cut in units of eight bytes; links are unit numbers plus one, 0 ends a chain. A slot's value holds the
// first link in its low half and the last in its high half.
struct ChainCombiner::Node {
  std::uint32_t next;
  std::uint32_t size;
  // `size` bytes follow
};

namespace {
constexpr std::size_t kUnit = 8;
std::uint32_t First(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t Last(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
std::uint64_t Links(std::uint32_t first, std::uint32_t last) { return std::uint64_t{last} << 32 | first; }
}  // namespace

// Walks the slots `ref_at(0)` … of a table; chains of one value go to the sink as they are.
class ChainCombiner::Chains : public CombineGroups {
 public:
  using Sink = std::function<Status(std::size_t position, std::string_view key, std::string_view value)>;
  using SlotAt = std::function<const KeyTable::Slot*(std::size_t position)>;

  Chains(const KeyTable& table, std::size_t count, SlotAt slot_at, Sink sink)
      : table_(table), count_(count), slot_at_(std::move(slot_at)), sink_(std::move(sink)) {}

  bool NextGroup(std::string_view* key) override {
    for (++position_; position_ < count_ && failure.ok(); ++position_) {
      const KeyTable::Slot* slot = slot_at_(position_);
      if (slot == nullptr) continue;
      key_ = table_.KeyOf(*slot, key_scratch_);
      link_ = First(slot->value);
      if (link_ != Last(slot->value)) {
        *key = key_;
        return true;
      }
      std::string_view only;
      NextValue(&only);
      failure = sink_(position_, key_, only);
    }
    return false;
  }
  bool NextValue(std::string_view* value) override {
    if (link_ == 0) return false;
    const char* at = table_.arena((std::uint64_t{link_} - 1) * kUnit);
    Node node;
    std::memcpy(&node, at, sizeof(node));
    *value = {at + sizeof(node), node.size};
    link_ = node.next;
    return true;
  }
  Status Emit(std::string_view key, std::string_view value) override { return sink_(position_, key, value); }

  Status failure;

 private:
  const KeyTable& table_;
  const std::size_t count_;
  const SlotAt slot_at_;
  const Sink sink_;
  std::size_t position_ = static_cast<std::size_t>(-1);
  std::string_view key_;
  char key_scratch_[KeyTable::kScratch];
  std::uint32_t link_ = 0;
};

ChainCombiner::ChainCombiner(const mr_stage& stage, std::size_t table_bytes)
    : stage_(stage), table_bytes_(table_bytes), table_(std::make_unique<KeyTable>(table_bytes)) {}

bool ChainCombiner::AddTo(KeyTable& table, std::string_view key, std::string_view value) {
  // The value first: a key without a value must not stay behind when there is no room.
  std::uint64_t offset = 0;
  char* at = table.Allocate(sizeof(Node) + value.size(), &offset);
  if (at == nullptr || offset / kUnit >= 0xFFFFFFFFu) return false;
  const Node node{0, static_cast<std::uint32_t>(value.size())};
  std::memcpy(at, &node, sizeof(node));
  if (!value.empty()) std::memcpy(at + sizeof(node), value.data(), value.size());
  const std::uint32_t link = static_cast<std::uint32_t>(offset / kUnit) + 1;

  bool fresh = false;
  KeyTable::Slot* slot = table.Find(key.data(), key.size(), &fresh);
  if (slot == nullptr) return false;
  if (fresh) {
    slot->value = Links(link, link);
    return true;
  }
  char* last = table.arena((std::uint64_t{Last(slot->value)} - 1) * kUnit);
  std::memcpy(last, &link, sizeof(link));  // Node::next
  slot->value = Links(First(slot->value), link);
  return true;
}

bool ChainCombiner::Add(std::string_view key, std::string_view value) { return AddTo(*table_, key, value); }

Result<bool> ChainCombiner::Compact(CombineAttempt& attempt) {
  auto shorter = std::make_unique<KeyTable>(table_bytes_);
  // Slots for all keys before any value: growing takes room for two tables at once, which would be missing later.
  bool fits = shorter->MakeRoom(table_->used());
  Chains chains(
      *table_, table_->slots(),
      [this](std::size_t at) { return table_->slot(at).high == 0 ? nullptr : &table_->slot(at); },
      [&](std::size_t, std::string_view key, std::string_view value) {
        fits = fits && AddTo(*shorter, key, value);
        return Status::Ok();
      });
  MRD_RETURN_IF_ERROR(attempt.Run(stage_, chains));
  MRD_RETURN_IF_ERROR(chains.failure);
  // The combiner made more of its values: what it was given stays, and the owner writes it out.
  if (!fits) return false;
  table_ = std::move(shorter);
  return table_->memory_bytes() <= table_bytes_ / 2;
}

Status ChainCombiner::Write(CombineAttempt& attempt,
                            TableOrder& slots,
                            const Partitioner& partitioner,
                            const KeyOrder& order,
                            SpillWriter& out,
                            std::uint64_t* pairs_written) {
  const auto first_value = [this](const KeyTable::Slot& slot, char*) {
    const char* at = table_->arena((std::uint64_t{First(slot.value)} - 1) * kUnit);
    Node node;
    std::memcpy(&node, at, sizeof(node));
    return std::string_view(at + sizeof(node), node.size);
  };
  MRD_ASSIGN_OR_RETURN(const std::span<const SortEntry> sorted, slots.Sort(*table_, first_value, partitioner, order));
  int current = -1;
  Chains chains(
      *table_, sorted.size(), [&](std::size_t at) { return &table_->slot(sorted[at].ref); },
      [&](std::size_t position, std::string_view key, std::string_view value) {
        const int reduce = static_cast<int>(sorted[position].reduce);
        if (reduce != current) {
          current = reduce;
          MRD_RETURN_IF_ERROR(out.StartSegment(reduce));
        }
        ++*pairs_written;
        return out.Append(key, value);
      });
  MRD_RETURN_IF_ERROR(attempt.Run(stage_, chains));
  return chains.failure;
}

void ChainCombiner::Clear() { table_->Clear(); }

}  // namespace mrd::engine

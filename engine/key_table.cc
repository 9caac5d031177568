#include "engine/key_table.h"

#include <bit>

#include "common/base/xxh3.h"

namespace mrd::engine {

namespace {
constexpr std::size_t kFourfoldBelow = std::size_t{1} << 17;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << 56) - 1;
int ShiftFor(std::size_t slots) { return 64 - std::countr_zero(slots); }
}  // namespace

ShortKey ShortKey::FromExactly(const char* key, std::size_t size) {
  ShortKey k{0, 0};
  if (size != 0) std::memcpy(&k, key, size);
  k.high |= static_cast<std::uint64_t>(size + 1) << 56;
  return k;
}

KeyTable::KeyTable(std::size_t capacity_bytes, Shape shape)
    : capacity_bytes_(capacity_bytes),
      shape_(shape),
      slot_bytes_(shape.dense ? sizeof(Slot) : kRoomySlot),
      arena_(capacity_bytes, /*huge_pages=*/!shape.dense) {
  Adopt(MemoryBlock(shape.first_slots * slot_bytes()), shape.first_slots);
}

void KeyTable::Adopt(MemoryBlock memory, std::size_t slots) {
  slot_memory_ = std::move(memory);
  slots_ = slot_memory_.data();
  mask_ = slots - 1;
  shift_ = ShiftFor(slots);
  limit_ = shape_.dense ? slots / 4 * 3 : slots / 2;
}

// Dense tables grow fourfold while they are small: so the pages of fewer outgrown tables are touched.
bool KeyTable::Grow() {
  if (shape_.dense && slots() < kFourfoldBelow && GrowTo(slots() * 4)) return true;
  return GrowTo(slots() * 2);
}

bool KeyTable::GrowTo(std::size_t new_slots) {
  const std::size_t old_slots = slots();
  // Both tables exist while slots move.
  if ((old_slots + new_slots) * slot_bytes() + arena_used_ > capacity_bytes_) return false;
  MemoryBlock bigger(new_slots * slot_bytes());
  const auto to = [&](std::size_t at) -> Slot& { return *reinterpret_cast<Slot*>(bigger.data() + at * slot_bytes()); };
  const std::size_t mask = new_slots - 1;
  const int shift = ShiftFor(new_slots);
  for (std::size_t i = 0; i < old_slots; ++i) {
    const Slot& slot = *At(i);
    if (slot.high == 0) continue;
    std::size_t at = HashOf(slot) << shape_.skipped_bits >> shift;
    while (to(at).high != 0) at = (at + 1) & mask;
    to(at) = slot;
  }
  Adopt(std::move(bigger), new_slots);
  return true;
}

KeyTable::Slot* KeyTable::Find(const char* key, std::size_t size, bool* fresh) {
  if (!MakeRoom(1)) return nullptr;
  if (size > ShortKey::kSizeMax) return FindLong({key, size}, fresh);
  const ShortKey k = ShortKey::From(key, size);
  return FindShort(k, k.Hash() << shape_.skipped_bits, fresh);
}

// In the arena a long key is its size in eight bytes, then its bytes.
std::string_view KeyTable::LongKeyOf(const Slot& slot) const {
  const char* at = arena(slot.high & kPlaceMask);
  std::uint64_t size;
  std::memcpy(&size, at, sizeof(size));
  return {at + sizeof(size), size};
}

KeyTable::Slot* KeyTable::FindLong(std::string_view key, bool* fresh) {
  const std::uint64_t hash = Xxh3_64(key.data(), key.size());
  for (std::size_t at = hash << shape_.skipped_bits >> shift_;; at = (at + 1) & mask_) {
    Slot& slot = *At(at);
    if (slot.low == hash && (slot.high >> 56) == kLong && LongKeyOf(slot) == key) {
      *fresh = false;
      return &slot;
    }
    if (slot.high != 0) continue;
    const std::uint64_t size = key.size();
    std::uint64_t offset = 0;
    char* copy = Allocate(sizeof(size) + key.size(), &offset);
    if (copy == nullptr) return nullptr;
    std::memcpy(copy, &size, sizeof(size));
    std::memcpy(copy + sizeof(size), key.data(), key.size());
    slot = Slot{hash, kLong << 56 | offset, 0};
    ++used_;
    *fresh = true;
    return &slot;
  }
}

char* KeyTable::Allocate(std::size_t size, std::uint64_t* offset) {
  const std::size_t padded = (size + 7) & ~std::size_t{7};
  if (padded > capacity_bytes_ || memory_bytes() + padded > capacity_bytes_) return nullptr;
  *offset = arena_used_;
  arena_used_ += padded;
  return arena(*offset);
}

void KeyTable::Clear() {
  if (used_ != 0) std::memset(slot_memory_.data(), 0, slots() * slot_bytes());
  used_ = 0;
  arena_used_ = 0;
}

}  // namespace mrd::engine

#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/key_table.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

// Takes `value` into what a slot holds. All three operations give the same whatever the order and grouping.
template <int Op>
void CombineInto(KeyTable::Slot* slot, bool fresh, std::int64_t value) {
  const std::int64_t old = static_cast<std::int64_t>(slot->value);
  if constexpr (Op == MR_BUILTIN_SUM_I64) {
    slot->value += static_cast<std::uint64_t>(value);  // wraps; a fresh slot holds 0
  } else if constexpr (Op == MR_BUILTIN_MIN_I64) {
    slot->value = static_cast<std::uint64_t>(fresh ? value : std::min(old, value));
  } else {
    slot->value = static_cast<std::uint64_t>(fresh ? value : std::max(old, value));
  }
}

// Calls `work` with the operation MR_BUILTIN_*_I64 as a template argument.
template <typename Work>
decltype(auto) WithOp(int builtin, const Work& work) {
  switch (builtin) {
    case MR_BUILTIN_SUM_I64: return work.template operator()<MR_BUILTIN_SUM_I64>();
    case MR_BUILTIN_MIN_I64: return work.template operator()<MR_BUILTIN_MIN_I64>();
    default: return work.template operator()<MR_BUILTIN_MAX_I64>();
  }
}

}  // namespace mrd::engine

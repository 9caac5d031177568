#include "engine/leftovers.h"

#include <atomic>
#include <cstring>

#include "engine/local_runner.h"

namespace mrd::engine {

namespace {

constexpr int kSlots = 16;
constexpr std::size_t kPathBytes = 4096;

struct Slot {
  std::atomic<int> state{0};  // 0 free, 1 being filled, 2 set
  char path[kPathBytes];
};
Slot g_slots[kSlots];
std::atomic<int> g_jobs{0};

}  // namespace

Leftover::Leftover(const std::string& path) : slot_(-1) {
  if (path.size() >= kPathBytes) return;
  for (int i = 0; i < kSlots; ++i) {
    int free = 0;
    if (!g_slots[i].state.compare_exchange_strong(free, 1)) continue;
    std::memcpy(g_slots[i].path, path.c_str(), path.size() + 1);
    g_slots[i].state.store(2, std::memory_order_release);
    slot_ = i;
    return;
  }
}

Leftover::~Leftover() {
  if (slot_ >= 0) g_slots[slot_].state.store(0, std::memory_order_release);
}

JobMark::JobMark() { g_jobs.fetch_add(1); }
JobMark::~JobMark() { g_jobs.fetch_sub(1); }

bool JobRunning() { return g_jobs.load() > 0; }

void ListLeftovers(void (*visit)(const char* path, void* context), void* context) {
  for (const Slot& slot : g_slots) {
    if (slot.state.load(std::memory_order_acquire) == 2) visit(slot.path, context);
  }
}

}  // namespace mrd::engine

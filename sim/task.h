#pragma once

#include <coroutine>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/clock.h"

namespace mrd::sim {

// A coroutine of a modelled process. Starts when it is awaited or given to Tasks::Spawn(). A process that crashes is
// not told: its coroutines ask whether it is still the same life, or wait for what never comes and go with the run.
template <typename T>
class [[nodiscard]] Task;

namespace internal {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
    return self.promise().continuation ? self.promise().continuation : std::coroutine_handle<>(std::noop_coroutine());
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation;
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() const noexcept { std::abort(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  void return_value(T result) { value.emplace(std::move(result)); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
};

}  // namespace internal

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = internal::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle_.promise().continuation = caller;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*handle_.promise().value);
  }

  void Start() { handle_.resume(); }
  bool done() const { return handle_.done(); }

 private:
  Handle handle_;
};

namespace internal {
template <typename T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace internal

// The coroutines that nobody awaits. Owns their frames, and with them those of what they await.
class Tasks {
 public:
  explicit Tasks(Clock& clock) : clock_(clock) {}
  // The clock's events refer to the frames, so they go first.
  ~Tasks() { clock_.Clear(); }

  void Spawn(Task<void> task) {
    auto owned = std::make_unique<Task<void>>(std::move(task));
    Task<void>* const started = owned.get();
    tasks_.push_back(std::move(owned));
    started->Start();
    if (tasks_.size() > 2 * kept_ + 64) Sweep();
  }

 private:
  void Sweep() {
    std::erase_if(tasks_, [](const std::unique_ptr<Task<void>>& task) { return task->done(); });
    kept_ = tasks_.size();
  }

  Clock& clock_;
  std::size_t kept_ = 0;
  std::vector<std::unique_ptr<Task<void>>> tasks_;
};

// Suspends for so much virtual time.
class Sleep {
 public:
  Sleep(Clock& clock, Millis delay) : clock_(clock), delay_(delay) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    clock_.After(delay_, [self] { self.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  Clock& clock_;
  const Millis delay_;
};

// A value that comes later, or never. Copies are the same promise. One coroutine waits.
template <typename T>
class Future {
 public:
  explicit Future(Clock& clock) : state_(std::make_shared<State>(State{&clock, std::nullopt, nullptr})) {}
  bool set() const { return state_->value.has_value(); }
  // Only the first value counts.
  void Set(T value) const {
    if (state_->value) return;
    state_->value.emplace(std::move(value));
    if (state_->waiter) state_->clock->After(0, [state = state_] { state->waiter.resume(); });
  }

  bool await_ready() const noexcept { return set(); }
  void await_suspend(std::coroutine_handle<> self) const { state_->waiter = self; }
  T await_resume() const { return std::move(*state_->value); }

 private:
  struct State {
    Clock* clock;
    std::optional<T> value;
    std::coroutine_handle<> waiter;
  };
  std::shared_ptr<State> state_;
};

}  // namespace mrd::sim

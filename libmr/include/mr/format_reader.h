// How the host reads through an input format of one's own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "abi.h"
#include "codec.h"
#include "context.h"
#include "task.h"

namespace mr {

// A piece of input for one map task.
struct Split {
  std::string_view path;
  std::int64_t start = 0;   // bytes
  std::int64_t length = 0;  // bytes; decides nothing where the format cuts its own
  std::string_view payload; // whatever the format put there
};

namespace detail {

template <class F, class = void>
struct has_progress : std::false_type {};
template <class F>
struct has_progress<F, std::void_t<decltype(std::declval<F&>().progress())>> : std::true_type {};
template <class F, class = void>
struct has_holds : std::false_type {};
template <class F>
struct has_holds<F, std::void_t<decltype(std::declval<F&>().holds())>> : std::true_type {};

// Runs a step that must not throw; false after the task was failed.
template <class Step>
bool guarded(mr_task* task, Step step) {
  CurrentTask current(task);
  try {
    step();
    return true;
  } catch (...) {
    fail_with_current_exception(task);
    return false;
  }
}

// Reads one split through a copy of the format F: encodes what its next() gives, some pairs at a time. One thread, the
// task's. Nothing is thrown: a failure fails the task and is MR_FAILED.
template <class F>
class FormatReader {
 public:
  // Null after a failure.
  static std::unique_ptr<FormatReader> open(const F& format, mr_task* task, const mr_split& split) {
    std::unique_ptr<FormatReader> reader;
    const bool opened = guarded(task, [&] {
      reader.reset(new FormatReader(task, format));
      reader->format_.open(Split{to_view(split.path), split.start, split.length, to_view(split.payload)},
                           reader->context_);
    });
    return opened ? std::move(reader) : nullptr;
  }

  std::int32_t next(mr_record* record) {
    start();
    const bool fine = guarded(task_, [&] {
      if (take()) finish();
    });
    if (!fine) return MR_FAILED;
    if (places_.empty()) return MR_END;
    *record = records_[0];
    return MR_OK;
  }

  // As many as are at hand within about a millisecond, so that neither a format that waits for each of its pairs keeps
  // those it has to itself, nor one whose pairs are short costs a call for each.
  std::int32_t next_batch(mr_input_batch* batch) {
    using Clock = std::chrono::steady_clock;
    start();
    const bool fine = guarded(task_, [&] {
      if (pending_) std::rethrow_exception(std::exchange(pending_, nullptr));
      const auto until = Clock::now() + std::chrono::milliseconds(1);
      try {
        while (take() && places_.size() < kBatchMost && buffer_.size() < kBufferEnough && direct_.data() == nullptr) {
          if (places_.size() % kPairsPerLook == 1 && Clock::now() >= until) break;
        }
      } catch (...) {
        if (places_.empty()) throw;
        pending_ = std::current_exception();  // when those before it were handled
      }
      finish();
    });
    if (!fine) return MR_FAILED;
    if (places_.empty()) return MR_END;
    batch->records = records_.data();
    batch->count = places_.size();
    batch->holds = holds_;
    return MR_OK;
  }

  double progress() {
    double done = 0;
    if constexpr (has_progress<F>::value) {
      guarded(task_, [&] { done = format_.progress(); });
    }
    return done;
  }

 private:
  static constexpr std::size_t kBatchMost = 256;
  static constexpr std::size_t kPairsPerLook = 16;  // at the clock
  static constexpr std::size_t kBufferEnough = std::size_t{64} << 10;
  static constexpr std::size_t kDirectLeast = std::size_t{16} << 10;

  // Where a pair stands in the buffer, which may still move.
  struct Place {
    std::size_t key;
    std::size_t value;
    std::size_t end;
  };

  FormatReader(mr_task* task, const F& format) : task_(task), context_(task, nullptr), format_(format) {}

  void start() {
    places_.clear();
    buffer_.clear();
    direct_ = {};
    holds_ = 0;
  }

  // Fetches one more pair; false at the end. Nothing is asked of a format after it said so.
  bool take() {
    if (ended_) return false;
    if (!format_.next(key_, value_)) {
      ended_ = true;
      return false;
    }
    Place place{buffer_.size(), 0, 0};
    encode(key_, buffer_);
    place.value = buffer_.size();
    if constexpr (std::is_same_v<typename F::Value, std::string_view>) {
      // The view lasts until the format is asked again, so such a pair is the last of its batch.
      if (value_.size() >= kDirectLeast) direct_ = value_;
    }
    if (direct_.data() == nullptr) encode(value_, buffer_);
    place.end = buffer_.size();
    if constexpr (has_holds<F>::value) {
      holds_ += static_cast<std::uint64_t>(format_.holds());
    } else {
      ++holds_;
    }
    places_.push_back(place);
    return true;
  }

  // Makes records of the places, once nothing moves any more.
  void finish() {
    records_.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Place& place = places_[i];
      const char* const base = buffer_.data();
      records_[i] = {{base + place.key, place.value - place.key},
                     {base + place.value, place.end - place.value},
                     records_given_++};
    }
    if (direct_.data() != nullptr) records_.back().value = to_bytes(direct_);
  }

  mr_task* task_;
  Context context_;
  F format_;
  typename F::Key key_{};
  typename F::Value value_{};
  std::string buffer_;         // keys and values, encoded
  std::string_view direct_;    // the last value, where it is long enough not to be copied
  std::vector<Place> places_;
  std::vector<mr_record> records_;
  std::uint64_t holds_ = 0;
  std::int64_t records_given_ = 0;
  std::exception_ptr pending_;  // thrown after the first pair of a batch
  bool ended_ = false;
};

}  // namespace detail
}  // namespace mr

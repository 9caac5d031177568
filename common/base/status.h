#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mrd {

// The closed list of what can go wrong. Callers branch on the code, people read the message.
enum class Code {
  kOk,
  kNotFound,
  kAlreadyExists,
  kInvalidArgument,
  kPermissionDenied,
  kFailedPrecondition,
  kUnavailable,
  kDeadlineExceeded,
  kCancelled,
  kCorruption,
  kIo,
  kResourceExhausted,
  kUnimplemented,
  kInternal,
};

std::string_view CodeName(Code code);

// The outcome of an operation that may fail for reasons outside the program. OK costs one null pointer.
// A message carries the thing, the reason and, where known, the next step; it grows outward by WithContext().
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  static Status Ok() { return {}; }

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ ? rep_->code : Code::kOk; }
  const std::string& message() const;

  // A finer name of the failure for callers and peers that need one, such as the Java class of an HDFS exception
  // (dfs/errors.h). Empty unless set; OK has none. Copies and contexts keep it.
  const std::string& tag() const;
  Status WithTag(std::string tag) &&;

  // The same code with "context: " before the message; OK stays OK.
  Status WithContext(std::string_view context) &&;
  // "Corruption: spill 3 of ...", or "OK".
  std::string ToString() const;

 private:
  struct Rep {
    Code code;
    std::string message;
    std::string tag;
  };
  std::unique_ptr<Rep> rep_;
};

Status NotFound(std::string message);
Status AlreadyExists(std::string message);
Status InvalidArgument(std::string message);
Status PermissionDenied(std::string message);
Status FailedPrecondition(std::string message);
Status Unavailable(std::string message);
Status Cancelled(std::string message);
Status Corruption(std::string message);
Status IoError(std::string message);
Status ResourceExhausted(std::string message);
Status Unimplemented(std::string message);
Status Internal(std::string message);

// Maps errno to a code; the message is "what: strerror". Examples: ENOENT kNotFound, EACCES kPermissionDenied,
// ENOSPC kResourceExhausted, everything unlisted kIo.
Status FromErrno(int error, std::string_view what);

// A value or the reason why there is none. A default-constructed Result is an error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result() : state_(Internal("result was never set")) {}
  Result(T value) : state_(std::move(value)) {}             // NOLINT: implicit on purpose
  Result(Status status) : state_(std::move(status)) {       // NOLINT: implicit on purpose
    if (std::get<Status>(state_).ok()) state_ = Internal("OK status used as an error");
  }

  bool ok() const { return std::holds_alternative<T>(state_); }
  // OK when there is a value.
  Status status() const { return ok() ? Status() : std::get<Status>(state_); }

  // REQUIRES: ok().
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<Status, T> state_;
};

}  // namespace mrd

#define MRD_CONCAT_INNER(a, b) a##b
#define MRD_CONCAT(a, b) MRD_CONCAT_INNER(a, b)

#define MRD_RETURN_IF_ERROR(expr)                              \
  do {                                                         \
    if (::mrd::Status mrd_status_ = (expr); !mrd_status_.ok()) \
      return mrd_status_;                                      \
  } while (false)

#define MRD_ASSIGN_OR_RETURN(lhs, expr) \
  MRD_ASSIGN_OR_RETURN_INNER(MRD_CONCAT(mrd_result_, __LINE__), lhs, expr)
#define MRD_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                               \
  if (!tmp.ok()) return tmp.status();              \
  lhs = std::move(tmp).value()

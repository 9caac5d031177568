#include "common/base/status.h"

#include <cerrno>
#include <cstring>

namespace mrd {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk: return "OK";
    case Code::kNotFound: return "Not found";
    case Code::kAlreadyExists: return "Already exists";
    case Code::kInvalidArgument: return "Invalid argument";
    case Code::kPermissionDenied: return "Permission denied";
    case Code::kFailedPrecondition: return "Failed precondition";
    case Code::kUnavailable: return "Unavailable";
    case Code::kDeadlineExceeded: return "Deadline exceeded";
    case Code::kCancelled: return "Cancelled";
    case Code::kCorruption: return "Corruption";
    case Code::kIo: return "I/O error";
    case Code::kResourceExhausted: return "Resource exhausted";
    case Code::kUnimplemented: return "Unimplemented";
    case Code::kInternal: return "Internal error";
  }
  return "Unknown";
}

Status::Status(Code code, std::string message) {
  if (code != Code::kOk) rep_ = std::make_unique<Rep>(Rep{code, std::move(message), {}});
}

Status::Status(const Status& other) : rep_(other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) rep_ = other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr;
  return *this;
}

const std::string& Status::message() const {
  static const std::string empty;
  return rep_ ? rep_->message : empty;
}

const std::string& Status::tag() const {
  static const std::string empty;
  return rep_ ? rep_->tag : empty;
}

Status Status::WithTag(std::string tag) && {
  if (rep_) rep_->tag = std::move(tag);
  return std::move(*this);
}

Status Status::WithContext(std::string_view context) && {
  if (rep_) rep_->message = std::string(context) + ": " + rep_->message;
  return std::move(*this);
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  return std::string(CodeName(rep_->code)) + ": " + rep_->message;
}

Status NotFound(std::string message) { return {Code::kNotFound, std::move(message)}; }
Status AlreadyExists(std::string message) { return {Code::kAlreadyExists, std::move(message)}; }
Status InvalidArgument(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }
Status PermissionDenied(std::string message) { return {Code::kPermissionDenied, std::move(message)}; }
Status FailedPrecondition(std::string message) {
  return {Code::kFailedPrecondition, std::move(message)};
}
Status Unavailable(std::string message) { return {Code::kUnavailable, std::move(message)}; }
Status Cancelled(std::string message) { return {Code::kCancelled, std::move(message)}; }
Status Corruption(std::string message) { return {Code::kCorruption, std::move(message)}; }
Status IoError(std::string message) { return {Code::kIo, std::move(message)}; }
Status ResourceExhausted(std::string message) { return {Code::kResourceExhausted, std::move(message)}; }
Status Unimplemented(std::string message) { return {Code::kUnimplemented, std::move(message)}; }
Status Internal(std::string message) { return {Code::kInternal, std::move(message)}; }

Status FromErrno(int error, std::string_view what) {
  Code code = Code::kIo;
  switch (error) {
    case ENOENT: case ENOTDIR: code = Code::kNotFound; break;
    case EEXIST: case ENOTEMPTY: code = Code::kAlreadyExists; break;
    case EACCES: case EPERM: case EROFS: code = Code::kPermissionDenied; break;
    case EINVAL: case ENAMETOOLONG: case EISDIR: case ELOOP: code = Code::kInvalidArgument; break;
    case ENOSPC: case EDQUOT: case ENOMEM: case EMFILE: case ENFILE: case EFBIG:
      code = Code::kResourceExhausted; break;
    case EINTR: case ECANCELED: code = Code::kCancelled; break;
    case ETIMEDOUT: code = Code::kDeadlineExceeded; break;
    case ECONNREFUSED: case ECONNRESET: case EPIPE: case EAGAIN: code = Code::kUnavailable; break;
    default: break;
  }
  return {code, std::string(what) + ": " + std::strerror(error)};
}

}  // namespace mrd

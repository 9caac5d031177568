#include "common/daemon/rotating_file.h"

#include <utility>

namespace mrd::daemon {

Result<std::unique_ptr<RotatingFile>> RotatingFile::Open(Env& env, std::string path, std::uint64_t bytes_max, int files) {
  std::unique_ptr<RotatingFile> made(new RotatingFile(env, std::move(path), bytes_max, files));
  MRD_RETURN_IF_ERROR(made->OpenFile());
  return made;
}

Status RotatingFile::OpenFile() {
  MRD_ASSIGN_OR_RETURN(file_, env_.OpenForUpdate(path_));
  MRD_ASSIGN_OR_RETURN(size_, file_->Size());
  return Status::Ok();
}

Status RotatingFile::Write(std::string_view text) {
  if (file_ && size_ > 0 && size_ + text.size() > bytes_max_) MRD_RETURN_IF_ERROR(Rotate());
  if (!file_) MRD_RETURN_IF_ERROR(OpenFile());
  size_ += text.size();
  Status status = file_->Append(text.data(), text.size());
  if (!status.ok()) file_.reset();
  return status;
}

std::string RotatingFile::PathOf(int number) const {
  return number == 0 ? path_ : path_ + "." + std::to_string(number);
}

Status RotatingFile::Rotate() {
  file_.reset();
  if (files_ == 1) return env_.RemoveFile(path_);
  // Rename() replaces, so the oldest goes by itself.
  for (int number = files_ - 2; number >= 0; --number) {
    const Status renamed = env_.Rename(PathOf(number), PathOf(number + 1));
    if (!renamed.ok() && renamed.code() != Code::kNotFound) return renamed;
  }
  return Status::Ok();
}

}  // namespace mrd::daemon

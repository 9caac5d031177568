#include "namenode/journal/journal_directory.h"

#include <algorithm>

namespace mrd::namenode {
namespace {

constexpr std::size_t kZeroBytes = std::size_t{256} << 10;

std::string_view Zeros() {
  static const std::string zeros(kZeroBytes, '\0');
  return zeros;
}

}  // namespace

Status JournalDirectory::Extend(mrd::File& file, std::uint64_t from, std::uint64_t upto) {
  // Reserving first tells of a full disk before anything is written, and keeps the file in one piece. Writing the zeros
  // as well is what spares the metadata: reserved blocks would be converted at each flush.
  MRD_RETURN_IF_ERROR(file.Allocate(from, upto - from));
  while (from < upto) {
    const std::uint64_t size = std::min<std::uint64_t>(upto - from, kZeroBytes);
    MRD_RETURN_IF_ERROR(file.WriteAt(from, Zeros().data(), size));
    from += size;
  }
  return Status::Ok();
}

Status JournalDirectory::StartSegment(const SegmentHeader& header) {
  const std::string path = path_ + "/" + SegmentName(header.first);
  const std::string temporary = path + std::string(kTemporarySuffix);
  const std::uint64_t allocated = std::max<std::uint64_t>(preallocate_bytes_, kSegmentHeaderBytes);
  const auto make = [&]() -> Result<std::unique_ptr<mrd::File>> {
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<mrd::File> file, env_->CreateOrTruncate(temporary));
    file.reset();  // only OpenForUpdate() gives a file that is written at an offset
    MRD_ASSIGN_OR_RETURN(file, env_->OpenForUpdate(temporary));
    const std::string head = EncodeSegmentHeader(header);
    MRD_RETURN_IF_ERROR(Extend(*file, 0, allocated));
    MRD_RETURN_IF_ERROR(file->WriteAt(0, head.data(), head.size()));
    MRD_RETURN_IF_ERROR(file->Sync());
    crash_points_->Pass("segment.before_rename");
    MRD_RETURN_IF_ERROR(env_->Rename(temporary, path));
    crash_points_->Pass("segment.after_rename");
    MRD_RETURN_IF_ERROR(env_->SyncDir(path_));
    return file;
  };
  Result<std::unique_ptr<mrd::File>> made = make();
  if (!made.ok()) {
    (void)env_->RemoveFile(temporary);  // gives its room back; the error that counts is the first
    return std::move(made).status().WithContext("begin journal segment " + path);
  }
  (void)Finish();  // of the segment before: zeros at its end do no harm
  file_ = *std::move(made);
  end_ = kSegmentHeaderBytes;
  allocated_ = allocated;
  return Status::Ok();
}

Status JournalDirectory::Write(std::string_view records) {
  const std::uint64_t need = end_ + records.size();
  if (need > allocated_) {
    const std::uint64_t upto = std::max(need, allocated_ + preallocate_bytes_);
    MRD_RETURN_IF_ERROR(Extend(*file_, allocated_, upto));
    allocated_ = upto;
  }
  return file_->WriteAt(end_, records.data(), records.size());
}

Status JournalDirectory::Sync() { return file_->Sync(); }

Status JournalDirectory::Finish() {
  if (file_ == nullptr) return Status::Ok();
  const std::unique_ptr<mrd::File> file = std::move(file_);
  crash_points_->Pass("segment.before_finish");
  MRD_RETURN_IF_ERROR(file->Truncate(end_));
  return file->Close();
}

Status JournalDirectory::RemoveSegment(TxId first) {
  Status removed = env_->RemoveFile(path_ + "/" + SegmentName(first));
  return removed.code() == Code::kNotFound ? Status::Ok() : std::move(removed);
}

}  // namespace mrd::namenode

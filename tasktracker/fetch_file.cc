#include "tasktracker/fetch_file.h"

#include <utility>

namespace mrd::tasktracker {
namespace {

constexpr std::size_t kGatherBytes = 256 << 10;

}  // namespace

Result<std::unique_ptr<FetchFile>> FetchFile::Create(Env& env, LocalDirs& dirs, const std::string& job_id,
                                                     const std::string& reduce_attempt, const std::string& name) {
  for (;;) {
    MRD_ASSIGN_OR_RETURN(const std::string base, dirs.Next());
    const std::string dir = base + "/jobs/" + job_id + "/fetched/" + reduce_attempt;
    const std::string path = dir + "/" + name;
    Status made = CreateDirs(env, dir);
    if (made.ok()) {
      Result<std::unique_ptr<File>> file = env.CreateOrTruncate(path);
      if (file.ok()) return std::unique_ptr<FetchFile>(new FetchFile(dirs, path, std::move(*file)));
      made = file.status();
    }
    dirs.Suspect(base, made);  // then the next one's turn, until none is left
  }
}

net::awaitable<Status> FetchFile::Append(net::BlockingPool& disk, std::string_view bytes) {
  gathered_.append(bytes);
  size_ += bytes.size();
  if (gathered_.size() < kGatherBytes) co_return Status::Ok();
  co_return co_await Flush(disk);
}

net::awaitable<Status> FetchFile::Flush(net::BlockingPool& disk) {
  if (gathered_.empty()) co_return Status::Ok();
  Status written = co_await disk.Run([&] { return file_->Append(gathered_.data(), gathered_.size()); });
  gathered_.clear();
  if (!written.ok()) dirs_.Suspect(path_, written);
  co_return written;
}

}  // namespace mrd::tasktracker

#include "tasktracker/worker/bounded_log.h"

#include <algorithm>
#include <utility>

namespace mrd::tasktracker {

BoundedLog::BoundedLog(std::string path, std::uint64_t limit_bytes, std::unique_ptr<File> file)
    : path_(std::move(path)), half_((limit_bytes + 1) / 2), file_(std::move(file)) {}

Result<std::unique_ptr<BoundedLog>> BoundedLog::Open(Env& env, std::string path, std::uint64_t limit_bytes) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env.OpenForUpdate(path));
  MRD_RETURN_IF_ERROR(file->Truncate(0));
  return std::unique_ptr<BoundedLog>(new BoundedLog(std::move(path), limit_bytes, std::move(file)));
}

void BoundedLog::WriteAt(std::uint64_t offset, const char* data, std::size_t size) {
  static_cast<void>(file_->WriteAt(offset, data, size).ok());
}

void BoundedLog::Write(const char* data, std::size_t size) {
  while (size > 0) {
    std::uint64_t at = total_;
    std::uint64_t take = size;
    if (half_ != 0) {
      if (total_ >= half_) at = half_ + (total_ - half_) % half_;
      take = std::min<std::uint64_t>(take, (at < half_ ? half_ : 2 * half_) - at);
    }
    WriteAt(at, data, static_cast<std::size_t>(take));
    total_ += take;
    data += take;
    size -= static_cast<std::size_t>(take);
  }
}

void BoundedLog::Finish() {
  if (half_ != 0 && total_ > 2 * half_) {
    const std::uint64_t oldest = (total_ - half_) % half_;
    std::string ring(half_, '\0');
    if (Result<std::size_t> got = file_->ReadAt(half_, ring.data(), ring.size()); got.ok()) {
      std::rotate(ring.begin(), ring.begin() + static_cast<std::ptrdiff_t>(oldest), ring.end());
      const std::string gap = "\n[... " + std::to_string(total_ - 2 * half_) +
                              " bytes are left out here; mapreduce.task.userlog.limit.kb says how much is kept ...]\n";
      WriteAt(half_, gap.data(), gap.size());
      WriteAt(half_ + gap.size(), ring.data(), ring.size());
    }
  }
  static_cast<void>(file_->Close().ok());
}

std::string LogTail(Env& env, const std::string& path, std::size_t size_max, std::string_view until) {
  Result<std::unique_ptr<File>> file = env.OpenForRead(path);
  if (!file.ok()) return "";
  Result<std::uint64_t> size = (*file)->Size();
  if (!size.ok()) return "";
  // Enough to find `until` before the end: what follows it is a back trace.
  constexpr std::uint64_t kLook = 64 << 10;
  const std::uint64_t look = until.empty() ? size_max : std::max<std::uint64_t>(size_max, kLook);
  const std::uint64_t begin = *size > look ? *size - look : 0;
  std::string text(static_cast<std::size_t>(*size - begin), '\0');
  Result<std::size_t> got = (*file)->ReadAt(begin, text.data(), text.size());
  if (!got.ok()) return "";
  text.resize(*got);
  if (!until.empty()) {
    if (const std::size_t at = text.rfind(until); at != std::string::npos) text.resize(at);
  }
  bool cut = begin > 0;
  if (text.size() > size_max) {
    text.erase(0, text.size() - size_max);
    cut = true;
  }
  if (cut) {
    const std::size_t line = text.find('\n');
    if (line != std::string::npos && line + 1 < text.size() && line < size_max / 4) text.erase(0, line + 1);
  }
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte >= 0x7F) c = '?';
  }
  return text;
}

}  // namespace mrd::tasktracker

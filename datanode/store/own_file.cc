#include "datanode/store/own_file.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace mrd::datanode {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

Status CopyFile(Env& env, const std::string& from, const std::string& to, std::uint64_t length) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> source, env.OpenForRead(from));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> target, env.CreateOrTruncate(to));
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(length, kCopyBytes)));
  for (std::uint64_t at = 0; at < length;) {
    const std::size_t ask = static_cast<std::size_t>(std::min<std::uint64_t>(length - at, buffer.size()));
    MRD_ASSIGN_OR_RETURN(const std::size_t got, source->ReadAt(at, buffer.data(), ask));
    if (got == 0) break;  // who looks at the length says what that means
    MRD_RETURN_IF_ERROR(target->Append(buffer.data(), got));
    at += got;
  }
  MRD_RETURN_IF_ERROR(target->Sync());
  return target->Close();
}

}  // namespace

// The kernel gives nobody a lease for reading while somebody has the file open for writing, and knows of descriptors that
// were passed on, inherited, or outlived an earlier run of this program.
Result<bool> OpenForWriting(Env& env, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env.OpenForRead(path));
  const int descriptor = file->descriptor();
  if (descriptor < 0) return false;
  // Should somebody open it in this very moment, the news of that must not be the signal that ends processes.
  (void)::fcntl(descriptor, F_SETSIG, SIGURG);
  if (::fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  (void)::fcntl(descriptor, F_SETLEASE, F_UNLCK);
  return false;
}

Result<bool> OwnFile(Env& env, const std::string& path, const std::string& spare, std::uint64_t length) {
  MRD_ASSIGN_OR_RETURN(const bool others, OpenForWriting(env, path));
  if (!others) return false;
  Status copied = CopyFile(env, path, spare, length);
  if (copied.ok()) copied = env.Rename(spare, path);
  if (copied.ok()) return true;
  (void)env.RemoveFile(spare);  // the next start does it else
  return std::move(copied).WithContext(path + " is still open for writing elsewhere and was to be copied");
}

}  // namespace mrd::datanode

#include "formats/archive.h"

#include <memory>
#include <string_view>
#include <vector>

#include "formats/libarchive.h"

namespace mrd::formats {

namespace {

constexpr std::size_t kReadBytes = 128 << 10;

struct Closer {
  const LibArchive* lib;
  void operator()(struct archive* a) const { lib->archive_read_free(a); }
};
using Reader = std::unique_ptr<struct archive, Closer>;

// True when the path names something below the directory that it is taken relative to.
bool StaysInside(std::string_view path) {
  if (path.empty() || path.front() == '/') return false;
  int depth = 0;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part == "..") {
      if (--depth < 0) return false;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return true;
}

Status MakeParents(Env& env, const std::string& path) {
  return CreateDirs(env, path.substr(0, path.rfind('/')));
}

// The bytes of one file of the archive.
Status WriteContent(Env& env, const Reader& reader, const std::string& path) {
  const LibArchive& lib = *reader.get_deleter().lib;
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env.Create(path));
  std::vector<char> buffer(kReadBytes);
  for (;;) {
    const la_ssize_t got = lib.archive_read_data(reader.get(), buffer.data(), buffer.size());
    if (got < 0) return Corruption(std::string(lib.archive_error_string(reader.get())));
    if (got == 0) break;
    MRD_RETURN_IF_ERROR(file->Append(buffer.data(), static_cast<std::size_t>(got)));
  }
  return file->Close();
}

Status UnpackEntry(Env& env, const Reader& reader, struct archive_entry* entry, const std::string& directory) {
  const LibArchive& lib = *reader.get_deleter().lib;
  const char* name = lib.archive_entry_pathname(entry);
  if (name == nullptr || !StaysInside(name)) {
    return InvalidArgument("it would be unpacked outside its directory");
  }
  std::string path = directory + "/" + name;
  while (path.size() > directory.size() + 1 && path.back() == '/') path.pop_back();
  const auto type = lib.archive_entry_filetype(entry);
  if (type == AE_IFDIR) return CreateDirs(env, path);
  MRD_RETURN_IF_ERROR(MakeParents(env, path));
  if (lib.archive_entry_hardlink(entry) != nullptr) {
    return Unimplemented("hard links in archives are not unpacked; store the file itself");
  }
  if (type == AE_IFLNK) {
    const char* target = lib.archive_entry_symlink(entry);
    // Downward only: two links with ".." that look harmless one by one can together lead outside.
    if (target == nullptr || *target == '/' || std::string_view(target).find("..") != std::string_view::npos) {
      return InvalidArgument("a link may only point to something beside or below it");
    }
    return env.Symlink(target, path);
  }
  if (type != AE_IFREG) return InvalidArgument("it is neither file, directory nor link");
  MRD_RETURN_IF_ERROR(WriteContent(env, reader, path));
  return env.SetMode(path, (lib.archive_entry_perm(entry) & 0777) | 0600);
}

}  // namespace

Status UnpackArchive(Env& env, const std::string& archive, const std::string& directory) {
  MRD_ASSIGN_OR_RETURN(const LibArchive* const loaded, LibArchive::Load());
  const LibArchive& lib = *loaded;
  const Reader reader(lib.archive_read_new(), Closer{loaded});
  lib.archive_read_support_filter_gzip(reader.get());
  lib.archive_read_support_format_tar(reader.get());
  lib.archive_read_support_format_gnutar(reader.get());
  lib.archive_read_support_format_zip(reader.get());
  if (lib.archive_read_open_filename(reader.get(), archive.c_str(), kReadBytes) != ARCHIVE_OK) {
    return InvalidArgument("cannot unpack " + archive + ": " + lib.archive_error_string(reader.get()) +
                           "; archives are .zip, .jar, .tar, .tar.gz or .tgz");
  }
  for (;;) {
    struct archive_entry* entry = nullptr;
    const int step = lib.archive_read_next_header(reader.get(), &entry);
    if (step == ARCHIVE_EOF) return Status::Ok();
    if (step != ARCHIVE_OK && step != ARCHIVE_WARN) {
      return Corruption("cannot unpack " + archive + ": " + lib.archive_error_string(reader.get()));
    }
    const char* name = lib.archive_entry_pathname(entry);
    Status unpacked = UnpackEntry(env, reader, entry, directory);
    if (!unpacked.ok()) {
      return std::move(unpacked).WithContext("cannot unpack " + archive + ", entry " + (name == nullptr ? "?" : name));
    }
  }
}

}  // namespace mrd::formats

#include <utility>

#include "formats/archive.h"
#include "formats/libarchive.h"

namespace mrd::formats {

struct TarWriter::Impl {
  Sink sink;
  Status failure;  // the first
  const LibArchive* lib = nullptr;  // with it a writer
  struct archive* writer = nullptr;
  std::string name;  // of the open file
  std::uint64_t missing = 0;

  static la_ssize_t Write(struct archive*, void* self, const void* bytes, std::size_t size) {
    Impl& impl = *static_cast<Impl*>(self);
    if (impl.failure.ok()) impl.failure = impl.sink({static_cast<const char*>(bytes), size});
    return impl.failure.ok() ? static_cast<la_ssize_t>(size) : -1;
  }

  // What libarchive says, unless the sink has said it better.
  Status Fail() {
    if (failure.ok()) {
      const char* reason = lib->archive_error_string(writer);
      failure = Internal("write the archive entry " + name + ": " + (reason == nullptr ? "unknown reason" : reason));
    }
    return failure;
  }

  Status CheckWhole() {
    if (missing == 0) return Status::Ok();
    failure = InvalidArgument(name + " became " + std::to_string(missing) + " bytes shorter while it was read");
    return failure;
  }
};

TarWriter::TarWriter(Sink sink) : impl_(std::make_unique<Impl>()) {
  impl_->sink = std::move(sink);
  Result<const LibArchive*> lib = LibArchive::Load();
  if (!lib.ok()) {
    impl_->failure = lib.status();
    return;
  }
  impl_->lib = *lib;
  impl_->writer = impl_->lib->archive_write_new();
  // Plain ustar headers but for what does not fit them.
  impl_->lib->archive_write_set_format_pax_restricted(impl_->writer);
  impl_->lib->archive_write_add_filter_none(impl_->writer);
  impl_->lib->archive_write_set_bytes_in_last_block(impl_->writer, 1);
  impl_->lib->archive_write_open(impl_->writer, impl_.get(), nullptr, &Impl::Write, nullptr);
}

TarWriter::~TarWriter() {
  // Unless it was finished, what is still buffered must not reach the sink any more.
  if (impl_->failure.ok()) impl_->failure = Cancelled("the archive was given up");
  if (impl_->writer != nullptr) impl_->lib->archive_write_free(impl_->writer);
}

Status TarWriter::Begin(const std::string& name, std::uint32_t mode, std::uint64_t size) {
  if (!impl_->failure.ok()) return impl_->failure;
  MRD_RETURN_IF_ERROR(impl_->CheckWhole());
  impl_->name = name;
  impl_->missing = size;
  struct archive_entry* entry = impl_->lib->archive_entry_new();
  impl_->lib->archive_entry_set_pathname(entry, name.c_str());
  impl_->lib->archive_entry_set_filetype(entry, AE_IFREG);
  impl_->lib->archive_entry_set_perm(entry, mode & 0777);
  impl_->lib->archive_entry_set_size(entry, static_cast<la_int64_t>(size));
  impl_->lib->archive_entry_set_mtime(entry, 0, 0);
  const int written = impl_->lib->archive_write_header(impl_->writer, entry);
  impl_->lib->archive_entry_free(entry);
  return written == ARCHIVE_OK || written == ARCHIVE_WARN ? Status::Ok() : impl_->Fail();
}

Status TarWriter::Append(const char* data, std::size_t size) {
  if (!impl_->failure.ok()) return impl_->failure;
  if (size > impl_->missing) {
    impl_->failure = InvalidArgument(impl_->name + " grew while it was read");
    return impl_->failure;
  }
  while (size > 0) {
    const la_ssize_t written = impl_->lib->archive_write_data(impl_->writer, data, size);
    if (written <= 0) return impl_->Fail();
    data += written;
    size -= static_cast<std::size_t>(written);
    impl_->missing -= static_cast<std::uint64_t>(written);
  }
  return Status::Ok();
}

Status TarWriter::Finish() {
  if (!impl_->failure.ok()) return impl_->failure;
  MRD_RETURN_IF_ERROR(impl_->CheckWhole());
  if (impl_->lib->archive_write_close(impl_->writer) != ARCHIVE_OK) return impl_->Fail();
  impl_->failure = Cancelled("the archive is finished");
  return Status::Ok();
}

}  // namespace mrd::formats

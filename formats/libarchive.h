#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "common/base/status.h"

// The functions of libarchive that we call.
#define MRD_LIBARCHIVE_FUNCTIONS(F)          \
  F(archive_entry_filetype)                  \
  F(archive_entry_free)                      \
  F(archive_entry_hardlink)                  \
  F(archive_entry_new)                       \
  F(archive_entry_pathname)                  \
  F(archive_entry_perm)                      \
  F(archive_entry_set_filetype)              \
  F(archive_entry_set_mtime)                 \
  F(archive_entry_set_pathname)              \
  F(archive_entry_set_perm)                  \
  F(archive_entry_set_size)                  \
  F(archive_entry_symlink)                   \
  F(archive_error_string)                    \
  F(archive_read_data)                       \
  F(archive_read_free)                       \
  F(archive_read_new)                        \
  F(archive_read_next_header)                \
  F(archive_read_open_filename)              \
  F(archive_read_support_filter_gzip)        \
  F(archive_read_support_format_gnutar)      \
  F(archive_read_support_format_tar)         \
  F(archive_read_support_format_zip)         \
  F(archive_write_add_filter_none)           \
  F(archive_write_close)                     \
  F(archive_write_data)                      \
  F(archive_write_free)                      \
  F(archive_write_header)                    \
  F(archive_write_new)                       \
  F(archive_write_open)                      \
  F(archive_write_set_bytes_in_last_block)   \
  F(archive_write_set_format_pax_restricted)

namespace mrd::formats {

// libarchive, loaded when the first archive is read or written. Linked in, it would bring eight more libraries into
// every process, among them libxml2 and ICU, and a millisecond or two of starting, for what few commands do.
struct LibArchive {
#define MRD_DECLARE(NAME) decltype(&::NAME) NAME = nullptr;
  MRD_LIBARCHIVE_FUNCTIONS(MRD_DECLARE)
#undef MRD_DECLARE

  // The library, which stays loaded until the process ends. kFailedPrecondition when it is not installed; asked again,
  // it is looked for again. Any thread.
  static Result<const LibArchive*> Load();
};

}  // namespace mrd::formats

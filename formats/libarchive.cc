#include "formats/libarchive.h"

#include <dlfcn.h>

#include <mutex>
#include <string>

namespace mrd::formats {

namespace {

// The interface of all versions 3, whose headers we were compiled with.
static_assert(ARCHIVE_VERSION_NUMBER / 1000000 == 3);
constexpr const char* kLibrary = "libarchive.so.13";

Status Missing() {
  const char* const reason = ::dlerror();
  return FailedPrecondition("archives need libarchive (Debian package libarchive13), which cannot be loaded: " +
                            std::string(reason == nullptr ? kLibrary : reason));
}

}  // namespace

Result<const LibArchive*> LibArchive::Load() {
  static std::mutex mutex;
  static LibArchive functions;
  static bool loaded = false;
  const std::lock_guard lock(mutex);
  if (loaded) return &functions;
  void* const handle = ::dlopen(kLibrary, RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return Missing();
#define MRD_FIND(NAME)                                                                 \
  functions.NAME = reinterpret_cast<decltype(functions.NAME)>(::dlsym(handle, #NAME)); \
  if (functions.NAME == nullptr) return Missing();
  MRD_LIBARCHIVE_FUNCTIONS(MRD_FIND)
#undef MRD_FIND
  loaded = true;
  return &functions;
}

}  // namespace mrd::formats

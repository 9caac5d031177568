#include "tests/support/temporary_dir.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/base/check.h"

namespace mrd::test {

TemporaryDir::TemporaryDir() {
  // Links resolved, so that tests may compare with resolved paths.
  path_ = std::filesystem::canonical(std::filesystem::temp_directory_path()).string() +
          "/mrd-test-XXXXXX";
  MRD_CHECK(::mkdtemp(path_.data()) != nullptr);
}

TemporaryDir::~TemporaryDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace mrd::test

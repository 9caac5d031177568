#include "formats/byte_source.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace mrd::formats {
namespace {

class FileSource : public ByteSource {
 public:
  FileSource(std::unique_ptr<fs::InputFile> file, std::uint64_t start, std::uint64_t length)
      : file_(std::move(file)), start_(start), length_(length) {}

  Result<std::size_t> Read(char* out, std::size_t size) override {
    MRD_CHECK(size > 0);
    MRD_RETURN_IF_ERROR(failure_);
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, length_ - consumed_));
    if (size == 0) return std::size_t{0};
    Result<std::size_t> got = file_->ReadAt(start_ + consumed_, out, size);
    if (got.ok()) {
      consumed_ += *got;
    } else {
      failure_ = got.status();
    }
    return got;
  }

  std::uint64_t consumed() const override { return consumed_; }

 private:
  const std::unique_ptr<fs::InputFile> file_;
  const std::uint64_t start_;
  const std::uint64_t length_;
  std::uint64_t consumed_ = 0;
  Status failure_;
};

}  // namespace

std::unique_ptr<ByteSource> MakeFileSource(std::unique_ptr<fs::InputFile> file,
                                           std::uint64_t start,
                                           std::uint64_t length) {
  return std::make_unique<FileSource>(std::move(file), start, length);
}

}  // namespace mrd::formats

#include "formats/gzip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"

namespace mrd::formats {
namespace {

constexpr std::size_t kOutputBytes = 128 * 1024;
constexpr int kWindowBits = 15;
constexpr int kGzipWrapper = 16;  // added to the window bits: header and trailer of gzip, with a time of zero
constexpr int kMemoryLevel = 8;

class GzipWriter : public fs::OutputFile {
 public:
  GzipWriter(std::unique_ptr<fs::OutputFile> file, int level)
      : file_(std::move(file)), buffer_(kOutputBytes) {
    MRD_CHECK(level >= 1 && level <= 9);
    const int code = deflateInit2(&stream_,
                                  level,
                                  Z_DEFLATED,
                                  kWindowBits + kGzipWrapper,
                                  kMemoryLevel,
                                  Z_DEFAULT_STRATEGY);
    if (code != Z_OK) failure_ = ResourceExhausted("gzip output: no memory for the compressor");
  }

  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  ~GzipWriter() override { deflateEnd(&stream_); }

  Status Append(const char* data, std::size_t size) override {
    while (size > 0) {
      const std::size_t piece =
          std::min<std::size_t>(size, std::numeric_limits<std::int32_t>::max());
      MRD_RETURN_IF_ERROR(Compress(data, piece, Z_NO_FLUSH));
      data += piece;
      size -= piece;
    }
    return failure_;
  }

  Status Close() override {
    MRD_RETURN_IF_ERROR(Compress(nullptr, 0, Z_FINISH));
    failure_ = file_->Close();
    if (!failure_.ok()) return failure_;
    failure_ = FailedPrecondition("gzip output: used after it was closed");
    return Status::Ok();
  }

 private:
  // zlib fills the whole output buffer before it asks for more room, so the file gets large pieces.
  Status Compress(const char* data, std::size_t size, int flush) {
    MRD_RETURN_IF_ERROR(failure_);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data));
    stream_.avail_in = static_cast<uInt>(size);
    for (;;) {
      stream_.next_out = buffer_.data() + used_;
      stream_.avail_out = static_cast<uInt>(buffer_.size() - used_);
      const int code = deflate(&stream_, flush);
      MRD_CHECK(code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END);
      used_ = buffer_.size() - stream_.avail_out;
      if (used_ == buffer_.size() || code == Z_STREAM_END) MRD_RETURN_IF_ERROR(WriteOut());
      if (code == Z_STREAM_END) return Status::Ok();
      if (flush == Z_NO_FLUSH && stream_.avail_in == 0 && stream_.avail_out > 0) return Status::Ok();
    }
  }

  Status WriteOut() {
    failure_ = file_->Append(reinterpret_cast<const char*>(buffer_.data()), used_);
    used_ = 0;
    return failure_;
  }

  const std::unique_ptr<fs::OutputFile> file_;
  std::vector<unsigned char> buffer_;
  std::size_t used_ = 0;
  z_stream stream_{};
  Status failure_;
};

}  // namespace

std::unique_ptr<fs::OutputFile> MakeGzipWriter(std::unique_ptr<fs::OutputFile> file, int level) {
  return std::make_unique<GzipWriter>(std::move(file), level);
}

}  // namespace mrd::formats

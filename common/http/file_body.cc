#include "common/http/file_body.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "common/base/clock.h"

namespace mrd::http {
namespace {

constexpr std::uint64_t kPieceSize = 64u << 10;
constexpr std::chrono::milliseconds kFollowPause{250};
constexpr std::int64_t kFollowMaxNanos = 3'600'000'000'000;

awaitable<Result<std::string>> ReadPiece(std::shared_ptr<File> file, ByteRange range, net::BlockingPool* pool) {
  const std::size_t size = static_cast<std::size_t>(std::min(range.end - range.begin, kPieceSize));
  std::string bytes(size, '\0');
  Result<std::size_t> got = co_await pool->Run([&] { return file->ReadAt(range.begin, bytes.data(), size); });
  if (!got.ok()) co_return got.status();
  bytes.resize(*got);
  co_return bytes;
}

class PartOfFile final : public BodySource {
 public:
  PartOfFile(std::shared_ptr<File> file, ByteRange range, net::BlockingPool* pool)
      : file_(std::move(file)), range_(range), pool_(pool) {}

  awaitable<Result<Piece>> Next() override {
    MRD_CO_ASSIGN_OR_RETURN(std::string bytes, co_await ReadPiece(file_, range_, pool_));
    range_.begin += bytes.size();
    Piece piece;
    piece.last = bytes.empty() || range_.begin >= range_.end;
    piece.bytes = std::move(bytes);
    co_return piece;
  }

 private:
  const std::shared_ptr<File> file_;
  ByteRange range_;
  net::BlockingPool* const pool_;
};

class GrowingFile final : public BodySource {
 public:
  GrowingFile(std::shared_ptr<File> file, std::uint64_t offset, std::function<awaitable<bool>()> ended, net::BlockingPool* pool)
      : file_(std::move(file)),
        offset_(offset),
        ended_(std::move(ended)),
        pool_(pool),
        end_ns_(Clock::System().MonotonicNanos() + kFollowMaxNanos) {}

  awaitable<Result<Piece>> Next() override {
    // Asked before the read: what was written before the end is then read for certain.
    const bool ended = co_await ended_();
    const ByteRange range{offset_, UINT64_MAX};
    MRD_CO_ASSIGN_OR_RETURN(std::string bytes, co_await ReadPiece(file_, range, pool_));
    offset_ += bytes.size();
    Piece piece;
    piece.last = bytes.empty() && (ended || Clock::System().MonotonicNanos() > end_ns_);
    piece.bytes = std::move(bytes);
    if (piece.bytes.empty() && !piece.last) (void)co_await net::SleepFor(kFollowPause);
    co_return piece;
  }

 private:
  const std::shared_ptr<File> file_;
  std::uint64_t offset_;
  const std::function<awaitable<bool>()> ended_;
  net::BlockingPool* const pool_;
  const std::int64_t end_ns_;
};

bool ParseNumber(std::string_view text, std::uint64_t* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::optional<ByteRange>> ParseRange(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const std::optional<ByteRange> all;
  if (!header.starts_with(kUnit) || header.find(',') != std::string_view::npos) return all;
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return all;
  const std::string_view first = header.substr(0, dash);
  const std::string_view last = header.substr(dash + 1);
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  const Status unsatisfiable = InvalidArgument("the range begins behind the end, at " + std::to_string(size) + " bytes");
  if (first.empty()) {  // the last b bytes
    if (!ParseNumber(last, &b)) return all;
    if (b == 0 || size == 0) return unsatisfiable;
    return std::optional<ByteRange>(ByteRange{size - std::min(b, size), size});
  }
  if (!ParseNumber(first, &a) || (!last.empty() && (!ParseNumber(last, &b) || b < a))) return all;
  if (a >= size) return unsatisfiable;
  return std::optional<ByteRange>(ByteRange{a, last.empty() ? size : std::min(b, size - 1) + 1});
}

Response FilePart(std::shared_ptr<File> file, ByteRange range, std::string content_type, net::BlockingPool& pool) {
  Response response;
  response.content_type = std::move(content_type);
  response.source_bytes = range.end - range.begin;
  response.source = std::make_unique<PartOfFile>(std::move(file), range, &pool);
  return response;
}

Response FileResponse(const Request& request,
                      std::shared_ptr<File> file,
                      std::uint64_t size,
                      std::string content_type,
                      net::BlockingPool& pool) {
  const Result<std::optional<ByteRange>> range = ParseRange(request.headers.Get("Range"), size);
  if (!range.ok()) {
    Response refusal = ErrorResponse(request, 416, range.status().message());
    refusal.headers.Add("Content-Range", "bytes */" + std::to_string(size));
    return refusal;
  }
  const ByteRange part = (*range).value_or(ByteRange{0, size});
  Response response = FilePart(std::move(file), part, std::move(content_type), pool);
  response.headers.Add("Accept-Ranges", "bytes");
  if (range->has_value()) {
    response.status = 206;
    response.headers.Add("Content-Range", "bytes " + std::to_string(part.begin) + "-" + std::to_string(part.end - 1) + "/" +
                                              std::to_string(size));
  }
  return response;
}

Response FollowFile(std::shared_ptr<File> file,
                    std::uint64_t offset,
                    std::string content_type,
                    std::function<awaitable<bool>()> ended,
                    net::BlockingPool& pool) {
  Response response;
  response.content_type = std::move(content_type);
  response.source = std::make_unique<GrowingFile>(std::move(file), offset, std::move(ended), &pool);
  return response;
}

}  // namespace mrd::http

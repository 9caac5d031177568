#include "formats/gzip_reader.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "formats/gzip_format.h"

namespace mrd::formats {
namespace {

constexpr std::size_t kInputBytes = 128 * 1024;
// The decoder takes in up to eight bytes more than the member has. They are given back at the member's end, when the
// buffer may have been refilled, so the last bytes of the buffer before stay in front of the present one. On damaged
// data the decoder's fast loop may look a few bytes past the end of its input; there is room for that behind.
constexpr std::size_t kMarginBytes = 16;
constexpr std::size_t kSlackBytes = 64;

// The file as a buffered stream of compressed bytes that knows its offset.
class CompressedInput {
 public:
  explicit CompressedInput(std::unique_ptr<fs::InputFile> file)
      : file_(std::move(file)), buffer_(kMarginBytes + kInputBytes + kSlackBytes) {}

  // False at the end of the file. After true at least one byte is available.
  Result<bool> Fill() {
    if (position_ < end_) return true;
    if (at_end_) return false;
    std::memmove(buffer_.data(), buffer_.data() + end_ - kMarginBytes, kMarginBytes);
    MRD_ASSIGN_OR_RETURN(const std::size_t got,
                         file_->ReadAt(next_offset_,
                                       reinterpret_cast<char*>(buffer_.data() + kMarginBytes),
                                       kInputBytes));
    next_offset_ += got;
    position_ = kMarginBytes;
    end_ = kMarginBytes + got;
    at_end_ = got == 0;
    return got > 0;
  }

  std::uint8_t* data() { return buffer_.data() + position_; }
  std::size_t available() const { return end_ - position_; }
  std::uint64_t offset() const { return next_offset_ - available(); }
  void Skip(std::size_t bytes) {
    MRD_CHECK(bytes <= available());
    position_ += bytes;
  }
  // Makes the last few bytes available again. False when that is more than are kept.
  bool StepBack(std::size_t bytes) {
    if (bytes > kMarginBytes || bytes > offset()) return false;
    position_ -= bytes;
    return true;
  }

 private:
  const std::unique_ptr<fs::InputFile> file_;
  std::vector<std::uint8_t> buffer_;
  std::size_t position_ = kMarginBytes;
  std::size_t end_ = kMarginBytes;
  std::uint64_t next_offset_ = 0;  // of the byte after the buffer
  bool at_end_ = false;
};

std::string_view DecoderError(int code) {
  switch (code) {
    case ISAL_INVALID_BLOCK:
      return "a block header makes no sense";
    case ISAL_INVALID_SYMBOL:
      return "a code is not in the block's table";
    case ISAL_INVALID_LOOKBACK:
      return "a back reference points before the member's first byte";
    default:
      return "the decoder found the data invalid";
  }
}

}  // namespace

struct GzipSource::Impl {
  Impl(std::unique_ptr<fs::InputFile> file, std::string file_name)
      : input(std::move(file)), name(std::move(file_name)) {}

  enum class State { kBetweenMembers, kInMember, kEnd };

  // The next byte of a header or trailer; `what` says which part the file's end would cut.
  Result<std::uint8_t> NextByte(const char* what) {
    MRD_ASSIGN_OR_RETURN(const bool more, input.Fill());
    if (!more) return Truncated(what);
    const std::uint8_t byte = *input.data();
    input.Skip(1);
    return byte;
  }

  Result<std::uint8_t> HeaderByte() {
    MRD_ASSIGN_OR_RETURN(const std::uint8_t byte, NextByte("header"));
    header_crc = crc32_gzip_refl(header_crc, &byte, 1);
    return byte;
  }

  Result<std::uint32_t> LittleEndian(int bytes, const char* what) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) {
      MRD_ASSIGN_OR_RETURN(const std::uint8_t byte, NextByte(what));
      value |= static_cast<std::uint32_t>(byte) << (8 * i);
    }
    return value;
  }

  Status SkipZeroTerminated() {
    for (;;) {
      MRD_ASSIGN_OR_RETURN(const std::uint8_t byte, HeaderByte());
      if (byte == 0) return Status::Ok();
    }
  }

  Status ReadHeader();
  Status SkipOptionalFields(std::uint8_t flags);
  Status ReadTrailer();
  Status CheckPadding();
  Status BeginMemberOrEnd();
  Result<std::size_t> Inflate(char* out, std::size_t size);
  Result<std::size_t> Read(char* out, std::size_t size);

  std::string Where() const {
    return name + ": gzip member " + std::to_string(member) + ", which begins at byte " +
           std::to_string(member_start) + ",";
  }
  Status Truncated(const char* what) const {
    return Corruption(Where() + " is cut off in its " + what + ": the file ends at byte " +
                      std::to_string(input.offset()) +
                      ". The file is incomplete; copy it again from its source");
  }
  Status Damaged(std::string_view why) const {
    return Corruption(Where() + " is damaged near byte " + std::to_string(input.offset()) + ": " +
                      std::string(why) +
                      ". Check the file with 'gzip -t' and copy it again from its source");
  }

  CompressedInput input;
  const std::string name;
  State state = State::kBetweenMembers;
  std::uint64_t member = 0;        // number of the present member, from 1
  std::uint64_t member_start = 0;  // its compressed offset
  std::uint64_t member_bytes = 0;  // uncompressed so far
  std::uint32_t member_crc = 0;
  std::uint32_t header_crc = 0;
  Status failure;
  inflate_state decoder;
};

Status GzipSource::Impl::SkipOptionalFields(std::uint8_t flags) {
  if (flags & kGzipFlagExtra) {
    MRD_ASSIGN_OR_RETURN(const std::uint32_t low, HeaderByte());
    MRD_ASSIGN_OR_RETURN(const std::uint32_t high, HeaderByte());
    for (std::uint32_t left = low | high << 8; left > 0; --left) {
      MRD_RETURN_IF_ERROR(HeaderByte().status());
    }
  }
  if (flags & kGzipFlagName) MRD_RETURN_IF_ERROR(SkipZeroTerminated());
  if (flags & kGzipFlagComment) MRD_RETURN_IF_ERROR(SkipZeroTerminated());
  if (flags & kGzipFlagHeaderCrc) {
    const std::uint32_t want = header_crc & 0xffff;
    MRD_ASSIGN_OR_RETURN(const std::uint32_t stored, LittleEndian(2, "header"));
    if (stored != want) return Damaged("the header's own CRC is wrong");
  }
  return Status::Ok();
}

Status GzipSource::Impl::ReadHeader() {
  header_crc = 0;
  std::uint8_t fixed[kGzipHeaderBytes];
  for (std::size_t i = 0; i < kGzipHeaderBytes; ++i) {
    MRD_ASSIGN_OR_RETURN(fixed[i], HeaderByte());
    // Said as soon as it is seen: a text of three bytes is no gzip file rather than a truncated one.
    if (i < 2 && fixed[i] != (i == 0 ? kGzipMagic0 : kGzipMagic1)) {
      if (member == 1) {
        return Corruption(name +
                          ": is not a gzip file, although its name says so: it does not begin with "
                          "the bytes 1f 8b. Rename it if it is text");
      }
      --member;
      return Corruption(name + ": garbage at byte " + std::to_string(member_start) +
                        ", after gzip member " + std::to_string(member) +
                        ": neither a further member nor zero padding. The file is damaged or was "
                        "appended to; copy it again from its source, or cut it at that byte");
    }
  }
  if (fixed[2] != kGzipDeflate) {
    return Damaged("compression method " + std::to_string(fixed[2]) +
                   " is unknown, only 8 (deflate) exists");
  }
  const std::uint8_t flags = fixed[3];
  if (flags & kGzipFlagsReserved) return Damaged("reserved header flags are set");
  return SkipOptionalFields(flags);
}

Status GzipSource::Impl::ReadTrailer() {
  MRD_ASSIGN_OR_RETURN(const std::uint32_t crc, LittleEndian(4, "trailer"));
  MRD_ASSIGN_OR_RETURN(const std::uint32_t length, LittleEndian(4, "trailer"));
  if (crc != member_crc) return Damaged("the CRC-32 of the decompressed data is wrong");
  if (length != static_cast<std::uint32_t>(member_bytes)) {
    return Damaged("it decompressed to " + std::to_string(member_bytes) +
                   " bytes, which is not the length that its trailer gives");
  }
  return Status::Ok();
}

// gzip(1) takes zeros after the last member for padding. So do we, but only if they go on to the file's end.
Status GzipSource::Impl::CheckPadding() {
  const std::uint64_t start = input.offset();
  for (;;) {
    MRD_ASSIGN_OR_RETURN(const bool more, input.Fill());
    if (!more) return Status::Ok();
    const std::uint8_t* begin = input.data();
    const std::uint8_t* end = begin + input.available();
    const std::uint8_t* found = std::find_if(begin, end, [](std::uint8_t b) { return b != 0; });
    input.Skip(static_cast<std::size_t>(found - begin));
    if (found == end) continue;
    return Corruption(name + ": garbage at byte " + std::to_string(input.offset()) +
                      ", after gzip member " + std::to_string(member) +
                      " and the zero padding from byte " + std::to_string(start) +
                      ". The file is damaged or was appended to; copy it again from its source");
  }
}

Status GzipSource::Impl::BeginMemberOrEnd() {
  MRD_ASSIGN_OR_RETURN(const bool more, input.Fill());
  if (!more && member > 0) {
    state = State::kEnd;
    return Status::Ok();
  }
  if (!more) {
    return Corruption(name +
                      ": is empty, which no gzip file is. It was probably never written to its end; "
                      "copy it again from its source");
  }
  if (member > 0 && *input.data() == 0) {
    MRD_RETURN_IF_ERROR(CheckPadding());
    state = State::kEnd;
    return Status::Ok();
  }
  ++member;
  member_start = input.offset();
  member_bytes = 0;
  member_crc = 0;
  MRD_RETURN_IF_ERROR(ReadHeader());
  isal_inflate_init(&decoder);
  decoder.crc_flag = ISAL_DEFLATE;
  state = State::kInMember;
  return Status::Ok();
}

// One step of the present member: possibly no bytes, then it has moved on (more input, or the member's end).
Result<std::size_t> GzipSource::Impl::Inflate(char* out, std::size_t size) {
  // At the file's end the decoder is still asked once, since it may hold output that did not fit before.
  MRD_ASSIGN_OR_RETURN(const bool more, input.Fill());
  const std::size_t given = more ? input.available() : 0;
  const std::size_t room = std::min<std::size_t>(size, std::numeric_limits<std::int32_t>::max());
  decoder.next_in = input.data();
  decoder.avail_in = static_cast<std::uint32_t>(given);
  decoder.next_out = reinterpret_cast<std::uint8_t*>(out);
  decoder.avail_out = static_cast<std::uint32_t>(room);
  const int code = isal_inflate(&decoder);
  MRD_CHECK(decoder.avail_out <= room);
  const std::size_t made = room - decoder.avail_out;
  // `avail_in` is not to be relied on: after an error it may have wrapped around.
  const std::ptrdiff_t moved = decoder.next_in - input.data();
  const std::size_t used = std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(moved, 0)), given);
  input.Skip(used);
  if (code != ISAL_DECOMP_OK) return Damaged(DecoderError(code));
  member_bytes += made;
  member_crc = crc32_gzip_refl(member_crc, reinterpret_cast<std::uint8_t*>(out), made);
  if (decoder.block_state == ISAL_BLOCK_FINISH) {
    const std::size_t beyond = static_cast<std::size_t>(std::max(decoder.read_in_length, 0)) / 8;
    if (!input.StepBack(beyond)) return Damaged("the decoder lost its place");
    MRD_RETURN_IF_ERROR(ReadTrailer());
    state = State::kBetweenMembers;
  } else if (made == 0 && !more) {
    return Truncated("compressed data");
  } else if (made == 0 && used == 0) {
    return Damaged("the decoder makes no progress");
  }
  return made;
}

Result<std::size_t> GzipSource::Impl::Read(char* out, std::size_t size) {
  for (;;) {
    if (state == State::kEnd) return std::size_t{0};
    if (state == State::kBetweenMembers) {
      MRD_RETURN_IF_ERROR(BeginMemberOrEnd());
      continue;
    }
    MRD_ASSIGN_OR_RETURN(const std::size_t got, Inflate(out, size));
    if (got > 0) return got;
  }
}

GzipSource::GzipSource(std::unique_ptr<fs::InputFile> file, std::string name)
    : impl_(std::make_unique<Impl>(std::move(file), std::move(name))) {}

GzipSource::~GzipSource() = default;

Result<std::size_t> GzipSource::Read(char* out, std::size_t size) {
  MRD_CHECK(size > 0);
  MRD_RETURN_IF_ERROR(impl_->failure);
  Result<std::size_t> got = impl_->Read(out, size);
  if (!got.ok()) impl_->failure = got.status();
  return got;
}

std::uint64_t GzipSource::consumed() const { return impl_->input.offset(); }

std::uint64_t GzipSource::members() const { return impl_->member; }

}  // namespace mrd::formats

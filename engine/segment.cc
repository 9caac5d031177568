#include "engine/segment.h"

#include <lz4.h>

#include <algorithm>
#include <cstring>

#include "common/base/check.h"
#include "common/base/crc32c.h"
#include "engine/failure_source.h"
#include "engine/segment_format.h"
#include "engine/spent_space.h"

namespace mrd::engine {

namespace {

constexpr std::size_t kWriteBytes = 512 << 10;
constexpr std::size_t kPendingLeast = 4 << 10;
constexpr std::size_t kHeader = sizeof(BlockHeader);
// Records in memory are read in pieces of so many bytes, which stay in the cache until they are used. A larger record
// is read where it lies.
constexpr std::size_t kGatherBytes = std::size_t{32} << 10;
constexpr std::size_t kGatheredMost = std::size_t{2} << 10;
// How far ahead of copying a record is sent for.
constexpr std::ptrdiff_t kGatherAhead = 16;

std::uint32_t BlockCrc(const BlockHeader& header, const char* stored) {
  return Crc32c(stored, header.stored_size, Crc32c(&header, offsetof(BlockHeader, crc32c)));
}

}  // namespace

char* PutVarint32(char* out, std::uint32_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

const char* GetVarint32Slow(const char* at, const char* end, std::uint32_t* value) {
  std::uint32_t result = 0;
  for (int shift = 0; shift <= 28 && at < end; shift += 7) {
    const std::uint32_t byte = static_cast<unsigned char>(*at++);
    result |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      *value = result;
      return at;
    }
  }
  return nullptr;
}

char* PutRecordSlow(char* out, std::string_view key, std::string_view value) {
  out = PutVarint32(out, static_cast<std::uint32_t>(key.size()));
  out = PutVarint32(out, static_cast<std::uint32_t>(value.size()));
  if (!key.empty()) std::memcpy(out, key.data(), key.size());
  out += key.size();
  if (!value.empty()) std::memcpy(out, value.data(), value.size());
  return out + value.size();
}

SpillWriter::SpillWriter(Env& env, std::string path, int reduces, bool compress, std::vector<std::string> elsewhere)
    : env_(env),
      path_(std::move(path)),
      compress_(compress),
      elsewhere_(std::move(elsewhere)),
      segments_(static_cast<std::size_t>(reduces)) {}

Result<std::unique_ptr<SpillWriter>> SpillWriter::Create(Env& env,
                                                         std::string path,
                                                         int reduces,
                                                         bool compress,
                                                         std::vector<std::string> elsewhere) {
  std::unique_ptr<SpillWriter> writer(
      new SpillWriter(env, std::move(path), reduces, compress, std::move(elsewhere)));
  Result<std::unique_ptr<File>> file = env.Create(writer->path_);
  if (file.ok()) {
    writer->file_ = std::move(*file);
  } else {
    MRD_RETURN_IF_ERROR(writer->MoveOn(file.status()));
  }
  writer->MakeRoom(sizeof(kSpillMagic));
  std::memcpy(writer->pending_.data(), kSpillMagic, sizeof(kSpillMagic));
  writer->pending_bytes_ = sizeof(kSpillMagic);
  return writer;
}

SpillWriter::~SpillWriter() {
  if (file_ == nullptr || finished_) return;
  file_.reset();
  // The job's local directory is removed as a whole anyway; this only frees the disk sooner.
  static_cast<void>(env_.RemoveFile(path_).ok());
}

Status SpillWriter::StartSegment(int reduce) {
  MRD_CHECK(reduce > current_);
  if (block_open_) CloseBlock();
  if (current_ >= 0) {
    SegmentRange& done = segments_[static_cast<std::size_t>(current_)];
    done.bytes = bytes_written() - done.offset;
  }
  current_ = reduce;
  segments_[static_cast<std::size_t>(reduce)].offset = bytes_written();
  return Status::Ok();
}

Status SpillWriter::Append(std::string_view key, std::string_view value) {
  if (key.size() + value.size() > kRecordBytesMax) {
    return ResourceExhausted("a pair of " + std::to_string(key.size() + value.size()) +
                             " bytes is too large to spill (limit " + std::to_string(kRecordBytesMax) + ")");
  }
  const std::size_t upper = key.size() + value.size() + kRecordOverhead;
  if (block_open_ && pending_bytes_ - block_start_ + upper > kBlockTargetBytes + kHeader) CloseBlock();
  if (!block_open_) {
    if (pending_bytes_ >= kWriteBytes) MRD_RETURN_IF_ERROR(Flush());
    block_open_ = true;
    block_start_ = pending_bytes_;
    MakeRoom(kHeader);
    pending_bytes_ += kHeader;
  }
  MakeRoom(upper);
  const char* const out = PutRecord(pending_.data() + pending_bytes_, key, value);
  pending_bytes_ = static_cast<std::size_t>(out - pending_.data());
  ++segments_[static_cast<std::size_t>(current_)].records;
  payload_bytes_ += key.size() + value.size();
  return Status::Ok();
}

// Grows by halves, since many spills are small.
void SpillWriter::MakeRoom(std::size_t bytes) {
  const std::size_t needed = pending_bytes_ + bytes;
  if (needed <= pending_.size()) return;
  pending_.resize(std::max({needed, pending_.size() + pending_.size() / 2, kPendingLeast}));
}

void SpillWriter::CloseBlock() {
  block_open_ = false;
  char* raw = pending_.data() + block_start_ + kHeader;
  BlockHeader header{};
  header.raw_size = static_cast<std::uint32_t>(pending_bytes_ - block_start_ - kHeader);
  header.stored_size = header.raw_size;
  if (compress_ && header.raw_size <= LZ4_MAX_INPUT_SIZE) {
    scratch_.resize(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(header.raw_size))));
    const int packed = LZ4_compress_default(raw, scratch_.data(), static_cast<int>(header.raw_size),
                                            static_cast<int>(scratch_.size()));
    if (packed > 0 && static_cast<std::uint32_t>(packed) < header.raw_size - header.raw_size / 8) {
      header.flags = kBlockLz4;
      header.stored_size = static_cast<std::uint32_t>(packed);
      std::memcpy(raw, scratch_.data(), static_cast<std::size_t>(packed));
      pending_bytes_ = block_start_ + kHeader + static_cast<std::size_t>(packed);
    }
  }
  header.crc32c = BlockCrc(header, raw);
  std::memcpy(pending_.data() + block_start_, &header, kHeader);
}

// Copies what is known to be written. How much of the last Append() reached the file is not: that is left out.
Status SpillWriter::CopyTo(File& target) {
  if (file_bytes_ == 0) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> source, env_.OpenForRead(path_));
  std::vector<char> buffer(kWriteBytes);
  for (std::uint64_t at = 0; at < file_bytes_;) {
    const std::size_t ask = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), file_bytes_ - at));
    MRD_ASSIGN_OR_RETURN(const std::size_t got, source->ReadAt(at, buffer.data(), ask));
    if (got == 0) return Corruption("spill file " + path_ + " is shorter than what was written to it");
    MRD_RETURN_IF_ERROR(target.Append(buffer.data(), got));
    at += got;
  }
  return Status::Ok();
}

// Goes on in the next directory. `why` is what was wrong with this one.
Status SpillWriter::MoveOn(Status why) {
  std::string tried = why.message();
  while (!elsewhere_.empty()) {
    const std::string directory = std::move(elsewhere_.front());
    elsewhere_.erase(elsewhere_.begin());
    if (Status made = env_.CreateDir(directory, 0700); !made.ok() && made.code() != Code::kAlreadyExists) {
      tried += "; " + made.message();
      continue;
    }
    std::string path = directory + path_.substr(path_.rfind('/'));
    Result<std::unique_ptr<File>> file = env_.Create(path);
    Status moved = file.ok() ? CopyTo(**file) : file.status();
    if (!moved.ok()) {
      tried += "; " + moved.message();
      if (file.ok()) static_cast<void>(env_.RemoveFile(path).ok());
      continue;
    }
    if (file_ != nullptr) static_cast<void>(env_.RemoveFile(path_).ok());  // it only takes room now
    file_ = std::move(*file);
    path_ = std::move(path);
    return Status::Ok();
  }
  return From(kFromLocalDisk, Status(why.code(), tried));
}

Status SpillWriter::Flush() {
  if (pending_bytes_ == 0) return Status::Ok();
  for (Status written = file_->Append(pending_.data(), pending_bytes_); !written.ok();) {
    MRD_RETURN_IF_ERROR(MoveOn(std::move(written)));
    written = file_->Append(pending_.data(), pending_bytes_);
  }
  file_bytes_ += pending_bytes_;
  pending_bytes_ = 0;
  if (pending_.size() > 4 * kWriteBytes) pending_ = {};  // a huge record went through: do not keep its memory
  return Status::Ok();
}

Result<SpillFile> SpillWriter::Finish() {
  if (block_open_) CloseBlock();
  if (current_ >= 0) {
    SegmentRange& done = segments_[static_cast<std::size_t>(current_)];
    done.bytes = bytes_written() - done.offset;
  }
  MRD_RETURN_IF_ERROR(Flush());
  MRD_RETURN_IF_ERROR(From(kFromLocalDisk, file_->Close()));
  SpillFile spill;
  spill.path = path_;
  Result<std::unique_ptr<File>> reader = env_.OpenForUpdate(path_);
  if (!reader.ok()) return From(kFromLocalDisk, reader.status());
  spill.file = std::move(*reader);
  spill.segments = std::move(segments_);
  finished_ = true;
  return spill;
}

SegmentCursor::SegmentCursor(const SpillFile& spill, int reduce, std::size_t buffer_bytes)
    : ordered_(spill.ordered),
      held_(spill.held),
      feed_(spill.feed),
      feed_reduce_(reduce),
      file_(spill.file),
      env_(spill.env),
      path_(spill.path),
      spent_(spill.spent),
      buffer_bytes_(std::max(buffer_bytes, kBlockTargetBytes + kHeader)) {
  const SegmentRange& range = spill.segment(reduce);
  buffer_bytes_ = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_bytes_, range.bytes));
  offset_ = range.offset;
  spent_until_ = forgotten_until_ = range.offset;
  end_ = range.offset + range.bytes;
  if (ordered_.entries != nullptr) {
    entry_ = ordered_.entries + range.offset;
    entry_end_ = entry_ + range.records;
    offset_ = end_;
    consumed_ = range.bytes;
    return;
  }
  if (held_ == nullptr) return;
  at_ = held_->data() + range.offset;  // one block, and nothing to read
  block_end_ = at_ + range.bytes;
  offset_ = end_;
  consumed_ = range.bytes;
}

Status SegmentCursor::Damaged(const std::string& what) const {
  const std::uint64_t offset = offset_ - (buffer_used_ - std::min(next_block_, buffer_used_));
  Status damaged = Corruption("spill file " + path_ + " near offset " + std::to_string(offset) + ": " + what +
                              "; the disk under mapreduce.cluster.local.dir gave back other bytes than were written: "
                              "check it, then run the job again");
  return From(kFromMapOutput, std::move(damaged));
}

bool SegmentCursor::NextFed() {
  if (buffer_.empty()) buffer_.resize(kBlockTargetBytes);
  std::size_t bytes = 0;
  fed_ += feed_->Fill(feed_reduce_, fed_, &buffer_, &bytes);
  at_ = buffer_.data();
  block_end_ = at_ + bytes;
  consumed_ += bytes;
  return bytes != 0;
}

Result<bool> SegmentCursor::NextBlock() {
  if (feed_ != nullptr) return NextFed();
  // Makes sure that `wanted` bytes from next_block_ on are in the buffer.
  const auto load = [&](std::size_t wanted) -> Status {
    if (buffer_used_ - next_block_ >= wanted) return Status::Ok();
    const std::size_t kept = buffer_used_ - next_block_;
    const std::size_t front = IoPadding(kept);
    const std::size_t size = std::max(wanted, buffer_bytes_) + kIoAlignment;
    if (buffer_.size() < size) buffer_.resize(size);
    if (kept != 0) std::memmove(buffer_.data() + front, buffer_.data() + next_block_, kept);
    next_block_ = front;
    buffer_used_ = front + kept;
    const std::uint64_t ask = std::min<std::uint64_t>(buffer_.size() - buffer_used_, end_ - offset_);
    std::size_t got = 0;
    if (ask != 0) {
      if (file_ == nullptr) {
        MRD_ASSIGN_OR_RETURN(file_, env_->OpenForRead(path_));
      }
      MRD_ASSIGN_OR_RETURN(got, file_->ReadAt(offset_, buffer_.data() + buffer_used_, static_cast<std::size_t>(ask)));
    }
    offset_ += got;
    buffer_used_ += got;
    consumed_ += got;
    if (spent_ != nullptr && offset_ - forgotten_until_ >= SpentSpace::kMemoryPieceBytes) {
      SpentSpace::GiveMemory(*file_, forgotten_until_, offset_ - forgotten_until_);
      forgotten_until_ = offset_;
    }
    if (spent_ != nullptr && offset_ - spent_until_ >= SpentSpace::kPieceBytes) {
      spent_->Add(file_, spent_until_, offset_ - spent_until_);
      spent_until_ = offset_;
    }
    if (buffer_used_ - next_block_ < wanted) return Damaged("the file ends early");
    return Status::Ok();
  };

  if (next_block_ == buffer_used_ && offset_ == end_) return false;
  MRD_RETURN_IF_ERROR(load(kHeader));
  BlockHeader header;
  std::memcpy(&header, buffer_.data() + next_block_, kHeader);
  if (header.stored_size > end_ - (offset_ - (buffer_used_ - next_block_)) - kHeader) {
    return Damaged("a block reaches beyond its segment");
  }
  MRD_RETURN_IF_ERROR(load(kHeader + header.stored_size));
  const char* stored = buffer_.data() + next_block_ + kHeader;
  if (BlockCrc(header, stored) != header.crc32c) return Damaged("checksum mismatch");
  next_block_ += kHeader + header.stored_size;
  at_ = stored;
  if (header.flags == kBlockLz4) {
    // LZ4 makes nothing smaller than this; more would only be a way to ask for memory.
    if (header.raw_size > std::uint64_t{header.stored_size} * 255 + 64) return Damaged("a block has an impossible size");
    decompressed_.resize(header.raw_size);
    const int got = LZ4_decompress_safe(stored, decompressed_.data(), static_cast<int>(header.stored_size),
                                        static_cast<int>(header.raw_size));
    if (got < 0 || static_cast<std::uint32_t>(got) != header.raw_size) return Damaged("a block does not decompress");
    at_ = decompressed_.data();
  } else if (header.flags != 0 || header.raw_size != header.stored_size) {
    return Damaged("a block has an unknown form");
  }
  block_end_ = at_ + header.raw_size;
  return true;
}

// Copies the next records to where they follow each other. In a loop as short as this the processor waits for several
// of them at once; where each is used in between, it waits for one after the other, above all for the translation of
// its address, which sending for it does not save.
void SegmentCursor::Gather() {
  if (buffer_.empty()) buffer_.resize(kGatherBytes);
  char* out = buffer_.data();
  char* const last = out + kGatherBytes - kGatheredMost - kGatherSlack;  // where a record may begin
  const SortEntry* entry = entry_;
  for (; entry != entry_end_ && out <= last; ++entry) {
    const char* const next = RecordAt(entry_end_ - entry > kGatherAhead ? entry[kGatherAhead] : *entry);
    __builtin_prefetch(next);
    __builtin_prefetch(next + 64);
    __builtin_prefetch(next + 104);
    const char* const record = RecordAt(*entry);
    std::uint32_t key_size = 0;
    std::uint32_t value_size = 0;
    const char* const end = record + kRecordOverhead;  // the numbers were written in this process
    const char* const key = GetVarint32(GetVarint32(record, end, &key_size), end, &value_size);
    const std::size_t size = static_cast<std::size_t>(key - record) + key_size + value_size;
    if (size > kGatheredMost) {
      if (out != buffer_.data()) break;
      entry_ = entry + 1;
      at_ = record;
      block_end_ = record + size;
      return;
    }
    for (std::size_t done = 0; done < size; done += kGatherSlack) std::memcpy(out + done, record + done, kGatherSlack);
    out += size;
  }
  entry_ = entry;
  at_ = buffer_.data();
  block_end_ = out;
}

bool SegmentCursor::NextSlow() {
  if (!status_.ok()) return false;
  while (at_ == block_end_) {
    if (entry_ != entry_end_) {
      Gather();
      break;
    }
    Result<bool> more = NextBlock();
    if (!more.ok()) status_ = From(kFromMapOutput, more.status());
    if (!more.ok() || !*more) return false;
  }
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  const char* at = GetVarint32(at_, block_end_, &key_size);
  if (at != nullptr) at = GetVarint32(at, block_end_, &value_size);
  if (at == nullptr || static_cast<std::uint64_t>(block_end_ - at) < std::uint64_t{key_size} + value_size) {
    status_ = Damaged("a record reaches beyond its block");
    return false;
  }
  key_ = at;
  key_size_ = key_size;
  value_size_ = value_size;
  at_ = at + key_size + value_size;
  return true;
}

}  // namespace mrd::engine

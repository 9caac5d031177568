#include "dfs/client/output_file.h"

#include <utility>

namespace mrd::dfs::client {

OutputFile::OutputFile(std::shared_ptr<Context> context, WriteTarget target)
    : context_(std::move(context)),
      writer_(std::make_shared<FileWriter>(*context_, std::move(target))),
      builder_(writer_->target().checksum, context_->options.packet_bytes, writer_->target().block_size) {
  if (const auto& last = writer_->target().last_block) builder_.ResumeBlock(last->block.block.length);
  auto run = [writer = writer_] { return writer->Run(); };
  context_->Spawn(run);
}

OutputFile::~OutputFile() {
  if (!closed_) writer_->queue().Abort();
}

Status OutputFile::Push(std::unique_ptr<Packet> packet) {
  writer_->Place(*packet);
  return writer_->queue().Push(std::move(packet));
}

Status OutputFile::PushFull() {
  while (std::unique_ptr<Packet> packet = builder_.TakeFull()) {
    MRD_RETURN_IF_ERROR(Push(std::move(packet)));
  }
  return Status::Ok();
}

Status OutputFile::Append(const char* data, std::size_t size) {
  if (closed_) return FailedPrecondition("write " + writer_->target().file.path + ": the file is closed");
  if (!failure_.ok()) return failure_;
  context_->statistics.bytes_written.fetch_add(size, std::memory_order_relaxed);
  while (size > 0) {
    const std::size_t taken = builder_.Add(data, size);
    data += taken;
    size -= taken;
    if (failure_ = PushFull(); !failure_.ok()) return failure_;
  }
  return Status::Ok();
}

Status OutputFile::Flush(bool sync) {
  if (closed_) return FailedPrecondition("flush " + writer_->target().file.path + ": the file is closed");
  if (!failure_.ok()) return failure_;
  if (std::unique_ptr<Packet> packet = builder_.TakePartial(sync)) {
    failure_ = Push(std::move(packet));
    if (failure_.ok()) failure_ = PushFull();
    if (!failure_.ok()) return failure_;
  }
  if (builder_.next_seqno() > 0) failure_ = writer_->queue().WaitUntilAcknowledged(builder_.next_seqno() - 1);
  if (!failure_.ok()) return failure_;

  auto find = [&]() -> awaitable<std::optional<ExtendedBlock>> {
    writer_->NoteFlushed();
    co_return writer_->block();
  };
  const std::optional<ExtendedBlock> block = context_->Run<std::optional<ExtendedBlock>>(find);
  if (!block) return Status::Ok();
  // Until the namenode has recorded a new block for good, its restart would forget it. hsync records the length too.
  if (!sync && persisted_ == block->block.id) return Status::Ok();
  const std::int64_t length = sync && builder_.block_open() ? static_cast<std::int64_t>(block->block.length) : -1;
  if (length < 0 && persisted_ == block->block.id) return Status::Ok();
  auto persist = [&] { return context_->namenode().Fsync(writer_->target().file, length); };
  failure_ = context_->Run<Status>(persist);
  if (failure_.ok()) persisted_ = block->block.id;
  return failure_;
}

Status OutputFile::Close() {
  if (closed_) return failure_;
  if (failure_.ok()) {
    if (std::unique_ptr<Packet> packet = builder_.TakePartial(false)) failure_ = Push(std::move(packet));
  }
  if (failure_.ok()) failure_ = PushFull();
  if (failure_.ok() && builder_.block_open()) failure_ = Push(builder_.EndBlock());
  if (!failure_.ok()) return failure_;  // the destructor drops the rest
  failure_ = writer_->queue().CloseAndWait();
  closed_ = true;
  return failure_;
}

}  // namespace mrd::dfs::client

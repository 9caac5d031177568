#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/fs/file_system.h"
#include "dfs/client/context.h"
#include "dfs/client/file_writer.h"
#include "dfs/client/packet_builder.h"

namespace mrd::dfs::client {

// A file open for writing, for one user's thread at a time. Bytes are cut into packets and summed on that thread and sent
// on the client's. Append() returns when the bytes are in packets, waiting while too many are under way; Hflush() when every
// datanode has them; Close() when the namenode has closed the file. Destroyed unclosed it leaves the file as a crash would:
// open, with what arrived, until the lease ends.
class OutputFile final : public fs::OutputFile {
 public:
  OutputFile(std::shared_ptr<Context> context, WriteTarget target);
  ~OutputFile() override;

  Status Append(const char* data, std::size_t size) override;
  Status Hflush() override { return Flush(false); }
  Status Hsync() override { return Flush(true); }
  Status Close() override;

 private:
  Status Push(std::unique_ptr<Packet> packet);
  Status PushFull();
  Status Flush(bool sync);

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<FileWriter> writer_;
  PacketBuilder builder_;
  Status failure_;  // of an earlier call; every later one returns it
  bool closed_ = false;
  std::optional<BlockId> persisted_;  // the namenode knows it to exist, whatever becomes of it and us
};

}  // namespace mrd::dfs::client

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/fs/file_system.h"
#include "dfs/client/context.h"
#include "dfs/client/file_reader.h"
#include "dfs/client/local_replicas.h"

namespace mrd::dfs::client {

// An open file for users' threads. A read that goes on where the last one ended is served from a stream that the datanode
// keeps filling, small ones from a buffer; any other read asks for its range alone. Blocks on this host are read from their
// files where the options and the datanode allow.
class InputFile final : public fs::InputFile {
 public:
  // kNotFound when there is no such file.
  static Result<std::unique_ptr<fs::InputFile>> Open(std::shared_ptr<Context> context, std::string path);
  ~InputFile() override;

  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override;
  Result<std::uint64_t> Size() override { return length_; }

 private:
  InputFile(std::shared_ptr<Context> context, std::string path);
  Status ReadOn(std::uint64_t offset, char* out, std::size_t size);
  Status ReadFromStream(std::uint64_t offset, char* out, std::size_t size);
  // Nothing when no file of this host holds it.
  std::optional<Status> ReadLocally(std::uint64_t offset, char* out, std::size_t size);

  const std::shared_ptr<Context> context_;
  std::unique_ptr<FileReader> reader_;  // used and destroyed on the client's thread
  std::uint64_t length_ = 0;
  LocalReplicas local_;

  std::mutex sequential_;  // guards what follows; a thread that does not get it reads by range
  std::uint64_t next_offset_ = 0;
  std::uint64_t buffer_offset_ = 0;
  std::vector<char> buffer_;
};

}  // namespace mrd::dfs::client

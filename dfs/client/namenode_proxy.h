#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/net/stream.h"
#include "common/rpc/client.h"
#include "dfs/client/block_token_store.h"
#include "dfs/types.h"

namespace mrd::dfs::client {

using net::awaitable;

inline constexpr const char* kClientProtocol = "org.apache.hadoop.hdfs.protocol.ClientProtocol";

// An open file as its writer names it to the namenode.
struct OpenFile {
  std::string path;
  std::string client_name;  // the lease holder
  InodeId id;               // survives a rename while the file is written
};

struct CreateRequest {
  std::string path;
  std::string client_name;
  std::uint16_t permission = 0644;  // after the umask
  std::uint16_t unmasked = 0666;    // before it: for parents with default ACLs
  std::uint32_t flags = kCreateFlagCreate;
  bool create_parents = true;
  std::uint32_t replication = 3;
  std::uint64_t block_size = 0;
};

struct AppendReply {
  std::optional<LocatedBlock> last_block;  // partial, to be gone on with; absent: begin a new one
  FileStatus status;
};

struct AddBlockRequest {
  OpenFile file;
  std::optional<ExtendedBlock> previous;
  std::vector<DatanodeInfo> excluded;
};

struct AdditionalNodeRequest {
  OpenFile file;
  ExtendedBlock block;
  std::vector<ReplicaLocation> existing;
  std::vector<DatanodeInfo> excluded;
};

struct UpdatePipelineRequest {
  std::string client_name;
  ExtendedBlock old_block;
  ExtendedBlock new_block;
  std::vector<ReplicaLocation> nodes;
};

struct PathPair {
  std::string from;
  std::string to;
};

struct FileRange {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// How often and how long a call is repeated that the server refused with RetriableException: it was not begun.
struct RetryBounds {
  int attempts = 5;
  std::chrono::milliseconds first_delay{400};  // doubles
};

// ClientProtocol, one function for each method that we call. Errors name the method's file and the namenode; a Java
// exception is the Status' tag. Calls may run at the same time. Tokens that come with blocks go into `tokens`; it and the
// client must outlive the proxy and its calls.
class NamenodeProxy {
 public:
  NamenodeProxy(rpc::Client& client, RetryBounds bounds, BlockTokenStore& tokens)
      : client_(client), bounds_(bounds), tokens_(tokens) {}

  awaitable<Result<ServerDefaults>> GetServerDefaults();
  awaitable<Result<std::optional<FileStatus>>> GetFileInfo(std::string path);
  // One page after the name `after`; nothing when there is no such path.
  awaitable<Result<std::optional<DirectoryListing>>> GetListing(std::string path, std::string after);
  awaitable<Result<LocatedBlocks>> GetBlockLocations(FileRange range);
  awaitable<Result<bool>> Mkdirs(std::string path, std::uint16_t permission, std::uint16_t unmasked, bool create_parents);
  awaitable<Result<bool>> Rename(PathPair paths);
  awaitable<Status> Rename2(PathPair paths, bool overwrite);
  awaitable<Result<bool>> Delete(std::string path, bool recursive);
  awaitable<Result<bool>> SetReplication(std::string path, std::uint32_t replication);
  awaitable<Status> SetPermission(std::string path, std::uint16_t permission);
  awaitable<Status> SetOwner(std::string path, std::string owner, std::string group);  // empty: unchanged
  awaitable<Status> SetTimes(std::string path, std::int64_t modified_ms, std::int64_t accessed_ms);  // -1: unchanged
  awaitable<Result<ContentSummary>> GetContentSummary(std::string path);
  awaitable<Result<bool>> IsFileClosed(std::string path);
  awaitable<Result<bool>> Truncate(std::string path, std::uint64_t length, std::string client_name);
  awaitable<Status> Concat(std::string target, std::vector<std::string> sources);
  awaitable<Result<FsStats>> GetFsStats();
  // OK when the caller may do what `wanted` says: 4 read, 2 write, 1 execute, or a sum of these.
  awaitable<Status> CheckAccess(std::string path, std::uint32_t wanted);

  awaitable<Result<FileStatus>> Create(CreateRequest request);
  awaitable<Result<AppendReply>> Append(std::string path, std::string client_name);
  awaitable<Result<LocatedBlock>> AddBlock(AddBlockRequest request);
  awaitable<Status> AbandonBlock(OpenFile file, ExtendedBlock block);
  awaitable<Result<LocatedBlock>> GetAdditionalDatanode(AdditionalNodeRequest request);
  awaitable<Result<bool>> Complete(OpenFile file, std::optional<ExtendedBlock> last);
  // `last_block_length` -1: the length is left as it is known.
  awaitable<Status> Fsync(OpenFile file, std::int64_t last_block_length);
  // The stamp that the block gets when its pipeline is set up anew.
  awaitable<Result<GenerationStamp>> UpdateBlockForPipeline(ExtendedBlock block, std::string client_name);
  awaitable<Status> UpdatePipeline(UpdatePipelineRequest request);
  awaitable<Status> RenewLease(std::string client_name);
  awaitable<Result<bool>> RecoverLease(std::string path, std::string client_name);
  // One block with the node that gave wrong bytes.
  awaitable<Status> ReportBadBlock(LocatedBlock block);

  std::string address() const { return client_.address(); }

 private:
  awaitable<Result<std::string>> CallWithRetries(std::string method, std::string request);
  template <typename Response, typename Request>
  awaitable<Result<Response>> Call(std::string method, const Request& request);
  template <typename Response>
  awaitable<Result<Response>> CallBytes(std::string method, std::string request);
  template <typename Response, typename Request>
  awaitable<Result<bool>> CallForBool(std::string method, const Request& request);
  template <typename Response>
  awaitable<Result<bool>> CallBytesForBool(std::string method, std::string request);
  template <typename Response, typename Request>
  awaitable<Status> CallForNothing(std::string method, const Request& request);
  template <typename Response>
  awaitable<Status> CallBytesForNothing(std::string method, std::string request);

  rpc::Client& client_;
  const RetryBounds bounds_;
  BlockTokenStore& tokens_;
};

}  // namespace mrd::dfs::client

#include "dfs/client/namenode_proxy.h"

#include <algorithm>
#include <utility>

#include "common/net/runtime.h"
#include "dfs/client/namenode_call.h"
#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/status_convert.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

namespace {

constexpr std::chrono::milliseconds kStartingFirstDelay{50};
constexpr std::chrono::milliseconds kStartingDelayMax{2'000};
constexpr std::chrono::milliseconds kStartingPatience{120'000};

// A namenode that starts refuses as one does that does not listen yet: who is patient with that is so with this. Safe
// mode that somebody turned on by hand is a failed precondition.
bool IsStarting(const Status& status) {
  return status.tag() == java::kSafeMode && status.code() == Code::kUnavailable;
}

}  // namespace

awaitable<Result<std::string>> NamenodeProxy::CallWithRetries(std::string method, std::string request) {
  std::chrono::milliseconds delay = bounds_.first_delay;
  std::chrono::milliseconds starting_delay = kStartingFirstDelay;
  std::chrono::milliseconds waited{0};
  const std::chrono::milliseconds patience = bounds_.attempts > RetryBounds().attempts ? kStartingPatience : waited;
  for (int attempt = 1;; ++attempt) {
    Result<std::string> reply = co_await client_.Call(method, request);
    if (!reply.ok() && waited < patience && IsStarting(reply.status())) {
      const Status slept = co_await net::SleepFor(starting_delay);
      if (!slept.ok()) co_return slept;
      waited += starting_delay;
      starting_delay = std::min(starting_delay * 2, kStartingDelayMax);
      --attempt;
      continue;
    }
    const int attempts_max = std::min(bounds_.attempts, RetryBounds().attempts);
    if (reply.ok() || reply.status().tag() != java::kRetriable || attempt >= attempts_max) co_return reply;
    const Status slept = co_await net::SleepFor(delay);
    if (!slept.ok()) co_return slept;
    delay *= 2;
  }
}

awaitable<Result<ServerDefaults>> NamenodeProxy::GetServerDefaults() {
  const pb::GetServerDefaultsRequestProto request;
  auto response = co_await Call<pb::GetServerDefaultsResponseProto>("getServerDefaults", request);
  if (!response.ok()) co_return response.status();
  co_return wire::FromProto(response->serverdefaults());
}

awaitable<Result<std::optional<FileStatus>>> NamenodeProxy::GetFileInfo(std::string path) {
  pb::GetFileInfoRequestProto request;
  request.set_src(path);
  auto response = co_await Call<pb::GetFileInfoResponseProto>("getFileInfo", request);
  if (!response.ok()) co_return response.status();
  if (!response->has_fs()) co_return std::optional<FileStatus>();
  MRD_CO_ASSIGN_OR_RETURN(FileStatus status, wire::FromProto(response->fs()));
  co_return std::optional<FileStatus>(std::move(status));
}

awaitable<Result<std::optional<DirectoryListing>>> NamenodeProxy::GetListing(std::string path, std::string after) {
  pb::GetListingRequestProto request;
  request.set_src(path);
  request.set_startafter(after);
  request.set_needlocation(false);
  auto response = co_await Call<pb::GetListingResponseProto>("getListing", request);
  if (!response.ok()) co_return response.status();
  if (!response->has_dirlist()) co_return std::optional<DirectoryListing>();
  MRD_CO_ASSIGN_OR_RETURN(DirectoryListing listing, wire::FromProto(response->dirlist()));
  co_return std::optional<DirectoryListing>(std::move(listing));
}

awaitable<Result<LocatedBlocks>> NamenodeProxy::GetBlockLocations(FileRange range) {
  pb::GetBlockLocationsRequestProto request;
  request.set_src(range.path);
  request.set_offset(range.offset);
  request.set_length(range.length);
  auto response = co_await Call<pb::GetBlockLocationsResponseProto>("getBlockLocations", request);
  if (!response.ok()) co_return response.status();
  if (!response->has_locations())
    co_return Exception(java::kFileNotFound, "File does not exist: " + range.path);
  tokens_.Keep(TokenUse::kRead, response->locations());
  co_return wire::FromProto(response->locations());
}

awaitable<Result<bool>> NamenodeProxy::Mkdirs(std::string path, std::uint16_t permission, std::uint16_t unmasked,
                                              bool create_parents) {
  pb::MkdirsRequestProto request;
  request.set_src(path);
  request.mutable_masked()->set_perm(permission);
  request.mutable_unmasked()->set_perm(unmasked);
  request.set_createparent(create_parents);
  return CallForBool<pb::MkdirsResponseProto>("mkdirs", request);
}

awaitable<Result<bool>> NamenodeProxy::Rename(PathPair paths) {
  pb::RenameRequestProto request;
  request.set_src(paths.from);
  request.set_dst(paths.to);
  return CallForBool<pb::RenameResponseProto>("rename", request);
}

awaitable<Status> NamenodeProxy::Rename2(PathPair paths, bool overwrite) {
  pb::Rename2RequestProto request;
  request.set_src(paths.from);
  request.set_dst(paths.to);
  request.set_overwritedest(overwrite);
  return CallForNothing<pb::Rename2ResponseProto>("rename2", request);
}

awaitable<Result<bool>> NamenodeProxy::Delete(std::string path, bool recursive) {
  pb::DeleteRequestProto request;
  request.set_src(path);
  request.set_recursive(recursive);
  return CallForBool<pb::DeleteResponseProto>("delete", request);
}

awaitable<Result<bool>> NamenodeProxy::SetReplication(std::string path, std::uint32_t replication) {
  pb::SetReplicationRequestProto request;
  request.set_src(path);
  request.set_replication(replication);
  return CallForBool<pb::SetReplicationResponseProto>("setReplication", request);
}

awaitable<Status> NamenodeProxy::SetPermission(std::string path, std::uint16_t permission) {
  pb::SetPermissionRequestProto request;
  request.set_src(path);
  request.mutable_permission()->set_perm(permission);
  return CallForNothing<pb::SetPermissionResponseProto>("setPermission", request);
}

awaitable<Status> NamenodeProxy::SetOwner(std::string path, std::string owner, std::string group) {
  pb::SetOwnerRequestProto request;
  request.set_src(path);
  if (!owner.empty()) request.set_username(owner);
  if (!group.empty()) request.set_groupname(group);
  return CallForNothing<pb::SetOwnerResponseProto>("setOwner", request);
}

awaitable<Status> NamenodeProxy::SetTimes(std::string path, std::int64_t modified_ms, std::int64_t accessed_ms) {
  pb::SetTimesRequestProto request;
  request.set_src(path);
  request.set_mtime(static_cast<std::uint64_t>(modified_ms));
  request.set_atime(static_cast<std::uint64_t>(accessed_ms));
  return CallForNothing<pb::SetTimesResponseProto>("setTimes", request);
}

awaitable<Result<ContentSummary>> NamenodeProxy::GetContentSummary(std::string path) {
  pb::GetContentSummaryRequestProto request;
  request.set_path(path);
  auto response = co_await Call<pb::GetContentSummaryResponseProto>("getContentSummary", request);
  if (!response.ok()) co_return response.status();
  co_return wire::FromProto(response->summary());
}

awaitable<Result<bool>> NamenodeProxy::IsFileClosed(std::string path) {
  pb::IsFileClosedRequestProto request;
  request.set_src(path);
  return CallForBool<pb::IsFileClosedResponseProto>("isFileClosed", request);
}

awaitable<Result<bool>> NamenodeProxy::Truncate(std::string path, std::uint64_t length, std::string client_name) {
  pb::TruncateRequestProto request;
  request.set_src(path);
  request.set_newlength(length);
  request.set_clientname(client_name);
  return CallForBool<pb::TruncateResponseProto>("truncate", request);
}

awaitable<Status> NamenodeProxy::Concat(std::string target, std::vector<std::string> sources) {
  pb::ConcatRequestProto request;
  request.set_trg(target);
  for (const std::string& source : sources) request.add_srcs(source);
  return CallForNothing<pb::ConcatResponseProto>("concat", request);
}

awaitable<Result<FsStats>> NamenodeProxy::GetFsStats() {
  const pb::GetFsStatusRequestProto request;
  auto response = co_await Call<pb::GetFsStatsResponseProto>("getFsStats", request);
  if (!response.ok()) co_return response.status();
  co_return wire::FromProto(*response);
}

awaitable<Status> NamenodeProxy::CheckAccess(std::string path, std::uint32_t wanted) {
  pb::CheckAccessRequestProto request;
  request.set_path(path);
  request.set_mode(static_cast<pb::AclEntryProto::FsActionProto>(wanted & 7));
  return CallForNothing<pb::CheckAccessResponseProto>("checkAccess", request);
}

}  // namespace mrd::dfs::client

// ClientProtocol: what only reads the namespace.

#include <string>

#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/status_convert.h"
#include "namenode/service/client_protocol.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::namenode {

using namespace hadoop::hdfs;  // NOLINT: one protocol's messages fill this file
namespace wire = dfs::wire;
using wire::TokenMode;

void ClientProtocol::AddReading() {
  Methods& table = *methods_;
  table.Add<GetServerDefaultsRequestProto, GetServerDefaultsResponseProto>(
      "getServerDefaults", MethodKind::kRead, [this](const CallContext&, const auto&, auto* response) {
        wire::ToProto(core_.state().options.defaults, response->mutable_serverdefaults());
        return Status::Ok();
      });
  const auto file_info = [this](const CallContext& call, const auto& request, auto* response) -> Status {
    MRD_ASSIGN_OR_RETURN(const std::optional<dfs::FileStatus> status,
                         core_.state().tree.GetFileInfo(call.caller, request.src()));
    if (status) wire::ToProto(*status, response->mutable_fs());
    return Status::Ok();
  };
  table.Add<GetFileInfoRequestProto, GetFileInfoResponseProto>("getFileInfo", MethodKind::kRead, file_info);
  // There are no symbolic links, so that not following one makes no difference.
  table.Add<GetFileLinkInfoRequestProto, GetFileLinkInfoResponseProto>("getFileLinkInfo", MethodKind::kRead, file_info);
  table.Add<GetLocatedFileInfoRequestProto, GetLocatedFileInfoResponseProto>(
      "getLocatedFileInfo", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const std::optional<dfs::FileStatus> status,
                             core_.reading().GetLocatedFileInfo(call, request.src()));
        if (status) wire::ToProto(*status, response->mutable_fs());
        if (!tokens_.enabled() || !request.needblocktoken() || !response->fs().has_locations()) return Status::Ok();
        // Seeing where blocks are asks for less than reading them.
        MRD_RETURN_IF_ERROR(core_.state().tree.CheckAccess(call.caller, request.src(), Access::kRead));
        tokens_.Sign(call, {TokenMode::kRead}, response->mutable_fs()->mutable_locations());
        return Status::Ok();
      });
  table.Add<GetListingRequestProto, GetListingResponseProto>(
      "getListing", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(
            const std::optional<dfs::DirectoryListing> listing,
            core_.reading().GetListing(call, request.src(), request.startafter(), request.needlocation()));
        if (listing) wire::ToProto(*listing, response->mutable_dirlist());
        return Status::Ok();
      });
  table.Add<GetBlockLocationsRequestProto, GetBlockLocationsResponseProto>(
      "getBlockLocations", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const dfs::LocatedBlocks blocks,
                             core_.reading().GetBlockLocations(call, request.src(), static_cast<std::int64_t>(request.offset()),
                                                               static_cast<std::int64_t>(request.length())));
        wire::ToProto(blocks, response->mutable_locations());
        tokens_.Sign(call, {TokenMode::kRead}, response->mutable_locations());
        return Status::Ok();
      });
  table.Add<GetContentSummaryRequestProto, GetContentSummaryResponseProto>(
      "getContentSummary", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const dfs::ContentSummary summary,
                             core_.state().tree.GetContentSummary(call.caller, request.path()));
        wire::ToProto(summary, response->mutable_summary());
        return Status::Ok();
      });
  table.Add<GetQuotaUsageRequestProto, GetQuotaUsageResponseProto>(
      "getQuotaUsage", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const QuotaUsage usage, core_.state().tree.GetQuotaUsage(call.caller, request.path()));
        QuotaUsageProto* const proto = response->mutable_usage();
        proto->set_fileanddirectorycount(usage.files_and_directories);
        proto->set_quota(static_cast<std::uint64_t>(usage.quota));
        proto->set_spaceconsumed(usage.space_consumed);
        proto->set_spacequota(static_cast<std::uint64_t>(usage.space_quota));
        return Status::Ok();
      });
  table.Add<GetPreferredBlockSizeRequestProto, GetPreferredBlockSizeResponseProto>(
      "getPreferredBlockSize", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const std::uint64_t size,
                             core_.state().tree.GetPreferredBlockSize(call.caller, request.filename()));
        response->set_bsize(size);
        return Status::Ok();
      });
  table.Add<IsFileClosedRequestProto, IsFileClosedResponseProto>(
      "isFileClosed", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const bool closed, core_.state().tree.IsFileClosed(call.caller, request.src()));
        response->set_result(closed);
        return Status::Ok();
      });
  table.Add<CheckAccessRequestProto, CheckAccessResponseProto>(
      "checkAccess", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto*) {
        return core_.state().tree.CheckAccess(call.caller, request.path(), static_cast<Access>(request.mode()));
      });
  table.Add<GetLinkTargetRequestProto, GetLinkTargetResponseProto>(
      "getLinkTarget", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto*) -> Status {
        MRD_ASSIGN_OR_RETURN(const std::optional<dfs::FileStatus> status,
                             core_.state().tree.GetFileInfo(call.caller, request.path()));
        if (!status) return dfs::Exception(dfs::java::kFileNotFound, "File does not exist: " + request.path());
        return dfs::Exception(dfs::java::kIo, "Path " + request.path() + " is not a symbolic link");
      });
  table.Add<GetEnclosingRootRequestProto, GetEnclosingRootResponseProto>(
      "getEnclosingRoot", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const std::string root,
                             core_.state().tree.GetEnclosingRoot(call.caller, request.filename()));
        response->set_enclosingrootpath(root);
        return Status::Ok();
      });
}

}  // namespace mrd::namenode

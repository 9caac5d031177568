// ClientProtocol: the state of the file system, and what there is none of but must be answered.

#include <string>
#include <vector>

#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/status_convert.h"
#include "namenode/service/client_protocol.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::namenode {

using namespace hadoop::hdfs;  // NOLINT: one protocol's messages fill this file
namespace wire = dfs::wire;

namespace {

constexpr std::size_t kOpenFilesPerPage = 1'000;
constexpr std::size_t kCorruptFilesPerPage = 100;

}  // namespace

void ClientProtocol::AddStatus() {
  Methods& table = *methods_;
  table.Add<GetFsStatusRequestProto, GetFsStatsResponseProto>(
      "getFsStats", MethodKind::kRead, [this](const CallContext&, const auto&, auto* response) {
        wire::ToProto(core_.state().blocks.Stats(), response);
        return Status::Ok();
      });
  table.Add<GetFsReplicatedBlockStatsRequestProto, GetFsReplicatedBlockStatsResponseProto>(
      "getFsReplicatedBlockStats", MethodKind::kRead, [this](const CallContext&, const auto&, auto* response) {
        wire::ToProto(core_.state().blocks.Stats(), response);
        return Status::Ok();
      });
  table.Add<GetFsECBlockGroupStatsRequestProto, GetFsECBlockGroupStatsResponseProto>(
      "getFsECBlockGroupStats", MethodKind::kRead, [](const CallContext&, const auto&, auto* response) {
        response->set_low_redundancy(0);
        response->set_corrupt_blocks(0);
        response->set_missing_blocks(0);
        response->set_blocks_in_future(0);
        response->set_pending_deletion_blocks(0);
        return Status::Ok();
      });
  table.Add<GetDatanodeReportRequestProto, GetDatanodeReportResponseProto>(
      "getDatanodeReport", MethodKind::kRead, [this](const CallContext&, const auto& request, auto* response) {
        for (const dfs::DatanodeInfo& info : core_.state().blocks.DatanodeReport(wire::FromProto(request.type()))) {
          wire::ToProto(info, response->add_di());
        }
        return Status::Ok();
      });
  table.Add<GetDatanodeStorageReportRequestProto, GetDatanodeStorageReportResponseProto>(
      "getDatanodeStorageReport", MethodKind::kRead,
      [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        for (const dfs::DatanodeStorageReport& report :
             core_.state().blocks.StorageReport(wire::FromProto(request.type()))) {
          wire::ToProto(report, response->add_datanodestoragereports());
        }
        return Status::Ok();
      });
  table.Add<GetSlowDatanodeReportRequestProto, GetSlowDatanodeReportResponseProto>(
      "getSlowDatanodeReport", MethodKind::kRead,
      [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  table.Add<ListOpenFilesRequestProto, ListOpenFilesResponseProto>(
      "listOpenFiles", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        response->set_hasmore(false);
        const auto& files = core_.state().leases.files();
        for (auto open = files.upper_bound(dfs::InodeId{request.id()}); open != files.end(); ++open) {
          const FileRef file = core_.state().tree.FindFile(open->first);
          if (!file) continue;
          const std::string path = file.Path();
          if (request.has_path() && !path.starts_with(request.path())) continue;
          if (response->entries_size() == static_cast<int>(kOpenFilesPerPage)) {
            response->set_hasmore(true);
            break;
          }
          OpenFilesBatchResponseProto* const entry = response->add_entries();
          entry->set_id(open->first.value);
          entry->set_path(path);
          entry->set_clientname(open->second);
          entry->set_clientmachine(file.client_machine());
        }
        for (const int type : request.types()) response->add_types(static_cast<OpenFilesTypeProto>(type));
        return Status::Ok();
      });
  table.Add<ListCorruptFileBlocksRequestProto, ListCorruptFileBlocksResponseProto>(
      "listCorruptFileBlocks", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) {
        // The cookie is the last block looked at.
        dfs::BlockId after;
        if (request.has_cookie() && !request.cookie().empty()) after.value = std::strtoll(request.cookie().c_str(), nullptr, 10);
        CorruptFileBlocksProto* const corrupt = response->mutable_corrupt();
        const std::string below = request.path().empty() || request.path().back() == '/' ? request.path() : request.path() + "/";
        for (const TroubledBlock& block :
             core_.state().blocks.Missing(after, kCorruptFilesPerPage, call.mono_ms)) {
          after = block.block.id;
          const std::string path = core_.state().tree.PathOf(block.file);
          if (path == request.path() || path.starts_with(below)) corrupt->add_files(path);
        }
        corrupt->set_cookie(std::to_string(after.value));
        return Status::Ok();
      });
  table.Add<MsyncRequestProto, MsyncResponseProto>(
      "msync", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  table.Add<HAServiceStateRequestProto, HAServiceStateResponseProto>(
      "getHAServiceState", MethodKind::kRead, [](const CallContext&, const auto&, auto* response) {
        response->set_state(hadoop::common::ACTIVE);
        return Status::Ok();
      });
  table.Add<GetCurrentEditLogTxidRequestProto, GetCurrentEditLogTxidResponseProto>(
      "getCurrentEditLogTxid", MethodKind::kRead, [this](const CallContext&, const auto&, auto* response) {
        response->set_txid(static_cast<std::int64_t>(edits_.last().value));
        return Status::Ok();
      });
  // Asked for by clients whether or not the feature is there; an absent field says that it is not.
  table.Add<GetDataEncryptionKeyRequestProto, GetDataEncryptionKeyResponseProto>(
      "getDataEncryptionKey", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  table.Add<hadoop::common::GetDelegationTokenRequestProto, hadoop::common::GetDelegationTokenResponseProto>(
      "getDelegationToken", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  table.Add<GetEZForPathRequestProto, GetEZForPathResponseProto>(
      "getEZForPath", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  table.Add<ListEncryptionZonesRequestProto, ListEncryptionZonesResponseProto>(
      "listEncryptionZones", MethodKind::kRead, [](const CallContext&, const auto&, auto* response) {
        response->set_hasmore(false);
        return Status::Ok();
      });
  table.Add<GetErasureCodingPolicyRequestProto, GetErasureCodingPolicyResponseProto>(
      "getErasureCodingPolicy", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  table.Add<GetErasureCodingPoliciesRequestProto, GetErasureCodingPoliciesResponseProto>(
      "getErasureCodingPolicies", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  table.Add<GetErasureCodingCodecsRequestProto, GetErasureCodingCodecsResponseProto>(
      "getErasureCodingCodecs", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
}

}  // namespace mrd::namenode

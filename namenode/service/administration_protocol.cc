// mr.AdministrationProtocol: what fsck and doctor ask (proto/mr/administration.proto).

#include <string>

#include "dfs/wire/check_convert.h"
#include "namenode/core/checking.h"
#include "namenode/core/examination.h"
#include "namenode/service/client_protocol.h"
#include "proto/mr/administration.pb.h"

namespace mrd::namenode {

using namespace dfs::proto;  // NOLINT: the messages of this file
namespace wire = dfs::wire;

void ClientProtocol::AddAdministrationProtocol() {
  Methods& table = protocols_["mr.AdministrationProtocol"];
  table.Add<CheckFilesRequestProto, CheckFilesResponseProto>(
      "checkFiles", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const dfs::CheckPage page, Checking(core_.state()).Page(call, wire::FromProto(request)));
        wire::ToProto(page, response);
        return Status::Ok();
      });
  table.Add<CheckBlockRequestProto, CheckBlockResponseProto>(
      "checkBlock", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        const dfs::BlockId id{static_cast<std::int64_t>(request.blockid())};
        MRD_ASSIGN_OR_RETURN(const dfs::BlockCheck check, Checking(core_.state()).Find(call, id));
        wire::ToProto(check, response);
        return Status::Ok();
      });
  table.Add<ListLostBlocksRequestProto, ListLostBlocksResponseProto>(
      "listLostBlocks", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        const dfs::BlockId after{static_cast<std::int64_t>(request.after())};
        MRD_ASSIGN_OR_RETURN(const Checking::LostPage page, Checking(core_.state()).Lost(call, request.path(), after));
        for (const dfs::LostBlock& block : page.blocks) wire::ToProto(block, response->add_blocks());
        response->set_more(page.more);
        response->set_after(static_cast<std::uint64_t>(page.next.value));
        return Status::Ok();
      });
  table.Add<ExamineRequestProto, ExamineResponseProto>(
      "examine", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        dfs::ExamineRequest wish;
        wish.replication = request.replication();
        wish.block_size = request.blocksize();
        dfs::Examination found = Examine(core_.state(), call, wish);
        hooks_.examine_process(&found);
        if (const Status writable = edits_.Writable(); !writable.ok()) found.journal_fault = writable.message();
        wire::ToProto(found, response);
        return Status::Ok();
      });
}

}  // namespace mrd::namenode

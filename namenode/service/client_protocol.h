#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/rpc/retry_cache.h"
#include "common/rpc/server.h"
#include "dfs/check.h"
#include "namenode/core/core.h"
#include "namenode/service/edit_pipeline.h"
#include "namenode/service/method_table.h"
#include "namenode/service/token_issuer.h"
#include "namenode/service/user_groups.h"

namespace mrd::namenode {

// What administrators' calls need beyond the core; given by the process.
struct AdminHooks {
  std::function<Status()> refresh_nodes;                        // reads the host files again
  std::function<Status()> save_namespace;                       // a checkpoint of everything so far; may block shortly
  std::function<void()> roll_edits;
  std::function<Status(const std::string& file)> meta_save;     // writes a report into the log directory
  std::function<void(dfs::Examination*)> examine_process;       // adds version and directories
};

// org.apache.hadoop.hdfs.protocol.ClientProtocol: decodes, resolves the caller's groups, lets the core decide, waits for
// the journal, encodes (hdfs-protocol §2). Also the small protocols that look at the same state. Threads: the core's.
class ClientProtocol final : public rpc::Service {
 public:
  // References must outlive it. `tokens` unset: blocks are given without tokens.
  ClientProtocol(Core& core, EditPipeline& edits, rpc::RetryCache& retries, UserGroups& groups, Clock& clock,
                 std::string superuser, AdminHooks hooks, std::optional<dfs::wire::BlockTokens> tokens);
  ~ClientProtocol() override;

  std::vector<std::string> protocols() const override;
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  using Methods = MethodTable<CallContext>;

  CallContext ContextOf(const rpc::Call& call);
  net::awaitable<Result<std::string>> Run(const Methods::Method& method, const rpc::Call& call);
  // One call on the core, with the journal's part; the reply may leave when it returns.
  net::awaitable<Result<std::string>> RunOnce(const Methods::Method& method, const rpc::Call& call);
  net::awaitable<Result<std::string>> RunAtMostOnce(const Methods::Method& method, const rpc::Call& call);

  // Each fills a part of the table; a source file each.
  void AddReading();
  void AddNaming();
  void AddWriting();
  void AddStatus();
  void AddAdministration();
  void AddUnsupported();
  void AddSmallProtocols();
  void AddAdministrationProtocol();

  Core& core_;
  EditPipeline& edits_;
  rpc::RetryCache& retries_;
  UserGroups& groups_;
  Clock& clock_;
  const std::string superuser_;
  const AdminHooks hooks_;
  const TokenIssuer tokens_;
  std::map<std::string, Methods, std::less<>> protocols_;
  Methods* methods_ = nullptr;  // of ClientProtocol itself
};

}  // namespace mrd::namenode

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/rpc/frame.h"
#include "sim/datanode_model.h"
#include "sim/ledger.h"
#include "sim/namenode_model.h"
#include "sim/network.h"

namespace mrd::sim {

// A file as its only client knows it: what was acknowledged, and what else may have come about.
struct FileModel {
  dfs::InodeId id;
  std::string acknowledged;  // it begins with this
  std::string sent;          // and is a beginning of this
  bool open = false;         // nobody knows where it ends: its writer failed, or vanished
  std::uint32_t replication = 1;
};

// What is really there, as of the last flush.
struct Look {
  bool exists = false;
  bool directory = false;
  bool open = false;
  dfs::InodeId id;
  std::uint32_t replication = 0;
  std::vector<dfs::Block> blocks;
  std::uint64_t length() const;
};

// A client with a directory of its own, in which it does one thing after another and keeps account of what it was told.
// Where it was told nothing it looks, later, which of the two possible things happened; a third one breaks the ledger.
//
// Now and then it vanishes in the middle of writing and goes on under another name, for which the half-written file is
// that of somebody else.
class ClientModel {
 public:
  ClientModel(Network& network, NamenodeModel& namenode, Population& datanodes, Ledger& ledger, int number);

  void Start();
  // Begins nothing new.
  void Stop() { stopping_ = true; }
  bool stopped() const { return stopped_; }

  const std::string& root() const { return root_; }
  const std::map<std::string, FileModel>& files() const { return files_; }
  const std::set<std::string>& directories() const { return directories_; }
  // Looks at the namenode's state from outside.
  static Look LookAt(namenode::Core& core, const std::string& path);
  std::uint64_t operations() const { return operations_; }
  std::uint64_t acknowledged() const { return acknowledged_count_; }

 private:
  struct OpenBlock {
    dfs::Block block;  // its length is what was acknowledged
    std::vector<DatanodeModel*> nodes;
    std::string bytes;  // all that was sent
    std::uint64_t writer = 0;
    bool visible = false;  // somebody may have read it
  };

  template <typename Reply>
  Task<Result<Reply>> Ask(const char* what, bool once, NamenodeModel::Operation<Reply> operation);
  Route To(Endpoint endpoint, Millis timeout) const;
  // Until the namenode answers, and what it says is durable.
  Task<Look> LookUp(std::string path);

  Task<void> Run();
  Task<void> RenewLease(std::string name);
  Task<void> Mkdir(std::string path);
  Task<void> Create(std::string path);
  Task<void> Append(std::string path);
  Task<void> Delete(std::string path);
  Task<void> Rename(std::string from, std::string to, bool overwrite);
  Task<void> SetReplication(std::string path);
  Task<void> Concat(std::string target, std::vector<std::string> sources);
  Task<void> Truncate(std::string path);
  Task<void> Read(std::string path);
  // Another client's lease is taken away, then the file is looked at.
  Task<void> RecoverLease(std::string path);
  // The file ended somehow: takes its present length over if it is a possible one.
  Task<bool> Settle(std::string path);

  // Writes some bytes and closes. When it fails, or the client vanishes, the file is left open.
  Task<void> Write(std::string path, std::optional<OpenBlock> open);
  Task<bool> AllocateBlock(std::string path, std::optional<dfs::Block> previous, OpenBlock* open);
  // Sends what is not acknowledged of the block, rebuilding the pipeline as often as needed.
  Task<bool> Send(std::string path, OpenBlock* open, bool sync, bool last);
  Task<bool> SetUpAgain(std::string path, OpenBlock* open, Stage stage, std::optional<std::size_t> bad);
  Task<bool> AddNode(std::string path, OpenBlock* open);
  Task<Result<PipelineReply>> OpenPipeline(OpenBlock* open, Stage stage, dfs::GenerationStamp stamp);
  Task<std::size_t> FindBad(std::vector<DatanodeModel*> nodes);
  Task<bool> Complete(std::string path, std::optional<dfs::Block> last);
  void Vanish(const std::string& path);

  void Vouch(const FileModel& file, const std::vector<dfs::Block>& blocks);
  // The file is about to go.
  void Release(const std::vector<dfs::Block>& blocks);
  void GoneIf(const Status& status, const std::string& path);
  std::string SomePath();
  // A file of the model in a state; "" when there is none.
  std::string SomeFile(bool open);
  std::vector<std::string> FilesBelow(const std::string& path) const;
  std::string SomeBytes(std::size_t count);

  Network& network_;
  Clock& clock_;
  NamenodeModel& namenode_;
  Population& datanodes_;
  Ledger& ledger_;
  const std::string root_;
  const Endpoint endpoint_;
  std::string name_;  // holder of leases
  int incarnation_ = 0;
  std::int32_t call_id_ = 0;
  bool stopping_ = false;
  bool stopped_ = false;
  std::uint64_t operations_ = 0;
  std::uint64_t acknowledged_count_ = 0;
  std::set<std::string> directories_;
  std::map<std::string, FileModel> files_;
  std::set<std::string> excluded_;  // datanodes that failed this writer
  int recoveries_ = 0;
};

template <typename Reply>
Task<Result<Reply>> ClientModel::Ask(const char* what, bool once, NamenodeModel::Operation<Reply> operation) {
  NamenodeModel::Origin origin;
  origin.operation = what;
  origin.caller = endpoint_;
  origin.client_id = name_;
  MRD_CHECK(name_.size() <= rpc::kClientIdSize);
  origin.client_id.resize(rpc::kClientIdSize, '\0');  // as long as those on the wire
  origin.call_id = ++call_id_;
  origin.at_most_once = once;
  NamenodeModel* const namenode = &namenode_;
  Handler<Reply> handler = [namenode, origin, operation] { return namenode->Serve<Reply>(origin, operation); };
  Route route = To(namenode_.endpoint(), 3'000);
  route.copies = std::make_shared<int>(0);
  Result<Reply> reply = Status(Code::kDeadlineExceeded, "not asked");
  for (int attempt = 0; attempt < 6; ++attempt) {
    reply = co_await Call<Reply>(network_, route, handler);
    if (reply.ok() || reply.status().code() != Code::kDeadlineExceeded) break;
    co_await Sleep(clock_, clock_.Between(100, 2'000));
  }
  // What is under way would otherwise be carried out after later calls: then nobody could say what to expect.
  while (*route.copies > 0) co_await Sleep(clock_, 200);
  ++operations_;
  if (reply.ok()) ++acknowledged_count_;
  co_return reply;
}

}  // namespace mrd::sim

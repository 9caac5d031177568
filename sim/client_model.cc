#include "sim/client_model.h"

#include <algorithm>
#include <utility>

#include "dfs/errors.h"

namespace mrd::sim {
namespace {

constexpr std::size_t kFilesMax = 12;
constexpr int kRecoverTries = 30;

}  // namespace

std::uint64_t Look::length() const {
  std::uint64_t sum = 0;
  for (const dfs::Block& block : blocks) sum += block.length;
  return sum;
}

ClientModel::ClientModel(Network& network, NamenodeModel& namenode, Population& datanodes, Ledger& ledger, int number)
    : network_(network),
      clock_(network.clock()),
      namenode_(namenode),
      datanodes_(datanodes),
      ledger_(ledger),
      root_("/c" + std::to_string(number)),
      endpoint_(network.Add("c" + std::to_string(number))),
      name_("c" + std::to_string(number) + ".0") {}

Route ClientModel::To(Endpoint endpoint, Millis timeout) const {
  Route route;
  route.from = endpoint_;
  route.to = endpoint;
  route.timeout = timeout;
  return route;
}

Look ClientModel::LookAt(namenode::Core& core, const std::string& path) {
  Look look;
  namenode::Caller caller;
  caller.user = kClientUser;
  caller.superuser = true;
  const Result<std::optional<dfs::FileStatus>> status = core.state().tree.GetFileInfo(caller, path);
  if (!status.ok() || !status->has_value()) return look;
  look.exists = true;
  look.directory = (*status)->type == dfs::FileType::kDirectory;
  look.id = (*status)->id;
  look.replication = (*status)->replication;
  if (look.directory) return look;
  const namenode::FileRef file = core.state().tree.FindFile(path);
  look.open = file.under_construction();
  look.blocks = file.blocks();
  return look;
}

Task<Look> ClientModel::LookUp(std::string path) {
  NamenodeModel* const namenode = &namenode_;
  const Endpoint self = endpoint_;
  NamenodeModel::Operation<Look> operation = [path](NamenodeModel& node, const namenode::CallContext&) -> Result<Look> {
    return LookAt(node.core(), path);
  };
  Handler<Look> handler =
      [namenode, self, operation] { return namenode->ServeDatanode<Look>(self, "look", operation); };
  for (;;) {
    Result<Look> look = co_await Call<Look>(network_, To(namenode_.endpoint(), 3'000), handler);
    if (look.ok()) co_return *look;
    co_await Sleep(clock_, 500);
  }
}

// ---- What it does
// -------------------------------------------------------------------------------------------------------

void ClientModel::Start() { network_.tasks().Spawn(Run()); }

std::string ClientModel::SomeBytes(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>('a' + clock_.Between(0, 25)));
  return bytes;
}

std::string ClientModel::SomePath() {
  std::string directory = root_;
  if (!directories_.empty() && clock_.Chance(0.5)) {
    auto at = directories_.begin();
    std::advance(at, clock_.Between(0, static_cast<std::int64_t>(directories_.size()) - 1));
    directory = *at;
  }
  return directory + "/f" + std::to_string(clock_.Between(0, 9));
}

std::string ClientModel::SomeFile(bool open) {
  std::vector<std::string> fitting;
  for (const auto& [path, file] : files_) {
    if (file.open == open) fitting.push_back(path);
  }
  if (fitting.empty()) return "";
  return fitting[static_cast<std::size_t>(clock_.Between(0, static_cast<std::int64_t>(fitting.size()) - 1))];
}

std::vector<std::string> ClientModel::FilesBelow(const std::string& path) const {
  std::vector<std::string> below;
  for (auto at = files_.lower_bound(path + "/"); at != files_.end() && at->first.starts_with(path + "/"); ++at) {
    below.push_back(at->first);
  }
  return below;
}

Task<void> ClientModel::RenewLease(std::string name) {
  while (name == name_ && !stopped_) {
    NamenodeModel::Origin origin;
    origin.operation = "renewLease";
    origin.caller = endpoint_;
    NamenodeModel::Operation<Nothing> operation =
        [name](NamenodeModel& node, const namenode::CallContext& call) -> Result<Nothing> {
      node.core().state().leases.Renew(name, call.mono_ms);
      return Nothing();
    };
    NamenodeModel* const namenode = &namenode_;
    Handler<Nothing> handler = [namenode, origin, operation] { return namenode->Serve<Nothing>(origin, operation); };
    Result<Nothing> renewed = co_await Call<Nothing>(network_, To(namenode_.endpoint(), 3'000), handler);
    const Millis pause = renewed.ok() ? 4'000 : 1'000;
    co_await Sleep(clock_, pause);
  }
}

Task<void> ClientModel::Run() {
  network_.tasks().Spawn(RenewLease(name_));
  while (!stopping_ && !directories_.contains(root_)) {
    co_await Mkdir(root_);
    co_await Sleep(clock_, 100);
  }
  while (!stopping_ && !ledger_.broken() && !ledger_.excused()) {
    co_await Sleep(clock_, clock_.Between(0, 400));
    const std::int64_t what = clock_.Between(0, 99);
    const std::string file = SomeFile(false);
    const std::string open = SomeFile(true);
    const std::string path = SomePath();
    if (!open.empty() && what < 15) {
      co_await RecoverLease(open);
    } else if (what < 40) {
      const bool full = files_.size() >= kFilesMax;
      if (!full) co_await Create(path);
      if (full && !file.empty()) co_await Delete(file);
    } else if (file.empty()) {
      continue;
    } else if (what < 55) {
      co_await Append(file);
    } else if (what < 62) {
      co_await Rename(file, path, clock_.Chance(0.3));
    } else if (what < 67) {
      co_await Delete(clock_.Chance(0.2) && !directories_.empty() ? *directories_.rbegin() : file);
    } else if (what < 74) {
      co_await SetReplication(file);
    } else if (what < 78) {
      std::vector<std::string> sources;
      const std::string source = SomeFile(false);
      if (source != file) sources.push_back(source);
      if (!sources.empty()) co_await Concat(file, sources);
    } else if (what < 84) {
      co_await Truncate(file);
    } else if (what < 88) {
      const std::string directory = root_ + "/d" + std::to_string(clock_.Between(0, 2));
      if (!directories_.contains(directory)) co_await Mkdir(directory);
    } else if (what < 90) {
      const std::string from = directories_.empty() ? "" : *directories_.rbegin();
      const std::string to = root_ + "/d" + std::to_string(clock_.Between(3, 5));
      if (!from.empty() && from != root_ && !directories_.contains(to)) co_await Rename(from, to, false);
    } else {
      co_await Read(file);
    }
  }
  stopped_ = true;
}

void ClientModel::GoneIf(const Status& status, const std::string& path) {
  if (status.tag() == dfs::java::kFileNotFound) {
    ledger_.Broken(path + " was acknowledged and is gone: " + status.message());
  }
}

void ClientModel::Vouch(const FileModel& file, const std::vector<dfs::Block>& blocks) {
  std::uint64_t begin = 0;
  for (const dfs::Block& block : blocks) {
    if (begin >= file.acknowledged.size()) return;
    ledger_.Acknowledge(block.id, std::string_view(file.acknowledged).substr(begin, block.length));
    begin += block.length;
  }
}

void ClientModel::Release(const std::vector<dfs::Block>& blocks) {
  for (const dfs::Block& block : blocks) ledger_.Release(block.id);
}

Task<void> ClientModel::Mkdir(std::string path) {
  NamenodeModel::Operation<bool> operation = [path](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().naming().Mkdirs(call, path, 0755, true);
  };
  Result<bool> made = co_await Ask<bool>("mkdirs", false, operation);
  bool there = made.ok() && *made;
  if (!made.ok()) {
    const Look look = co_await LookUp(path);
    there = look.exists;
  }
  if (there) directories_.insert(path);
}

Task<void> ClientModel::Create(std::string path) {
  if (files_.contains(path)) co_return;
  namenode::CreateRequest request;
  request.path = path;
  request.client_name = name_;
  request.replication = static_cast<std::uint32_t>(clock_.Between(1, 3));
  request.block_size = kBlockBytes;
  request.create_parent = false;
  NamenodeModel::Operation<Created> operation =
      [request](NamenodeModel& node, const namenode::CallContext& call) -> Result<Created> {
    MRD_ASSIGN_OR_RETURN(const dfs::FileStatus status, node.core().writing().Create(call, request));
    return Created{status.id};
  };
  Result<Created> created = co_await Ask<Created>("create", true, operation);
  FileModel file;
  file.replication = request.replication;
  if (created.ok()) {
    file.id = created->file;
    files_[path] = file;
    co_await Write(path, std::nullopt);
    co_return;
  }
  const Look look = co_await LookUp(path);
  if (!look.exists) co_return;
  file.id = look.id;
  file.open = true;
  files_[path] = file;
}

Task<void> ClientModel::Append(std::string path) {
  const std::string name = name_;
  NamenodeModel::Operation<Appended> operation =
      [path, name](NamenodeModel& node, const namenode::CallContext& call) -> Result<Appended> {
    MRD_ASSIGN_OR_RETURN(const namenode::AppendResult result,
                         node.core().writing().Append(call, path, name, dfs::kCreateFlagAppend));
    return Appended{result.status.id, result.last_block};
  };
  Result<Appended> appended = co_await Ask<Appended>("append", true, operation);
  FileModel& file = files_.at(path);
  if (!appended.ok()) {
    GoneIf(appended.status(), path);
    file.open = true;  // perhaps
    co_await Settle(path);
    co_return;
  }
  std::optional<OpenBlock> open;
  if (appended->last_block) {
    open.emplace();
    open->block = appended->last_block->block.block;
    open->bytes = file.acknowledged.substr(file.acknowledged.size() - open->block.length);
    open->visible = true;
    for (const dfs::ReplicaLocation& location : appended->last_block->locations) {
      open->nodes.push_back(datanodes_.ByUuid(location.node.id.uuid));
    }
  }
  co_await Write(path, open);
}

Task<void> ClientModel::Delete(std::string path) {
  std::vector<std::string> going = FilesBelow(path);
  const bool directory = directories_.contains(path);
  if (!directory) going.push_back(path);
  for (const std::string& file : going) {
    const Look look = co_await LookUp(file);
    Release(look.blocks);
  }
  NamenodeModel::Operation<bool> operation = [path](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().naming().Delete(call, path, true);
  };
  Result<bool> deleted = co_await Ask<bool>("delete", true, operation);
  if (deleted.ok() && !*deleted) ledger_.Broken(path + " was acknowledged and could not be deleted: it is not there");
  bool gone = deleted.ok();
  if (!gone) {
    const Look look = co_await LookUp(path);
    gone = !look.exists;
  }
  if (gone) {
    for (const std::string& file : going) files_.erase(file);
    std::erase_if(directories_, [&](const std::string& d) { return d == path || d.starts_with(path + "/"); });
    co_return;
  }
  for (const std::string& file : going) {
    const Look look = co_await LookUp(file);
    Vouch(files_.at(file), look.blocks);
  }
}

Task<void> ClientModel::Rename(std::string from, std::string to, bool overwrite) {
  const bool directory = directories_.contains(from);
  if (from == to || directories_.contains(to) || (!overwrite && files_.contains(to))) co_return;
  const Look before = co_await LookUp(from);
  if (!before.exists) {
    ledger_.Broken(from + " was acknowledged and is not there");
    co_return;
  }
  if (overwrite) {
    const Look victim = co_await LookUp(to);
    Release(victim.blocks);
  }
  NamenodeModel::Operation<bool> operation =
      [from, to, overwrite](NamenodeModel& node, const namenode::CallContext& call) -> Result<bool> {
    if (!overwrite) return node.core().naming().Rename(call, from, to);
    MRD_RETURN_IF_ERROR(node.core().naming().Rename2(call, from, to, true));
    return true;
  };
  Result<bool> renamed = co_await Ask<bool>("rename", true, operation);
  bool moved = renamed.ok() && *renamed;
  if (!moved) {
    const Look there = co_await LookUp(from);
    const Look here = co_await LookUp(to);
    moved = here.exists && here.id == before.id;
    if (!moved && (!there.exists || there.id != before.id)) {
      ledger_.Broken("rename of " + from + " to " + to + " left it at neither place");
    }
    if (!moved && here.exists && files_.contains(to)) Vouch(files_.at(to), here.blocks);
  }
  if (!moved) co_return;
  if (!directory) {
    files_[to] = files_.at(from);
    files_.erase(from);
    co_return;
  }
  for (const std::string& file : FilesBelow(from)) {
    files_[to + file.substr(from.size())] = files_.at(file);
    files_.erase(file);
  }
  std::set<std::string> directories;
  for (const std::string& d : directories_) {
    const bool inside = d == from || d.starts_with(from + "/");
    directories.insert(inside ? to + d.substr(from.size()) : d);
  }
  directories_ = std::move(directories);
}

Task<void> ClientModel::SetReplication(std::string path) {
  const std::uint32_t wanted = static_cast<std::uint32_t>(clock_.Between(1, 3));
  NamenodeModel::Operation<bool> operation = [path, wanted](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().naming().SetReplication(call, path, wanted);
  };
  Result<bool> set = co_await Ask<bool>("setReplication", false, operation);
  FileModel& file = files_.at(path);
  if (set.ok() && *set) {
    file.replication = wanted;
    co_return;
  }
  const Look look = co_await LookUp(path);
  if (!look.exists || (look.replication != wanted && look.replication != file.replication)) {
    ledger_.Broken(path + " has replication " + std::to_string(look.replication));
  }
  file.replication = look.replication;
}

Task<void> ClientModel::Concat(std::string target, std::vector<std::string> sources) {
  NamenodeModel::Operation<Nothing> operation =
      [target, sources](NamenodeModel& node, const namenode::CallContext& call) -> Result<Nothing> {
    MRD_RETURN_IF_ERROR(node.core().naming().Concat(call, target, sources));
    return Nothing();
  };
  Result<Nothing> done = co_await Ask<Nothing>("concat", true, operation);
  if (!done.ok()) {
    const Look look = co_await LookUp(sources[0]);
    if (look.exists) co_return;
    const Look joined = co_await LookUp(target);
    if (joined.length() != files_.at(target).acknowledged.size() + files_.at(sources[0]).acknowledged.size()) {
      ledger_.Broken("concat lost " + sources[0]);
    }
  }
  FileModel& file = files_.at(target);
  for (const std::string& source : sources) {
    ledger_.Joined(files_.at(source).id, file.id);
    file.acknowledged += files_.at(source).acknowledged;
    files_.erase(source);
  }
  file.sent = file.acknowledged;
}

Task<void> ClientModel::Truncate(std::string path) {
  const Look before = co_await LookUp(path);
  FileModel& file = files_.at(path);
  if (!before.exists || before.open || before.length() != file.acknowledged.size()) {
    ledger_.BrokenFile(file.id, before.length(),
                       path + " was closed with " + std::to_string(file.acknowledged.size()) + " bytes and has " +
                           std::to_string(before.length()) + (before.open ? ", open" : ""));
    co_return;
  }
  if (file.acknowledged.empty()) co_return;
  const std::int64_t length = clock_.Between(0, static_cast<std::int64_t>(before.length()) - 1);
  const auto wanted = static_cast<std::uint64_t>(length);
  std::uint64_t begin = 0;
  for (const dfs::Block& block : before.blocks) {
    ledger_.Limit(block.id, wanted > begin ? wanted - begin : 0);
    begin += block.length;
  }
  const std::string name = name_;
  NamenodeModel::Operation<bool> operation =
      [path, length, name](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().writing().Truncate(call, path, length, name);
  };
  Result<bool> cut = co_await Ask<bool>("truncate", true, operation);
  if (!cut.ok()) GoneIf(cut.status(), path);
  file.acknowledged.resize(static_cast<std::size_t>(length));
  if (cut.ok()) file.sent = file.acknowledged;
  if (cut.ok() && *cut) co_return;
  file.open = true;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const bool settled = co_await Settle(path);
    if (settled) co_return;
    co_await Sleep(clock_, 1'000);
  }
}

Task<bool> ClientModel::Settle(std::string path) {
  const Look look = co_await LookUp(path);
  FileModel& file = files_.at(path);
  if (!look.exists || look.id != file.id) {
    ledger_.Broken(path + " was acknowledged and is not there");
    co_return true;
  }
  if (look.open) co_return false;
  const std::uint64_t length = look.length();
  if (length < file.acknowledged.size() || length > file.sent.size()) {
    ledger_.BrokenFile(file.id, length,
                       path + " was closed with " + std::to_string(length) + " bytes; " +
                           std::to_string(file.acknowledged.size()) + " were acknowledged and " +
                           std::to_string(file.sent.size()) + " sent");
    co_return true;
  }
  file.sent.resize(length);
  file.acknowledged = file.sent;
  file.open = false;
  Vouch(file, look.blocks);
  co_return true;
}

Task<void> ClientModel::RecoverLease(std::string path) {
  NamenodeModel::Operation<bool> operation = [path](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().recovery().Recover(call, path);
  };
  for (int attempt = 0; attempt < kRecoverTries && !stopping_; ++attempt) {
    Result<bool> closed = co_await Ask<bool>("recoverLease", false, operation);
    if (!closed.ok()) GoneIf(closed.status(), path);
    if (closed.ok() && *closed) {
      const bool settled = co_await Settle(path);
      if (settled) co_return;
    }
    co_await Sleep(clock_, clock_.Between(500, 2'000));
  }
}

Task<void> ClientModel::Read(std::string path) {
  NamenodeModel::Operation<dfs::LocatedBlocks> operation =
      [path](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().reading().GetBlockLocations(call, path, 0, INT64_MAX);
  };
  Result<dfs::LocatedBlocks> located = co_await Ask<dfs::LocatedBlocks>("getBlockLocations", false, operation);
  if (!located.ok()) {
    GoneIf(located.status(), path);
    co_return;
  }
  const std::string& expected = files_.at(path).acknowledged;
  if (located->file_length != expected.size()) {
    ledger_.BrokenFile(files_.at(path).id, located->file_length,
                       path + " has " + std::to_string(located->file_length) + " bytes instead of " +
                           std::to_string(expected.size()));
    co_return;
  }
  for (const dfs::LocatedBlock& block : located->blocks) {
    for (const dfs::ReplicaLocation& location : block.locations) {
      DatanodeModel* const node = datanodes_.ByUuid(location.node.id.uuid);
      const dfs::Block wanted = block.block.block;
      Handler<std::string> handler = [node, wanted] { return node->Read(wanted); };
      Route route = To(node->endpoint(), 2'000);
      route.stream = true;
      Result<std::string> bytes = co_await Call<std::string>(network_, route, handler);
      if (bytes.ok() && bytes->size() >= wanted.length) {
        if (bytes->substr(0, wanted.length) != expected.substr(block.offset, wanted.length)) {
          ledger_.Broken(path + ": " + node->uuid() + " gives other bytes of " + dfs::ToString(wanted));
        }
        break;
      }
      if (bytes.ok() || bytes.status().code() != Code::kCorruption) continue;
      const std::vector<dfs::DatanodeId> suspects{location.node.id};
      const dfs::ExtendedBlock suspect = block.block;
      NamenodeModel::Operation<Nothing> report =
          [suspect, suspects](NamenodeModel& at, const namenode::CallContext&) -> Result<Nothing> {
        at.core().SuspectCorrupt(suspect, suspects);
        return Nothing();
      };
      (void)co_await Ask<Nothing>("reportBadBlocks", false, report);
    }
  }
}

}  // namespace mrd::sim

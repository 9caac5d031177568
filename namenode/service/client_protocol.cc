#include "namenode/service/client_protocol.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "common/net/event.h"
#include "common/net/runtime.h"
#include "dfs/errors.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::namenode {
namespace {

constexpr const char* kClientProtocolName = "org.apache.hadoop.hdfs.protocol.ClientProtocol";

// A datanode tells of a finished replica before it answers the writer, but the two may cross. Clients that hear "not yet"
// come again much later, or never (Go), so the answer is held back a little.
constexpr auto kCompletePatience = std::chrono::milliseconds(1000);
constexpr auto kCompletePause = std::chrono::milliseconds(5);

bool SaysNotYet(const Result<std::string>& reply) {
  hadoop::hdfs::CompleteResponseProto response;
  return reply.ok() && response.ParseFromString(*reply) && !response.result();
}

}  // namespace

ClientProtocol::ClientProtocol(Core& core, EditPipeline& edits, rpc::RetryCache& retries, UserGroups& groups,
                               Clock& clock, std::string superuser, AdminHooks hooks,
                               std::optional<dfs::wire::BlockTokens> tokens)
    : core_(core),
      edits_(edits),
      retries_(retries),
      groups_(groups),
      clock_(clock),
      superuser_(std::move(superuser)),
      hooks_(std::move(hooks)),
      tokens_(std::move(tokens)) {
  methods_ = &protocols_[kClientProtocolName];
  AddReading();
  AddNaming();
  AddWriting();
  AddStatus();
  AddAdministration();
  AddUnsupported();
  AddSmallProtocols();
  AddAdministrationProtocol();
}

ClientProtocol::~ClientProtocol() = default;

std::vector<std::string> ClientProtocol::protocols() const {
  std::vector<std::string> names;
  for (const auto& [name, methods] : protocols_) names.push_back(name);
  return names;
}

CallContext ClientProtocol::ContextOf(const rpc::Call& call) {
  CallContext context;
  context.now_ms = clock_.WallMillis();
  context.mono_ms = clock_.MonotonicNanos() / 1'000'000;
  context.client_ip = call.peer.ip;
  context.caller.user = call.caller.user;
  context.caller.groups = groups_.Of(call.caller.user, context.mono_ms);
  context.caller.superuser = call.caller.user == superuser_ ||
                             context.caller.IsMemberOf(core_.state().options.tree.supergroup);
  return context;
}

net::awaitable<Result<std::string>> ClientProtocol::Handle(const rpc::Call& call) {
  const auto protocol = protocols_.find(call.protocol);
  const Methods::Method* const method = protocol == protocols_.end() ? nullptr : protocol->second.Find(call.method);
  if (method == nullptr) co_return rpc::NoSuchMethod(call);
  if (call.method != "complete") co_return co_await Run(*method, call);
  Result<std::string> reply = co_await Run(*method, call);
  const std::int64_t end = clock_.MonotonicNanos() + std::chrono::nanoseconds(kCompletePatience).count();
  while (SaysNotYet(reply) && clock_.MonotonicNanos() < end) {
    const Status slept = co_await net::SleepFor(kCompletePause);
    if (!slept.ok()) break;
    reply = co_await Run(*method, call);
  }
  co_return reply;
}

net::awaitable<Result<std::string>> ClientProtocol::Run(const Methods::Method& method, const rpc::Call& call) {
  if (method.kind == MethodKind::kAtMostOnce) return RunAtMostOnce(method, call);
  return RunOnce(method, call);
}

net::awaitable<Result<std::string>> ClientProtocol::RunOnce(const Methods::Method& method, const rpc::Call& call) {
  if (method.kind != MethodKind::kRead) {
    if (const Status writable = edits_.Writable(); !writable.ok()) {
      co_return dfs::Exception(dfs::java::kSafeMode, std::string(call.method) + ": the namenode cannot write its journal. " +
                                                         writable.message());
    }
  }
  const CallContext context = ContextOf(call);
  Result<std::string> reply = method.run(context, call.request);
  if (!reply.ok() && reply.status().code() == Code::kInvalidArgument && reply.status().message().empty()) {
    co_return rpc::BadRequest(call);
  }
  EditPipeline::Origin origin;
  origin.operation = call.method;
  if (reply.ok() && method.kind == MethodKind::kAtMostOnce) {
    origin.client_id = call.client_id;
    origin.call_id = call.call_id;
    origin.reply = *reply;
  }
  TxId edit = edits_.Commit(origin, context.now_ms);
  // Nothing to change may mean that a first attempt of this very call has changed it, and that is not durable yet.
  if (edit.value == 0 && reply.ok()) edit = edits_.last();
  // A read may keep an access time; nobody waits for that.
  if (method.kind != MethodKind::kRead) {
    const Status durable = co_await edits_.Durable(edit);
    if (!durable.ok()) {
      co_return dfs::Exception(dfs::java::kIo, std::string(call.method) +
                                                   ": it is not known whether the change is durable: " + durable.message());
    }
  }
  co_return reply;
}

net::awaitable<Result<std::string>> ClientProtocol::RunAtMostOnce(const Methods::Method& method, const rpc::Call& call) {
  const std::string client_id(call.client_id);
  for (;;) {
    std::string kept;
    const std::int64_t now = clock_.MonotonicNanos() / 1'000'000;
    const rpc::RetryCache::Verdict verdict = retries_.Begin(client_id, call.call_id, now, &kept);
    if (verdict == rpc::RetryCache::Verdict::kDone) co_return kept;
    if (verdict == rpc::RetryCache::Verdict::kNew) break;
    auto finished = std::make_shared<net::Event>();
    retries_.WhenFinished(client_id, call.call_id, [finished] { finished->Set(); });
    co_await finished->Wait();
  }
  Result<std::string> reply = co_await RunOnce(method, call);
  std::optional<std::string> keep;
  if (reply.ok()) keep = *reply;
  retries_.Finish(client_id, call.call_id, clock_.MonotonicNanos() / 1'000'000, std::move(keep));
  co_return reply;
}

}  // namespace mrd::namenode

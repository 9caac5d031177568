#include "dfs/client/check_client.h"

#include <utility>

#include "common/net/co_status.h"
#include "common/net/runtime.h"
#include "common/rpc/client.h"
#include "dfs/client/dfs_path.h"
#include "dfs/client/hdfs_file_system.h"
#include "dfs/client/options.h"
#include "dfs/wire/check_convert.h"
#include "dfs/wire/delimited.h"

namespace mrd::dfs::client {
namespace {

constexpr const char* kAdministrationProtocol = "mr.AdministrationProtocol";
constexpr const char* kDiagnosisProtocol = "mr.DiagnosisProtocol";

class CheckClientImpl final : public CheckClient {
 public:
  CheckClientImpl(NamenodeAddress address, std::string user, Patience patience)
      : user_(std::move(user)), patience_(patience), runtime_("check-client", 1) {
    rpc::ClientOptions options = OptionsFor(address.host, address.port, kAdministrationProtocol);
    options.connect_attempts = patience_.attempts;
    namenode_ = std::make_unique<rpc::Client>(net::Connector::Tcp(), runtime_.executor(), std::move(options));
  }
  ~CheckClientImpl() override {
    runtime_.Run<void>(runtime_.executor(), [this]() -> net::awaitable<void> {
      namenode_->Close();
      namenode_.reset();
      co_return;
    });
  }

  std::string address() const override { return namenode_->address(); }
  std::string user() const override { return user_; }

  Result<CheckPage> CheckFiles(const CheckRequest& request) override {
    proto::CheckFilesRequestProto asked;
    wire::ToProto(request, &asked);
    proto::CheckFilesResponseProto response;
    MRD_RETURN_IF_ERROR(Ask(*namenode_, "checkFiles", asked, response));
    return wire::FromProto(response);
  }

  Result<BlockCheck> CheckBlock(BlockId id) override {
    proto::CheckBlockRequestProto request;
    request.set_blockid(static_cast<std::uint64_t>(id.value));
    proto::CheckBlockResponseProto response;
    MRD_RETURN_IF_ERROR(Ask(*namenode_, "checkBlock", request, response));
    return wire::FromProto(response);
  }

  Result<std::vector<LostBlock>> ListLostBlocks(const std::string& path) override {
    std::vector<LostBlock> blocks;
    proto::ListLostBlocksRequestProto request;
    request.set_path(path);
    for (;;) {
      proto::ListLostBlocksResponseProto response;
      MRD_RETURN_IF_ERROR(Ask(*namenode_, "listLostBlocks", request, response));
      for (const auto& one : response.blocks()) {
        MRD_ASSIGN_OR_RETURN(LostBlock block, wire::FromProto(one));
        blocks.push_back(std::move(block));
      }
      if (!response.more()) return blocks;
      if (response.after() <= request.after()) return Corruption("listLostBlocks of " + address() + " does not go on");
      request.set_after(response.after());
    }
  }

  Result<Examination> Examine(const ExamineRequest& request) override {
    proto::ExamineRequestProto asked;
    asked.set_replication(request.replication);
    asked.set_blocksize(request.block_size);
    proto::ExamineResponseProto response;
    MRD_RETURN_IF_ERROR(Ask(*namenode_, "examine", asked, response));
    return wire::FromProto(response);
  }

  Result<DatanodeFacts> Diagnose(const std::string& host, std::uint16_t port) override {
    auto client = std::make_unique<rpc::Client>(net::Connector::Tcp(), runtime_.executor(),
                                                OptionsFor(host, port, kDiagnosisProtocol));
    proto::DiagnoseResponseProto response;
    const Status status = Ask(*client, "diagnose", proto::DiagnoseRequestProto(), response);
    runtime_.Run<void>(runtime_.executor(), [&client]() -> net::awaitable<void> {
      client->Close();
      client.reset();
      co_return;
    });
    if (!status.ok()) return status;
    return wire::FromProto(response);
  }

  Status Reach(const std::string& host, std::uint16_t port) override {
    return runtime_.Run<Status>(runtime_.executor(), [&]() -> net::awaitable<Status> {
      Result<std::unique_ptr<net::Stream>> stream =
          co_await net::Connector::Tcp().Connect(host, port, patience_.connect);
      co_return stream.status();
    });
  }

 private:
  rpc::ClientOptions OptionsFor(const std::string& host, std::uint16_t port, const char* protocol) const {
    rpc::ClientOptions options;
    options.host = host;
    options.port = port;
    options.user = user_;
    options.protocol = protocol;
    options.connect_timeout = patience_.connect;
    options.call_timeout = patience_.call;
    options.connect_retry_delay = patience_.pause;
    return options;
  }

  template <typename Request, typename Response>
  Status Ask(rpc::Client& client, const std::string& method, const Request& request, Response& response) {
    const std::string bytes = request.SerializeAsString();
    const Result<std::string> reply =
        runtime_.Run<Result<std::string>>(runtime_.executor(), [&]() -> net::awaitable<Result<std::string>> {
          Result<std::string> answer = co_await client.Call(method, bytes);
          co_return answer;
        });
    if (!reply.ok()) return reply.status();
    return Status(wire::ParseMessage(*reply, method, response)).WithContext(client.address());
  }

  const std::string user_;
  const Patience patience_;
  std::unique_ptr<rpc::Client> namenode_;
  net::Runtime runtime_;  // last: its thread ends before what it uses goes away
};

}  // namespace

Result<CheckClient::Patience> CheckClient::PatienceOf(const Config& config) {
  MRD_ASSIGN_OR_RETURN(const Options options, ReadOptions(config));
  Patience patience;
  patience.connect = options.connect_timeout;
  patience.call = options.rpc_timeout;
  patience.attempts = 1 + options.connect_retries;
  patience.pause = options.connect_retry_interval;
  return patience;
}

Result<std::unique_ptr<CheckClient>> CheckClient::Make(const std::string& authority, const Config& config,
                                                       Patience patience) {
  MRD_ASSIGN_OR_RETURN(NamenodeAddress address, ParseAuthority(authority, kDefaultNamenodePort));
  MRD_ASSIGN_OR_RETURN(Options options, ReadOptions(config));
  return std::unique_ptr<CheckClient>(
      std::make_unique<CheckClientImpl>(std::move(address), std::move(options.user), patience));
}

}  // namespace mrd::dfs::client

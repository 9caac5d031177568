#include "common/rpc/meta_info.h"

#include "proto/ipc/ProtocolInfo.pb.h"

namespace mrd::rpc {
namespace {

constexpr const char* kProtobufKind = "RPC_PROTOCOL_BUFFER";

template <typename Message>
bool Parse(std::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::vector<std::string> MetaInfo::protocols() const { return {"org.apache.hadoop.ipc.ProtocolMetaInfoPB"}; }

net::awaitable<Result<std::string>> MetaInfo::Handle(const Call& call) { co_return Answer(call); }

Result<std::string> MetaInfo::Answer(const Call& call) const {
  if (call.method == "getProtocolVersions") {
    hadoop::common::GetProtocolVersionsRequestProto request;
    if (!Parse(call.request, &request)) return BadRequest(call);
    hadoop::common::GetProtocolVersionsResponseProto response;
    // One entry per kind of RPC, empty where the protocol is not spoken.
    for (const char* kind : {"RPC_BUILTIN", "RPC_WRITABLE", kProtobufKind}) {
      auto* entry = response.add_protocolversions();
      entry->set_rpckind(kind);
      if (kind == std::string_view(kProtobufKind) && known_(request.protocol())) entry->add_versions(1);
    }
    return response.SerializeAsString();
  }
  if (call.method == "getProtocolSignature") {
    hadoop::common::GetProtocolSignatureRequestProto request;
    if (!Parse(call.request, &request)) return BadRequest(call);
    hadoop::common::GetProtocolSignatureResponseProto response;
    // Without hashes of Java method signatures: clients then take a method for unsupported and use the older one.
    if (request.rpckind() == kProtobufKind && known_(request.protocol())) {
      response.add_protocolsignature()->set_version(1);
    }
    return response.SerializeAsString();
  }
  return NoSuchMethod(call);
}

}  // namespace mrd::rpc

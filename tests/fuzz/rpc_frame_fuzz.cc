// Frames of RPC, from a client and from a server: views stay within the input, and what is accepted is accepted again, with
// the same meaning, after it was written anew.
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/rpc/frame.h"
#include "common/rpc/protobuf_wire.h"
#include "common/rpc/remote_error.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace mrd::rpc;

bool Within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void CheckRequest(std::string_view input) {
  std::string_view rest = input;
  RequestHeader header;
  CallHeader call;
  std::string_view request;
  if (!TakeRequestHeader(&rest, &header) || !TakeCall(&rest, &call, &request)) return;
  for (const std::string_view part : {header.client_id, call.method, call.protocol, request, rest}) {
    MRD_CHECK(Within(part, input));
  }
  std::string written;
  AppendCall(&written, header, call, request);
  MRD_CHECK(static_cast<std::size_t>(DecodeLength(written)) == written.size() - kLengthSize);
  std::string_view again = std::string_view(written).substr(kLengthSize);
  RequestHeader header_again;
  CallHeader call_again;
  std::string_view request_again;
  MRD_CHECK(TakeRequestHeader(&again, &header_again) && TakeCall(&again, &call_again, &request_again) && again.empty());
  MRD_CHECK(header_again.call_id == header.call_id && header_again.retry_count == header.retry_count);
  MRD_CHECK(header_again.client_id == header.client_id);
  MRD_CHECK(call_again.method == call.method && call_again.protocol == call.protocol);
  MRD_CHECK(call_again.version == call.version && request_again == request);
}

void CheckResponse(std::string_view input) {
  std::string_view rest = input;
  ResponseHeader header;
  if (!TakeResponseHeader(&rest, &header)) return;
  for (const std::string_view part : {header.exception_class, header.message, header.client_id, rest}) {
    MRD_CHECK(Within(part, input));
  }
  MRD_CHECK(!FromException(header.exception_class, header.message).ok());
  std::string written;
  AppendResponse(&written, header, "body");
  std::string_view again = std::string_view(written).substr(kLengthSize);
  ResponseHeader header_again;
  MRD_CHECK(TakeResponseHeader(&again, &header_again));
  MRD_CHECK(header_again.call_id == header.call_id && header_again.status == header.status);
  MRD_CHECK(header_again.client_id == header.client_id);
  std::string_view body;
  if (header.status == ResponseStatus::kSuccess) {
    MRD_CHECK(TakeDelimited(&again, &body) && body == "body");
  } else {
    MRD_CHECK(header_again.message == header.message && header_again.exception_class == header.exception_class);
  }
  MRD_CHECK(again.empty());
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds(3);
  RequestHeader header;
  header.call_id = 7;
  header.client_id = "0123456789abcdef";
  AppendCall(&seeds[0], header, CallHeader{"getFileInfo", "org.apache.hadoop.hdfs.protocol.ClientProtocol", 1}, "\x0a\x01/");
  ResponseHeader response;
  response.call_id = kCallIdSasl;
  AppendResponse(&seeds[1], response, "body");
  response.status = ResponseStatus::kError;
  response.exception_class = "java.io.IOException";
  response.message = "no\n\tat Foo";
  AppendResponse(&seeds[2], response, "");
  for (std::string& seed : seeds) seed.erase(0, kLengthSize);
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckRequest(input);
  CheckResponse(input);
  return 0;
}

// Requests and responses of HTTP: how the bytes are cut into pieces changes nothing, what is accepted keeps the limits, and
// what is made of a request's address and query is what they say.
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/http/file_body.h"
#include "common/http/multipart.h"
#include "common/http/parser.h"
#include "common/http/uri.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace mrd;
using namespace mrd::http;

constexpr std::uint32_t kHeaderMax = 512;
constexpr std::uint64_t kBodyMax = 256;

ParserLimits Limits() {
  ParserLimits limits;
  limits.header_bytes_max = kHeaderMax;
  limits.body_bytes_max = kBodyMax;
  return limits;
}

struct Outcome {
  bool failed = false;
  bool done = false;
  std::string body;
  std::string path;
};

// In pieces of `step` bytes; what is not consumed comes again in front of the next.
Outcome ParseRequest(std::string_view input, std::size_t step) {
  RequestParser parser(Limits());
  Outcome outcome;
  std::string in;
  while (!input.empty() && !parser.done() && !outcome.failed) {
    const std::string_view piece = input.substr(0, step);
    input.remove_prefix(piece.size());
    in += piece;
    const Result<std::size_t> used = parser.Feed(in);
    if (!used.ok()) {
      MRD_CHECK(parser.failure_status() >= 400 && parser.failure_status() < 600);
      outcome.failed = true;
      break;
    }
    MRD_CHECK(*used <= in.size());
    in.erase(0, *used);
    // Nothing is held back for ever: what waits is part of a header or of a chunk's.
    MRD_CHECK(in.size() <= kHeaderMax + step);
  }
  if (outcome.failed || !parser.done()) return outcome;
  outcome.done = true;
  Result<Request> request = parser.Take();
  if (!request.ok()) {
    outcome.failed = true;
    return outcome;
  }
  MRD_CHECK(request->body.size() <= kBodyMax);
  MRD_CHECK(request->path.starts_with('/') && request->path.find('\0') == std::string::npos);
  outcome.body = request->body;
  outcome.path = request->path;
  return outcome;
}

void CheckResponse(std::string_view input) {
  ResponseParser parser(Limits());
  const Result<std::size_t> used = parser.Feed(input);
  if (!used.ok()) return;
  MRD_CHECK(*used <= input.size());
  MRD_CHECK(parser.TakeBody().size() <= kBodyMax);
  if (parser.header_done()) MRD_CHECK(parser.status() <= 999);
}

void CheckTexts(std::string_view input) {
  const std::string text(input);
  MRD_CHECK(PercentDecode(PercentEncode(text), false).value_or(text) == text);
  (void)ParseUrl(text);
  const Result<std::optional<ByteRange>> range = ParseRange("bytes=" + text, 1000);
  if (range.ok() && *range) MRD_CHECK((*range)->begin < (*range)->end && (*range)->end <= 1000);
}

// Each part's bytes lie within the body, one behind the other.
void CheckParts(std::string_view input) {
  const Result<std::vector<FormPart>> parts = ParseMultipart("multipart/form-data; boundary=b", input);
  if (!parts.ok()) return;
  MRD_CHECK(parts->size() <= kFormPartsMax);
  const char* at = input.data();
  for (const FormPart& part : *parts) {
    MRD_CHECK(!part.name.empty());
    MRD_CHECK(part.body.data() >= at && part.body.data() + part.body.size() <= input.data() + input.size());
    at = part.body.data() + part.body.size();
  }
  // The same bytes as a type, which is somebody's too.
  (void)ParseMultipart(input, "--b\r\nContent-Disposition: form-data; name=n\r\n\r\n\r\n--b--");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {"POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
          "GET / HTTP/1.0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: t\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
          "--b\r\nContent-Disposition: form-data; name=\"n\"; filename=f\r\n\r\nx\r\n--b\r\nA: b\r\n\r\n\r\n--b--",
          "multipart/form-data; boundary=\"b\"",
          "http://[::1]:80/x?y",
          "5-9"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Outcome whole = ParseRequest(input, input.size() + 1);
  const Outcome bytes = ParseRequest(input, 1);
  if (whole.done && !whole.failed) MRD_CHECK(bytes.done && !bytes.failed && bytes.body == whole.body && bytes.path == whole.path);
  if (bytes.done && !bytes.failed) MRD_CHECK(whole.done && !whole.failed && bytes.body == whole.body);
  CheckResponse(input);
  CheckTexts(input);
  CheckParts(input);
  return 0;
}

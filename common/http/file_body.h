#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/http/message.h"
#include "common/net/runtime.h"

namespace mrd::http {

// The bytes [begin, end) of something.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// What a Range header asks of `size` bytes. Nothing: all of it (no header, several ranges, other units). kInvalidArgument:
// a range that begins behind the end.
Result<std::optional<ByteRange>> ParseRange(std::string_view header, std::uint64_t size);

// A file as it is now: 200, 206 with a range, or 416. Reads run on `pool`, which must outlive the server.
Response FileResponse(const Request& request,
                      std::shared_ptr<File> file,
                      std::uint64_t size,
                      std::string content_type,
                      net::BlockingPool& pool);
// The bytes of a file from `range`, as 200, whatever the request says of ranges.
Response FilePart(std::shared_ptr<File> file, ByteRange range, std::string content_type, net::BlockingPool& pool);

// A file from `offset` on, and what is appended to it until `ended` is true and everything was sent, or for an hour.
// `ended` is asked on the connection's executor.
Response FollowFile(std::shared_ptr<File> file,
                    std::uint64_t offset,
                    std::string content_type,
                    std::function<awaitable<bool>()> ended,
                    net::BlockingPool& pool);

}  // namespace mrd::http

#include "common/http/asset.h"

#include <algorithm>
#include <string>

#include "common/base/check.h"

namespace mrd::http {
namespace {

const Asset* Find(std::span<const Asset> assets, std::string_view name) {
  const auto found = std::find_if(assets.begin(), assets.end(), [&](const Asset& asset) { return asset.name == name; });
  return found == assets.end() ? nullptr : &*found;
}

// "gzip" among "br, gzip;q=0.8", unless with a weight of 0.
bool TakesGzip(std::string_view accepted) {
  const std::size_t at = accepted.find("gzip");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = accepted.substr(at + 4, accepted.find(',', at) - at - 4);
  return rest != ";q=0" && !rest.starts_with(";q=0,") && rest != ";q=0.0";
}

}  // namespace

Response AssetResponse(const Request& request, const Asset& asset) {
  Response response;
  response.content_type = std::string(asset.content_type);
  response.headers.Add("ETag", std::string(asset.etag));
  response.headers.Add("Cache-Control", "no-cache");
  response.headers.Add("Vary", "Accept-Encoding");
  const std::string_view known = request.headers.Get("If-None-Match");
  if (known == "*" || known.find(asset.etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  response.lasting = asset.bytes;
  if (!asset.gzip.empty() && TakesGzip(request.headers.Get("Accept-Encoding"))) {
    response.lasting = asset.gzip;
    response.headers.Add("Content-Encoding", "gzip");
  }
  return response;
}

void AddAssets(Router& router, std::span<const Asset> assets) {
  router.Get("/static/{name}", [assets](const Request& request) -> awaitable<Response> {
    const Asset* asset = Find(assets, request.Part("name"));
    if (asset == nullptr) co_return ErrorResponse(request, 404, "There is no file " + request.path + " here.");
    co_return AssetResponse(request, *asset);
  });
}

void AddPage(Router& router, std::string_view pattern, std::span<const Asset> assets, std::string_view name) {
  const Asset* asset = Find(assets, name);
  MRD_CHECK(asset != nullptr);
  router.Get(pattern, [asset](const Request& request) -> awaitable<Response> { co_return AssetResponse(request, *asset); });
}

}  // namespace mrd::http

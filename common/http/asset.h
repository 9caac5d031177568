#pragma once

#include <span>
#include <string_view>

#include "common/http/router.h"

namespace mrd::http {

// A file that is part of the program: a page, a script, a style.
struct Asset {
  std::string_view name;  // "style.css"
  std::string_view content_type;
  std::string_view bytes;
  std::string_view gzip;  // the same compressed
  std::string_view etag;  // with its quotes; changes with the bytes
};

// The asset as it is, compressed for those who take that, or 304 for those who have it. Browsers ask each time whether it
// has changed, since a newer program may serve the next one.
Response AssetResponse(const Request& request, const Asset& asset);

// "/static/NAME" for all of them. `assets` must outlive the router.
void AddAssets(Router& router, std::span<const Asset> assets);
// One page at `pattern`. MRD_CHECKs that there is one of that name.
void AddPage(Router& router, std::string_view pattern, std::span<const Asset> assets, std::string_view name);

}  // namespace mrd::http

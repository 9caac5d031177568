#include "common/http/keys.h"

namespace mrd::http {
namespace {

constexpr ConfigKey kKeys[] = {
    {.name = "hadoop.http.staticuser.user",
     .old_name = nullptr,
     .type = KeyType::kString,
     .default_value = "dr.who",
     .unit = "",
     .description = "The user that visitors of pages are who do not say who they are by ?user.name=.",
     .file = "core"},
};

}  // namespace

std::span<const ConfigKey> HttpKeys() { return kKeys; }

}  // namespace mrd::http

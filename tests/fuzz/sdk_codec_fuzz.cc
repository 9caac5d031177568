// The SDK's codecs on arbitrary bytes: each type either refuses them with CodecError or gives a value whose encoding reads
// back to the same. A copy without spare bytes is decoded, so that a read too far is one beyond an allocation.
#include <mr/mr.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using Nested = std::tuple<std::string, std::vector<std::tuple<std::string, std::optional<std::int32_t>>>, bool>;
using Choice = std::variant<std::int64_t, std::string, std::vector<double>>;

template <class T>
void Decode(std::string_view bytes) {
  mr::Arena arena;
  std::string again;
  try {
    const T value = mr::decode<T>(bytes, arena);
    mr::encode(value, again);
  } catch (const mr::CodecError&) {
    return;
  }
  // What was written by us must be read, whatever the bytes were that it was made of.
  mr::Arena other;
  std::string third;
  mr::encode(mr::decode<T>(again, other), third);
  MRD_CHECK(third == again);
}

template <class... T>
void DecodeEach(std::string_view bytes) {
  (Decode<T>(bytes), ...);
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {
      mr::encode(std::int64_t{-5}),
      mr::encode(3.25),
      mr::encode(std::tuple<std::string, std::int64_t>(std::string("a\0b", 3), 7)),
      mr::encode(Nested{"key", {{"x", 1}, {std::string("\0\0", 2), std::nullopt}}, true}),
      mr::encode(Choice(std::vector<double>{0.0, -1.5})),
      mr::encode(Choice(std::string("text"))),
      mr::encode(mr::Desc<std::string>("falling")),
      mr::encode(std::vector<std::vector<std::string>>{{"a", ""}, {}, {"b"}}),
      mr::encode(std::array<std::optional<std::string>, 2>{{std::string("one"), std::nullopt}}),
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::unique_ptr<char[]> exact(new char[size]);
  if (size != 0) std::memcpy(exact.get(), data, size);
  DecodeEach<bool, char, std::int8_t, std::uint16_t, std::int32_t, std::int64_t, std::uint64_t, float, double, mr::None,
             std::string, std::string_view, std::tuple<std::string_view, std::int64_t>,
             std::pair<std::string, std::string_view>, Nested, Choice, mr::Desc<std::int64_t>, mr::Desc<std::string>,
             std::tuple<mr::Desc<std::string>, std::string>, std::vector<std::vector<std::string>>,
             std::vector<std::string_view>, std::array<std::optional<std::string>, 2>, mr::Desc<Nested>>(
      std::string_view(exact.get(), size));
  return 0;
}

#include "namenode/journal/edit_codec.h"

#include <catch2/catch.hpp>

#include "common/base/hex.h"
#include "tests/unit/namenode/journal/journal_fixture.h"

namespace mrd::namenode {
namespace {

std::string Encoded(const Edit& edit) {
  std::string out;
  EncodeEdit(edit, out);
  return out;
}

TEST_CASE("edit codec: the bytes are those of the document", "[journal]") {
  Edit edit;
  edit.operation = "mkdirs";
  edit.time_ms = 1000;
  edit.client_id = "C";
  edit.call_id = -2;
  edit.reply = std::string("\x08\x01", 2);
  edit.mutations = {{"a", "xy"}, {"b", std::nullopt}, {"", ""}};
  const std::string bytes = Encoded(edit);
  CHECK(ToHex(bytes.data(), bytes.size()) ==
        "066d6b64697273"
        "d00f"
        "0143"
        "03"
        "020801"
        "03"
        "0161037879"
        "016200"
        "0001");
}

TEST_CASE("edit codec: every edit comes back as it was", "[journal]") {
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Edit edit = NthEdit(i);
    const Result<Edit> back = DecodeEdit({i}, Encoded(edit));
    REQUIRE(back.ok());
    CHECK(back.value().id.value == i);
    CHECK(SameEdit(back.value(), edit));
  }
  Edit extreme;
  extreme.time_ms = INT64_MIN;
  extreme.call_id = INT32_MIN;
  const Result<Edit> back = DecodeEdit({1}, Encoded(extreme));
  REQUIRE(back.ok());
  CHECK(SameEdit(back.value(), extreme));
}

TEST_CASE("edit codec: what is cut short or goes on is corrupt, and says which edit", "[journal]") {
  const std::string bytes = Encoded(NthEdit(30));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Status status = DecodeEdit({12}, std::string_view(bytes).substr(0, size)).status();
    CHECK(status.code() == Code::kCorruption);
    CHECK_THAT(status.message(), Catch::StartsWith("edit 12: "));
  }
  CHECK(DecodeEdit({12}, bytes + "x").status().code() == Code::kCorruption);
}

TEST_CASE("edit codec: sizes and counts beyond the payload take no memory", "[journal]") {
  const std::string head("\0\0\0\0\0", 5);  // operation, time, client, call, reply
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  CHECK(DecodeEdit({1}, head + huge).status().message() == "edit 1: it has fewer mutations than it says");
  CHECK(DecodeEdit({1}, huge).status().code() == Code::kCorruption);
  CHECK(DecodeEdit({1}, head + "\x01" + huge).status().code() == Code::kCorruption);
  CHECK(DecodeEdit({1}, head + "\x01\x01k" + huge).status().code() == Code::kCorruption);
  // More than 64 bits, and a call id of more than 32.
  CHECK(DecodeEdit({1}, std::string(10, '\xff') + "\x01").status().code() == Code::kCorruption);
  CHECK(
      DecodeEdit({1}, std::string("\0\0\0", 3) + "\x80\x80\x80\x80\x20" + std::string("\0\0", 2)).status().message() ==
      "edit 1: its call id has more than 32 bits");
}

}  // namespace
}  // namespace mrd::namenode

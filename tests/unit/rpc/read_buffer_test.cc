#include "common/rpc/read_buffer.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

namespace mrd::rpc {
namespace {

void Put(ReadBuffer& buffer, std::string_view bytes, std::size_t wanted) {
  while (!bytes.empty()) {
    buffer.MakeRoom(wanted);
    REQUIRE(buffer.room_size() > 0);
    const std::size_t size = std::min(bytes.size(), buffer.room_size());
    std::memcpy(buffer.room(), bytes.data(), size);
    buffer.Added(size);
    bytes.remove_prefix(size);
  }
}

TEST_CASE("read buffer: a stream of messages of all sizes comes out as it went in", "[rpc]") {
  ReadBuffer buffer;
  std::string in, out;
  for (int i = 0; i < 200; ++i) {
    const std::string message(static_cast<std::size_t>(i * i * 7 % 50'000) + 1, static_cast<char>('a' + i % 26));
    in += message;
    Put(buffer, message, message.size());
    // Leaves a bit behind, as half a frame would be.
    const std::string_view bytes = buffer.bytes();
    const std::size_t taken = bytes.size() - std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(i % 5));
    out += bytes.substr(0, taken);
    buffer.Consume(taken);
  }
  out += buffer.bytes();
  CHECK(in == out);
}

TEST_CASE("read buffer: pinned bytes stay while new ones come", "[rpc]") {
  ReadBuffer buffer;
  struct Held {
    std::shared_ptr<const char[]> pin;
    std::string_view view;
    std::string copy;
  };
  std::vector<Held> held;
  for (int i = 0; i < 100; ++i) {
    const std::string message(3000, static_cast<char>('a' + i % 26));
    Put(buffer, message, message.size());
    const std::string_view bytes = buffer.bytes();
    REQUIRE(bytes == message);
    held.push_back({buffer.pin(), bytes, message});
    buffer.Consume(bytes.size());
    if (i % 10 == 3) buffer.Clear();
  }
  for (const Held& one : held) CHECK(one.view == one.copy);
}

TEST_CASE("read buffer: a claimed length takes memory only as bytes arrive", "[rpc]") {
  ReadBuffer buffer;
  const std::size_t claimed = 128u << 20;
  for (int i = 0; i < 100; ++i) Put(buffer, "0123456789", claimed);
  CHECK(buffer.room_size() + buffer.bytes().size() <= 64u << 10);
}

}  // namespace
}  // namespace mrd::rpc

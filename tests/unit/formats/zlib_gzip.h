#pragma once

#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace mrd::formats {

// The optional parts of a gzip header.
struct GzipHeaderFields {
  std::string extra;
  std::string name;
  std::string comment;
  bool header_crc = false;
};

// One gzip member made by zlib, the peer that our reader is judged by.
inline std::string ZlibGzip(std::string_view text, int level = 6, GzipHeaderFields fields = {}) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  gz_header header{};
  header.os = 3;
  header.hcrc = fields.header_crc;
  if (!fields.extra.empty()) {
    header.extra = reinterpret_cast<Bytef*>(fields.extra.data());
    header.extra_len = static_cast<uInt>(fields.extra.size());
  }
  if (!fields.name.empty()) header.name = reinterpret_cast<Bytef*>(fields.name.data());
  if (!fields.comment.empty()) header.comment = reinterpret_cast<Bytef*>(fields.comment.data());
  REQUIRE(deflateSetHeader(&stream, &header) == Z_OK);
  const std::size_t header_bytes =
      fields.extra.size() + fields.name.size() + fields.comment.size() + 100;
  std::string out(text.size() + text.size() / 100 + 4096 + header_bytes, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// What zlib makes of one member; anything but one whole member fails the test.
inline std::string ZlibGunzip(std::string_view gzip, std::size_t size_max) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 31) == Z_OK);
  std::string out(size_max + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  REQUIRE(stream.avail_in == 0);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

// `size` bytes that compress about as well as text does; the same for the same arguments.
inline std::string TextLike(std::size_t size, unsigned seed = 1) {
  static constexpr std::string_view kWords[] = {"record", "of", "the", "shuffle", "a", "map", "key",
                                                "bytes",  "to", "and", "reduce",  "\n"};
  std::string text;
  std::uint64_t state = seed;
  while (text.size() < size) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    text += kWords[(state >> 33) % std::size(kWords)];
    text += (state >> 60) == 0 ? std::to_string(state) : " ";
  }
  text.resize(size);
  return text;
}

}  // namespace mrd::formats

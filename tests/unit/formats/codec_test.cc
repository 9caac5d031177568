#include "formats/codec.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "common/base/env.h"
#include "common/fs/local_file_system.h"
#include "tests/support/temporary_dir.h"
#include "tests/unit/formats/memory_files.h"
#include "tests/unit/formats/zlib_gzip.h"

namespace mrd::formats {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("codec: the end of a file's name decides", "[formats]") {
  CHECK(CodecForName("a.gz").value() == Codec::kGzip);
  CHECK(CodecForName("A.GZ").value() == Codec::kGzip);
  CHECK(CodecForName("dir.gz/part-r-00000").value() == Codec::kNone);
  CHECK(CodecForName("gz").value() == Codec::kNone);
  CHECK(CodecForName("a.gz.txt").value() == Codec::kNone);
  CHECK(CodecForName("").value() == Codec::kNone);
  CHECK_FALSE(IsSplittable(Codec::kGzip));
  CHECK(IsSplittable(Codec::kNone));
}

TEST_CASE("codec: a compressed file that cannot be read yet does not pass for text", "[formats]") {
  for (const char* name : {"a.bz2", "a.zst", "a.lz4", "a.snappy", "a.deflate", "a.lzo", "a.xz", "a.ZIP"}) {
    const Status status = CodecForName(name).status();
    INFO(name);
    CHECK(status.code() == Code::kUnimplemented);
    CHECK_THAT(status.message(), Contains(name) && Contains("decompress it first"));
  }
}

TEST_CASE("codec: configuration names", "[formats]") {
  CHECK(CodecForClass("org.apache.hadoop.io.compress.GzipCodec").value() == Codec::kGzip);
  CHECK(CodecForClass("GzipCodec").value() == Codec::kGzip);
  CHECK(CodecForClass("gzip").value() == Codec::kGzip);
  CHECK(CodecForClass("org.apache.hadoop.io.compress.BZip2Codec").status().code() == Code::kUnimplemented);
  CHECK(CodecForClass("com.example.GzipCodec").status().code() == Code::kInvalidArgument);
}

TEST_CASE("codec: what a compressor wrote the decompressor reads", "[formats]") {
  for (const Codec codec : {Codec::kNone, Codec::kGzip}) {
    WrittenFile file;
    const auto writer = MakeCompressor(codec, std::make_unique<MemoryOutput>(file));
    REQUIRE(writer->Append("some text\n", 10).ok());
    REQUIRE(writer->Close().ok());
    const auto source = MakeDecompressor(codec, std::make_unique<MemoryInput>(file.content), "x");
    const Result<std::string> got = ReadAll(*source);
    REQUIRE(got.ok());
    CHECK(*got == "some text\n");
  }
}

TEST_CASE("codec: a file opened by name is decoded as its name says", "[formats]") {
  const test::TemporaryDir dir;
  const auto write = [&](const char* name, const std::string& content) {
    REQUIRE(WriteFileDurably(Env::Posix(), dir / name, content).ok());
    return fs::Path("", "", dir / name);
  };
  const auto files = fs::MakeLocalFileSystem(Env::Posix());

  Result<OpenedSource> plain = OpenForReading(*files, write("a.txt", "plain"));
  REQUIRE(plain.ok());
  CHECK(plain->splittable);
  CHECK(ReadAll(*plain->source).value() == "plain");

  Result<OpenedSource> gzip = OpenForReading(*files, write("a.gz", ZlibGzip("packed")));
  REQUIRE(gzip.ok());
  CHECK_FALSE(gzip->splittable);
  CHECK(gzip->codec == Codec::kGzip);
  CHECK(ReadAll(*gzip->source).value() == "packed");

  CHECK(OpenForReading(*files, write("a.bz2", "BZh9")).status().code() == Code::kUnimplemented);
  const Status missing = OpenForReading(*files, fs::Path("", "", dir / "none.gz")).status();
  CHECK(missing.code() == Code::kNotFound);
  CHECK_THAT(missing.message(), Contains("none.gz"));
}

}  // namespace
}  // namespace mrd::formats

#include "formats/codec.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "formats/gzip_reader.h"
#include "formats/gzip_writer.h"

namespace mrd::formats {
namespace {

constexpr std::string_view kHadoopCodecPackage = "org.apache.hadoop.io.compress.";

struct ForeignSuffix {
  std::string_view suffix;
  std::string_view what;
};

// Formats whose files end up among the inputs of jobs, but for which there is no decoder here.
constexpr ForeignSuffix kForeignSuffixes[] = {
    {".bz2", "bzip2"},
    {".zst", "Zstandard"},
    {".lz4", "LZ4"},
    {".snappy", "Snappy"},
    {".deflate", "deflate (zlib)"},
    {".lzo", "LZO"},
    {".lzo_deflate", "LZO"},
    {".xz", "xz"},
    {".zip", "zip"},
};

constexpr std::string_view kForeignClasses[] = {
    "BZip2Codec", "DefaultCodec", "DeflateCodec", "Lz4Codec", "SnappyCodec", "ZStandardCodec",
};

bool SameLetters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool EndsIn(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         SameLetters(text.substr(text.size() - suffix.size()), suffix);
}

}  // namespace

Result<Codec> CodecForName(std::string_view file_name) {
  if (EndsIn(file_name, SuffixOf(Codec::kGzip))) return Codec::kGzip;
  for (const ForeignSuffix& foreign : kForeignSuffixes) {
    if (!EndsIn(file_name, foreign.suffix)) continue;
    return Unimplemented(std::string(file_name) + ": reading " + std::string(foreign.what) +
                         " files is not supported yet: decompress it first, or rename it if it is "
                         "not " +
                         std::string(foreign.what));
  }
  return Codec::kNone;
}

Result<Codec> CodecForClass(std::string_view class_name) {
  std::string_view name = class_name;
  if (name.starts_with(kHadoopCodecPackage)) name.remove_prefix(kHadoopCodecPackage.size());
  if (name == "GzipCodec" || name == "gzip") return Codec::kGzip;
  for (const std::string_view foreign : kForeignClasses) {
    if (name != foreign) continue;
    return Unimplemented("codec " + std::string(class_name) +
                         " is not supported yet; use org.apache.hadoop.io.compress.GzipCodec");
  }
  return InvalidArgument("codec " + std::string(class_name) +
                         " is unknown; use org.apache.hadoop.io.compress.GzipCodec");
}

bool IsSplittable(Codec codec) { return codec == Codec::kNone; }

std::string_view SuffixOf(Codec codec) { return codec == Codec::kGzip ? ".gz" : ""; }

std::unique_ptr<ByteSource> MakeDecompressor(Codec codec,
                                             std::unique_ptr<fs::InputFile> file,
                                             std::string_view name) {
  switch (codec) {
    case Codec::kNone:
      return MakeFileSource(std::move(file));
    case Codec::kGzip:
      return std::make_unique<GzipSource>(std::move(file), std::string(name));
  }
  MRD_CHECK(false);
}

std::unique_ptr<fs::OutputFile> MakeCompressor(Codec codec, std::unique_ptr<fs::OutputFile> file) {
  switch (codec) {
    case Codec::kNone:
      return file;
    case Codec::kGzip:
      return MakeGzipWriter(std::move(file));
  }
  MRD_CHECK(false);
}

Result<OpenedSource> OpenForReading(fs::FileSystem& file_system, const fs::Path& path) {
  const std::string name = path.ToString();
  MRD_ASSIGN_OR_RETURN(const Codec codec, CodecForName(name));
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<fs::InputFile> file, file_system.Open(path));
  OpenedSource opened;
  opened.source = MakeDecompressor(codec, std::move(file), name);
  opened.codec = codec;
  opened.splittable = IsSplittable(codec);
  return opened;
}

}  // namespace mrd::formats

#pragma once

#include <memory>
#include <string_view>

#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "common/fs/path.h"
#include "formats/byte_source.h"

namespace mrd::formats {

// How the bytes of a file are compressed.
enum class Codec { kNone, kGzip };

// By the end of the file's name, upper or lower case; the content is not looked at. kUnimplemented, naming the file and
// what to do, for a codec or container that we know of but cannot read yet: its bytes must not pass for text.
Result<Codec> CodecForName(std::string_view file_name);
// By the name in a configuration: "gzip", "GzipCodec" or Hadoop's class name. kUnimplemented for Hadoop's other codecs,
// kInvalidArgument for an unknown name.
Result<Codec> CodecForClass(std::string_view class_name);

// True when a reader may start in the middle of such a file.
bool IsSplittable(Codec codec);
// What names of such files end in: ".gz", or "" for kNone.
std::string_view SuffixOf(Codec codec);

// What `file` holds, decompressed. `name` is for messages.
std::unique_ptr<ByteSource> MakeDecompressor(Codec codec,
                                             std::unique_ptr<fs::InputFile> file,
                                             std::string_view name);
// Compresses into `file`; `file` itself for kNone.
std::unique_ptr<fs::OutputFile> MakeCompressor(Codec codec, std::unique_ptr<fs::OutputFile> file);

struct OpenedSource {
  std::unique_ptr<ByteSource> source;  // from the first byte of what the file holds
  Codec codec = Codec::kNone;
  bool splittable = true;
};

// Opens the file and puts the decoder that its name asks for in front of it.
Result<OpenedSource> OpenForReading(fs::FileSystem& file_system, const fs::Path& path);

}  // namespace mrd::formats

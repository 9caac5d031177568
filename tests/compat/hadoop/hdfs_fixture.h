#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/fs/file_system.h"
#include "tests/compat/hadoop/hadoop_cluster.h"

namespace mrd::test {

using Properties = std::map<std::string, std::string>;

inline constexpr std::size_t kBlock = 1 << 20;  // bytes; what Connect() asks for

// Our client on that cluster: blocks of 1 MiB and checksums of 512 bytes unless `properties` say otherwise.
std::shared_ptr<fs::FileSystem> Connect(const HadoopCluster& cluster, const Properties& properties = {});

inline fs::Path At(const std::string& path) { return fs::Path("", "", path); }

// Byte i is i * 31 + i / 251, as MiniHdfs.java makes them.
std::string Content(std::size_t size);

// Writes a file in pieces of `piece` bytes and closes it.
Status WriteFile(fs::FileSystem& fs, const std::string& path, const std::string& content, std::size_t piece = 1 << 16);
Status WriteAll(fs::OutputFile& file, const std::string& content, std::size_t piece = 1 << 16);

// The whole file, read in pieces of `piece` bytes.
Result<std::string> ReadFile(fs::FileSystem& fs, const std::string& path, std::size_t piece = 1 << 16);

// "<length> <crc32>", as MiniHdfs answers to "read".
std::string LengthAndCrc(const std::string& content);
std::string Hex(const std::string& bytes);

}  // namespace mrd::test

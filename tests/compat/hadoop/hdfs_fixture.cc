#include "tests/compat/hadoop/hdfs_fixture.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/fs/keys.h"
#include "dfs/client/hdfs_file_system.h"
#include "dfs/client/keys.h"
#include "dfs/keys.h"

namespace mrd::test {

std::shared_ptr<fs::FileSystem> Connect(const HadoopCluster& cluster, const Properties& properties) {
  static const KeyRegistry registry = [] {
    KeyRegistry keys;
    keys.Add(fs::CoreKeys());
    keys.Add(dfs::DfsKeys());
    keys.Add(dfs::client::ClientKeys());
    return keys;
  }();
  Config config(registry);
  Properties all = {{"dfs.blocksize", "1m"}, {"dfs.client.retry.window.base", "100ms"}};
  for (const auto& [name, value] : properties) all[name] = value;
  for (const auto& [name, value] : all) {
    if (const Status set = config.Set(name, value, "program"); !set.ok()) throw std::runtime_error(set.ToString());
  }
  auto made = dfs::client::MakeHdfsFileSystem("127.0.0.1:" + std::to_string(cluster.port()), config, Clock::System());
  if (!made.ok()) throw std::runtime_error(made.status().ToString());
  return *made;
}

std::string Content(std::size_t size) {
  std::string content(size, '\0');
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + i / 251);
  return content;
}

Status WriteAll(fs::OutputFile& file, const std::string& content, std::size_t piece) {
  for (std::size_t at = 0; at < content.size(); at += piece) {
    MRD_RETURN_IF_ERROR(file.Append(content.data() + at, std::min(piece, content.size() - at)));
  }
  return Status::Ok();
}

Status WriteFile(fs::FileSystem& fs, const std::string& path, const std::string& content, std::size_t piece) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::OutputFile> file, fs.Create(At(path), true));
  MRD_RETURN_IF_ERROR(WriteAll(*file, content, piece));
  return file->Close();
}

Result<std::string> ReadFile(fs::FileSystem& fs, const std::string& path, std::size_t piece) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> file, fs.Open(At(path)));
  std::string content;
  std::string buffer(piece, '\0');
  while (true) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(content.size(), buffer.data(), buffer.size()));
    if (got == 0) return content;
    content.append(buffer, 0, got);
  }
}

std::string LengthAndCrc(const std::string& content) {
  const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  char text[64];
  std::snprintf(text, sizeof(text), "%zu %08lx", content.size(), static_cast<unsigned long>(crc));
  return text;
}

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const char byte : bytes) {
    char two[3];
    std::snprintf(two, sizeof(two), "%02x", static_cast<unsigned char>(byte));
    hex += two;
  }
  return hex;
}

}  // namespace mrd::test

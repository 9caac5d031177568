#pragma once

#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace mrd::test {

struct TarEntry {
  std::string name;  // at most 99 bytes
  std::string content;
};

// A ustar archive of regular files, written by hand so that a test may put names into it that no archiver would.
inline std::string Tar(const std::vector<TarEntry>& entries) {
  std::string tar;
  for (const TarEntry& entry : entries) {
    std::array<char, 512> header = {};
    std::memcpy(header.data(), entry.name.data(), entry.name.size());
    std::snprintf(header.data() + 100, 8, "%07o", 0755);
    std::snprintf(header.data() + 108, 8, "%07o", 0);
    std::snprintf(header.data() + 116, 8, "%07o", 0);
    std::snprintf(header.data() + 124, 12, "%011zo", entry.content.size());
    std::snprintf(header.data() + 136, 12, "%011o", 0);
    header[156] = '0';
    std::memcpy(header.data() + 257, "ustar", 6);
    std::memcpy(header.data() + 263, "00", 2);
    std::memset(header.data() + 148, ' ', 8);
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    std::snprintf(header.data() + 148, 8, "%06o", sum);
    tar.append(header.data(), header.size());
    tar += entry.content;
    tar.append((512 - entry.content.size() % 512) % 512, '\0');
  }
  return tar + std::string(1024, '\0');
}

}  // namespace mrd::test

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "engine/ledger.h"

namespace mrd::engine {

struct ManifestPart {
  std::string name;  // "part-r-00000", or a named output
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::string hash;  // XXH3-128 of the file's bytes, hex
};

// What _SUCCESS holds: JSON, format described in docs/formats.md.
struct Manifest {
  std::string job_name;
  std::string plugin_sha256;
  std::vector<std::pair<std::string, std::string>> config;  // what decides the bytes: reduces, split settings, job options
  std::vector<ManifestPart> parts;  // sorted by name
  Ledger ledger;

  std::string ToJson() const;
  static Result<Manifest> Parse(std::string_view json);  // kCorruption saying what is wrong
};

// The ledger as a JSON object, as in the manifest and in --report.
std::string LedgerToJson(const Ledger& ledger);

}  // namespace mrd::engine

// The reader of manifests on arbitrary text: what it accepts, it writes and reads again unchanged.
#include "engine/manifest.h"

#include "common/base/check.h"
#include "tests/fuzz/fuzz_target.h"

using mrd::engine::Manifest;

std::vector<std::string> FuzzSeeds() {
  Manifest empty;
  Manifest full;
  full.job_name = "word count \"quoted\" \n \xc3\xa9";
  full.plugin_sha256 = std::string(64, 'a');
  full.config = {{"mapreduce.job.reduces", "2"}, {"x", ""}};
  full.parts = {{"part-r-00000", 12, 3, std::string(32, '0')}, {"part-r-00001", 0, 0, std::string(32, 'f')}};
  full.ledger.input_records = 7;
  full.ledger.map_records = 70;
  full.ledger.groups = 3;
  full.ledger.largest_group_key = std::string("\0\xff key", 6);
  full.ledger.group_histogram[3] = 2;
  return {empty.ToJson(), full.ToJson()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mrd::Result<Manifest> first =
      Manifest::Parse({reinterpret_cast<const char*>(data), size});
  if (!first.ok()) {
    // kUnimplemented is a version of a later time.
    const mrd::Code code = first.status().code();
    MRD_CHECK(code == mrd::Code::kCorruption || code == mrd::Code::kUnimplemented);
    return 0;
  }
  const std::string json = first->ToJson();
  const mrd::Result<Manifest> second = Manifest::Parse(json);
  MRD_CHECK(second.ok());
  MRD_CHECK(second->ToJson() == json);
  return 0;
}

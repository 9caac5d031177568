// A path pattern and a name, separated by a line end: an answer or a refusal, always soon.
#include "common/fs/glob.h"

#include <algorithm>
#include <string_view>

#include "common/base/check.h"
#include "common/fs/path.h"
#include "tests/fuzz/fuzz_target.h"

std::vector<std::string> FuzzSeeds() {
  return {"*.txt\na.txt", "a?[b-d]{x,y{z,}}\nabxz", "[^a]*\\*\nb*", "{a/b,c}\na/b", "/a//b/../c/*\n/a/b", "hdfs://h:1/x\nx"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 512));
  const std::size_t cut = std::min(text.find('\n'), text.size());
  const std::string_view pattern = text.substr(0, cut);
  const std::string_view name = text.substr(std::min(cut + 1, text.size()));
  const mrd::Result<bool> matches = mrd::fs::GlobMatches(pattern, name);
  if (!matches.ok()) {
    MRD_CHECK(matches.status().code() == mrd::Code::kInvalidArgument);
  } else if (!mrd::fs::HasGlob(pattern) && pattern.find('\\') == std::string_view::npos) {
    MRD_CHECK(*matches == (pattern == name));
  }
  const mrd::Result<mrd::fs::Path> path = mrd::fs::Path::Parse(pattern);
  if (path.ok()) {
    // Writing a path and reading it again changes nothing.
    const mrd::Result<mrd::fs::Path> again = mrd::fs::Path::Parse(path->ToString());
    MRD_CHECK(again.ok() && *again == *path);
  }
  return 0;
}

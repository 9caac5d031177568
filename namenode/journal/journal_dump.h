#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::namenode {

// Journal and checkpoint as JSON lines for people: `mr dfs journal DIR`, `mr dfs checkpoint DIR`. Nothing is mended.

using DumpLine = std::function<Status(std::string_view line)>;  // without the newline
// What a key and its value mean, as a JSON value; nothing if it does not know. `value` is null where a key goes away.
using DescribeRow = std::function<std::optional<std::string>(std::string_view key, const std::string_view* value)>;

// `directory` is a storage directory, the one with the segments in it, or one segment. A line for each segment:
//   {"segment":"…/edits_…","namespace":…,"first":1,"epoch":1,"created_ms":…}
// and one for each edit, in order:
//   {"txid":1,"op":"mkdirs","time_ms":…,"client":"<hex>","call":3,"reply":"<hex>","changes":[{"key":…,"value":…}, …]}
// where a key or value is a string when it is printable ASCII, else {"hex":"…"}; a key that goes away has a null value;
// "is" has what `describe` says. A torn end is told in a line {"torn":…}. The first damage ends it, as kCorruption.
Status DumpJournal(Env& env, const std::string& directory, const DescribeRow& describe, const DumpLine& line);

// Of a storage directory: {"checkpoint":"…","applied":…,"synced":…}, then {"key":…,"value":…,"is":…} in the order of
// keys. kUnavailable while a namenode has it open; kNotFound when there is none.
Status DumpCheckpoint(Env& env, const std::string& directory, const DescribeRow& describe, const DumpLine& line);

}  // namespace mrd::namenode

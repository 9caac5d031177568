// du, df, count.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tools/shell/command.h"
#include "tools/shell/faults.h"
#include "tools/shell/item.h"
#include "tools/shell/text_columns.h"

namespace mrd::shell {
namespace {

Result<fs::ContentSummary> SummaryOf(const Item& item) {
  Result<fs::ContentSummary> summary = item.file_system->Summarize(item.path);
  if (!summary.ok()) return Worded(summary.status(), item.text);
  return summary;
}

Status DiskUsage(Session& session, Words words, bool whole) {
  OptionWords options(0, OptionWords::kMany, {"h", "s", "v", "x"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  whole = whole || options.Has("s");
  const bool for_people = options.Has("h");
  TextTable table({false, false, false});
  if (options.Has("v")) table.Add({"SIZE", "DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS", "FULL_PATH_NAME"});
  const auto add = [&](const Item& item) -> Status {
    MRD_ASSIGN_OR_RETURN(const fs::ContentSummary summary, SummaryOf(item));
    table.Add({Size(summary.length, for_people), Size(summary.space_consumed, for_people), item.text});
    return Status::Ok();
  };
  if (words.empty()) words.emplace_back(".");
  VisitWords(session, words, [&](Item& item) -> Status {
    if (!item.is_directory() || whole) return add(item);
    MRD_ASSIGN_OR_RETURN(const std::vector<Item> children, ChildrenOf(item));
    for (const Item& child : children) session.FailUnlessOk(add(child));
    return Status::Ok();
  });
  session.Print(table.ToString());
  return Status::Ok();
}

// "hdfs://host:8020", "file:///".
std::string UriOf(const Item& item) {
  const std::string scheme = item.file_system->scheme();
  return scheme + "://" + item.path.authority() + (item.path.authority().empty() ? "/" : "");
}

std::string Percent(std::uint64_t part, std::uint64_t whole) {
  const double share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  return std::to_string(std::llround(share * 100)) + "%";
}

// ---- count ----------------------------------------

struct CountChoices {
  bool quotas = false;
  bool quotas_only = false;
  bool by_type = false;
  bool for_people = false;
  bool erasure_policy = false;
  bool snapshots = false;
  std::vector<std::string> types;
};

std::string Quota(std::int64_t quota, bool for_people) {
  return quota < 0 ? "none" : Size(static_cast<std::uint64_t>(quota), for_people);
}

// What is left of it; negative when more is used than it allows.
std::string Remaining(std::int64_t quota, std::uint64_t used, bool for_people) {
  if (quota < 0) return "inf";
  const std::int64_t left = quota - static_cast<std::int64_t>(used);
  return left < 0 ? "-" + Size(static_cast<std::uint64_t>(-left), for_people)
                  : Size(static_cast<std::uint64_t>(left), for_people);
}

std::string QuotaColumns(const std::string& quota, const std::string& left, const std::string& space,
                         const std::string& space_left) {
  return PaddedLeft(quota, 12) + " " + PaddedLeft(left, 15) + " " + PaddedLeft(space, 15) + " " +
         PaddedLeft(space_left, 15) + " ";
}

std::string TypeColumns(const std::vector<std::string>& cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) text += PaddedLeft(cells[i], i % 2 == 0 ? 13 : 17) + " ";
  return text;
}

std::string CountColumns(const std::string& directories, const std::string& files, const std::string& bytes) {
  return PaddedLeft(directories, 12) + " " + PaddedLeft(files, 12) + " " + PaddedLeft(bytes, 18) + " ";
}

std::string CountHeader(const CountChoices& choices) {
  std::string header;
  if (choices.by_type) {
    std::vector<std::string> cells;
    for (const std::string& type : choices.types) {
      cells.push_back(type + "_QUOTA");
      cells.push_back("REM_" + type + "_QUOTA");
    }
    return TypeColumns(cells) + "PATHNAME";
  }
  if (choices.quotas || choices.quotas_only) {
    header += QuotaColumns("QUOTA", "REM_QUOTA", "SPACE_QUOTA", "REM_SPACE_QUOTA");
  }
  if (!choices.quotas_only) header += CountColumns("DIR_COUNT", "FILE_COUNT", "CONTENT_SIZE");
  if (choices.erasure_policy) header += "ERASURECODING_POLICY ";
  if (choices.snapshots) header += "    SNAPSHOT_LENGTH  SNAPSHOT_FILE_COUNT   SNAPSHOT_DIR_COUNT SNAPSHOT_SPACE_CONSUMED ";
  return header + "PATHNAME";
}

std::string CountLine(const CountChoices& choices, const fs::ContentSummary& summary, const std::string& text) {
  const bool people = choices.for_people;
  std::string line;
  if (choices.by_type) {
    // Quotas of storage types do not exist here, so none is set.
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < choices.types.size(); ++i) cells.insert(cells.end(), {"none", "inf"});
    return TypeColumns(cells) + text;
  }
  if (choices.quotas || choices.quotas_only) {
    line += QuotaColumns(Quota(summary.quota, people),
                         Remaining(summary.quota, summary.files + summary.directories, people),
                         Quota(summary.space_quota, people),
                         Remaining(summary.space_quota, summary.space_consumed, people));
  }
  if (!choices.quotas_only) {
    line += CountColumns(Size(summary.directories, people), Size(summary.files, people), Size(summary.length, people));
  }
  if (choices.erasure_policy) line += PaddedLeft("Replicated", 20) + " ";
  if (choices.snapshots) line += PaddedLeft("0", 19) + " " + PaddedLeft("0", 20) + " " + PaddedLeft("0", 20) + " " + PaddedLeft("0", 23) + " ";
  return line + text;
}

// "-t SSD,DISK"; empty or "all": every type.
Result<std::vector<std::string>> StorageTypes(std::string_view list) {
  static const std::vector<std::string> kAll = {"RAM_DISK", "SSD", "DISK", "ARCHIVE", "PROVIDED", "NVDIMM"};
  std::string upper;
  for (const char c : list) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (upper.empty() || upper == "ALL") return std::vector<std::string>{"SSD", "DISK", "ARCHIVE", "PROVIDED", "NVDIMM"};
  std::vector<std::string> types;
  std::string_view rest = upper;
  while (true) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string type(rest.substr(0, comma));
    if (std::find(kAll.begin(), kAll.end(), type) == kAll.end()) {
      return UsageFault("No storage type is called " + type);
    }
    types.push_back(type);
    if (comma == rest.size()) return types;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

Status RunDu(Session& session, Words words) { return DiskUsage(session, std::move(words), false); }
Status RunDus(Session& session, Words words) { return DiskUsage(session, std::move(words), true); }

Status RunDf(Session& session, Words words) {
  OptionWords options(0, OptionWords::kMany, {"h"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const bool for_people = options.Has("h");
  if (words.empty()) words.emplace_back("/");
  TextTable table({false, true, true, true, true});
  table.Add({"Filesystem", "Size", "Used", "Available", "Use%"});
  VisitWords(session, words, [&](Item& item) -> Status {
    Result<fs::Capacity> space = item.file_system->Space(item.path);
    if (!space.ok()) return Worded(space.status(), item.text);
    table.Add({UriOf(item), Size(space->capacity, for_people), Size(space->used, for_people),
               Size(space->remaining, for_people), Percent(space->used, space->capacity)});
    return Status::Ok();
  });
  session.Print(table.ToString());
  return Status::Ok();
}

Status RunCount(Session& session, Words words) {
  // The value of -t may be left out, so it is no value to the other options.
  OptionWords options(1, OptionWords::kMany, {"q", "h", "v", "u", "x", "e", "s"}, {"t"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  CountChoices choices;
  choices.quotas = options.Has("q");
  choices.quotas_only = options.Has("u");
  choices.for_people = options.Has("h");
  choices.erasure_policy = options.Has("e");
  choices.snapshots = options.Has("s");
  choices.by_type = options.Value("t").has_value() && (choices.quotas || choices.quotas_only);
  if (choices.by_type) {
    MRD_ASSIGN_OR_RETURN(choices.types, StorageTypes(*options.Value("t")));
  }
  if (options.Has("v")) session.PrintLine(CountHeader(choices));
  VisitWords(session, words, [&](Item& item) -> Status {
    MRD_ASSIGN_OR_RETURN(const fs::ContentSummary summary, SummaryOf(item));
    session.PrintLine(CountLine(choices, summary, item.text));
    return Status::Ok();
  });
  return Status::Ok();
}

}  // namespace mrd::shell

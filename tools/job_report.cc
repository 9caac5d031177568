#include "tools/job_report.h"

#include <boost/json.hpp>

#include "common/base/env.h"
#include "engine/manifest.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

namespace json = boost::json;

constexpr int kFormat = 1;

std::string_view StateName(const Status& status) {
  if (status.ok()) return "SUCCEEDED";
  return status.code() == Code::kCancelled ? "KILLED" : "FAILED";
}

// A message may quote bytes that are no UTF-8, which JSON cannot hold.
std::string AsUtf8(std::string_view bytes) {
  if (json::value parsed; true) {
    std::string quoted = json::serialize(json::string_view(bytes.data(), bytes.size()));
    boost::system::error_code error;
    parsed = json::parse(quoted, error);
    if (!error) return std::string(bytes);
  }
  std::string plain;
  for (const char c : bytes) plain += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return plain;
}

json::object CountersOf(const engine::Counters& counters) {
  json::object groups;
  for (const engine::Counters::Group& group : counters.Groups()) {
    json::object cells;
    for (const engine::Counters::Cell& cell : group.cells) cells[AsUtf8(cell.name)] = cell.value;
    groups[AsUtf8(group.name)] = std::move(cells);
  }
  return groups;
}

json::object ResultOf(const engine::JobResult& result) {
  json::object object;
  object["job_id"] = result.job_id;
  object["job_name"] = AsUtf8(result.job_name);
  object["status"] = StateName(result.status);
  if (!result.status.ok()) object["error"] = AsUtf8(result.status.message());
  object["output"] = AsUtf8(result.output);
  object["maps"] = result.maps;
  object["reduces"] = result.reduces;
  object["seconds"] = result.seconds;
  object["phases"] = {{"map_seconds", result.map_seconds},
                      {"reduce_seconds", result.reduce_seconds},
                      {"other_seconds", std::max(0.0, result.seconds - result.map_seconds - result.reduce_seconds)}};
  object["counters"] = CountersOf(result.counters);
  boost::system::error_code error;
  json::value ledger = json::parse(engine::LedgerToJson(result.ledger), error);
  if (!error) object["ledger"] = std::move(ledger);
  return object;
}

}  // namespace

std::string JobReport::ToJson() const {
  json::object object;
  if (!driver && !results.empty()) object = ResultOf(results.back());
  object["format"] = kFormat;
  object["plugin"] = AsUtf8(plugin);
  object["job"] = job;
  object["exit_status"] = exit_status;
  object["total_seconds"] = seconds;
  if (driver || results.empty()) {
    object["status"] = exit_status == 0 ? "SUCCEEDED" : exit_status > 128 ? "KILLED" : "FAILED";
    if (!error.empty()) object["error"] = AsUtf8(error);
  }
  if (driver) {
    json::array rounds;
    for (const engine::JobResult& result : results) rounds.push_back(ResultOf(result));
    object["rounds"] = std::move(rounds);
  }
  return json::serialize(object) + "\n";
}

Status CheckReportPath(const std::string& path) {
  if (IsDirectory(path)) return InvalidArgument("--report " + path + " is a directory; name a file");
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (!IsDirectory(directory)) return NotFound("--report " + path + ": there is no directory " + directory);
  return {};
}

Status WriteReport(const std::string& path, const JobReport& report) {
  auto file = Env::Posix().CreateOrTruncate(path);
  if (!file.ok()) return file.status();
  const std::string text = report.ToJson();
  MRD_RETURN_IF_ERROR((*file)->Append(text.data(), text.size()));
  return (*file)->Close();
}

}  // namespace mrd::tools

#include "mapred/ids.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace mrd::mapred {

namespace {

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> Number(std::string_view text) {
  std::uint32_t value = 0;
  if (!AllDigits(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes "_<word>" off the end of `text`.
std::string_view TakeLast(std::string_view& text) {
  const std::size_t at = text.rfind('_');
  if (at == std::string_view::npos) return {};
  const std::string_view word = text.substr(at + 1);
  text = text.substr(0, at);
  return word;
}

// `text` without its first word: "<start>_<job>_m_000003".
std::optional<AttemptName> ParseTask(std::string_view text) {
  AttemptName name;
  const std::optional<std::uint32_t> number = Number(TakeLast(text));
  const std::string_view kind = TakeLast(text);
  if (!number || kind.size() != 1 || std::string_view("mrcaw").find(kind[0]) == std::string_view::npos) return std::nullopt;
  name.number = *number;
  name.kind = kind[0];
  name.job_id = "job_" + std::string(text);
  if (!IsJobId(name.job_id)) return std::nullopt;
  return name;
}

}  // namespace

std::string AttemptName::TaskId() const {
  char tail[32];
  std::snprintf(tail, sizeof(tail), "_%c_%06u", kind, number);
  return "task_" + job_id.substr(4) + tail;
}

std::string AttemptName::ToString() const { return "attempt_" + TaskId().substr(5) + "_" + std::to_string(attempt); }

std::optional<AttemptName> ParseAttemptId(std::string_view text) {
  if (!text.starts_with("attempt_")) return std::nullopt;
  text.remove_prefix(8);
  const std::optional<std::uint32_t> attempt = Number(TakeLast(text));
  if (!attempt) return std::nullopt;
  std::optional<AttemptName> name = ParseTask(text);
  if (name) name->attempt = *attempt;
  return name;
}

std::optional<AttemptName> ParseTaskId(std::string_view text) {
  if (!text.starts_with("task_")) return std::nullopt;
  return ParseTask(text.substr(5));
}

bool IsJobId(std::string_view text) {
  if (!text.starts_with("job_")) return false;
  text.remove_prefix(4);
  const std::string_view number = TakeLast(text);
  return number.size() >= 4 && AllDigits(number) && AllDigits(text);
}

std::string JobId(std::uint64_t start_ms, std::uint32_t number) {
  char id[64];
  std::snprintf(id, sizeof(id), "job_%llu_%04u", static_cast<unsigned long long>(start_ms), number);
  return id;
}

}  // namespace mrd::mapred

#include "jobtracker/web/task_list.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace mrd::jobtracker::web {
namespace {

using mapred::proto::AttemptReportProto;
using mapred::proto::TaskReportProto;

bool SameLetter(unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); }

bool Contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), SameLetter) != text.end();
}

bool HasState(const TaskReportProto& task, std::string_view wanted) {
  if (wanted.empty()) return true;
  if (wanted == "failing") {
    return std::any_of(task.attempts().begin(), task.attempts().end(),
                       [](const AttemptReportProto& attempt) { return attempt.state() == "FAILED"; });
  }
  return std::equal(task.state().begin(), task.state().end(), wanted.begin(), wanted.end(), SameLetter);
}

bool Mentions(const TaskReportProto& task, std::string_view text) {
  if (text.empty() || Contains(task.taskid(), text)) return true;
  return std::any_of(task.attempts().begin(), task.attempts().end(),
                     [&](const AttemptReportProto& attempt) { return Contains(attempt.tracker(), text); }) ||
         std::any_of(task.hosts().begin(), task.hosts().end(), [&](const auto& host) { return Contains(host, text); });
}

// The attempt that counts: the last one.
const AttemptReportProto* LastOf(const TaskReportProto& task) {
  return task.attempts().empty() ? nullptr : &task.attempts(task.attempts_size() - 1);
}

std::uint64_t DurationOf(const TaskReportProto& task, std::uint64_t now_ms) {
  const AttemptReportProto* last = LastOf(task);
  if (last == nullptr || last->status().startms() == 0) return 0;
  const std::uint64_t end = last->status().endms() == 0 ? now_ms : last->status().endms();
  return end > last->status().startms() ? end - last->status().startms() : 0;
}

std::string_view TrackerOf(const TaskReportProto& task) {
  const AttemptReportProto* last = LastOf(task);
  return last == nullptr ? std::string_view() : std::string_view(last->tracker());
}

bool Before(const TaskReportProto& a, const TaskReportProto& b, const std::string& sort, std::uint64_t now_ms) {
  if (sort == "state") return a.state() < b.state();
  if (sort == "progress") return a.progress() < b.progress();
  if (sort == "duration") return DurationOf(a, now_ms) < DurationOf(b, now_ms);
  if (sort == "tracker") return TrackerOf(a) < TrackerOf(b);
  if (sort == "attempts") return a.attempts_size() < b.attempts_size();
  return false;  // the order that they came in
}

}  // namespace

bool IsPlain(const TaskFilter& filter) {
  return filter.state.empty() && filter.text.empty() && filter.sort == "number" && !filter.descending;
}

TaskPage SelectTasks(const mapred::proto::GetTasksResponseProto& all, const TaskFilter& filter, std::uint64_t now_ms) {
  TaskPage page;
  for (const TaskReportProto& task : all.tasks()) {
    if (HasState(task, filter.state) && Mentions(task, filter.text)) page.tasks.push_back(&task);
  }
  if (filter.sort == "number") {
    if (filter.descending) std::reverse(page.tasks.begin(), page.tasks.end());
  } else {
    std::stable_sort(page.tasks.begin(), page.tasks.end(), [&](const TaskReportProto* a, const TaskReportProto* b) {
      return filter.descending ? Before(*b, *a, filter.sort, now_ms) : Before(*a, *b, filter.sort, now_ms);
    });
  }
  page.total = page.tasks.size();
  const std::size_t from = std::min(filter.from, page.total);
  page.tasks.erase(page.tasks.begin(), page.tasks.begin() + static_cast<std::ptrdiff_t>(from));
  if (page.tasks.size() > filter.count) page.tasks.resize(filter.count);
  return page;
}

}  // namespace mrd::jobtracker::web

#include <array>
#include <chrono>
#include <memory>
#include <optional>

#include "common/base/clock.h"
#include "jobtracker/web/json.h"
#include "jobtracker/web/routes.h"
#include "jobtracker/web/task_list.h"
#include "jobtracker/web/timeline.h"
#include "mapred/ids.h"

namespace mrd::jobtracker::web {
namespace {

constexpr std::chrono::milliseconds kInterval{1000};
constexpr std::uint64_t kPageMax = 1000;
constexpr std::size_t kBarsMax = 3000;

using SharedSite = std::shared_ptr<const Site>;

std::uint64_t NowMs() { return static_cast<std::uint64_t>(Clock::System().WallMillis()); }

std::optional<proto::TaskKindProto> KindOf(std::string_view word) {
  for (const auto kind : {proto::MAP, proto::REDUCE, proto::COMMIT, proto::ABORT, proto::WHOLE}) {
    if (KindWord(kind) == word) return kind;
  }
  return std::nullopt;
}

proto::GetTasksRequestProto Wanted(const std::string& job, std::optional<proto::TaskKindProto> kind) {
  proto::GetTasksRequestProto wanted;
  wanted.set_jobid(job);
  if (kind) wanted.set_kind(*kind);
  wanted.set_from(0);
  wanted.set_count(kTasksMax);
  return wanted;
}

Result<TaskFilter> FilterOf(const http::Request& request) {
  TaskFilter filter;
  filter.state = request.Query("state");
  filter.text = request.Query("q");
  filter.sort = request.Query("sort", "number");
  filter.descending = request.Query("order") == "desc";
  MRD_ASSIGN_OR_RETURN(filter.from, request.QueryNumber("from", 0, UINT32_MAX));
  MRD_ASSIGN_OR_RETURN(filter.count, request.QueryNumber("count", 50, kPageMax));
  return filter;
}

awaitable<http::Response> Tasks(const http::Request& request, const Site& site) {
  Result<TaskFilter> filter = FilterOf(request);
  if (!filter.ok()) co_return http::ErrorResponse(request, filter.status());
  const std::string word = request.Query("kind");
  const std::optional<proto::TaskKindProto> kind = KindOf(word);
  if (!word.empty() && !kind) {
    co_return http::ErrorResponse(request, 400, "The kind must be map, reduce, commit, abort or whole.");
  }
  proto::GetTasksRequestProto wanted = Wanted(request.Part("job"), kind);
  // Only a page of the natural order can be had without the others; of what is sorted the first tasks are looked at.
  const bool plain = IsPlain(*filter);
  if (plain) {
    wanted.set_from(static_cast<std::uint32_t>(filter->from));
    wanted.set_count(static_cast<std::uint32_t>(filter->count));
    filter->from = 0;
  }
  const std::uint32_t from = wanted.from();
  Result<proto::GetTasksResponseProto> tasks = co_await site.view.Tasks(site.UserOf(request), std::move(wanted));
  if (!tasks.ok()) co_return http::ErrorResponse(request, tasks.status());
  const TaskPage page = SelectTasks(*tasks, *filter, NowMs());
  json::array list;
  for (const proto::TaskReportProto* task : page.tasks) list.push_back(ToJson(*task, false));
  json::object out;
  out["total"] = plain ? tasks->total() : page.total;
  out["from"] = plain ? from : filter->from;
  out["lookedAt"] = plain ? tasks->total() : static_cast<std::uint32_t>(tasks->tasks_size());
  out["tasks"] = std::move(list);
  co_return Json(out);
}

awaitable<http::Response> Task(const http::Request& request, const Site& site) {
  const std::string id = request.Part("task");
  const std::optional<mapred::AttemptName> name = mapred::ParseTaskId(id);
  if (!name) co_return http::ErrorResponse(request, 404, "'" + id + "' is not the id of a task.");
  proto::GetTasksRequestProto wanted = Wanted(name->job_id, std::nullopt);
  switch (name->kind) {
    case 'm': wanted.set_kind(proto::MAP); break;
    case 'r': wanted.set_kind(proto::REDUCE); break;
    case 'c': wanted.set_kind(proto::COMMIT); break;
    case 'a': wanted.set_kind(proto::ABORT); break;
    default: wanted.set_kind(proto::WHOLE);
  }
  wanted.set_from(name->number);
  wanted.set_count(1);
  Result<proto::GetTasksResponseProto> tasks = co_await site.view.Tasks(site.UserOf(request), std::move(wanted));
  if (!tasks.ok()) co_return http::ErrorResponse(request, tasks.status());
  for (const proto::TaskReportProto& task : tasks->tasks()) {
    if (task.taskid() == id) co_return Json(ToJson(task, true));
  }
  co_return http::ErrorResponse(request, 404, "The job " + name->job_id + " has no task " + id + ".");
}

json::object ToJson(const Timeline& timeline) {
  json::array lanes;
  for (const TimelineLane& lane : timeline.lanes) {
    lanes.push_back(json::object{
        {"tracker", Utf8(lane.tracker)}, {"kind", lane.reduces ? "reduce" : "map"}, {"slot", lane.slot}});
  }
  json::array bars;
  for (const TimelineBar& bar : timeline.bars) {
    const proto::AttemptStatusProto& status = bar.attempt->status();
    // Long lists: fields have one word each.
    json::object one = {{"lane", bar.lane},
                        {"id", Utf8(bar.attempt->attemptid())},
                        {"kind", KindWord(bar.task->kind())},
                        {"state", bar.attempt->state() == "SUCCEEDED"   ? "succeeded"
                                  : bar.attempt->state() == "FAILED"    ? "failed"
                                  : bar.attempt->state() == "KILLED"    ? "killed"
                                                                        : "running"},
                        {"start", bar.start_ms}};
    if (bar.end_ms != 0) one["end"] = bar.end_ms;
    if (status.shuffleendms() != 0) one["shuffled"] = status.shuffleendms();
    if (status.sortendms() != 0) one["sorted"] = status.sortendms();
    if (bar.attempt->has_locality()) one["locality"] = Utf8(bar.attempt->locality());
    if (bar.attempt->speculative()) one["speculative"] = true;
    bars.push_back(std::move(one));
  }
  json::object out = {{"leftOut", timeline.left_out}};
  out["lanes"] = std::move(lanes);
  out["bars"] = std::move(bars);
  return out;
}

awaitable<http::Response> TimelineOf(const http::Request& request, const Site& site) {
  const std::array<proto::TaskKindProto, 5> kinds = {proto::MAP, proto::REDUCE, proto::WHOLE, proto::COMMIT, proto::ABORT};
  std::array<proto::GetTasksResponseProto, 5> tasks;
  std::vector<const proto::TaskReportProto*> all;
  std::size_t unseen = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    proto::GetTasksRequestProto wanted = Wanted(request.Part("job"), kinds[i]);
    Result<proto::GetTasksResponseProto> some = co_await site.view.Tasks(site.UserOf(request), std::move(wanted));
    if (!some.ok()) co_return http::ErrorResponse(request, some.status());
    tasks[i] = std::move(*some);
    unseen += tasks[i].total() - std::min<std::size_t>(tasks[i].total(), static_cast<std::size_t>(tasks[i].tasks_size()));
    for (const proto::TaskReportProto& task : tasks[i].tasks()) all.push_back(&task);
  }
  Timeline timeline = MakeTimeline(all, kBarsMax);
  timeline.left_out += unseen;
  co_return Json(ToJson(timeline));
}

}  // namespace

void AddTaskRoutes(http::Router& router, SharedSite site) {
  router.Get("/api/jobs/{job}/tasks", site->live.Live(Bind(site, Tasks), kInterval));
  router.Get("/api/jobs/{job}/timeline", site->live.Live(Bind(site, TimelineOf), kInterval));
  router.Get("/api/tasks/{task}", site->live.Live(Bind(site, Task), kInterval));
}

}  // namespace mrd::jobtracker::web

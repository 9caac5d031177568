// The pure parts of the jobtracker's pages: lists, timeline, progress, JSON.

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "jobtracker/web/job_list.h"
#include "jobtracker/web/json.h"
#include "jobtracker/web/progress.h"
#include "jobtracker/web/submission.h"
#include "jobtracker/web/task_list.h"
#include "jobtracker/web/timeline.h"
#include "jobtracker/web/upload.h"

namespace mrd::jobtracker::web {
namespace {

proto::JobStatusProto Job(const std::string& id, const std::string& name, proto::JobStateProto state, std::uint64_t submit_ms) {
  proto::JobStatusProto job;
  job.set_jobid(id);
  job.set_jobname(name);
  job.set_user("ann");
  job.set_queue("default");
  job.set_priority("NORMAL");
  job.set_state(state);
  job.set_version(1);
  job.set_submitms(submit_ms);
  return job;
}

std::string Ids(const JobPage& page) {
  std::string out;
  for (const auto* job : page.jobs) out += job->jobid() + " ";
  return out + std::to_string(page.total);
}

TEST_CASE("job list: state, search and pages, the latest first", "[web]") {
  proto::ListJobsResponseProto all;
  *all.add_jobs() = Job("j1", "Word count", proto::JOB_SUCCEEDED, 10);
  *all.add_jobs() = Job("j2", "sort", proto::JOB_RUNNING, 20);
  *all.add_jobs() = Job("j3", "count", proto::JOB_PREP, 30);
  *all.add_jobs() = Job("j4", "pi", proto::JOB_KILLED, 20);
  JobFilter filter;
  CHECK(Ids(SelectJobs(all, filter)) == "j3 j4 j2 j1 4");
  filter.text = "COUNT";
  CHECK(Ids(SelectJobs(all, filter)) == "j3 j1 2");
  filter.text = "";
  filter.state = "active";
  CHECK(Ids(SelectJobs(all, filter)) == "j3 j2 2");
  filter.state = "finished";
  CHECK(Ids(SelectJobs(all, filter)) == "j4 j1 2");
  filter.state = "killed";
  CHECK(Ids(SelectJobs(all, filter)) == "j4 1");
  filter.state = "";
  filter.from = 1;
  filter.count = 2;
  CHECK(Ids(SelectJobs(all, filter)) == "j4 j2 4");
  filter.from = 9;
  CHECK(Ids(SelectJobs(all, filter)) == "4");
  filter = {};
  filter.user = "bob";
  CHECK(Ids(SelectJobs(all, filter)) == "0");
}

struct Span {
  const char* tracker;
  std::uint64_t start;
  std::uint64_t end;
  const char* state = "SUCCEEDED";
};

proto::TaskReportProto Task(int number, proto::TaskKindProto kind, std::vector<Span> spans) {
  proto::TaskReportProto task;
  task.set_taskid("task_1_0001_m_00000" + std::to_string(number));
  task.set_kind(kind);
  task.set_state("SUCCEEDED");
  task.set_progress(1);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    proto::AttemptReportProto* attempt = task.add_attempts();
    attempt->set_attemptid("attempt_1_0001_m_00000" + std::to_string(number) + "_" + std::to_string(i));
    attempt->set_state(spans[i].state);
    attempt->set_tracker(spans[i].tracker);
    attempt->set_trackerurl("http://t");
    attempt->mutable_status()->set_startms(spans[i].start);
    if (spans[i].end != 0) attempt->mutable_status()->set_endms(spans[i].end);
    task.set_state(attempt->state());
  }
  return task;
}

TEST_CASE("timeline: a lane for each slot, bars of a lane never overlap", "[web]") {
  const std::vector<proto::TaskReportProto> tasks = {
      Task(0, proto::MAP, {{"b", 10, 20}}), Task(1, proto::MAP, {{"a", 10, 30, "FAILED"}, {"b", 15, 40}}),
      Task(2, proto::MAP, {{"b", 20, 0, "RUNNING"}}), Task(3, proto::REDUCE, {{"b", 12, 50}}), Task(4, proto::MAP, {{"b", 45, 60}}),
      Task(5, proto::MAP, {})};
  std::vector<const proto::TaskReportProto*> all;
  for (const auto& task : tasks) all.push_back(&task);
  const Timeline timeline = MakeTimeline(all, 100);
  REQUIRE(timeline.lanes.size() == 4);
  CHECK(timeline.lanes[0].tracker == "a");
  CHECK(timeline.lanes[1].tracker == "b");
  CHECK_FALSE(timeline.lanes[2].reduces);
  CHECK(timeline.lanes[2].slot == 1);
  CHECK(timeline.lanes[3].reduces);
  REQUIRE(timeline.bars.size() == 6);
  for (std::size_t i = 1; i < timeline.bars.size(); ++i) {
    const TimelineBar& before = timeline.bars[i - 1];
    const TimelineBar& bar = timeline.bars[i];
    if (before.lane == bar.lane) CHECK((before.end_ms != 0 && before.end_ms <= bar.start_ms));
  }
  // Of too many the failed, the running and the longest stay.
  const Timeline few = MakeTimeline(all, 3);
  CHECK(few.left_out == 3);
  std::set<std::string> kept;
  for (const TimelineBar& bar : few.bars) kept.insert(bar.attempt->attemptid());
  CHECK(kept == std::set<std::string>{"attempt_1_0001_m_000001_0", "attempt_1_0001_m_000002_0", "attempt_1_0001_m_000003_0"});
}

TEST_CASE("task list: state, search, order and pages", "[web]") {
  proto::GetTasksResponseProto all;
  *all.add_tasks() = Task(0, proto::MAP, {{"node-b", 10, 20}});
  *all.add_tasks() = Task(1, proto::MAP, {{"node-a", 10, 15, "FAILED"}, {"node-c", 20, 50}});
  *all.add_tasks() = Task(2, proto::MAP, {{"node-a", 40, 0, "RUNNING"}});
  const auto order = [&](const TaskFilter& filter) {
    std::string out;
    for (const auto* task : SelectTasks(all, filter, 100).tasks) out += task->taskid().back();
    return out;
  };
  TaskFilter filter;
  CHECK(IsPlain(filter));
  CHECK(order(filter) == "012");
  filter.sort = "duration";
  CHECK(order(filter) == "012");
  filter.descending = true;
  CHECK(order(filter) == "210");
  CHECK_FALSE(IsPlain(filter));
  filter.sort = "tracker";
  filter.descending = false;
  CHECK(order(filter) == "201");
  filter = {};
  filter.state = "failing";
  CHECK(order(filter) == "1");
  filter.state = "running";
  CHECK(order(filter) == "2");
  filter = {};
  filter.text = "NODE-A";
  CHECK(order(filter) == "12");
  filter = {};
  filter.from = 1;
  filter.count = 1;
  CHECK(order(filter) == "1");
}

TEST_CASE("progress: a reduce's thirds are shuffle, sort and reduce", "[web]") {
  proto::JobStatusProto status = Job("j", "n", proto::JOB_RUNNING, 1);
  status.set_mapprogress(0.75);
  proto::GetTasksResponseProto reduces;
  for (const double progress : {0.5, 1.0}) {
    proto::TaskReportProto* task = reduces.add_tasks();
    *task = Task(0, proto::REDUCE, {});
    task->set_progress(progress);
  }
  const PhaseProgress progress = ProgressOf(status, reduces);
  CHECK(progress.map == 0.75);
  CHECK(progress.shuffle == 1.0);
  CHECK(progress.sort == Approx(0.75));
  CHECK(progress.reduce == Approx(0.5));
  status.set_state(proto::JOB_SUCCEEDED);
  CHECK(ProgressOf(status, {}).reduce == 1.0);
  status.set_state(proto::JOB_FAILED);
  status.set_mapprogress(1);
  status.set_maps(4);
  status.set_mapsdone(1);
  CHECK(ProgressOf(status, {}).map == 0.25);
}

TEST_CASE("json: text becomes valid UTF-8, keys that are none become hex", "[web]") {
  CHECK(Utf8("zoë ✓ 😀") == "zoë ✓ 😀");
  CHECK(Utf8("a\xFF\xC3(\xED\xA0\x80z") == "a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(Utf8("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(KeyText("the") == "the");
  CHECK(KeyText(std::string_view("\0\1", 2)) == "0x0001");
  proto::JobStatusProto job = Job("j", "</script>\xFF", proto::JOB_FAILED, 5);
  job.set_failure("why");
  const json::object out = ToJson(job);
  CHECK(out.at("jobName").as_string() == "</script>\xEF\xBF\xBD");
  CHECK(out.at("state").as_string() == "failed");
  CHECK_FALSE(out.contains("endMs"));
}

constexpr const char* kSubmission = R"({"jobName":"wc","entry":"wordcount","reduces":2,"output":"hdfs://n/out",
  "pack":{"path":"hdfs://n/p","sha256":"ab","bytes":3,"plugin":"wc.so"},"config":{"k":"v"},"inputs":["hdfs://n/in"],
  "splits":[{"pieces":[{"path":"hdfs://n/in/a","start":0,"length":7},{"path":"hdfs://n/in/b","length":3}],"hosts":["h"]}]})";

TEST_CASE("submission: JSON becomes the request of the protocol", "[web]") {
  const Result<proto::SubmitJobRequestProto> request = ParseSubmission(kSubmission, "job_1_0001", "ann");
  REQUIRE(request.ok());
  CHECK(request->IsInitialized());
  CHECK(request->spec().jobid() == "job_1_0001");
  CHECK(request->spec().user() == "ann");
  CHECK(request->spec().maps() == 1);
  CHECK(request->spec().inputbytes() == 10);
  CHECK(request->spec().config(0).value() == "v");
  CHECK(request->splits(0).bytes() == 10);
  CHECK(request->splits(0).pieces(1).path() == "hdfs://n/in/b");
}

TEST_CASE("submission: what is missing or wrong is named", "[web]") {
  const auto fault = [](const std::string& from, const std::string& to) {
    std::string text = kSubmission;
    text.replace(text.find(from), from.size(), to);
    const Status status = ParseSubmission(text, "job_1_0001", "ann").status();
    CHECK(status.code() == Code::kInvalidArgument);
    return status.message();
  };
  CHECK(fault("\"reduces\":2", "\"reduces\":-2").find("field reduces") != std::string::npos);
  CHECK(fault("\"entry\":\"wordcount\",", "").find("field entry") != std::string::npos);
  CHECK(fault("\"length\":7", "\"length\":\"7\"").find("splits[0].pieces[0].length") != std::string::npos);
  CHECK(fault("{\"k\":\"v\"}", "{\"k\":1}").find("field config") != std::string::npos);
  CHECK(fault("\"bytes\":3,", "").find("pack.bytes") != std::string::npos);
  for (const char* text : {"", "[]", "{", "null"}) CHECK_FALSE(ParseSubmission(text, "j", "u").ok());
}

// "name[=filename]" and bytes.
std::string Form(std::initializer_list<std::pair<std::string, std::string>> parts) {
  std::string body;
  for (const auto& [name, bytes] : parts) {
    const std::size_t equals = name.find('=');
    body += "--b\r\nContent-Disposition: form-data; name=\"" + name.substr(0, equals) + "\"";
    if (equals != std::string::npos) body += "; filename=\"" + name.substr(equals + 1) + "\"";
    body += "\r\n\r\n" + bytes + "\r\n";
  }
  return body + "--b--\r\n";
}
constexpr const char* kForm = "multipart/form-data; boundary=b";

TEST_CASE("upload: parts become the files of a pack and a request", "[web]") {
  const std::string body = Form({{"job", R"({"inputs":["/in"],"output":"/out"})"},
                                 {"plugin=C:\\x\\count.so", "ELF"},
                                 {"library=libx.so.1", "ELF too"},
                                 {"file=some/where/words.txt", "a b"},
                                 {"file=more.txt", ""},
                                 {"archive=z.zip", "PK"},
                                 {"conf=c.xml", "<configuration/>"}});
  REQUIRE(NeedsPlanning(kForm, body));
  const Result<JobUpload> upload = ReadUpload(kForm, body);
  INFO(upload.status().message());
  REQUIRE(upload.ok());
  CHECK(upload->request == R"({"inputs":["/in"],"output":"/out","plugin":"count.so"})");
  CHECK(upload->site == "<configuration/>");
  std::string files;
  for (const JobUpload::File& file : upload->files) files += file.folder + "|" + file.name + "=" + std::string(file.bytes) + ";";
  CHECK(files == "|count.so=ELF;|libx.so.1=ELF too;files|words.txt=a b;files|more.txt=;archives|z.zip=PK;");
}

TEST_CASE("upload: a pack that is there needs no files; splits need no planning", "[web]") {
  CHECK(NeedsPlanning("application/json", R"({"pack":"0f"})"));
  CHECK_FALSE(NeedsPlanning("application/json", R"({"pack":"0f","splits":[]})"));
  CHECK_FALSE(NeedsPlanning("application/json", R"({"pack":{"path":"/p"}})"));
  CHECK_FALSE(NeedsPlanning("application/json", "[]"));
  CHECK(ReadUpload("application/json", R"({"pack":"0f"})")->request == R"({"pack":"0f"})");
  CHECK(ReadUpload(kForm, Form({{"job", R"({"pack":"0f"})"}}))->files.empty());
}

TEST_CASE("upload: what is wrong with the parts is said", "[web]") {
  const std::pair<std::string, std::string> job{"job", "{}"};
  const std::pair<std::string, std::string> plugin{"plugin=a.so", "x"};
  const auto [body, fault] = GENERATE_COPY(table<std::string, std::string>({
      {Form({plugin}), "no part \"job\""},
      {Form({job}), "no part \"plugin\""},
      {Form({job, {"library=a.so", "x"}}), "no part \"plugin\""},
      {Form({job, job, plugin}), "\"job\" is there twice"},
      {Form({job, plugin, {"plugin=b.so", "x"}}), "\"plugin\" is there twice"},
      {Form({job, plugin, {"library=a.so", "x"}}), "Two parts are called a.so"},
      {Form({job, plugin, {"file=f", "1"}, {"file=x/f", "2"}}), "Two parts are called f"},
      {Form({job, {"plugin", "x"}}), "needs a filename"},
      {Form({job, plugin, {"file=..", "x"}}), "needs a filename"},
      {Form({job, plugin, {"file=.hidden", "x"}}), "needs a filename"},
      {Form({job, plugin, {"file=-rf", "x"}}), "needs a filename"},
      {Form({job, plugin, {"file=a,b", "x"}}), "needs a filename"},
      {Form({job, plugin, {"file=a#b", "x"}}), "needs a filename"},
      {Form({job, plugin, {"file=" + std::string(300, 'n'), "x"}}), "needs a filename"},
      {Form({job, plugin, {"library=files", "x"}}), "cannot be called files"},
      {Form({job, plugin, {"jar=a.jar", "x"}}), "none of job, conf, plugin"},
      {Form({{"job", "[1]"}, plugin}), "must be a JSON object"},
      {Form({{"job", "{"}, plugin}), "no JSON"},
      {Form({{"job", R"({"pack":"0f"})"}, plugin}), "there are files besides"},
      {"garbage", "does not hold the boundary"}}));
  const Result<JobUpload> upload = ReadUpload(kForm, body);
  REQUIRE_FALSE(upload.ok());
  CHECK(upload.status().code() == Code::kInvalidArgument);
  CHECK_THAT(upload.status().message(), Catch::Contains(fault));
}

}  // namespace
}  // namespace mrd::jobtracker::web

// What changes something: submit, kill, priority. The server has made sure that no page of another site asks.
#include <memory>
#include <optional>

#include "jobtracker/web/json.h"
#include "jobtracker/web/routes.h"
#include "jobtracker/web/submission.h"
#include "jobtracker/web/upload.h"
#include "mapred/ids.h"

namespace mrd::jobtracker::web {
namespace {

using SharedSite = std::shared_ptr<const Site>;

// A text field of a JSON object; nothing when the body is none, "" when the field is absent.
std::optional<std::string> FieldOf(const std::string& body, std::string_view name) {
  if (body.empty()) return "";
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) return std::nullopt;
  const json::value* field = value.as_object().if_contains(name);
  if (field == nullptr) return "";
  if (!field->is_string()) return std::nullopt;
  return std::string(field->as_string());
}

http::Response Done() { return Json(json::object{{"done", true}}); }

http::Response Submitted(const std::string& job_id, json::object out) {
  http::Response response = Json(out, 201);
  response.headers.Add("Location", "/api/jobs/" + job_id);
  return response;
}

// A job that has to be planned first, from an upload or from a pack.
awaitable<http::Response> SubmitUpload(const http::Request& request, const Site& site, const std::string& user) {
  Result<JobUpload> upload = ReadUpload(request.headers.Get("Content-Type"), request.body);
  if (!upload.ok()) co_return http::ErrorResponse(request, upload.status());
  Result<std::string> job = co_await site.view.PlanAndSubmit(user, *upload);
  if (!job.ok()) co_return http::ErrorResponse(request, job.status());
  const std::string id = *job;
  Result<proto::GetJobStatusResponseProto> status = co_await site.view.Status(user, id);
  json::object out = {{"jobId", id}, {"location", "/api/jobs/" + id}};
  if (status.ok()) out["status"] = ToJson(status->status());
  co_return Submitted(id, std::move(out));
}

awaitable<http::Response> Submit(const http::Request& request, const Site& site) {
  if (std::optional<http::Response> refusal = RefuseChange(request, site)) co_return std::move(*refusal);
  const std::string user = site.UserOf(request);
  if (NeedsPlanning(request.headers.Get("Content-Type"), request.body)) {
    http::Response response = co_await SubmitUpload(request, site, user);
    co_return response;
  }
  // Checked before a number is spent on it.
  if (const Status valid = ParseSubmission(request.body, "", user).status(); !valid.ok()) {
    co_return http::ErrorResponse(request, valid);
  }
  Result<proto::NewJobResponseProto> job = co_await site.view.NewJob(user);
  if (!job.ok()) co_return http::ErrorResponse(request, job.status());
  Result<proto::SubmitJobRequestProto> submission = ParseSubmission(request.body, job->jobid(), user);
  if (!submission.ok()) co_return http::ErrorResponse(request, submission.status());
  Result<proto::SubmitJobResponseProto> submitted = co_await site.view.Submit(user, std::move(*submission));
  if (!submitted.ok()) co_return http::ErrorResponse(request, submitted.status());
  json::object out = {{"jobId", job->jobid()}, {"location", "/api/jobs/" + job->jobid()}};
  out["status"] = ToJson(submitted->status());
  co_return Submitted(job->jobid(), std::move(out));
}

awaitable<http::Response> Kill(const http::Request& request, const Site& site) {
  if (std::optional<http::Response> refusal = RefuseChange(request, site)) co_return std::move(*refusal);
  const std::optional<std::string> reason = FieldOf(request.body, "reason");
  if (!reason) co_return http::ErrorResponse(request, 400, "The body must be a JSON object with a text 'reason', or nothing.");
  proto::KillJobRequestProto kill;
  kill.set_jobid(request.Part("job"));
  kill.set_reason(reason->empty() ? "killed by " + site.UserOf(request) + " on the job's page" : *reason);
  const Status killed = co_await site.view.KillJob(site.UserOf(request), std::move(kill));
  if (!killed.ok()) co_return http::ErrorResponse(request, killed);
  co_return Done();
}

awaitable<http::Response> KillAttempt(const http::Request& request, const Site& site) {
  if (std::optional<http::Response> refusal = RefuseChange(request, site)) co_return std::move(*refusal);
  const std::string id = request.Part("attempt");
  if (!mapred::ParseAttemptId(id)) co_return http::ErrorResponse(request, 404, "'" + id + "' is not the id of an attempt.");
  proto::KillAttemptRequestProto kill;
  kill.set_attemptid(id);
  kill.set_asfailure(request.Query("fail") == "true");
  Result<bool> killed = co_await site.view.KillAttempt(site.UserOf(request), std::move(kill));
  if (!killed.ok()) co_return http::ErrorResponse(request, killed.status());
  if (!*killed) co_return http::ErrorResponse(request, 409, "The attempt " + id + " does not run.");
  co_return Done();
}

awaitable<http::Response> Prioritize(const http::Request& request, const Site& site) {
  if (std::optional<http::Response> refusal = RefuseChange(request, site)) co_return std::move(*refusal);
  const std::optional<std::string> priority = FieldOf(request.body, "priority");
  if (!priority || priority->empty()) {
    co_return http::ErrorResponse(request, 400, "The body must be a JSON object with a text 'priority', such as \"HIGH\".");
  }
  proto::SetPriorityRequestProto set;
  set.set_jobid(request.Part("job"));
  set.set_priority(*priority);
  const Status done = co_await site.view.SetPriority(site.UserOf(request), std::move(set));
  if (!done.ok()) co_return http::ErrorResponse(request, done);
  co_return Done();
}

}  // namespace

std::optional<http::Response> RefuseChange(const http::Request& request, const Site& site) {
  if (!site.options.allow_changes) {
    return http::ErrorResponse(request, 403, "Jobs are not changed over HTTP here; use the command mapred job.");
  }
  if (request.Query("user.name").empty()) {
    return http::ErrorResponse(request, 401, "Say who asks: ?user.name=NAME.");
  }
  return std::nullopt;
}

void AddChangeRoutes(http::Router& router, SharedSite site) {
  router.PostLarge("/api/jobs", site->options.submission_bytes_max, Bind(site, Submit));
  router.Post("/api/jobs/{job}/kill", Bind(site, Kill));
  router.Post("/api/jobs/{job}/priority", Bind(site, Prioritize));
  router.Post("/api/attempts/{attempt}/kill", Bind(site, KillAttempt));
}

}  // namespace mrd::jobtracker::web

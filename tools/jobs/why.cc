#include "mapred/client/failure_text.h"
#include "tools/console.h"
#include "tools/jobs/options.h"

namespace mrd::jobs {
int RunWhy(Session& session, const Words& words) {
  if (words.size() != 1) {
    session.console.Err("usage: mr why JOB\n");
    return kFailed;
  }
  const std::string id = JobIdOf(words[0]);
  if (id.empty()) return session.Fail(CheckJobId(words[0]));
  const auto result = session.client.JobResult(id);
  if (!result.ok()) return session.Fail(result.status(), id);
  const auto& status = result->status();
  std::string text = id + " (" + status.jobname() + ") of " + status.user() + ": " + StateName(status.state()) + "\n";
  if (!status.failure().empty()) text += status.failure() + "\n";
  for (const auto& reason : status.waiting()) {
    text += mapred::WaitingText(reason) + "\n";
  }
  const std::string failures = mapred::FailureText(*result);
  text += failures.empty() ? "No attempt of it failed.\n" : failures;
  for (const std::string& warning : result->warnings()) text += "Warning: " + warning + "\n";
  if (!failures.empty()) text += "mr logs ATTEMPT shows what an attempt printed.\n";
  session.console.Out(tools::PrintableLines(text));
  return kOk;
}

}  // namespace mrd::jobs

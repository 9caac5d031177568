// Options of `job` that change something, and `mradmin`.

#include <array>
#include <charconv>

#include "mapred/ids.h"
#include "tools/jobs/options.h"

namespace mrd::jobs {
namespace {

int EndAttempt(Session& session, const std::string& attempt_id, bool as_failure) {
  const auto name = mapred::ParseAttemptId(attempt_id);
  if (!name) {
    session.console.Err("TaskAttemptId string : " + attempt_id +
                        " is not properly formed; it looks like attempt_1709633520000_0007_m_000001_0\n");
    return kFailed;
  }
  const Result<bool> killed = session.client.KillAttempt(attempt_id, as_failure);
  if (!killed.ok()) return session.Fail(killed.status(), name->job_id);
  if (!*killed) {
    session.console.Err(std::string("Could not ") + (as_failure ? "fail" : "kill") + " task " + attempt_id +
                        ": it does not run\n");
    return kFailed;
  }
  session.PrintLine("Killed task " + attempt_id + (as_failure ? " by failing it" : ""));
  return kOk;
}

// Hadoop also takes DEFAULT and, on YARN, numbers, of which a larger one goes first.
std::string PriorityOf(const std::string& text) {
  for (const char* known : {"VERY_HIGH", "HIGH", "NORMAL", "LOW", "VERY_LOW"}) {
    if (text == known) return known;
  }
  if (text == "DEFAULT") return "NORMAL";
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return "";
  constexpr std::array kByNumber = {"NORMAL", "VERY_LOW", "LOW", "NORMAL", "HIGH", "VERY_HIGH"};  // 0: the default
  return number < 0 ? "VERY_LOW" : number > 5 ? "VERY_HIGH" : kByNumber[static_cast<std::size_t>(number)];
}

}  // namespace

int KillJob(Session& session, const Words& words) {
  const std::string& id = words[0];
  if (const Status form = CheckJobId(id); !form.ok()) return session.Fail(form);
  const Status killed = session.client.Kill(id, "by " + session.client.user() + ", who ran mapred job -kill");
  if (!killed.ok()) return session.Fail(killed, id);
  session.PrintLine("Killed job " + id);
  return kOk;
}

int KillTask(Session& session, const Words& words) { return EndAttempt(session, words[0], /*as_failure=*/false); }
int FailTask(Session& session, const Words& words) { return EndAttempt(session, words[0], /*as_failure=*/true); }

int SetPriority(Session& session, const Words& words) {
  const std::string& id = words[0];
  if (const Status form = CheckJobId(id); !form.ok()) return session.Fail(form);
  const std::string priority = PriorityOf(words[1]);
  if (priority.empty()) {
    session.console.Err("Invalid job priority " + words[1] +
                        ": VERY_HIGH, HIGH, NORMAL, LOW, VERY_LOW, DEFAULT or a number\n");
    return kFailed;
  }
  const Status changed = session.client.SetPriority(id, priority);
  if (!changed.ok()) return session.Fail(changed, id);
  session.PrintLine("Changed job priority.");
  return kOk;
}

int RefuseSubmit(Session& session, const Words& words) {
  session.console.Err("-submit " + words[0] +
                      ": a job file of Hadoop names Java classes; jobs here are plugins: mr jar PLUGIN.so INPUT... "
                      "OUTPUT\n");
  return kFailed;
}

int RunAdmin(Session& session, const Words& words) {
  if (words.size() == 1 && words[0] == "-refreshNodes") {
    const Status refreshed = session.client.RefreshNodes();
    if (!refreshed.ok()) return session.Fail(refreshed);
    session.PrintLine("The jobtracker has read its host files again.");
    return kOk;
  }
  session.console.Err("usage: mapred mradmin -refreshNodes\n");
  return kFailed;
}

}  // namespace mrd::jobs

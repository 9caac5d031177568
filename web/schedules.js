// Recurring jobs: when each is due next, how its last runs went, and buttons for those who may.

import {Table, h, link, show} from "./dom.js";
import {clock, duration, state} from "./format.js";
import {Page, section} from "./page.js";

const RUNS_SHOWN = 10;
const page = new Page("jobtracker", "Schedules");
const user = h("input", {id: "user", name: "user", autocomplete: "username", value: localStorage.getItem("mr.user") || "",
  oninput: () => localStorage.setItem("mr.user", user.value)});
const answer = h("p", {class: "quiet", role: "status"});

async function change(schedule, what) {
  if (!user.value) {
    show(answer, "Say who you are first: your user name is asked for above the table.");
    return user.focus();
  }
  const reply = await fetch(`/api/schedules/${encodeURIComponent(schedule.name)}/${what}?user.name=${encodeURIComponent(user.value)}`, {
    method: "POST",
    headers: {"X-XSRF-HEADER": "page"},
  });
  const body = await reply.json().catch(() => null);
  const done = body && body.number ? `Run ${body.number} of ${schedule.name} begins.` : `${schedule.name}: ${what}d.`;
  show(answer, reply.ok ? done : body && body.error ? body.error.message : `The server answered ${reply.status}.`);
}

const button = (schedule, text, what) => h("button", {class: "quiet-button", type: "button", onclick: () => change(schedule, what),
  "aria-label": `${text} ${schedule.name}`}, text);

const buttons = (schedule) => h("span", {class: "controls"}, button(schedule, "Run now", "run"),
    schedule.enabled ? button(schedule, "Disable", "disable") : button(schedule, "Enable", "enable"));

function lastRun(schedule) {
  const run = schedule.runs.at(-1);
  return run ? [state(run.state), " ", h("span", {class: "quiet"}, clock(run.dueMs))] : "";
}

const schedules = new Table([
  {title: "Schedule", class: "wide", cell: (one) => [h("strong", {class: "name"}, one.name), h("span", {class: "id"}, `${one.jobName}, ${one.output || "no output"}`)]},
  {title: "Owner", class: "whole", cell: (one) => one.owner},
  {title: "When", cell: (one) => [h("code", {}, one.cron), h("span", {class: "id"}, one.zone)]},
  {title: "Next", class: "whole", cell: (one) => (one.enabled ? clock(one.nextMs) || "never" : "disabled")},
  {title: "Last", cell: lastRun},
  {title: "Policies", class: "extra", cell: (one) => `overlap ${one.overlap}, missed ${one.missed}`},
  {title: "Change", cell: buttons},
], {key: (one) => one.name, caption: "Schedules", empty: "There is no schedule. mr schedule add makes one."});

const runs = new Table([
  {title: "Schedule", cell: (run) => run.schedule},
  {title: "Run", class: "number", cell: (run) => run.number},
  {title: "Due", class: "whole", cell: (run) => clock(run.dueMs) + (run.byHand ? ", by hand" : "")},
  {title: "State", cell: (run) => [state(run.state), run.count ? ` ${run.count} times` : ""]},
  {title: "Job", cell: (run) => (run.jobId ? link(`/jobs/${encodeURIComponent(run.jobId)}`, run.jobId) : "")},
  {title: "Took", class: "number", cell: (run) => (run.startMs && run.endMs ? duration(run.endMs - run.startMs) : "")},
  {title: "Why", class: "wide", cell: (run) => (run.message ? h("span", {class: "reason"}, run.message) : "")},
], {key: (run) => `${run.schedule} ${run.number}`, caption: "Runs", empty: "Nothing has run yet."});

page.add(h("h1", {}, "Schedules"), h("div", {class: "controls"}, h("label", {for: "user"}, "Your user name"), user), answer,
    schedules.element, section("runs", "Last runs", runs.element));
page.follow("schedules", "/api/schedules", (list) => {
  schedules.update(list.schedules);
  runs.update(list.schedules.flatMap((one) => one.runs.slice(-RUNS_SHOWN).map((run) => ({...run, schedule: one.name})))
      .sort((a, b) => b.dueMs - a.dueMs));
});

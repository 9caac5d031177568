// One task and its attempts.

import {h, link, show} from "./dom.js";
import {failure} from "./failures.js";
import {bar, bytes, clock, count, duration, now, percent, state} from "./format.js";
import {Page, section} from "./page.js";

const id = decodeURIComponent(location.pathname.split("/").pop());
const job = id.replace(/^task_(\d+_\d+)_.*$/, "job_$1");
const page = new Page("jobtracker", id);
const head = h("div", {class: "head"});
const attempts = h("div");
const counters = h("div", {class: "counters"});
page.add(h("p", {}, h("a", {href: `/jobs/${encodeURIComponent(job)}`}, `Job ${job}`)), head,
    section("attempts", "Attempts", attempts), section("counters", "Counters", counters));

const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : []);
const LOCALITY = {node: "beside its data", rack: "in the rack of its data", other: "far from its data"};

function logs(attempt) {
  const file = (name) => link(`${attempt.trackerUrl}/tasklog?attemptid=${encodeURIComponent(attempt.attemptId)}&file=${name}`, name);
  return h("p", {}, "Logs: ", file("stdout"), ", ", file("stderr"));
}

function article(attempt) {
  return h("article", {class: "attempt"},
      h("h3", {}, state(attempt.state), " ", h("span", {class: "id"}, attempt.attemptId)),
      bar(attempt.progress, attempt.state === "running" ? `${attempt.phase} ${percent(attempt.progress)}` : percent(attempt.progress),
          attempt.kind || "map"),
      h("dl", {class: "facts wide"},
          fact("Node", link(attempt.trackerUrl, attempt.tracker.replace(/^tracker_/, ""))),
          fact("Ran", LOCALITY[attempt.locality]),
          fact("Started", clock(attempt.startMs)),
          fact("Took", attempt.startMs ? duration((attempt.endMs || now()) - attempt.startMs) : ""),
          fact("Records", attempt.records ? count(attempt.records) : ""), fact("Bytes", attempt.bytes ? bytes(attempt.bytes) : ""),
          fact("Memory", attempt.peakBytes ? bytes(attempt.peakBytes) : ""), fact("CPU", attempt.cpuMs ? duration(attempt.cpuMs) : ""),
          fact("Says", attempt.statusText), fact("", attempt.speculative ? "speculative" : "")),
      attempt.failure && failure(attempt.failure), logs(attempt));
}

page.follow("task", `/api/tasks/${encodeURIComponent(id)}`, (task) => {
  show(head, h("h1", {}, `${task.kind} task`), h("p", {}, state(task.state), " ", h("span", {class: "id"}, id)),
      task.waiting ? h("p", {class: "waits"}, task.waiting.text) : "",
      h("dl", {class: "facts wide"}, fact("Input", task.bytes ? bytes(task.bytes) : ""), fact("Data lies on", task.hosts.join(", "))));
  show(attempts, task.attempts.length ? [...task.attempts].reverse().map(article) : h("p", {class: "quiet"}, "None yet."));
  const done = task.attempts.find((attempt) => attempt.counters);
  show(counters, done ? done.counters.map((group) => h("table", {}, h("caption", {}, group.title),
      h("tbody", {}, group.counters.map((counter) => h("tr", {}, h("th", {scope: "row"}, counter.title),
          h("td", {class: "number"}, count(counter.value))))))) : h("p", {class: "quiet"}, "None yet."));
});

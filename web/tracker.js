// A tasktracker: what runs on it, what it keeps and what it sends.

import {Table, h, link, show} from "./dom.js";
import {bar, bytes, clock, count, duration, now, percent, state} from "./format.js";
import {Page, section} from "./page.js";

const page = new Page("tasktracker", "Tasktracker");
const head = h("div", {class: "head"});
const tiles = h("div", {class: "tiles"});
const remarks = h("div");
const shuffle = h("dl", {class: "facts wide"});
const log = (attempt, file) => link(`/tasklog?attemptid=${encodeURIComponent(attempt.attemptId)}&file=${file}`, file);
const attempts = new Table([
  {title: "Attempt", cell: (attempt) => h("strong", {class: "id"}, attempt.attemptId)},
  {title: "State", cell: (attempt) => state(attempt.state)},
  {title: "Progress", cell: (attempt) => bar(attempt.progress, `${attempt.phase} ${percent(attempt.progress)}`, attempt.kind)},
  {title: "Since", class: "number", cell: (attempt) => (attempt.startMs ? duration((attempt.endMs || now()) - attempt.startMs) : "")},
  {title: "Memory", class: "number", cell: (attempt) => (attempt.peakBytes ? bytes(attempt.peakBytes) +
      (attempt.memoryLimitBytes ? ` of ${bytes(attempt.memoryLimitBytes)}` : "") : "")},
  {title: "CPU", class: "number", cell: (attempt) => (attempt.cpuMs ? duration(attempt.cpuMs) : "")},
  {title: "Process", class: "number", cell: (attempt) => (attempt.processId ? String(attempt.processId) : "")},
  {title: "Logs", cell: (attempt) => [log(attempt, "stdout"), " ", log(attempt, "stderr")]},
  {title: "Remarks", class: "wide", cell: (attempt) => [attempt.mapsMissing ? `waits for the output of ${count(attempt.mapsMissing)} maps` :
      attempt.statusText || ""]},
], {key: (attempt) => attempt.attemptId, caption: "Attempts", empty: "Nothing runs here."});
const jobs = new Table([
  {title: "Job", class: "wide", cell: (job) => [h("strong", {class: "name"}, job.name || job.jobId), h("span", {class: "id"}, job.jobId)]},
  {title: "User", cell: (job) => job.user},
  {title: "Attempts", class: "number", cell: (job) => count(job.attempts)},
  {title: "Outputs kept", class: "number", cell: (job) => count(job.outputsKept)},
  {title: "On disk", class: "number", cell: (job) => bytes(job.outputBytes)},
  {title: "Zygote", class: "number", cell: (job) => (job.zygoteProcess ? String(job.zygoteProcess) : "none")},
], {key: (job) => job.jobId, caption: "Jobs", empty: "No job has anything here."});

page.add(head, tiles, remarks, section("attempts", "Attempts", attempts.element), section("jobs", "Jobs", jobs.element),
    section("shuffle", "Shuffle", shuffle));

const fact = (name, value) => [h("dt", {}, name), h("dd", {}, value)];
const tile = (title, value, more) => h("div", {class: "tile"}, h("h2", {}, title), h("p", {class: "big"}, value), more);

page.follow("tracker", "/api/tracker", (tracker) => {
  page.title(tracker.host || tracker.name);
  show(head, h("h1", {}, tracker.host || tracker.name), h("p", {class: "quiet"}, `of the jobtracker ${tracker.jobtracker}, since ${clock(tracker.startMs)}`));
  const running = (kind) => tracker.attempts.filter((one) => one.state === "running" && (one.kind === "reduce") === (kind === "reduce")).length;
  const slots = (title, kind, all) => tile(title, `${running(kind)} of ${all}`, bar(all ? running(kind) / all : 0, "", kind));
  show(tiles, slots("Map slots", "map", tracker.mapSlots), slots("Reduce slots", "reduce", tracker.reduceSlots),
      tile("Attempts", count(tracker.attemptsTotal), h("p", {class: "quiet"},
          `${count(tracker.succeededTotal)} succeeded, ${count(tracker.failedTotal)} failed, ${count(tracker.killedTotal)} killed`)),
      tile("Free disk", bytes(tracker.freeDiskBytes), h("p", {class: "quiet"}, "for local files")));
  show(remarks, tracker.memoryWatch ? h("p", {class: "quiet"}, `Limits of attempts' memory are watched ${tracker.memoryWatch}.`) : "",
      tracker.waitingFor ? h("p", {class: "waits"}, tracker.waitingFor) : "",
      tracker.troubles.map((line) => h("p", {class: "problem"}, line)));
  attempts.update(tracker.attempts);
  jobs.update(tracker.jobs);
  show(shuffle, fact("Served", `${bytes(tracker.shuffle.servedBytes)}, ${count(tracker.shuffle.servedOutputs)} outputs`),
      fact("Fetched", `${bytes(tracker.shuffle.fetchedBytes)}, ${count(tracker.shuffle.fetchedOutputs)} outputs`),
      fact("Connections", `${count(tracker.shuffle.connections)} from others, ${count(tracker.shuffle.refused)} were refused`),
      fact("Failures", `${count(tracker.shuffle.fetchFailures)} fetches, ${count(tracker.shuffle.fetchDamaged)} damaged`),
      fact("Wait", `${count(tracker.shuffle.fetchWaiting)} outputs`));
});

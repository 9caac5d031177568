// Jobs as a table, on several pages.

import {Table, h, link} from "./dom.js";
import {bar, clock, duration, now, percent, state} from "./format.js";

function progress(job) {
  const parts = [bar(job.mapProgress, `map ${percent(job.mapProgress)}`, "map")];
  if (job.reduces > 0) parts.push(bar(job.reduceProgress, `reduce ${percent(job.reduceProgress)}`, "reduce"));
  return h("span", {class: "stack"}, parts);
}

function reason(job) {
  if (job.failure) return h("span", {class: "reason"}, job.failure);
  if (job.waiting.length === 0) return "";
  const first = job.waiting[0];
  return h("span", {class: "reason"}, (first.tasks ? `${first.tasks} wait: ` : "") + first.text);
}

export function jobTable(empty, caption) {
  return new Table([
    {title: "Job", class: "wide", cell: (job) => [h("strong", {class: "name"}, link(`/jobs/${encodeURIComponent(job.jobId)}`, job.jobName || job.jobId)),
      h("span", {class: "id"}, job.jobId)]},
    {title: "State", cell: (job) => state(job.state)},
    {title: "Progress", cell: progress},
    {title: "User", class: "whole", cell: (job) => job.user},
    {title: "Queue", cell: (job) => job.queue + (job.priority === "normal" ? "" : `, ${job.priority.replace("_", " ")}`)},
    {title: "Submitted", class: "whole extra", cell: (job) => clock(job.submitMs)},
    {title: "Took", class: "number", cell: (job) => duration((job.endMs || now()) - job.submitMs)},
    {title: "Why", class: "wide", cell: reason},
  ], {key: (job) => job.jobId, caption, empty});
}

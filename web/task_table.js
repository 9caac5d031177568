// The tasks of a job: by kind and state, sorted, page by page.

import {Table, h, link} from "./dom.js";
import {bar, bytes, count, duration, now, percent, state} from "./format.js";
import {Pager, choice} from "./page.js";

const COUNT = 25;
const LOCALITY = {node: "same node", rack: "same rack", other: "other rack"};
const last = (task) => task.attempts[task.attempts.length - 1];

function attempts(task) {
  const failed = task.attempts.filter((attempt) => attempt.state === "failed").length;
  return [count(task.attempts.length), failed > 0 && h("span", {class: "bad"}, `, ${failed} failed`)];
}

function remark(task) {
  const attempt = last(task);
  if (task.waiting) return h("span", {class: "reason"}, task.waiting.text);
  if (attempt && attempt.failure) return h("span", {class: "reason"}, attempt.failure.message);
  if (attempt && attempt.statusText) return attempt.statusText;
  return attempt && attempt.speculative ? "speculative" : "";
}

export class TaskTable {
  constructor(page, job) {
    this.page = page;
    this.job = job;
    this.kind = location.hash === "#tasks-reduce" ? "reduce" : "map";
    this.state = "";
    this.order = {sort: "number", descending: false};
    this.pager = new Pager(COUNT, () => this.follow());
    this.table = new Table([
      {title: "Task", sort: "number", class: "whole", cell: (task) => h("strong", {}, link(`/tasks/${encodeURIComponent(task.taskId)}`,
          task.taskId.replace(/^task_\d+_\d+_/, "")))},
      {title: "State", sort: "state", cell: (task) => state(task.state)},
      {title: "Progress", sort: "progress", cell: (task) => bar(task.progress, percent(task.progress), task.kind)},
      {title: "Node", sort: "tracker", class: "whole", cell: (task) => (last(task) ? last(task).tracker.replace(/^tracker_|:50060$/g, "") : "")},
      {title: "Data", class: "whole extra", cell: (task) => (last(task) && LOCALITY[last(task).locality]) || ""},
      {title: "Took", sort: "duration", class: "number", cell: (task) => (last(task) && last(task).startMs ?
          duration((last(task).endMs || now()) - last(task).startMs) : "")},
      {title: "Read", class: "number extra", cell: (task) => (last(task) && last(task).bytes ? bytes(last(task).bytes) : "")},
      {title: "Memory", class: "number extra", cell: (task) => (last(task) && last(task).peakBytes ? bytes(last(task).peakBytes) : "")},
      {title: "Attempts", sort: "attempts", class: "number", cell: attempts},
      {title: "Why", class: "wide", cell: remark},
    ], {
      key: (task) => task.taskId, caption: "Tasks", empty: "No task is like that.", order: () => this.order,
      onsort: (sort) => {
        this.order = {sort, descending: this.order.sort === sort && !this.order.descending};
        this.again();
      },
    });
    this.text = h("input", {type: "search", id: "task-text", placeholder: "Id or node", autocomplete: "off", oninput: () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.again(), 250);
    }});
    this.note = h("p", {class: "quiet"});
    this.element = h("div", {}, h("div", {class: "controls"},
        this.kinds = choice("Kind", [["map", "Maps"], ["reduce", "Reduces"], ["", "All"]], this.kind, (kind) => {
          this.kind = kind;
          this.again();
        }),
        choice("State", [["", "All"], ["pending", "Pending"], ["running", "Running"], ["succeeded", "Succeeded"],
          ["failing", "With failures"]], this.state, (word) => {
          this.state = word;
          this.again();
        }), h("label", {for: "task-text"}, "Search"), this.text), this.table.element, this.pager.element, this.note);
    this.follow();
  }

  // A job in one worker has neither maps nor reduces of its own.
  showAll() {
    this.kinds.lastElementChild.click();
  }

  again() {
    this.pager.from = 0;
    this.follow();
  }

  follow() {
    const query = new URLSearchParams({kind: this.kind, state: this.state, q: this.text.value, sort: this.order.sort,
      order: this.order.descending ? "desc" : "asc", from: this.pager.from, count: COUNT});
    this.page.follow("tasks", `/api/jobs/${encodeURIComponent(this.job)}/tasks?${query}`, (list) => {
      this.table.update(list.tasks);
      this.pager.update(list.total);
      this.note.textContent = list.lookedAt < list.total ? `Of the first ${count(list.lookedAt)} tasks.` : "";
    });
  }
}

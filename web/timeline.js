// The attempts of a job over time: a lane for each slot of a tracker, a bar for each attempt. Arrow keys go from bar to bar,
// Enter opens the task.

import {h, show, svg} from "./dom.js";
import {duration, now} from "./format.js";

const LANE = 12;
const BAR = 9;
const HEAD = 22;
const AXIS = 20;
const STEPS_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200,
  21600, 86400];
const LEGEND = [["map", "map"], ["shuffle", "shuffle"], ["sort", "sort"], ["reduce", "reduce"], ["other", "commit and others"],
  ["failed", "failed"], ["killed", "killed"], ["speculative", "speculative"]];

const taskOf = (attempt) => attempt.replace(/^attempt_/, "task_").replace(/_\d+$/, "");

export class Timeline {
  constructor() {
    this.picture = svg("svg", {class: "lanes", role: "group", "aria-label": "Attempts over time; arrow keys go from one to the next",
      tabindex: "0", onkeydown: (event) => this.key(event), onclick: (event) => this.click(event),
      onpointermove: (event) => this.point(event), onfocus: () => this.choose(this.chosen || (this.bars[0] && this.bars[0].id))});
    this.text = h("p", {class: "chosen", role: "status"}, "Point at a bar, or go through them by arrow keys.");
    this.note = h("p", {class: "quiet"});
    this.scroller = h("div", {class: "timeline"}, this.picture);
    this.element = h("div", {}, h("ul", {class: "legend"}, LEGEND.map(([kind, name]) => h("li", {},
        h("span", {class: `swatch ${kind}`, "aria-hidden": "true"}), name))), this.scroller, this.text, this.note);
    this.groups = new Map();
    this.bars = [];
    this.chosen = null;
    this.origin = 0;
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  update(state, origin, ended) {
    this.state = state;
    this.origin = origin;
    this.ended = ended;
    this.bars = state.bars;
    this.draw();
  }

  draw() {
    if (!this.state) return;
    const width = Math.max(280, this.scroller.clientWidth);
    const starts = this.bars.map((bar) => bar.start);
    const begin = Math.min(this.origin || Infinity, ...starts);
    const end = this.ended || Math.max(begin + 1, ...this.bars.map((bar) => bar.end || now()));
    const scale = (width - 8) / Math.max(1, end - begin);
    const x = (ms) => 4 + (ms - begin) * scale;
    const tops = [];
    const heads = [];
    let y = AXIS;
    let last = null;
    for (const lane of this.state.lanes) {
      if (lane.tracker !== last) {
        heads.push([y, lane.tracker]);
        y += HEAD;
        last = lane.tracker;
      } else if (lane.kind === "reduce" && lane.slot === 0) {
        y += 3;
      }
      tops.push(y);
      y += LANE;
    }
    const height = y + 6;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.picture.setAttribute("width", width);
    this.picture.setAttribute("height", height);
    this.frame(width, height, begin, end, x, heads);
    const seen = new Set();
    for (const bar of this.bars) {
      seen.add(bar.id);
      this.place(bar, x, tops[bar.lane], end);
    }
    for (const [id, group] of this.groups) {
      if (seen.has(id)) continue;
      group.remove();
      this.groups.delete(id);
    }
    show(this.note, this.state.leftOut ? `${this.state.leftOut} attempts are not drawn; those that failed or took longest are.` :
        this.bars.length ? "" : "No attempt has started yet.");
  }

  frame(width, height, begin, end, x, heads) {
    const seconds = (end - begin) / 1000;
    const step = STEPS_S.find((one) => seconds / one <= width / 90) || 86400;
    const parts = [];
    for (let s = 0; s <= seconds; s += step) {
      const at = x(begin + 1000 * s);
      parts.push(svg("line", {x1: at, x2: at, y1: AXIS - 4, y2: height, class: "grid"}));
      if (at < width - 40) parts.push(svg("text", {x: at + 3, y: 12, class: "tick"}, s === 0 ? "0" : duration(1000 * s)));
    }
    for (const [y, tracker] of heads) parts.push(svg("text", {x: 4, y: y + 15, class: "tracker"}, tracker.replace(/^tracker_/, "")));
    const frame = svg("g", {class: "frame"}, parts);
    if (this.backdrop && this.backdrop.isEqualNode(frame)) return;
    if (this.backdrop) this.backdrop.replaceWith(frame);
    else this.picture.prepend(frame);
    this.backdrop = frame;
  }

  place(bar, x, y, end) {
    const stop = bar.end || Math.min(now(), end);
    const piece = (kind, from, to) => svg("rect", {class: kind, x: x(from).toFixed(1), y, height: BAR,
      width: Math.max(1.5, x(to) - x(from)).toFixed(1), rx: 1.5});
    const pieces = [];
    if (bar.kind === "reduce") {
      const shuffled = bar.shuffled || stop;
      const sorted = bar.sorted || stop;
      pieces.push(piece("shuffle", bar.start, shuffled));
      if (bar.shuffled) pieces.push(piece("sort", shuffled, sorted));
      if (bar.sorted) pieces.push(piece("reduce", sorted, stop));
    } else {
      pieces.push(piece(bar.kind === "map" ? "map" : "other", bar.start, stop));
    }
    const group = svg("g", {class: `bar ${bar.state}${bar.speculative ? " speculative" : ""}${bar.id === this.chosen ? " at" : ""}`,
      "data-id": bar.id}, pieces);
    const old = this.groups.get(bar.id);
    if (old && old.isEqualNode(group)) return;
    if (old) old.replaceWith(group);
    else this.picture.append(group);
    this.groups.set(bar.id, group);
  }

  choose(id) {
    const bar = this.bars.find((one) => one.id === id);
    if (!bar) return;
    if (this.chosen && this.groups.get(this.chosen)) this.groups.get(this.chosen).classList.remove("at");
    this.chosen = id;
    const group = this.groups.get(id);
    if (group) group.classList.add("at");
    const lane = this.state.lanes[bar.lane];
    const words = [bar.kind, bar.state, `${duration((bar.end || now()) - bar.start)} on ${lane.tracker.replace(/^tracker_/, "")}`];
    if (bar.locality) words.push({node: "beside its data", rack: "in the rack of its data", other: "far from its data"}[bar.locality] ||
        "without data to be near to");
    if (bar.speculative) words.push("speculative");
    show(this.text, h("a", {href: `/tasks/${encodeURIComponent(taskOf(id))}`}, id), ` ${words.join(", ")}`);
  }

  key(event) {
    const at = this.bars.findIndex((bar) => bar.id === this.chosen);
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (step && this.bars.length) {
      event.preventDefault();
      this.choose(this.bars[Math.max(0, Math.min(this.bars.length - 1, at + step))].id);
    } else if (event.key === "Enter" && this.chosen) {
      location.href = `/tasks/${encodeURIComponent(taskOf(this.chosen))}`;
    }
  }

  under(event) {
    const group = event.target.closest ? event.target.closest(".bar") : null;
    return group ? group.dataset.id : null;
  }
  point(event) {
    const id = this.under(event);
    if (id) this.choose(id);
  }
  click(event) {
    const id = this.under(event);
    if (id) this.choose(id);
  }
}

// Bytes along each edge of a job, as a stream that grows and shrinks: split, map, combine, spill, shuffle, reduce, output.

import {h, show, svg} from "./dom.js";
import {bytes, count, short} from "./format.js";

const STAGES = [
  ["splitBytes", "split", "read from the inputs"],
  ["mapBytes", "map", "emitted by mappers"],
  ["combineBytes", "combine", "left after combining"],
  ["spillBytes", "spill", "written to local disks"],
  ["shuffleBytes", "shuffle", "fetched by reduces"],
  ["reduceBytes", "reduce", "handed to reducers"],
  ["outputBytes", "output", "written as output"],
];
const HEIGHT = 120;

// The outline of the stream: at the middle of each stage as high as its bytes, in between a smooth curve.
function outline(values, width) {
  const most = Math.max(1, ...values);
  const step = width / values.length;
  const half = (value) => Math.max(value > 0 ? 1 : 0.3, (HEIGHT / 2) * (value / most));
  const points = values.map((value, i) => [step * (i + 0.5), half(value)]);
  points.unshift([0, points[0][1]]);
  points.push([width, points[points.length - 1][1]]);
  const side = (list, sign) => list.slice(1).map(([x, y], i) => {
    const [x0, y0] = list[i];
    const middle = (x0 + x) / 2;
    return `C${middle} ${HEIGHT / 2 + sign * y0} ${middle} ${HEIGHT / 2 + sign * y} ${x} ${HEIGHT / 2 + sign * y}`;
  }).join("");
  const back = [...points].reverse();
  return `M0 ${HEIGHT / 2 - points[0][1]}${side(points, -1)}L${width} ${HEIGHT / 2 + back[0][1]}${side(back, 1)}Z`;
}

export class Flow {
  constructor() {
    this.element = h("div", {class: "flow"});
    this.facts = h("p", {class: "quiet"});
    this.ledger = null;
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  update(ledger) {
    this.ledger = ledger;
    this.draw();
    const rate = ledger.inputRecords ? ledger.mapRecords / ledger.inputRecords : 0;
    show(this.facts, ledger.inputRecords === 0 ? "" : `${count(ledger.inputRecords)} records read, ` +
        `${rate.toFixed(rate < 10 ? 2 : 1)} pairs emitted for each (replication rate), ` +
        `${short(ledger.shuffledRecords)} pairs shuffled in ${short(ledger.groups)} groups, ` +
        `${short(ledger.outputRecords)} records written.`);
  }

  draw() {
    if (!this.ledger) return;
    const width = Math.max(280, this.element.clientWidth);
    const values = STAGES.map(([field]) => this.ledger[field] || 0);
    if (Math.max(...values) === 0) return show(this.element, h("p", {class: "quiet"}, "Nothing was sent yet."));
    show(this.element, width < 640 ? this.rows(values) : this.stream(values, width));
  }

  stream(values, width) {
    const step = width / STAGES.length;
    const picture = svg("svg", {viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true"},
        svg("path", {d: outline(values, width), class: "stream"}),
        STAGES.map((stage, i) => svg("line", {x1: step * (i + 0.5), x2: step * (i + 0.5), y1: 0, y2: HEIGHT, class: "mark"})));
    return [picture, h("ol", {class: "stages"}, STAGES.map(([, name, means], i) => h("li", {}, h("strong", {}, name),
        h("span", {class: "amount"}, bytes(values[i])), h("span", {class: "quiet"}, means))))];
  }

  rows(values) {
    const most = Math.max(...values);
    return h("ol", {class: "stages rows"}, STAGES.map(([, name, means], i) => h("li", {}, h("strong", {}, name),
        h("span", {class: "amount"}, bytes(values[i])),
        h("span", {class: "track", "aria-hidden": "true"},
            h("span", {class: "fill", style: {width: `${(100 * values[i]) / most}%`}})),
        h("span", {class: "quiet"}, means))));
  }
}

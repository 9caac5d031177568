// Trackers as a table, on several pages.

import {h, link} from "./dom.js";
import {bar, bytes, count, duration, now, state} from "./format.js";

const slots = (used, all, kind) => bar(all ? used / all : 0, `${used} of ${all}`, kind);

function remarks(node) {
  const lines = [node.reason, ...node.troubles, node.idle].filter(Boolean);
  return lines.map((line) => h("span", {class: "reason"}, line));
}

// Exact while it is fresh would change each second for nothing.
function age(ms) {
  const silent = now() - ms;
  return silent < 5000 ? "just now" : `${duration(Math.round(silent / 1000) * 1000)} ago`;
}

export function nodeColumns() {
  return [
    {title: "Node", cell: (node) => h("strong", {class: "name"}, link(`http://${node.host}:${node.httpPort}/`, node.host))},
    {title: "State", cell: (node) => state(node.state)},
    {title: "Maps", cell: (node) => slots(node.runningMaps, node.mapSlots, "map")},
    {title: "Reduces", cell: (node) => slots(node.runningReduces, node.reduceSlots, "reduce")},
    {title: "Heard of", class: "whole", cell: (node) => age(node.lastReportMs)},
    {title: "Free disk", class: "number", cell: (node) => bytes(node.freeDiskBytes)},
    {title: "Failures", class: "number", cell: (node) => count(node.failures)},
    {title: "Remarks", class: "wide", cell: remarks},
  ];
}

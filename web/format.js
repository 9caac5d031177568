// Numbers and times for people.

import {h} from "./dom.js";

const counts = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const shorts = new Intl.NumberFormat("en", {notation: "compact", maximumFractionDigits: 1});

export const count = (n) => counts.format(n || 0);
export const short = (n) => shorts.format(n || 0);
export const percent = (part) => `${Math.floor(100 * Math.max(0, Math.min(1, part || 0)))} %`;

export function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  let value = n || 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function duration(ms) {
  if (ms === undefined || ms === null || Number.isNaN(ms)) return "";
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min ${Math.floor(s % 60)} s`;
  const hours = Math.floor(m / 60);
  return hours < 48 ? `${hours} h ${m % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const two = (n) => String(n).padStart(2, "0");
export function clock(ms) {
  if (!ms) return "";
  const at = new Date(ms);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

// The server's time, since durations of what runs are reckoned from its instants. Its Date header is exact to a second,
// so small differences are left alone.
let offset = 0;
export async function learnServerTime() {
  const answer = await fetch("/isActive", {cache: "no-store"});
  const date = Date.parse(answer.headers.get("Date") || "");
  if (date && Math.abs(date + 500 - Date.now()) > 2000) offset = date + 500 - Date.now();
}
export const now = () => Date.now() + offset;

// "running" and the like as a label of that colour.
export const state = (word) => h("span", {class: `state ${/^[a-z_]+$/.test(word || "") ? word : ""}`}, (word || "").replace("_", " "));

// A bar for a part of a whole, with its text beside it.
export function bar(part, text, kind) {
  const width = `${(100 * Math.max(0, Math.min(1, part || 0))).toFixed(1)}%`;
  return h("span", {class: "meter"}, h("span", {class: "track", "aria-hidden": "true"},
      h("span", {class: `fill ${kind || ""}`, style: {width}})), h("span", {class: "amount"}, text));
}

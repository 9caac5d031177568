// All jobs, with search.

import {h} from "./dom.js";
import {jobTable} from "./jobs_table.js";
import {Page, Pager, choice} from "./page.js";

const COUNT = 50;
const page = new Page("jobtracker", "Jobs");
const table = jobTable("No job is like that.", "Jobs");
const wanted = new URLSearchParams(location.search);
let state = wanted.get("state") || "";
const text = h("input", {type: "search", id: "text", placeholder: "Name, id or user", value: wanted.get("q") || "",
  autocomplete: "off", oninput: () => search()});
const pager = new Pager(COUNT, () => follow());
const STATES = [["", "All"], ["running", "Running"], ["waiting", "Waiting"], ["succeeded", "Succeeded"],
  ["failed", "Failed"], ["killed", "Killed"]];

function follow() {
  const query = new URLSearchParams({state, q: text.value, from: pager.from, count: COUNT});
  page.follow("jobs", `/api/jobs?${query}`, (list) => {
    table.update(list.jobs);
    pager.update(list.total);
  });
  const address = new URLSearchParams();
  if (state) address.set("state", state);
  if (text.value) address.set("q", text.value);
  history.replaceState(null, "", address.size ? `/jobs?${address}` : "/jobs");
}

let timer = 0;
function search() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    pager.from = 0;
    follow();
  }, 250);
}

page.add(h("h1", {}, "Jobs"),
    h("div", {class: "controls"}, h("label", {for: "text"}, "Search"), text, choice("State", STATES, state, (value) => {
      state = value;
      pager.from = 0;
      follow();
    })), table.element, pager.element);
follow();

// One job: what it does, what it waits for, what failed, what it sent where.

import {groupSizes} from "./charts.js";
import {Table, h, show} from "./dom.js";
import {failureGroups} from "./failures.js";
import {Flow} from "./flow.js";
import {bar, bytes, clock, count, duration, now, percent, state} from "./format.js";
import {KillDialog} from "./kill.js";
import {Page, section} from "./page.js";
import {TaskTable} from "./task_table.js";
import {Timeline} from "./timeline.js";

const id = decodeURIComponent(location.pathname.split("/").pop());
const api = `/api/jobs/${encodeURIComponent(id)}`;
const page = new Page("jobtracker", id);
const head = h("div", {class: "head"});
const kill = new KillDialog(api);
const facts = h("dl", {class: "facts wide"});
const phases = h("div", {class: "phases"});
const waiting = h("div");
const failures = section("failures", "What failed");
const failed = h("div");
failures.append(failed);
failures.hidden = true;
const timeline = new Timeline();
const flow = new Flow();
const tasks = new TaskTable(page, id);
let whole = false;
const groups = h("div");
const counters = h("div", {class: "counters"});
const conf = h("div");

page.add(head, kill.element, phases, waiting, facts, failures,
    section("timeline", "Attempts over time", timeline.element),
    section("tasks", "Tasks", tasks.element),
    section("flow", "Bytes along each edge", flow.element, flow.facts),
    section("groups", "Sizes of groups", groups),
    section("counters", "Counters", counters),
    section("conf", "Configuration", conf));

const fact = (name, value) => (value === "" || value === undefined ? [] : [h("dt", {}, name), h("dd", {}, value)]);
const amount = (done, all, running) => `${count(done)} of ${count(all)} done` + (running ? `, ${count(running)} run` : "");

function showStatus(status, progress, ledger) {
  const over = Boolean(status.endMs);
  // While maps run their own figures tell, afterwards the sums.
  const read = status.bytes || ledger.splitBytes;
  const records = status.records || ledger.inputRecords;
  page.title(status.jobName || id);
  show(head, h("h1", {class: "name"}, status.jobName || id), h("p", {}, state(status.state), " ", h("span", {class: "id"}, id),
      over ? "" : kill.button));
  const phase = (name, part, kind) => h("div", {class: "phase"}, h("span", {class: "label"}, name), bar(part, percent(part), kind));
  show(phases, phase("Map", progress.map, "map"), status.reduces > 0 ? [phase("Shuffle", progress.shuffle, "shuffle"),
    phase("Sort", progress.sort, "sort"), phase("Reduce", progress.reduce, "reduce")] : "");
  show(waiting, status.failure ? h("p", {class: "problem"}, status.failure) : "",
      status.waiting.map((reason) => h("p", {class: "waits"}, reason.tasks ? `${count(reason.tasks)} tasks wait: ` : "", reason.text)));
  show(facts,
      fact("Maps", amount(status.mapsDone, status.maps, status.mapsRunning)),
      fact("Reduces", status.reduces ? amount(status.reducesDone, status.reduces, status.reducesRunning) : "none"),
      fact("Attempts", [status.attemptsFailed && `${count(status.attemptsFailed)} failed`,
        status.attemptsKilled && `${count(status.attemptsKilled)} killed`].filter(Boolean).join(", ")),
      fact("Input", bytes(status.inputBytes)),
      fact("Read", [read && bytes(read), records && `${count(records)} records`].filter(Boolean).join(", ")),
      fact("User", status.user),
      fact("Queue", `${status.queue}, priority ${status.priority.replace("_", " ")}`),
      fact("Submitted", clock(status.submitMs)),
      fact("Waited", status.startMs ? duration(status.startMs - status.submitMs) : duration(now() - status.submitMs)),
      fact("Took", status.startMs ? duration((status.endMs || now()) - status.startMs) : ""),
      fact("Runs in", status.whole ? "one worker" : ""),
      fact("Output", status.output));
}

let origin = 0;
let ended = 0;
let attempts = null;
page.follow("job", api, (job) => {
  origin = job.status.submitMs;
  ended = job.status.endMs;
  if (job.status.whole && !whole) tasks.showAll();
  whole = job.status.whole;
  showStatus(job.status, job.phases, job.ledger);
  const warnings = (job.warnings || []).map((line) => h("p", {class: "waits"}, line));
  failures.hidden = job.failures.length === 0 && warnings.length === 0;
  show(failed, warnings, failureGroups(job.failures));
  flow.update(job.ledger);
  show(groups, groupSizes(job.ledger));
  if (attempts) timeline.update(attempts, origin, ended);
});
page.follow("timeline", `${api}/timeline`, (state) => {
  attempts = state;
  timeline.update(attempts, origin, ended);
});

page.follow("counters", `${api}/counters`, (all) => show(counters, all.groups.length === 0 ?
    h("p", {class: "quiet"}, "None yet.") : all.groups.map((group) => h("table", {}, h("caption", {}, group.title),
    h("tbody", {}, group.counters.map((counter) => h("tr", {}, h("th", {scope: "row"}, counter.title),
        h("td", {class: "number"}, count(counter.value)))))))));

function showConf(spec) {
  const table = new Table([
    {title: "Name", cell: (property) => h("code", {}, property.name)},
    {title: "Value", class: "wide", cell: (property) => h("code", {}, property.value)},
  ], {key: (property) => property.name, caption: "Configuration", empty: "Nothing is like that."});
  const text = h("input", {type: "search", id: "conf-text", placeholder: "Part of a name or value", autocomplete: "off",
    oninput: () => update()});
  const all = [...spec.options.map((one) => ({name: `option ${one.name}`, value: one.value})), ...spec.config];
  const update = () => table.update(all.filter((one) => `${one.name} ${one.value}`.toLowerCase().includes(text.value.toLowerCase())));
  show(conf, h("dl", {class: "facts wide"}, fact("Job within the plugin", spec.entry), fact("Plugin", spec.pack.plugin),
      fact("Pack", `${spec.pack.path}, ${bytes(spec.pack.bytes)}`), fact("Inputs", spec.inputs.join(", "))),
  h("div", {class: "controls"}, h("label", {for: "conf-text"}, "Search"), text), table.element);
  update();
}
fetch(`${api}/conf`, {headers: {Accept: "application/json"}}).then(async (answer) => {
  if (answer.ok) showConf(await answer.json());
}).catch(() => {});

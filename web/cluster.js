// The first page of the jobtracker: the cluster at a glance.

import {Table, h, show} from "./dom.js";
import {bar, clock, count} from "./format.js";
import {jobTable} from "./jobs_table.js";
import {nodeColumns} from "./nodes_table.js";
import {Page, section} from "./page.js";

const page = new Page("jobtracker", "Cluster");
const tiles = h("div", {class: "tiles"});
const active = jobTable("Nothing runs and nothing waits.", "Jobs that run or wait");
const recent = jobTable("No job has ended yet.", "Jobs that ended lately");
const queues = new Table([
  {title: "Queue", cell: (queue) => h("strong", {}, queue.name)},
  {title: "Tasks and fair share", cell: (queue) => bar(queue.fairShare ? queue.runningTasks / queue.fairShare : 0,
      queue.fairShare ? `${queue.runningTasks} of ${queue.fairShare.toFixed(1)}` : String(queue.runningTasks),
      queue.fairShare && queue.runningTasks > queue.fairShare ? "over" : "")},
  {title: "Running", class: "number", cell: (queue) => count(queue.runningJobs)},
  {title: "Waiting", class: "number", cell: (queue) => count(queue.waitingJobs)},
  {title: "Weight", class: "number", cell: (queue) => String(queue.weight)},
  {title: "At least", class: "number", cell: (queue) => count(queue.minShare)},
  {title: "State", cell: (queue) => queue.state},
], {key: (queue) => queue.name, caption: "Queues", empty: "There are no queues."});
const ill = new Table(nodeColumns(), {key: (node) => node.name, caption: "Nodes that need a look",
  empty: "All nodes are well."});

page.add(
    h("h1", {}, "Cluster"), tiles,
    section("active", "Running and waiting", active.element),
    section("queues", "Queues", queues.element),
    section("ill", "Nodes that need a look", ill.element, h("p", {}, h("a", {href: "/nodes"}, "All nodes"))),
    section("recent", "Ended lately", recent.element, h("p", {}, h("a", {href: "/jobs"}, "All jobs"))));

const tile = (title, value, more) => h("div", {class: "tile"}, h("h2", {}, title), h("p", {class: "big"}, value), more);

page.follow("cluster", "/api/cluster", (cluster) => {
  const live = cluster.trackers.filter((node) => node.state === "live");
  const sum = (field) => live.reduce((total, node) => total + node[field], 0);
  const slots = (kind, used, all) => tile(`${kind} slots`, `${used} of ${all}`,
      bar(all ? used / all : 0, "", kind.toLowerCase()));
  show(tiles,
      tile("Nodes", `${live.length} of ${cluster.trackers.length}`,
          h("p", {class: "quiet"}, live.length === cluster.trackers.length ? "all get work" :
              `${cluster.trackers.length - live.length} get none`)),
      slots("Map", sum("runningMaps"), sum("mapSlots")),
      slots("Reduce", sum("runningReduces"), sum("reduceSlots")),
      tile("Jobs", count(cluster.runningJobs), h("p", {class: "quiet"}, "run")),
      tile("Up since", clock(cluster.startMs).slice(0, 10),
          h("p", {class: "quiet"}, `version ${cluster.version}`)));
  queues.update(cluster.queues);
  ill.update(cluster.trackers.filter((node) => node.state !== "live" || node.troubles.length > 0));
});
page.follow("active", "/api/jobs?state=active&count=20", (list) => active.update(list.jobs));
page.follow("recent", "/api/jobs?state=finished&count=8", (list) => recent.update(list.jobs));

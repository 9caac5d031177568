// All trackers.

import {Table, h} from "./dom.js";
import {nodeColumns} from "./nodes_table.js";
import {Page, choice} from "./page.js";

const page = new Page("jobtracker", "Nodes");
const table = new Table(nodeColumns(), {key: (node) => node.name, caption: "Nodes", empty: "No node is like that."});
let wanted = "";
let nodes = [];
const update = () => table.update(nodes.filter((node) => !wanted || node.state === wanted));

page.add(h("h1", {}, "Nodes"), h("div", {class: "controls"}, choice("State", [["", "All"], ["live", "Live"],
  ["lost", "Lost"], ["blacklisted", "Blacklisted"], ["decommissioned", "Decommissioned"]], wanted, (value) => {
  wanted = value;
  update();
})), table.element);
page.follow("cluster", "/api/cluster", (cluster) => {
  nodes = cluster.trackers;
  update();
});

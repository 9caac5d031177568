// What went wrong, grouped by cause: what `mr why` prints.

import {h, link} from "./dom.js";
import {bytes, count} from "./format.js";

const WORDS = {user: "error in user code", crash: "crash", timeout: "no progress", memory: "over its memory",
  disk: "disk", input: "input", shuffle: "shuffle", tracker: "node", output: "output"};

const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : []);

// One failure in full; `headed`: its message stands above already.
export function failure(one, headed) {
  return [
    !headed && h("p", {class: "message"}, one.message),
    h("dl", {class: "facts"},
        fact("Input", one.file && (one.offset === undefined ? one.file : `${one.file}, at byte ${count(one.offset)}`)),
        fact("Record", one.record && h("code", {}, one.record)),
        fact("Memory", one.peakBytes && `${bytes(one.peakBytes)} at most`)),
    one.backTrace && h("details", {}, h("summary", {}, "Back trace"),
        h("ol", {class: "trace"}, one.backTrace.map((frame) => h("li", {}, h("code", {}, frame))))),
    one.stderrTail && h("details", {}, h("summary", {}, "Last lines of stderr"), h("pre", {}, one.stderrTail)),
  ];
}

const taskOf = (attempt) => attempt.replace(/^attempt_/, "task_").replace(/_\d+$/, "");

// Groups of failures, the most telling first.
export function failureGroups(groups) {
  return groups.map((group) => h("article", {class: "failure"},
      h("h3", {}, h("span", {class: "times"}, `${count(group.count)} ×`), " ", group.first.message,
          h("span", {class: "kind"}, WORDS[group.kind] || group.kind)),
      failure(group.first, true),
      h("ul", {class: "common"}, group.common.map((line) => h("li", {}, line))),
      h("p", {class: "quiet"}, `On ${group.trackers.length} ${group.trackers.length === 1 ? "node" : "nodes"}; first `,
          link(`/tasks/${encodeURIComponent(taskOf(group.attemptId))}`, group.attemptId), ".")));
}

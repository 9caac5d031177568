// How large the groups of a job were, and which was the largest.

import {h} from "./dom.js";
import {bytes, count, short} from "./format.js";

// 1, 2–3, 4–7, …: bucket i holds groups of 2^i to 2^(i+1)-1 pairs.
const range = (i) => (i === 0 ? "1" : `${short(2 ** i)}–${short(2 ** (i + 1) - 1)}`);

export function groupSizes(ledger) {
  if (!ledger.groups) return h("p", {class: "quiet"}, "No group has reached a reduce yet.");
  const most = Math.max(...ledger.groupHistogram);
  // On a scale of tens, since sizes of groups span them; an empty bucket has no bar.
  const part = (groups) => (groups === 0 ? 0 : (1 + Math.log10(groups)) / (1 + Math.log10(most)));
  const share = ledger.shuffledRecords ? ledger.largestGroupRecords / ledger.shuffledRecords : 0;
  return [
    h("p", {}, "The largest group has ", h("strong", {}, count(ledger.largestGroupRecords)),
        ` pairs (${bytes(ledger.largestGroupBytes)}, ${(100 * share).toFixed(share < 0.01 ? 2 : 0)} % of all pairs). Its key: `,
        h("code", {class: "key"}, ledger.largestGroupKey || "(empty)")),
    h("table", {class: "histogram"}, h("caption", {}, "Groups by number of pairs; the bars are on a logarithmic scale"),
        h("thead", {class: "unseen"}, h("tr", {}, h("th", {scope: "col"}, "Pairs"), h("th", {scope: "col"}, "Groups"))),
        h("tbody", {}, ledger.groupHistogram.map((groups, i) => h("tr", {}, h("th", {scope: "row"}, range(i)),
            h("td", {}, h("span", {class: "track", "aria-hidden": "true"},
                h("span", {class: "fill", style: {width: `${(100 * part(groups)).toFixed(1)}%`}})),
            h("span", {class: "amount"}, count(groups))))))),
  ];
}

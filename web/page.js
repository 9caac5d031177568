// What all pages have: the bar at the top, whether the page is live, and a line for problems.

import {h, show} from "./dom.js";
import {learnServerTime} from "./format.js";
import {Live} from "./live.js";

const PLACES = {
  jobtracker: [["/", "Cluster"], ["/jobs", "Jobs"], ["/nodes", "Nodes"], ["/schedules", "Schedules"]],
  tasktracker: [["/", "Tasktracker"]],
};
const EVERYWHERE = [["/conf", "Configuration"], ["/metrics", "Metrics"], ["/logs/", "Logs"]];
const LINKS = {live: "live", asking: "asked every 2 s", lost: "no connection"};

export class Page {
  constructor(daemon, title) {
    this.link = h("span", {class: "link", role: "status"}, "connecting");
    const here = (path) => (location.pathname === path ? "page" : undefined);
    document.getElementById("top").append(
        h("a", {class: "brand", href: "/"}, h("img", {src: "/static/icon.svg", alt: "", width: 24, height: 24}), daemon),
        h("nav", {"aria-label": "Pages"},
            PLACES[daemon].map(([path, name]) => h("a", {href: path, "aria-current": here(path)}, name)),
            h("span", {class: "apart"}, EVERYWHERE.map(([path, name]) => h("a", {href: path}, name)))),
        this.link);
    this.main = document.getElementById("main");
    this.problem = h("p", {class: "problem", role: "alert", hidden: true});
    this.main.replaceChildren(this.problem);
    this.title(title);
    learnServerTime().catch(() => {});
    this.live = new Live((word) => {
      this.link.className = `link ${word}`;
      show(this.link, LINKS[word]);
    });
  }

  title(text) {
    document.title = `${text} – mr`;
  }

  add(...nodes) {
    this.main.append(...nodes);
  }

  fail(message) {
    this.problem.hidden = !message;
    show(this.problem, message || "");
  }

  follow(name, path, on) {
    this.live.follow(name, path, (state) => {
      this.fail("");
      on(state);
    }, (message) => this.fail(message));
  }
}

// A part of a page with its heading; `id` is where links lead.
export function section(id, title, ...children) {
  return h("section", {id, "aria-labelledby": `${id}-title`}, h("h2", {id: `${id}-title`}, title), ...children);
}

// Buttons of which one is chosen: options [[value, text]].
export function choice(label, options, chosen, onchoose) {
  const buttons = options.map(([value, text]) => h("button", {
    "aria-pressed": String(value === chosen),
    onclick: (event) => {
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === event.currentTarget)));
      onchoose(value);
    },
  }, text));
  return h("div", {class: "choice", role: "group", "aria-label": label}, buttons);
}

// Earlier and later pages of a list.
export class Pager {
  constructor(count, onmove) {
    this.count = count;
    this.from = 0;
    this.earlier = h("button", {onclick: () => this.move(-1)}, "‹ Previous");
    this.later = h("button", {onclick: () => this.move(1)}, "Next ›");
    this.text = h("span", {class: "quiet"});
    this.onmove = onmove;
    this.total = 0;
    this.element = h("div", {class: "pager", hidden: true}, this.earlier, this.text, this.later);
  }

  move(step) {
    this.from = Math.max(0, this.from + step * this.count);
    this.onmove();
  }

  update(total) {
    this.total = total;
    if (this.from >= total && this.from > 0) {
      this.from = Math.max(0, Math.floor((total - 1) / this.count) * this.count);
      this.onmove();
    }
    this.element.hidden = total <= this.count;
    this.earlier.disabled = this.from === 0;
    this.later.disabled = this.from + this.count >= total;
    show(this.text, `${this.from + 1}–${Math.min(this.from + this.count, total)} of ${total}`);
  }
}

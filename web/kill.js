// Asks who kills a job and why, and does it.

import {h, show} from "./dom.js";

export class KillDialog {
  constructor(api) {
    this.api = api;
    this.user = h("input", {id: "kill-user", name: "user", required: true, autocomplete: "username",
      value: localStorage.getItem("mr.user") || ""});
    this.reason = h("input", {id: "kill-reason", name: "reason", autocomplete: "off"});
    this.answer = h("p", {class: "problem", role: "alert", hidden: true});
    this.element = h("dialog", {"aria-label": "Kill the job"}, h("form", {onsubmit: (event) => this.submit(event)},
        h("h2", {}, "Kill this job?"), h("p", {}, "Its attempts end and its output is removed."),
        h("label", {for: "kill-user"}, "Your user name"), this.user, h("label", {for: "kill-reason"}, "Why (shown to others)"),
        this.reason, this.answer, h("div", {class: "controls"}, h("button", {class: "danger"}, "Kill the job"),
            h("button", {type: "button", onclick: () => this.element.close()}, "Leave it"))));
    this.button = h("button", {class: "quiet-button", onclick: () => this.element.showModal()}, "Kill …");
  }

  async submit(event) {
    event.preventDefault();
    localStorage.setItem("mr.user", this.user.value);
    const answer = await fetch(`${this.api}/kill?user.name=${encodeURIComponent(this.user.value)}`, {
      method: "POST",
      headers: {"X-XSRF-HEADER": "page", "Content-Type": "application/json"},
      body: JSON.stringify({reason: this.reason.value}),
    });
    if (answer.ok) return this.element.close();
    const problem = await answer.json().catch(() => null);
    this.answer.hidden = false;
    show(this.answer, problem ? problem.error.message : `The server answered ${answer.status}.`);
  }
}
